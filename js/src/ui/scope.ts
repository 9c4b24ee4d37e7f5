import { effect, untracked } from "@preact/signals-core";

/** A lifetime: everything started in it stops when it ends. */
export class Scope {
  #ends = new Set<() => void>();
  #ended = false;
  #abort: AbortController | undefined;

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

  /** Aborts when the scope ends. */
  get signal(): AbortSignal {
    if (!this.#abort) {
      const abort = new AbortController();
      this.#abort = abort;
      this.add(() => abort.abort());
    }
    return this.#abort.signal;
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
   * Rebuild something whenever `read` gives another value; what was built before ends first.
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

/** Run `react` when the box of one of the elements changes, until `scope` ends. */
export function whenResized(
  elements: readonly Element[],
  scope: Scope,
  react: ResizeObserverCallback,
): ResizeObserver | undefined {
  if (typeof ResizeObserver !== "function") return undefined;
  const observer = new ResizeObserver(react);
  for (const element of elements) observer.observe(element);
  scope.add(() => observer.disconnect());
  return observer;
}

const NEAR = "240px";

/** Notifies elements when they come near the visible part of the page and when they leave it. */
export class Viewport {
  readonly #listeners = new Map<Element, (near: boolean) => void>();
  readonly #observer: IntersectionObserver | undefined;

  constructor(scope: Scope, margin: string = NEAR) {
    if (typeof IntersectionObserver !== "function") return;
    const observer = new IntersectionObserver(
      (entries) => {
        for (const entry of entries) this.#listeners.get(entry.target)?.(entry.isIntersecting);
      },
      // The takes scroll in a pane of their own, for which only some browsers know a margin.
      { rootMargin: margin, scrollMargin: margin } as IntersectionObserverInit,
    );
    this.#observer = observer;
    scope.add(() => observer.disconnect());
  }

  watch(element: Element, scope: Scope, listener: (near: boolean) => void): void {
    if (!this.#observer) {
      listener(true);
      return;
    }
    this.#listeners.set(element, listener);
    this.#observer.observe(element);
    scope.add(() => {
      this.#listeners.delete(element);
      this.#observer?.unobserve(element);
    });
  }
}
