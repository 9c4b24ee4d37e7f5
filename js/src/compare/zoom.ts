import { computed, signal } from "@preact/signals-core";
import type { Scope } from "../ui/scope";

const MOST = 8;

/** One magnification for all takes: what is looked at in one is looked at in every other. */
export class Zoom {
  /** Times the size that fits. */
  readonly scale = signal(1);
  /** Whether each pixel of a take is one of the screen, whatever fits. */
  readonly exact = signal(false);
  readonly magnified = computed(() => this.exact.value || this.scale.value > 1);
  /** The point of the picture in the middle of the frame, 0 to 1. */
  readonly #centre = signal<Point>([0.5, 0.5]);

  /** As CSS; `exact` is the scale at which the pixels of this picture are those of the screen. */
  transform(exact: number): string {
    const k = this.exact.value ? exact : this.scale.value;
    const [x, y] = this.#centre.value.map((at) => (0.5 - within(at, k)) * k * 100) as [
      number,
      number,
    ];
    return `translate(${x.toFixed(3)}%, ${y.toFixed(3)}%) scale(${Number(k.toFixed(5))})`;
  }

  /** Magnify around a point of the frame, 0 to 1. */
  by(factor: number, [x, y]: Point = [0.5, 0.5]): void {
    const before = this.scale.peek();
    const after = Math.min(MOST, Math.max(1, before * factor));
    const [cx, cy] = this.#centre.peek();
    this.exact.value = false;
    this.scale.value = after;
    this.#to(cx + (x - 0.5) * (1 / before - 1 / after), cy + (y - 0.5) * (1 / before - 1 / after));
  }

  /** Twice as large, or as it fits again. */
  twice(): void {
    if (this.magnified.peek()) this.reset();
    else this.by(2);
  }

  /** Move the picture by parts of the frame; `exact` as for `transform`. */
  pan(dx: number, dy: number, exact = 1): void {
    if (!this.magnified.peek()) return;
    const scale = this.exact.peek() ? exact : this.scale.peek();
    const [x, y] = this.#centre.peek();
    this.#to(x - dx / scale, y - dy / scale);
  }

  reset(): void {
    this.exact.value = false;
    this.scale.value = 1;
    this.#to(0.5, 0.5);
  }

  #to(x: number, y: number): void {
    const scale = this.exact.peek() ? MOST : this.scale.peek();
    this.#centre.value = [within(x, scale), within(y, scale)];
  }

  /** Magnify with Ctrl and the wheel (a pinch on a touch pad). */
  wheel(frame: HTMLElement, scope: Scope): void {
    scope.listen(frame, "wheel", (event) => {
      const { ctrlKey, metaKey, deltaY, clientX, clientY } = event as WheelEvent;
      // The wheel alone scrolls the notebook.
      if (!ctrlKey && !metaKey) return;
      event.preventDefault();
      const box = frame.getBoundingClientRect();
      this.by(Math.exp(-deltaY / 200), [
        (clientX - box.left) / box.width,
        (clientY - box.top) / box.height,
      ]);
    });
  }

  /** Magnify with two fingers. */
  readonly pinch: Hands["pinch"] = (factor, [dx, dy], at) => {
    this.by(factor, at);
    this.pan(dx, dy);
  };
}

/** The nearest place where nothing beyond the edge of the picture is seen. */
function within(at: number, scale: number): number {
  const edge = Math.min(0.5, 0.5 / scale);
  return Math.min(1 - edge, Math.max(edge, at));
}

/** Parts of an element's width and height. */
export type Point = readonly [number, number];

/** What hands do to an element. */
export interface Hands {
  /** One pointer moved `by` so much, and is `at` this point. */
  drag(by: Point, at: Point): void;
  /** Two pointers moved apart by a factor, and what is between them moved `by` so much. */
  pinch(factor: number, by: Point, at: Point): void;
  /** One pointer was pressed and released at one place, so many times within a moment. */
  press?(times: number): void;
}

/** Pixels that a hand trembles. */
const TREMBLE = 4;
/** Milliseconds between the two presses of a double press. */
const AGAIN = 400;

/** Tell what pointers do that were pressed on an element, but not on a control within it. */
export function gestures(element: HTMLElement, scope: Scope, hands: Hands): void {
  /** Where each pressed pointer is, in pixels. */
  const held = new Map<number, Point>();
  /** Where a press began, until it turns out to be something else. */
  let pressed: Point | null = null;
  let times = 0;
  let latest = 0;
  scope.listen(element, "pointerdown", (event) => {
    const { pointerId, button, target, clientX, clientY } = event as PointerEvent;
    if (button !== 0 || (target as Element).closest("button, input, select, a")) return;
    held.set(pointerId, [clientX, clientY]);
    pressed = held.size === 1 ? [clientX, clientY] : null;
    element.setPointerCapture?.(pointerId);
  });
  scope.listen(element, "pointermove", (event) => {
    const { pointerId, clientX, clientY } = event as PointerEvent;
    const before = held.get(pointerId);
    if (!before) return;
    const now: Point = [clientX, clientY];
    if (pressed && apart(pressed, now) < TREMBLE) return;
    pressed = null;
    held.set(pointerId, now);
    const [other] = [...held].flatMap(([id, point]) => (id === pointerId ? [] : [point]));
    const { left, top, width, height } = element.getBoundingClientRect();
    const part = ([x, y]: Point): Point => [(x - left) / width, (y - top) / height];
    const by: Point = [(now[0] - before[0]) / width, (now[1] - before[1]) / height];
    if (!other) {
      hands.drag(by, part(now));
      return;
    }
    const factor = apart(now, other) / Math.max(1, apart(before, other));
    const middle: Point = [(now[0] + other[0]) / 2, (now[1] + other[1]) / 2];
    hands.pinch(factor, [by[0] / 2, by[1] / 2], part(middle));
  });
  for (const type of ["pointerup", "pointercancel"]) {
    scope.listen(element, type, (event) => {
      held.delete((event as PointerEvent).pointerId);
      if (!pressed || type === "pointercancel") return;
      pressed = null;
      times = event.timeStamp - latest < AGAIN ? times + 1 : 1;
      latest = event.timeStamp;
      hands.press?.(times);
    });
  }
}

function apart(one: Point, other: Point): number {
  return Math.hypot(one[0] - other[0], one[1] - other[1]);
}
