import type { Signal } from "@preact/signals-core";
import { type Channel, Closed, NoAnswer, PATIENCE, Refusal } from "./channel";
import { makeId } from "./ids";
import type { Problem, Values } from "./protocol";

export type Sending =
  | { state: "idle" }
  | { state: "sending" }
  | { state: "unconfirmed"; message: string }
  | { state: "refused"; message: string; problems: Problem[] };

export const UNCONFIRMED =
  "Not confirmed; do not press again. The take appears when the kernel answers.";

const LONGEST = 60_000;

/**
 * Ask for a take, reporting into `sending`.
 *
 * The key is made once, here. A message that stays without a reply is sent again with the same key,
 * so the kernel makes one job of however many arrive.
 */
export async function submit(
  channel: Channel,
  params: Values,
  sending: Signal<Sending>,
): Promise<string | null> {
  const state = sending.peek().state;
  if (state === "sending" || state === "unconfirmed") return null;
  sending.value = { state: "sending" };
  const key = makeId();
  for (let patience = PATIENCE; ; patience = Math.min(LONGEST, patience * 2)) {
    try {
      const { value } = await channel.ask("submit", { key, params }, patience);
      sending.value = { state: "idle" };
      return value.job;
    } catch (error) {
      if (error instanceof NoAnswer) {
        sending.value = { state: "unconfirmed", message: UNCONFIRMED };
        continue;
      }
      sending.value = {
        state: "refused",
        message:
          error instanceof Closed
            ? "The kernel restarted before it confirmed this take. Run this cell again: if the take was accepted, it is listed."
            : (error as Error).message,
        problems: error instanceof Refusal ? error.problems : [],
      };
      return null;
    }
  }
}
