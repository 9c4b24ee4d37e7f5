import { say } from "../ui/dom";
import { judgement, marksOf, marksWords } from "../ui/judging";
import type { Scope } from "../ui/scope";
import type { Deck } from "./deck";

/**
 * Judge a take with a key; false where the key is another one, or marks would say who made it. Texts are written on cards:
 * the bundle has no room for a field.
 */
export function judge(deck: Deck, job: string | null, key: string): boolean {
  const { blind, live, place } = deck;
  const said = job && judgement(key, [marksOf(deck.take(job))]);
  if (!said || typeof said === "string" || !place.mark || blind.hidden) return false;
  place.mark(job, said).then(
    (marks) => live.tell(marksWords(marks)),
    ({ message }: Error) => live.tell(message),
  );
  return true;
}

/** Say beside the name of a take how it is judged. */
export function judged(root: HTMLElement, deck: Deck, job: string, scope: Scope): void {
  scope.effect(() => {
    const words = deck.blind.hidden ? "" : marksWords(marksOf(deck.take(job)));
    say(root, words);
    root.title = words;
  });
}
