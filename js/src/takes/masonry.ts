import type { Scope } from "../scope";

/** Height of a grid row; must be the same as in the stylesheet. */
const ROW = 4;
const GAP = 12;
/** A usual card, until it is measured. */
const WIDTH = 280;
const TALLEST_FRAME = 420;
const UNDER_FRAME = 126;

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
        if (height > 0) span(entry.target as HTMLElement, height);
      }
    });
    this.#observer = observer;
    grid.classList.add("rs-measured");
    scope.add(() => observer.disconnect());
  }

  /** Give an empty card the room that it will about need. */
  reserve(card: HTMLElement, ratio: number): void {
    if (this.#observer) span(card, Math.min(TALLEST_FRAME, WIDTH / ratio) + UNDER_FRAME);
  }

  follow(card: HTMLElement, scope: Scope): void {
    this.#observer?.observe(card);
    scope.add(() => this.#observer?.unobserve(card));
  }
}

function span({ style }: HTMLElement, height: number): void {
  const rows = `span ${Math.ceil((height + GAP) / ROW)}`;
  if (style.gridRowEnd !== rows) style.gridRowEnd = rows;
}
