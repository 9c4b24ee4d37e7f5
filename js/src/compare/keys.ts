import { flip, h } from "../ui/dom";
import { keepKey } from "../ui/keys";
import type { Deck } from "./deck";
import { judge } from "./judge";
import { toggleScreen } from "./screen";

/** What a key does; false where it leaves the key to the page. */
type Act = (deck: Deck) => unknown;

const ACTS: Readonly<Record<string, Act>> = {
  " ": ({ clock }) => clock.toggle(),
  ArrowLeft: ({ clock }) => clock.frames(-1),
  ArrowRight: ({ clock }) => clock.frames(1),
  "Shift ArrowLeft": ({ clock }) => clock.seek(clock.position.peek() - 1),
  "Shift ArrowRight": ({ clock }) => clock.seek(clock.position.peek() + 1),
  // Where there are no markers, these scroll the page.
  ArrowUp: (deck) => deck.jump(-1),
  ArrowDown: (deck) => deck.jump(1),
  Home: ({ clock }) => clock.seek(clock.range[0]),
  End: ({ clock }) => clock.seek(clock.range[1]),
  j: (deck) => shuttle(deck, -1),
  k: ({ clock }) => clock.pause(),
  l: (deck) => shuttle(deck, 1),
  i: ({ clock }) => clock.mark("from"),
  o: ({ clock }) => clock.mark("to"),
  g: ({ clock }) => clock.unmark(),
  r: ({ clock }) => flip(clock.loop),
  m: (deck) => deck.mark(),
  s: ({ strips }) => flip(strips),
  a: (deck) => deck.flip(0),
  b: (deck) => deck.flip(1),
  v: (deck) => deck.flip(deck.side.peek() === 0 ? 1 : 0),
  "+": ({ zoom }) => zoom.by(1.25),
  "=": ({ zoom }) => zoom.by(1.25),
  "-": ({ zoom }) => zoom.by(0.8),
  "0": ({ zoom }) => zoom.reset(),
  z: ({ zoom }) => flip(zoom.exact),
  f: (deck) => toggleScreen(deck),
  "?": ({ helping }) => flip(helping),
  Escape: ({ helping }) => helping.peek() && flip(helping),
};

/** For the list of keys, in the order in which it shows them. */
const KEYS: readonly [string, string][] = [
  ["Space", "play, pause; or click"],
  ["← →", "one frame; with Shift a second"],
  ["Home End", "first, last frame"],
  ["J K L", "back, stop, play; again faster"],
  ["I O G", "loop from, to here; no loop"],
  ["M", "marker; ↑ ↓ to markers"],
  ["P X", "pick, reject what you point at"],
  ["1 … 5", "its stars"],
  ["T N", "its tags, its note"],
  ["Alt 1 … 9", "hear it, or none"],
  ["A B V", "first, second, other take"],
  ["A B T", "your vote; N: next pair"],
  ["+ − 0", "zoom; drag to move"],
  ["R Z S F", "loop, 1:1, strips, full screen"],
];

export function press(deck: Deck, event: KeyboardEvent): void {
  keepKey(event);
  const target = event.target as Element;
  const name = named(event);
  if (name === null || takesKey(target, event.key)) return;
  const digit = Number(name);
  // Where an answer is asked for, it goes before everything else that its key does.
  const job = target.closest<HTMLElement>("[data-job]")?.dataset.job ?? deck.pointed;
  if (deck.vote(name, target)) event.preventDefault();
  else if (!event.altKey && judge(deck, job ?? deck.front.peek(), name)) event.preventDefault();
  else if (digit > 0 && event.altKey) {
    deck.hear(deck.shown.peek()[digit - 1]);
    event.preventDefault();
  } else if (ACTS[name] && ACTS[name](deck) !== false) event.preventDefault();
}

/** Again the same direction: faster. The other one: back to the usual pace. */
function shuttle({ clock }: Deck, direction: 1 | -1): void {
  const again = clock.playing.peek() && clock.direction.peek() === direction;
  if (again) clock.pace(clock.speed.peek() >= 1 ? 2 : 1);
  else clock.play(direction);
}

/** How the player calls a key, or null where it belongs to the host. */
export function named({
  key,
  code = "",
  shiftKey,
  ctrlKey,
  metaKey,
  altKey,
}: Pick<KeyboardEvent, "key" | "shiftKey" | "ctrlKey" | "metaKey" | "altKey"> & {
  code?: string;
}): string | null {
  if (ctrlKey || metaKey || (shiftKey && key === "Enter")) return null;
  // With Alt a digit may write something else.
  if (altKey) return /^Digit([1-9])$/.exec(code)?.[1] ?? null;
  if (shiftKey && /^Arrow[LR]/.test(key)) return `Shift ${key}`;
  return key.length === 1 ? key.toLowerCase() : key;
}

/** Elements that use a key themselves: there it keeps its usual meaning. */
export function takesKey(target: Element, key: string): boolean {
  if (target.closest("textarea, select, [contenteditable]")) return true;
  const input = target.closest("input");
  if (input) {
    // On the scrub bar an arrow is one frame, as everywhere in the player.
    if (input.matches(".rs-cmp-scrub")) return false;
    if (input.type === "range") return /^(Arrow|Home|End|Page)/.test(key);
    return input.type !== "checkbox" || key === " ";
  }
  if (target.closest("[data-rs-arrows]") && /^(Arrow|Home|End)/.test(key)) return true;
  return key === " " && target.closest("button, a, summary") !== null;
}

/** What each key does. */
export function keyList(): HTMLElement {
  return h("dl", {}, ...KEYS.flatMap(([keys, does]) => [h("dt", {}, keys), h("dd", {}, does)]));
}
