import type { Scope } from "./scope";

/**
 * Puts off what moves the page until no pointer is held: a message that appears between press and
 * release moves the button away from under the pointer, and the click is lost.
 */
export class Press {
  #held = false;
  #waiting: (() => void)[] = [];
  readonly #scope: Scope;

  constructor(scope: Scope) {
    this.#scope = scope;
  }

  watch(root: HTMLElement): void {
    const released = () => {
      if (this.#held) this.#scope.later(0, () => this.#release());
    };
    this.#scope.listen(root, "pointerdown", () => {
      this.#held = true;
    });
    this.#scope.listen(window, "pointerup", released);
    this.#scope.listen(window, "pointercancel", released);
  }

  /** Run `act` now, or after the click that is under way. */
  after(act: () => void): void {
    if (this.#held) this.#waiting.push(act);
    else act();
  }

  #release(): void {
    this.#held = false;
    for (const act of this.#waiting.splice(0)) act();
  }
}
