import { NoAnswer } from "../../kernel/channel";
import type { MarkChanges, Take } from "../../kernel/messages";
import { icon, menu } from "../../ui/controls";
import { attribute, h, put, say } from "../../ui/dom";
import { judgement, marksOf, marksWords, type Written, writing } from "../../ui/judging";
import type { Scope } from "../../ui/scope";
import type { View } from "../core";
import { type CardContext, NOT_CONFIRMED } from "./context";
import type { Entry } from "./shelf";

/** Elements in which a letter is a letter. */
const TYPED = "input, textarea, select, [contenteditable]";

/** Let keys judge the card that has the focus, whatever in it has it. */
export function judging(pane: HTMLElement, view: View): void {
  view.scope.listen(pane, "keydown", (event) => {
    const { key, ctrlKey, metaKey, altKey, repeat, target } = event as KeyboardEvent;
    const from = target as HTMLElement;
    const job = from.closest<HTMLElement>(".rs-card")?.dataset.job;
    const entry = job === undefined ? undefined : view.core.shelf.get(job);
    if (!entry || ctrlKey || metaKey || altKey || event.defaultPrevented) return;
    if (from.closest(TYPED)) return;
    const said = judgement(key.toLowerCase(), [marksOf(entry.take.peek())]);
    if (said === null) return;
    event.preventDefault();
    // A key that is held is one judgement.
    if (!repeat) act(view, entry, said);
  });
}

/** Judge a take, or ask for the text. */
function act(view: View, entry: Entry, said: MarkChanges | Written): void {
  if (typeof said === "string") {
    view.writing.value = { job: entry.job, what: said };
    return;
  }
  entry.remark.value = "";
  view.core.mark(entry.job, said).then(
    (marks) => view.live.tell(marksWords(marks) || "Not judged"),
    (error: Error) => {
      entry.remark.value = error instanceof NoAnswer ? NOT_CONFIRMED : error.message;
      view.live.tell(entry.remark.peek());
    },
  );
}

/** For style sheets: whether a take is picked or rejected. */
export function pickOf(take: Take): string | null {
  const { pick } = marksOf(take);
  return pick === null ? null : pick ? "picked" : "rejected";
}

/** The sign and the stars of a take. */
export function signs(root: HTMLElement, { entry, scope }: CardContext): void {
  scope.each(
    () => JSON.stringify(entry.take.value.marks ?? null),
    () => {
      const { pick, stars } = marksOf(entry.take.peek());
      put(
        root,
        pick !== null && icon(pick ? "check" : "close"),
        stars !== null && h("span", { class: "rs-stars" }, "\u2605".repeat(stars)),
      );
      const words = marksWords({ pick, stars, tags: [], note: null });
      attribute(root, "data-pick", pickOf(entry.take.peek()));
      attribute(root, "aria-label", words);
      root.title = words;
      root.hidden = words === "";
    },
  );
}

/** The tags and the note of a take, or where they are written. */
export function remarks(root: HTMLElement, { view, entry, scope }: CardContext): void {
  const card = () => root.closest<HTMLElement>(".rs-card");
  scope.each(
    () => {
      const now = view.writing.value;
      return now?.job === entry.job ? now.what : JSON.stringify(entry.take.value.marks ?? null);
    },
    (what, part) => {
      root.hidden = false;
      if (what === "tags" || what === "note") put(root, field(view, entry, what, part, card));
      else shown(root, entry.take.peek());
    },
  );
}

function shown(root: HTMLElement, take: Take): void {
  const { tags, note } = marksOf(take);
  const text = h("span", { class: "rs-note" });
  say(text, note ?? "");
  text.title = note ?? "";
  put(root, ...tags.map((tag) => h("span", { class: "rs-mark-tag" }, tag)), note && text);
  root.hidden = tags.length === 0 && !note;
}

function field(
  view: View,
  entry: Entry,
  what: Written,
  scope: Scope,
  card: () => HTMLElement | null,
): HTMLElement {
  const { shelf } = view.core;
  const known = shelf.order.peek().flatMap((job) => marksOf(shelf.get(job)?.take.peek()).tags);
  const done = (changes: MarkChanges | null) => {
    const root = card();
    view.writing.value = null;
    root?.focus({ preventScroll: true });
    if (changes) act(view, entry, changes);
  };
  const names = [...new Set(known)].sort();
  return writing(what, marksOf(entry.take.peek()), names, view.id("tags"), done, scope);
}

/** The same without a keyboard. */
export function judgeMenu({ view, entry, scope }: CardContext): HTMLElement {
  const item = (key: string, label: string, back = label) => ({
    get label() {
      const { pick, stars } = marksOf(entry.take.peek());
      const is = key === "p" ? pick === true : key === "x" ? pick === false : stars === Number(key);
      return is ? back : label;
    },
    act: () => {
      const said = judgement(key, [marksOf(entry.take.peek())]);
      if (said) act(view, entry, said);
    },
  });
  return menu(
    "Judge",
    [
      item("p", "Pick", "Do not pick"),
      item("x", "Reject", "Do not reject"),
      ...[5, 4, 3, 2, 1].map((stars) => {
        const words = stars === 1 ? "1 star" : `${stars} stars`;
        return item(String(stars), words, `Remove ${words}`);
      }),
      item("t", "Tags …"),
      item("n", "Note …"),
    ],
    scope,
    "star",
  );
}
