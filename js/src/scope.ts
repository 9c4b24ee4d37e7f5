import { effect, untracked } from "@preact/signals-core";

/** A lifetime: everything started in it stops when it ends. */
export class Scope {
  #ends = new Set<() => void>();
  #ended = false;

  get ended(): boolean {
    return this.#ended;
  }

  /** Run `end` when the scope ends; at once when it already has. Returns a way to forget it. */
  add(end: () => void): () => void {
    if (this.#ended) {
      end();
      return () => {};
    }
    this.#ends.add(end);
    return () => this.#ends.delete(end);
  }

  /** A scope that ends with this one, or earlier. */
  child(): Scope {
    const child = new Scope();
    const forget = this.add(() => child.end());
    child.add(forget);
    return child;
  }

  /** Run `react` now and whenever a signal that it read changes. */
  effect(react: () => void): void {
    this.add(effect(react));
  }

  /**
   * Build something anew whenever `read` gives another value; what was built before ends first.
   * `build` runs untracked, so that signals it reads do not rebuild it.
   */
  each<T>(read: () => T, build: (value: T, scope: Scope) => void): void {
    let current: Scope | undefined;
    let last: { value: T } | undefined;
    this.effect(() => {
      const value = read();
      if (last && Object.is(last.value, value)) return;
      last = { value };
      untracked(() => {
        current?.end();
        current = this.child();
        build(value, current);
      });
    });
  }

  listen(
    target: EventTarget,
    type: string,
    listener: (event: Event) => void,
    capture = false,
  ): void {
    target.addEventListener(type, listener, capture);
    this.add(() => target.removeEventListener(type, listener, capture));
  }

  /** A timeout that dies with the scope. Returns a way to stop it earlier. */
  later(milliseconds: number, run: () => void): () => void {
    const id = setTimeout(() => {
      forget();
      run();
    }, milliseconds);
    const forget = this.add(() => clearTimeout(id));
    return () => {
      clearTimeout(id);
      forget();
    };
  }

  every(milliseconds: number, run: () => void): void {
    const id = setInterval(run, milliseconds);
    this.add(() => clearInterval(id));
  }

  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    for (const end of [...this.#ends].reverse()) end();
    this.#ends.clear();
  }
}
