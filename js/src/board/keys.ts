import { flip, h } from "../ui/dom";
import { keepKey } from "../ui/keys";
import type { View } from "./view";

/** What a key does; false where it leaves the key to the page. */
type Act = (view: View) => unknown;

const WAYS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
};

const ACTS: Readonly<Record<string, Act>> = {
  " ": ({ reel }) => reel.toggle(),
  r: (view) => reach(view, "row"),
  c: (view) => reach(view, "column"),
  v: (view) => reach(view, "view"),
  l: ({ reel }) => flip(reel.clock.loop),
  ",": ({ reel }) => reel.clock.frames(-1),
  ".": ({ reel }) => reel.clock.frames(1),
  "[": (view) => view.turn(view.cursor.peek(), -1),
  "]": (view) => view.turn(view.cursor.peek(), 1),
  s: (view) => view.toggle(view.cursor.peek()),
  Home: (view) => view.go(view.order.peek().cells[0]),
  End: (view) => view.go(view.order.peek().cells.at(-1)),
  PageUp: (view) => page(view, -1),
  PageDown: (view) => page(view, 1),
  f: (view) => alone(view),
  Enter: (view) => view.compare(),
  "+": (view) => view.grow(1),
  "=": (view) => view.grow(1),
  "-": (view) => view.grow(-1),
  "?": ({ helping }) => flip(helping),
  Escape: (view) => back(view),
};

/** For the list of keys, in the order in which it shows them. */
const KEYS: readonly [string, string][] = [
  ["← ↑ → ↓", "move; with Shift select"],
  ["S", "select this one too; Ctrl and a click as well"],
  ["Space", "play or pause what is selected, or the row, column or view"],
  ["R C V", "Space plays the row, the column, all in view"],
  [", .", "one frame; L loop"],
  ["F", "one take alone; so does a click"],
  ["Enter", "compare what is selected"],
  ["P X", "pick, reject; again: neither"],
  ["1 … 5", "stars; 0 or again: none"],
  ["T N", "tags, note"],
  ["[ ]", "another take in the same place"],
  ["+ −", "larger, smaller"],
  ["Escape", "back, or select nothing"],
  ["?", "this list"],
];

export function press(view: View, event: KeyboardEvent): void {
  keepKey(event);
  const { key, ctrlKey, metaKey, altKey, shiftKey } = event;
  if (ctrlKey || metaKey || altKey || event.defaultPrevented) return;
  const target = event.target as Element;
  if (takesKey(target, key)) return;
  const way = WAYS[key];
  if (way) {
    event.preventDefault();
    arrow(view, way, shiftKey);
    return;
  }
  if (shiftKey && key === "Enter") return;
  const name = key.length === 1 ? key.toLowerCase() : key;
  if (view.judge(name) || (ACTS[name] && ACTS[name](view) !== false)) event.preventDefault();
}

function arrow(view: View, [down, across]: readonly [number, number], selects: boolean): void {
  const before = view.cursor.peek();
  if (view.solo.peek() !== null) {
    view.move(down, across);
    view.solo.value = view.cursor.peek();
    return;
  }
  if (!selects) {
    view.anchor = null;
    view.move(down, across);
    return;
  }
  view.anchor ??= before;
  view.move(down, across);
  view.span(view.anchor, view.cursor.peek());
}

function reach({ reel }: View, wanted: "row" | "column" | "view"): void {
  reel.reach.value = wanted;
  // What plays follows.
  if (reel.clock.playing.peek()) reel.play(reel.chosen());
}

function alone(view: View): void {
  view.solo.value = view.solo.peek() === null ? view.cursor.peek() : null;
}

function page(view: View, direction: 1 | -1): void {
  const rows = Math.max(1, view.rowsInView() - 1);
  for (let row = 0; row < rows; row++) view.move(direction, 0);
}

/** Out of what is open; then the selection is dropped. */
function back(view: View): boolean {
  if (view.helping.peek()) view.helping.value = false;
  else if (view.compared.peek().length > 0) view.compared.value = [];
  else if (view.solo.peek() !== null) view.solo.value = null;
  else if (view.reel.cast.peek().length > 0) view.reel.stop();
  else if (view.selected.peek().size > 0) view.selected.value = new Set();
  else return false;
  view.focus();
  return true;
}

/** Elements that use a key themselves: there it keeps its usual meaning. */
function takesKey(target: Element, key: string): boolean {
  if (target.closest("textarea, select, [contenteditable], .rs-compare")) return true;
  const input = target.closest("input");
  if (input) {
    if (key === "Escape" && input.type !== "search") return false;
    return input.type !== "range" || /^(Arrow|Home|End|Page)/.test(key);
  }
  return (key === " " || key === "Enter") && target.closest("button, a, summary") !== null;
}

/** What each key does. */
export function keyList(): HTMLElement {
  return h("dl", {}, ...KEYS.flatMap(([keys, does]) => [h("dt", {}, keys), h("dd", {}, does)]));
}
