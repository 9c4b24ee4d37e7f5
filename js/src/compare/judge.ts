import type { MarkChanges } from "../kernel/messages";
import { h, put, say } from "../ui/dom";
import { judgement, marksOf, marksWords, writing } from "../ui/judging";
import type { Scope } from "../ui/scope";
import type { Deck } from "./deck";

/** Judge a take with a key; false where the key is another one, or marks would say who made it. */
export function judge(deck: Deck, job: string | null, key: string): boolean {
  const { blind, place, writes } = deck;
  // 0 is the zoom's; the same star again takes it back.
  const said = job && key !== "0" && judgement(key, [marksOf(deck.take(job))]);
  if (!said || !place.mark || blind.hidden) return false;
  if (typeof said === "string") writes.value = [job, said];
  else void keep(deck, job, said).catch(({ message }: Error) => deck.live.tell(message));
  return true;
}

/** Say something of a take; it fails where the kernel refuses. */
async function keep({ place, live }: Deck, job: string, changes: MarkChanges): Promise<void> {
  const marks = await place.mark?.(job, changes);
  if (marks) live.tell(marksWords(marks) || "Not judged");
}

/** Where the tags or the note of a take are written; it stays until they are kept. */
export function written(deck: Deck): HTMLElement {
  const root = h("div", { class: "rs-cmp-written" });
  const { blind, scope, writes } = deck;
  const close = () => {
    writes.value = null;
    deck.root?.focus({ preventScroll: true });
  };
  scope.each(
    () => !blind.hidden && writes.value,
    (now, part) => {
      root.hidden = !now;
      put(root);
      // In a vote it would name the take; after the vote it is not wanted any more.
      if (!now) {
        writes.value = null;
        return;
      }
      const [job, what] = now;
      const fault = h("p", { class: "rs-error", role: "alert" });
      const known = deck.place.takes.peek().flatMap((take) => marksOf(take).tags);
      const done = (changes: MarkChanges | null) => {
        if (!changes) close();
        else keep(deck, job, changes).then(close, ({ message }: Error) => say(fault, message));
      };
      const marks = marksOf(deck.take(job));
      const names = [...new Set(known)].sort();
      put(
        root,
        h("strong", {}, deck.title(job)),
        writing(what, marks, names, deck.id("tags"), done, part),
        fault,
      );
    },
  );
  return root;
}

/** Say beside the name of a take how it is judged. */
export function judged(root: HTMLElement, deck: Deck, job: string, scope: Scope): void {
  scope.effect(() => {
    const words = deck.blind.hidden ? "" : marksWords(marksOf(deck.take(job)));
    say(root, words);
    root.title = words;
  });
}
