import { computed } from "@preact/signals-core";
import { attribute, h, put, say } from "../ui/dom";
import type { Scope } from "../ui/scope";
import type { Deck } from "./deck";
import { HEIGHT } from "./photos";
import { filmstrip, waveform } from "./strip";

/** Times a second that the position is drawn while it moves. */
const OFTEN = 12;

/** Pixels within which the pointer catches a marker. */
const CATCH = 6;

/** Where the clock stands. While many takes play, drawing it for each picture would cost some of theirs. */
export function drawnPosition({ clock }: Deck) {
  return computed(() => {
    const position = clock.position.value;
    return clock.playing.value ? Math.floor(position * OFTEN) / OFTEN : position;
  });
}

/** The bar along the clock: pictures, sound, markers, the loop, and where the clock stands. */
export function bar(deck: Deck): HTMLElement {
  const { clock, scope, markers } = deck;
  const share = (moment: number) => `${percent(moment, clock.end.value)}%`;
  const scrub = h("input", {
    type: "range",
    class: "rs-cmp-scrub",
    min: 0,
    step: "any",
    value: 0,
    "aria-label": "Position",
    oninput: () => clock.seek(scrub.valueAsNumber),
  });
  const range = h("div", { class: "rs-cmp-range" });
  const head = h("div", { class: "rs-cmp-head" });
  const marks = h("div", { class: "rs-cmp-marks", "aria-hidden": "true" });
  const hover = peek();
  const root = h(
    "div",
    { class: "rs-cmp-track" },
    scrub,
    h(
      "div",
      { class: "rs-cmp-film" },
      waveform(deck, scope),
      filmstrip(deck, () => deck.front.value, scope),
      range,
    ),
    marks,
    head,
    edge("from"),
    edge("to"),
    hover.element,
  );

  const moment = (event: Event) => {
    const { left, width } = root.getBoundingClientRect();
    const part = ((event as PointerEvent).clientX - left) / Math.max(1, width);
    return Math.min(1, Math.max(0, part)) * clock.end.peek();
  };
  /** A moment, or a marker beside it. */
  const caught = (at: number) => {
    const reach = (CATCH / Math.max(1, root.clientWidth)) * clock.end.peek();
    return markers.peek().find((marker) => Math.abs(marker - at) < reach) ?? at;
  };

  held(root, scope, (event) => clock.seek(caught(moment(event))));
  scope.listen(root, "pointermove", (event) => {
    if ((event as PointerEvent).pointerType === "mouse") hover.at(moment(event));
  });
  scope.listen(root, "pointerleave", () => hover.at(null));

  scope.effect(() => {
    const end = clock.end.value;
    scrub.max = String(end || 1);
    scrub.disabled = end === 0;
    const [first, last] = [clock.from.value, clock.to.value];
    range.hidden = first === null && last === null;
    range.style.left = share(first ?? 0);
    range.style.right = `${100 - percent(last ?? end, end)}%`;
  });
  scope.effect(() => {
    put(
      marks,
      ...markers.value.map((at) => {
        const mark = h("i", { class: "rs-cmp-mark" });
        mark.style.left = share(at);
        return mark;
      }),
    );
  });
  const position = drawnPosition(deck);
  scope.effect(() => {
    scrub.valueAsNumber = position.value;
    const marked = deck.marker(position.value) === undefined ? "" : ", marker";
    attribute(scrub, "aria-valuetext", `${deck.timecode(position.value)}${marked}`);
    head.style.left = share(position.value);
  });
  return root;

  /** A handle at the begin or the end of the loop. */
  function edge(which: "from" | "to"): HTMLElement {
    const first = which === "from";
    const name = first ? "Start of the loop" : "End of the loop";
    const element = h("div", {
      class: "rs-cmp-edge",
      role: "slider",
      tabindex: 0,
      "aria-label": name,
      "aria-valuemin": 0,
      "data-edge": which,
      "data-rs-arrows": true,
      title: `${name} (${first ? "I" : "O"})`,
    });
    const now = () => clock[which].value ?? (first ? 0 : clock.end.value);
    /** At the end of the bar there is no limit; and something is always left to play. */
    const move = (to: number) => {
      const end = clock.end.peek();
      const { step } = clock;
      const other = first ? (clock.to.peek() ?? end) : (clock.from.peek() ?? 0);
      const most = first ? other - step : end;
      const at = Math.min(most, Math.max(first ? 0 : other + step, to));
      const open = first ? at < step / 2 : at > end - step / 2;
      clock[which].value = open ? null : at;
    };
    scope.effect(() => {
      // Without a length both would stand in the same place.
      element.hidden = clock.end.value === 0;
      element.style.left = share(now());
      attribute(element, "aria-valuemax", clock.end.value);
      attribute(element, "aria-valuenow", Number(now().toFixed(3)));
      attribute(element, "aria-valuetext", deck.timecode(now()));
    });
    /** A handle is next to its moment, and so is the pointer that takes it. */
    let beside = 0;
    held(element, scope, (event) => {
      if (event.type === "pointerdown") beside = now() - moment(event);
      else move(caught(moment(event) + beside));
    });
    scope.listen(element, "keydown", (event) => {
      const { key, shiftKey } = event as KeyboardEvent;
      const by = shiftKey ? 1 : clock.step;
      const to = { ArrowLeft: now() - by, ArrowRight: now() + by, Home: 0, End: clock.end.peek() };
      const next = to[key as keyof typeof to];
      if (next === undefined) return;
      event.preventDefault();
      move(next);
    });
    return element;
  }

  /** What the take in front shows where the pointer is. */
  function peek(): { element: HTMLElement; at(moment: number | null): void } {
    const canvas = h("canvas", { height: HEIGHT });
    const time = h("span", {});
    const element = h("div", { class: "rs-cmp-peek", hidden: true, "aria-hidden": "true" });
    element.append(canvas, time);
    return {
      element,
      at(moment) {
        const end = clock.end.peek();
        element.hidden = moment === null || end === 0;
        if (moment === null || element.hidden) return;
        const job = deck.front.peek();
        const found = job && deck.photos.nearest(deck.album(job), moment, end / 8);
        canvas.hidden = !found;
        if (found) {
          canvas.width = found.picture.width;
          canvas.getContext("2d")?.drawImage(found.picture, 0, 0);
        }
        say(time, deck.timecode(moment));
        const half = (found ? found.picture.width : 90) / 2 + 4;
        const at = (moment / end) * root.clientWidth;
        const left = Math.min(root.clientWidth - half, Math.max(half, at));
        element.style.left = `${left}px`;
      },
    };
  }
}

/** Tell where a pointer is from when it is pressed on an element until it is released. */
function held(element: HTMLElement, scope: Scope, move: (event: Event) => void): void {
  for (const type of ["pointerdown", "pointermove"]) {
    scope.listen(element, type, (event) => {
      const { button, pointerId } = event as PointerEvent;
      if (button === 0 && type === "pointerdown") {
        // A handle is not the bar that it stands on.
        event.stopPropagation();
        element.setPointerCapture(pointerId);
      }
      if (element.hasPointerCapture(pointerId)) move(event);
    });
  }
}

function percent(moment: number, end: number): number {
  return end ? Math.min(1, Math.max(0, moment / end)) * 100 : 0;
}
