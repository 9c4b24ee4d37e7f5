import { computed, signal } from "@preact/signals-core";
import type { Scope } from "../ui/scope";

const MOST = 8;

/** One magnification for all takes: what is looked at in one is looked at in every other. */
export class Zoom {
  readonly scale = signal(1);
  /** The point of the picture in the middle of the frame, 0 to 1. */
  readonly #centre = signal<Point>([0.5, 0.5]);
  readonly transform = computed(() => {
    const [x, y] = this.#centre.value;
    const k = this.scale.value;
    return `translate(${((0.5 - x) * k * 100).toFixed(3)}%, ${((0.5 - y) * k * 100).toFixed(3)}%) scale(${k})`;
  });

  /** Magnify around a point of the frame, 0 to 1. */
  by(factor: number, [x, y]: Point = [0.5, 0.5]): void {
    const before = this.scale.peek();
    const after = Math.min(MOST, Math.max(1, before * factor));
    const [cx, cy] = this.#centre.peek();
    this.scale.value = after;
    this.#to(cx + (x - 0.5) * (1 / before - 1 / after), cy + (y - 0.5) * (1 / before - 1 / after));
  }

  /** Move the picture by parts of the frame. */
  pan(dx: number, dy: number): void {
    const [x, y] = this.#centre.peek();
    this.#to(x - dx / this.scale.peek(), y - dy / this.scale.peek());
  }

  reset(): void {
    this.scale.value = 1;
    this.#to(0.5, 0.5);
  }

  /** Never beyond the edge of the picture. */
  #to(x: number, y: number): void {
    const edge = 0.5 / this.scale.peek();
    const within = (value: number) => Math.min(1 - edge, Math.max(edge, value));
    this.#centre.value = [within(x), within(y)];
  }

  /** Magnify with Ctrl and the wheel (a pinch on a touch pad), or a double click. */
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
    scope.listen(frame, "dblclick", () => {
      if (this.scale.peek() > 1) this.reset();
      else this.by(2);
    });
  }

  /** Magnify with two fingers. */
  readonly pinch: Hands["pinch"] = (factor, [dx, dy], at) => {
    this.by(factor, at);
    this.pan(dx, dy);
  };

  /** Move by dragging. */
  drag(frame: HTMLElement, scope: Scope): void {
    gestures(frame, scope, { drag: ([dx, dy]) => this.pan(dx, dy), pinch: this.pinch });
  }
}

/** Parts of an element's width and height. */
export type Point = readonly [number, number];

/** What hands do to an element. */
export interface Hands {
  /** One pointer moved `by` so much, and is `at` this point. */
  drag(by: Point, at: Point): void;
  /** Two pointers moved apart by a factor, and what is between them moved `by` so much. */
  pinch(factor: number, by: Point, at: Point): void;
}

/** Tell what pointers do that were pressed on an element, but not on a control within it. */
export function gestures(element: HTMLElement, scope: Scope, hands: Hands): void {
  /** Where each pressed pointer is, in pixels. */
  const held = new Map<number, Point>();
  scope.listen(element, "pointerdown", (event) => {
    const { pointerId, button, target, clientX, clientY } = event as PointerEvent;
    if (button !== 0 || (target as Element).closest("button, input, select, a")) return;
    held.set(pointerId, [clientX, clientY]);
    element.setPointerCapture?.(pointerId);
  });
  scope.listen(element, "pointermove", (event) => {
    const { pointerId, clientX, clientY } = event as PointerEvent;
    const before = held.get(pointerId);
    if (!before) return;
    const now: Point = [clientX, clientY];
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
    });
  }
}

function apart(one: Point, other: Point): number {
  return Math.hypot(one[0] - other[0], one[1] - other[1]);
}
