import type { Scope } from "../scope";

/** Height of a grid row; must be the same as in the stylesheet. */
const ROW = 4;
const GAP = 12;

/**
 * Lets cards of different heights stand without holes: each spans as many thin rows as it is high.
 * Done with spans and not by moving cards between columns, because a moved video stops.
 */
export class Masonry {
  readonly #observer: ResizeObserver | undefined;

  constructor(grid: HTMLElement, scope: Scope) {
    if (typeof ResizeObserver !== "function") return;
    const observer = new ResizeObserver((entries) => {
      for (const entry of entries) {
        const height = entry.borderBoxSize[0]?.blockSize ?? entry.contentRect.height;
        if (height === 0) continue;
        const span = `span ${Math.ceil((height + GAP) / ROW)}`;
        const { style } = entry.target as HTMLElement;
        if (style.gridRowEnd !== span) style.gridRowEnd = span;
      }
      grid.classList.add("rs-measured");
    });
    this.#observer = observer;
    scope.add(() => observer.disconnect());
  }

  follow(card: HTMLElement, scope: Scope): void {
    this.#observer?.observe(card);
    scope.add(() => this.#observer?.unobserve(card));
  }
}
