import type { Scope } from "../scope";

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
