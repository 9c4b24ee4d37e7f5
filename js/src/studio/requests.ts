import { type ReadonlySignal, type Signal, signal } from "@preact/signals-core";
import { type Answer, type Channel, Closed, insist, makeId, Refusal } from "../kernel/channel";
import type { Estimate, Problem, Values } from "../kernel/messages";
import type { Scope } from "../ui/scope";

/** Every service takes seeds up to here. */
export const LARGEST_SEED = 2_147_483_647;

/** A seed between the two bounds, both included. */
export function randomSeed(min = 0, max = LARGEST_SEED): number {
  return Math.floor(min + Math.random() * (max - min + 1));
}

const ASK_AFTER = 350;

export interface Estimating {
  /** The last answer to each request, kept on show while newer ones are awaited. */
  values: Estimate[];
  pending: boolean;
  /** The requests that `values` are about. */
  about: Values[];
}

/** Keep estimates of requests up to date while `scope` lives; only the newest question counts. */
export function estimating(
  channel: Channel,
  requests: ReadonlySignal<Values[]>,
  live: ReadonlySignal<boolean>,
  scope: Scope,
): Signal<Estimating> {
  const state = signal<Estimating>({ values: [], pending: false, about: [] });
  let asked = "";
  let answered = false;
  let stop = () => {};
  scope.effect(() => {
    const wanted = live.value ? requests.value : [];
    stop();
    if (wanted.length === 0) return;
    const text = JSON.stringify(wanted);
    if (text === asked) {
      if (answered) state.value = { ...state.peek(), pending: false };
      return;
    }
    state.value = { ...state.peek(), pending: true };
    stop = scope.later(ASK_AFTER, () => {
      asked = text;
      answered = false;
      Promise.all(wanted.map((params) => channel.ask("estimate", { params }))).then(
        (answers) => {
          if (asked !== text || scope.ended) return;
          answered = true;
          const values = answers.map(({ value }) => value);
          state.value = { values, pending: false, about: wanted };
        },
        () => {
          if (asked !== text || scope.ended) return;
          asked = "";
          state.value = { values: [], pending: false, about: [] };
        },
      );
    });
  });
  return state;
}

/** What all takes together will cost, by currency; null when the price of one is not known. */
export function totals(estimates: readonly Estimate[], count: number): Map<string, number> | null {
  const sums = new Map<string, number>();
  for (const { cost } of estimates) {
    if (!cost) return null;
    sums.set(cost.currency, (sums.get(cost.currency) ?? 0) + cost.amount * count);
  }
  return sums;
}

export type Sending =
  | { state: "idle" }
  | { state: "sending" }
  | { state: "unconfirmed"; message: string }
  | { state: "refused"; message: string; refusals: { request: Values; problems: Problem[] }[] };

export const UNCONFIRMED =
  "Not confirmed; do not press again. The take appears when the kernel answers.";

const LOST =
  "The kernel restarted before it confirmed this take. Run this cell again: if the take was accepted, it is listed.";

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
  const silence = () => {
    sending.value = { state: "unconfirmed", message: UNCONFIRMED };
  };
  try {
    return (await insist((patience) => ask(key, patience), silence)).value.job;
  } catch (error) {
    return error instanceof Closed ? new Error(LOST) : (error as Error);
  }
}
