import { NoAnswer } from "../channel";
import type { CardContext } from "./context";

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
    entry.remark.value =
      error instanceof NoAnswer
        ? "Not confirmed: the kernel is busy or gone. The card changes when it answers."
        : (error as Error).message;
  } finally {
    pressed.disabled = false;
    if (entry.remark.peek()) view.live.tell(entry.remark.peek());
  }
}
