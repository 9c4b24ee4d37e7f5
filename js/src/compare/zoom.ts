import { computed, signal } from "@preact/signals-core";
import type { Scope } from "../scope";
import { gestures, type Hands, type Point } from "./gestures";

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
