import { icon } from "../ui/controls";
import { button, h } from "../ui/dom";
import { keepKey } from "../ui/keys";
import { Scope } from "../ui/scope";
import { Deck, type Place } from "./deck";
import { differences } from "./differences";
import { stage } from "./stage";
import { toolbar } from "./toolbar";
import { transport } from "./transport";
import { ballot } from "./vote";

/**
 * Put a comparison into an element that stands under `.rushes`; returns what ends it.
 *
 * Nothing is left behind: no video, timer, listener or blob.
 */
export function mountCompare(el: HTMLElement, place: Place, parent?: Scope): () => void {
  const scope = parent?.child() ?? new Scope();
  const deck = new Deck(place, scope);
  const empty = h("p", { class: "rs-cmp-empty" }, "Choose two takes or more to compare them.");
  const parts = h(
    "div",
    { class: "rs-cmp-parts" },
    stage(deck),
    transport(deck),
    ballot(deck),
    differences(deck),
  );
  const root = h(
    "div",
    { class: "rs-compare", role: "group", tabindex: 0, "aria-label": "Comparison of takes" },
    toolbar(deck),
    empty,
    parts,
    help(deck),
    deck.live.element,
  );
  scope.effect(() => {
    const none = place.takes.value.length === 0;
    empty.hidden = !none;
    parts.hidden = none;
  });
  scope.listen(root, "keydown", (event) => press(deck, event as KeyboardEvent));
  // A click on a picture is meant for the player, and its keys are to work from then on.
  scope.listen(root, "pointerup", (event) => {
    if (
      !(event.target as Element).closest(
        "button, input, select, a, [tabindex='0']:not(.rs-compare)",
      )
    ) {
      root.focus({ preventScroll: true });
    }
  });
  // Off the screen nothing plays on.
  deck.viewport.watch(root, scope, (near) => {
    if (!near && deck.clock.playing.peek()) deck.clock.pause();
  });
  el.append(root);
  scope.add(() => root.remove());
  return () => scope.end();
}

function press(deck: Deck, event: KeyboardEvent): void {
  keepKey(event);
  const meaning = pressed(event);
  if (!meaning || takesKey(event.target as Element, event.key)) return;
  if ("audible" in meaning) deck.hear(deck.shown.peek()[meaning.audible]);
  else if ("flip" in meaning) flip(deck, meaning.flip);
  else if (!commands[meaning.command](deck)) return;
  event.preventDefault();
}

/** In the views of two the key shows one of them whole. */
function flip(deck: Deck, side: 0 | 1): void {
  if (!deck.pair.peek()) return;
  deck.side.value = side;
  if (deck.view.peek() === "wipe") deck.wipe.value = side === 0 ? 1 : 0;
  else deck.place.view.value = "single";
}

type Act = (deck: Deck) => boolean;

function act(run: (deck: Deck) => void): Act {
  return (deck) => {
    run(deck);
    return true;
  };
}

const commands: Readonly<Record<Command, Act>> = {
  toggle: act(({ clock }) => clock.toggle()),
  back: act(({ clock }) => clock.frames(-1)),
  on: act(({ clock }) => clock.frames(1)),
  "second-back": act(({ clock }) => clock.seek(clock.position.peek() - 1)),
  "second-on": act(({ clock }) => clock.seek(clock.position.peek() + 1)),
  reverse: act((deck) => shuttle(deck, -1)),
  pause: act(({ clock }) => clock.pause()),
  forward: act((deck) => shuttle(deck, 1)),
  in: act(({ clock }) => clock.mark("from")),
  out: act(({ clock }) => clock.mark("to")),
  unmark: act(({ clock }) => clock.unmark()),
  loop: act(({ clock }) => {
    clock.loop.value = !clock.loop.peek();
  }),
  start: act(({ clock }) => clock.seek(clock.range[0])),
  end: act(({ clock }) => clock.seek(clock.range[1])),
  "zoom-in": act(({ zoom }) => zoom.by(1.25)),
  "zoom-out": act(({ zoom }) => zoom.by(0.8)),
  "zoom-off": act(({ zoom }) => zoom.reset()),
  help: act(({ helping }) => {
    helping.value = !helping.peek();
  }),
  close: ({ helping }) => {
    const was = helping.peek();
    helping.value = false;
    return was;
  },
};

/** Again the same direction: faster. The other one: back to the usual pace. */
function shuttle({ clock }: Deck, direction: 1 | -1): void {
  const again = clock.playing.peek() && clock.direction.peek() === direction;
  if (again) clock.pace(clock.speed.peek() >= 1 ? 2 : 1);
  else clock.play(direction);
}

function help(deck: Deck): HTMLElement {
  const root = h(
    "div",
    { class: "rs-cmp-help", role: "region", "aria-label": "Keys" },
    button(
      icon("close"),
      () => {
        deck.helping.value = false;
      },
      { look: "icon", "aria-label": "Close the list of keys" },
    ),
    h("dl", {}, ...KEYS.flatMap(([keys, does]) => [h("dt", {}, keys), h("dd", {}, does)])),
  );
  deck.scope.effect(() => {
    root.hidden = !deck.helping.value;
  });
  return root;
}

/** What the keys of the player do. */
export type Command =
  | "toggle"
  | "back"
  | "on"
  | "second-back"
  | "second-on"
  | "reverse"
  | "pause"
  | "forward"
  | "in"
  | "out"
  | "unmark"
  | "loop"
  | "start"
  | "end"
  | "zoom-in"
  | "zoom-out"
  | "zoom-off"
  | "help"
  | "close";

/** For the list of keys, in the order in which it shows them. */
export const KEYS: readonly [string, string][] = [
  ["Space", "play or pause"],
  ["← →", "one frame back or on"],
  ["Shift ← →", "one second back or on"],
  ["J K L", "backwards, stop, forwards; again for faster"],
  ["I O", "begin and end of the loop here; X takes both away"],
  ["A B", "show the first or the second take"],
  ["1 … 9", "hear that take; again for silence"],
  ["R", "loop on or off"],
  ["+ − 0", "zoom in, out, off; drag to move"],
  ["Home End", "to the begin or the end"],
  ["?", "this list"],
];

const PLAIN: Record<string, Command> = {
  " ": "toggle",
  ArrowLeft: "back",
  ArrowRight: "on",
  j: "reverse",
  k: "pause",
  l: "forward",
  i: "in",
  o: "out",
  x: "unmark",
  r: "loop",
  Home: "start",
  End: "end",
  "+": "zoom-in",
  "=": "zoom-in",
  "-": "zoom-out",
  "0": "zoom-off",
  "?": "help",
  Escape: "close",
};

export type Pressed = { command: Command } | { audible: number } | { flip: 0 | 1 } | null;

/** The meaning of a key, or null where it belongs to the host or a text field. */
export function pressed(event: {
  key: string;
  shiftKey: boolean;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
}): Pressed {
  if (event.ctrlKey || event.metaKey || event.altKey) return null;
  if (event.shiftKey && event.key === "Enter") return null;
  if (event.shiftKey && event.key === "ArrowLeft") return { command: "second-back" };
  if (event.shiftKey && event.key === "ArrowRight") return { command: "second-on" };
  if (/^[1-9]$/.test(event.key)) return { audible: Number(event.key) - 1 };
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (key === "a" || key === "b") return { flip: key === "a" ? 0 : 1 };
  const command = PLAIN[key];
  return command ? { command } : null;
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
