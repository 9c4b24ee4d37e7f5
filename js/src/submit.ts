import type { Signal } from "@preact/signals-core";
import { type Answer, type Channel, Closed, NoAnswer, PATIENCE, Refusal } from "./channel";
import { makeId } from "./ids";
import type { Problem, Values } from "./protocol";

export type Sending =
  | { state: "idle" }
  | { state: "sending" }
  | { state: "unconfirmed"; message: string }
  | { state: "refused"; message: string; refusals: { request: Values; problems: Problem[] }[] };

export const UNCONFIRMED =
  "Not confirmed; do not press again. The take appears when the kernel answers.";

const LOST =
  "The kernel restarted before it confirmed this take. Run this cell again: if the take was accepted, it is listed.";

const LONGEST = 60_000;

/**
 * Ask for takes, reporting into `sending`. Returns the jobs that were made, or null when another
 * click is still being sent.
 */
export async function submit(
  channel: Channel,
  requests: readonly Values[],
  sending: Signal<Sending>,
): Promise<string[] | null> {
  const state = sending.peek().state;
  if (state === "sending" || state === "unconfirmed") return null;
  sending.value = { state: "sending" };
  const outcomes = await Promise.all(
    requests.map((params) =>
      once((key, patience) => channel.ask("submit", { key, params }, { patience }), sending),
    ),
  );
  const made = outcomes.filter((outcome): outcome is string => typeof outcome === "string");
  const errors = outcomes.flatMap((error, index) =>
    error instanceof Error ? [{ error, request: requests[index] as Values }] : [],
  );
  if (errors.length === 0) {
    sending.value = { state: "idle" };
    return made;
  }
  const reasons = [...new Set(errors.map(({ error }) => error.message))].join(" ");
  sending.value = {
    state: "refused",
    message:
      made.length > 0
        ? `${made.length} of ${requests.length} takes were sent, not the others: ${reasons}`
        : reasons,
    refusals: errors.map(({ error, request }) => ({
      request,
      problems: error instanceof Refusal ? error.problems : [],
    })),
  };
  return made;
}

/** As `submit`, for a failed take that is tried again. */
export async function retry(
  channel: Channel,
  job: string,
  sending: Signal<Sending>,
): Promise<string> {
  const outcome = await once(
    (key, patience) => channel.ask("retry", { job, key }, { patience }),
    sending,
  );
  if (typeof outcome === "string") return outcome;
  throw outcome;
}

/**
 * Ask for one take: its job, or why there is none.
 *
 * The key is made once, here. A message that stays without a reply is sent again with the same key,
 * so the kernel makes one job of however many arrive.
 */
async function once(
  ask: (key: string, patience: number) => Promise<Answer<"submit" | "retry">>,
  sending: Signal<Sending>,
): Promise<string | Error> {
  const key = makeId();
  for (let patience = PATIENCE; ; patience = Math.min(LONGEST, patience * 2)) {
    try {
      return (await ask(key, patience)).value.job;
    } catch (error) {
      if (error instanceof NoAnswer) {
        sending.value = { state: "unconfirmed", message: UNCONFIRMED };
        continue;
      }
      return error instanceof Closed ? new Error(LOST) : (error as Error);
    }
  }
}
