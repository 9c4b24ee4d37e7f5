import type { Scope } from "./scope";

const NEAR = "240px";

/** Tells elements when they come near the visible part of the page and when they leave it. */
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
