import type { ReadonlySignal } from "@preact/signals-core";
import { NoAnswer } from "../../kernel/channel";
import type { Scope } from "../../ui/scope";
import type { View } from "../core";
import type { Entry } from "./shelf";

/** What every part of a card works with. */
export interface CardContext {
  view: View;
  entry: Entry;
  scope: Scope;
  /** Counts seconds while any take is unfinished. */
  tick: ReadonlySignal<number>;
  /** Counts minutes. */
  minute: ReadonlySignal<number>;
}

export const NOT_CONFIRMED =
  "Not confirmed: the kernel is busy or gone. The card changes when it answers.";

/** Ask the kernel something about a take and put its answer, or why there is none, on the card. */
export async function ask(
  { view, entry }: CardContext,
  request: Promise<string>,
  pressed: HTMLButtonElement,
): Promise<void> {
  pressed.disabled = true;
  entry.remark.value = "";
  try {
    entry.remark.value = await request;
  } catch (error) {
    entry.remark.value = error instanceof NoAnswer ? NOT_CONFIRMED : (error as Error).message;
  } finally {
    pressed.disabled = false;
    if (entry.remark.peek()) view.live.tell(entry.remark.peek());
  }
}

/** Show the card of a job, from anywhere in the same view. */
export function goTo(from: HTMLElement, job: string): void {
  const cards = from.closest(".rushes")?.querySelectorAll<HTMLElement>(".rs-card") ?? [];
  const card = [...cards].find(({ dataset }) => dataset.job === job);
  card?.focus();
  card?.scrollIntoView({ block: "nearest" });
}
