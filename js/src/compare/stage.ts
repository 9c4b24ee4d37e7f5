import { attribute, h } from "../ui/dom";
import type { Scope } from "../ui/scope";
import { cell } from "./cell";
import { below, type Deck } from "./deck";

/** The pictures, arranged by the view. */
export function stage(deck: Deck): HTMLElement {
  const { scope, place } = deck;
  const handle = h("div", {
    class: "rs-cmp-handle",
    role: "slider",
    tabindex: 0,
    "aria-label": "Divider between the two takes",
    "aria-valuemin": 0,
    "aria-valuemax": 100,
    "data-rs-arrows": true,
  });
  const over = h("div", { class: "rs-cmp-over" }, handle);
  const root = h("div", { class: "rs-cmp-stage" });
  const cells = new Map<string, { element: HTMLElement; scope: Scope }>();

  scope.effect(() => {
    const known = new Set(place.takes.value.map(({ job }) => job));
    for (const [job, { element, scope: own }] of cells) {
      if (known.has(job)) continue;
      own.end();
      element.remove();
      cells.delete(job);
    }
    const shown = deck.shown.value;
    const order = [...shown, ...[...known].filter((job) => !shown.includes(job))];
    order.forEach((job, index) => {
      let made = cells.get(job);
      if (!made) {
        const own = scope.child();
        made = { element: cell(deck, job, own), scope: own };
        cells.set(job, made);
      }
      made.element.hidden = !shown.includes(job);
      attribute(made.element, "data-side", shown.indexOf(job));
      // A video that is moved in the page stops, so only what stands wrong is moved.
      if (root.children[index] !== made.element) {
        root.insertBefore(made.element, root.children[index] ?? null);
      }
    });
    if (root.lastChild !== over) root.append(over);
  });

  scope.effect(() => {
    const view = deck.view.value;
    attribute(root, "data-view", view);
    over.hidden = view !== "wipe" && view !== "difference";
    handle.hidden = view !== "wipe";
    attribute(root, "data-side", deck.side.value);
  });
  scope.effect(() => {
    const { columns, width, height } = deck.layout.value;
    const wordy = deck.wordy.value;
    root.style.setProperty("--rs-columns", String(columns));
    root.style.setProperty("--rs-wide", `${width}px`);
    root.style.setProperty("--rs-high", `${height}px`);
    root.style.setProperty("--rs-below", `${below(wordy)}px`);
    root.classList.toggle("rs-wordy", wordy);
  });
  scope.effect(() => {
    root.classList.toggle("rs-zoomed", deck.zoom.magnified.value);
  });
  scope.effect(() => {
    const percent = Math.round(deck.wipe.value * 1000) / 10;
    root.style.setProperty("--rs-wipe", `${percent}%`);
    attribute(handle, "aria-valuenow", Math.round(percent));
  });
  scope.effect(() => root.style.setProperty("--rs-gain", String(deck.gain.value)));

  deck.zoom.wheel(over, scope);
  deck.handle(over, scope, {
    // The border is drawn over the picture; in the other view nothing is in the way of moving it.
    drag([dx, dy], [x]) {
      if (deck.view.peek() === "difference") deck.zoom.pan(dx, dy);
      else deck.wipe.value = Math.min(1, Math.max(0, x));
    },
  });
  scope.listen(handle, "keydown", (event) => {
    const { key, shiftKey } = event as KeyboardEvent;
    const by = shiftKey ? 0.1 : 0.01;
    const to: Record<string, number> = {
      ArrowLeft: deck.wipe.peek() - by,
      ArrowRight: deck.wipe.peek() + by,
      Home: 0,
      End: 1,
    };
    const next = to[key];
    if (next === undefined) return;
    event.preventDefault();
    deck.wipe.value = Math.min(1, Math.max(0, next));
  });
  return root;
}
