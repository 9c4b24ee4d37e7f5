import { type Signal, signal } from "@preact/signals-core";
import { type Scope, whenResized } from "../ui/scope";
import { ancestors } from "../ui/theme";

/** How takes are laid out: boxes of one size, in pixels. */
export interface Layout {
  columns: number;
  width: number;
  height: number;
}

export interface Room {
  width: number;
  height: number;
}

/** Between two boxes, in pixels; the style sheet has the same. */
export const GAP = 8;

/** A picture fills its box where their shapes differ by less: slivers are uglier than a lost edge. */
const ALIKE = 0.04;

const SMALLEST = 24;

export function fills(ratio: number, box: number): boolean {
  return Math.abs(Math.log(ratio / box)) < ALIKE;
}

/**
 * The boxes in which the pictures are largest together.
 *
 * @param ratios width by height of each take.
 * @param boxes how many boxes there are: one for each take, or one in which they lie on each other.
 * @param columns 0 chooses.
 * @param below what stands under each box, in pixels.
 */
export function arranged(
  ratios: readonly number[],
  { width, height }: Room,
  { boxes = ratios.length, columns = 0, below = 0 } = {},
): Layout {
  const shapes = new Set(ratios);
  shapes.add(Math.sqrt(Math.min(...ratios) * Math.max(...ratios)));
  const counts =
    columns > 0 ? [Math.min(columns, boxes)] : Array.from({ length: boxes }, (_, i) => i + 1);
  let best: Layout = { columns: 1, width: SMALLEST, height: SMALLEST };
  let most = 0;
  for (const count of counts) {
    const rows = Math.ceil(boxes / count);
    const widest = (width - GAP * (count - 1)) / count;
    const tallest = Math.max(SMALLEST, (height - GAP * (rows - 1)) / rows - below);
    for (const shape of shapes) {
      const box = Math.max(SMALLEST, Math.min(widest, tallest * shape));
      const seen = ratios.reduce((sum, ratio) => sum + area(ratio, shape), 0) * box * box;
      // Of equally good ones the first: fewer columns, and the shape of the first take.
      if (seen <= most * 1.001) continue;
      most = seen;
      best = { columns: count, width: Math.floor(box), height: Math.floor(box / shape) };
    }
  }
  return best;
}

/** Of a picture in a box that is 1 wide. */
function area(ratio: number, box: number): number {
  if (fills(ratio, box)) return 1 / box;
  return ratio > box ? 1 / ratio : ratio / box ** 2;
}

/** Frames that grow with their content are never taller than it, so what they show says nothing. */
const FRAMED = 420;

/**
 * What of the page can be seen at once: the window, or what scrolls within it.
 *
 * Hosts put outputs into boxes that clip. One of a fixed height limits what is seen; one that grows with
 * its content does not, but nothing in it sticks to the edge of the window.
 */
export class Sight {
  /** In pixels. */
  readonly height: Signal<number>;
  readonly #element: HTMLElement;
  /** Boxes of a limited height around the element, with that height. */
  #fixed = new Map<Element, number>();
  /** Boxes that clip and grow with the element. */
  #growing: Element[] = [];
  #surveyed = false;
  #observed = new Set<Element>();
  #observer: ResizeObserver | undefined;

  constructor(element: HTMLElement, scope: Scope) {
    this.#element = element;
    this.height = signal(visibleWindow());
    scope.listen(window, "resize", () => this.#survey());
    scope.listen(element, "fullscreenchange", () => this.#survey());
    this.#observer = whenResized([element], scope, (entries) => {
      const moved = [...this.#fixed.keys(), ...this.#growing].some((box) => !box.isConnected);
      // An output that was made to scroll: its box clips from now on.
      const cut = this.#growing.some((box) => box.clientHeight < element.offsetHeight);
      const resized = entries.some(({ target }) => this.#fixed.has(target));
      if (!this.#surveyed || moved || cut || resized) this.#survey();
    });
  }

  /** Whether the element has the whole screen, and a scroll bar of its own. */
  get whole(): boolean {
    return this.#element.matches(":fullscreen");
  }

  /** Whether an edge of the window is beyond the reach of `position: sticky`. */
  get clipped(): boolean {
    return !this.whole && this.#growing.length > 0;
  }

  /** Where the visible part ends, in pixels from the top of the window. */
  get bottom(): number {
    const boxes = this.whole ? [] : [...this.#fixed];
    const edges = boxes.map(([box, height]) => box.getBoundingClientRect().top + height);
    return Math.min(window.innerHeight, ...edges);
  }

  #survey(): void {
    const element = this.#element;
    if (!element.isConnected) return;
    const boxes = [...ancestors(element)].filter((box) => box !== element && clips(box));
    const { minHeight } = element.style;
    element.style.minHeight = `${TALL}px`;
    const heights = boxes.map((box) => box.clientHeight);
    element.style.minHeight = minHeight;
    this.#growing = boxes.filter((_, i) => (heights[i] ?? 0) >= TALL);
    this.#fixed = new Map(
      boxes.flatMap((box, i) => {
        const height = heights[i] ?? 0;
        return height > 0 && height < TALL ? [[box, height] as const] : [];
      }),
    );
    // Observing again what is observed already would report it as new, and so without end.
    for (const box of boxes) if (!this.#observed.has(box)) this.#observer?.observe(box);
    this.#observed = new Set([...this.#observed, ...boxes]);
    this.#surveyed = true;
    const seen = this.whole ? [] : this.#fixed.values();
    this.height.value = Math.min(visibleWindow(), ...seen);
  }
}

/** Pixels that no box around the element shows at once. */
const TALL = 100_000;

function visibleWindow(): number {
  const { innerHeight, screen } = window;
  const framed = window !== window.top && innerHeight < FRAMED;
  return framed ? Math.max(innerHeight, Math.min(FRAMED, screen.availHeight)) : innerHeight;
}

/** Whether a box hides what is outside it; the page's own root and body are the window. */
function clips(element: Element): boolean {
  // Not those of a frame around this one.
  if (element.ownerDocument !== document || element.matches("html, body")) return false;
  const { overflowY, display } = getComputedStyle(element);
  return overflowY !== "visible" && display !== "contents" && display !== "inline";
}

/**
 * Keep an element at the lower edge of what is seen while `above` is in sight, where the style sheet
 * cannot: inside a box that clips and grows.
 */
export function stick(element: HTMLElement, above: HTMLElement, sight: Sight, scope: Scope): void {
  let shift = 0;
  const place = () => {
    let next = 0;
    if (sight.clipped) {
      const { bottom, top } = element.getBoundingClientRect();
      const room = top - shift - above.getBoundingClientRect().top;
      next = Math.min(0, Math.max(-room, sight.bottom - (bottom - shift)));
    }
    if (Math.abs(next - shift) < 0.5) return;
    shift = next;
    element.style.transform = shift ? `translateY(${shift}px)` : "";
  };
  scope.listen(window, "scroll", place, true);
  scope.listen(window, "resize", place);
  scope.effect(() => {
    void sight.height.value;
    place();
  });
  whenResized([above], scope, place);
}
