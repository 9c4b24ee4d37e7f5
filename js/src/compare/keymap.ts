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

/** The meaning of a key, or null where it is somebody else's: the host's, or a text field's. */
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
