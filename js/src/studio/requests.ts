import { computed, type ReadonlySignal, type Signal, signal } from "@preact/signals-core";
import { type Answer, type Channel, Closed, insist, makeId, Refusal } from "../kernel/channel";
import type { Estimate, Problem, Requests, Values } from "../kernel/messages";
import type { Scope } from "../ui/scope";

/** Every service takes seeds up to here. */
export const LARGEST_SEED = 2_147_483_647;

/** A seed between the two bounds, both included. */
export function randomSeed(min = 0, max = LARGEST_SEED): number {
  return Math.floor(min + Math.random() * (max - min + 1));
}

const ASK_AFTER = 350;

export interface Asked<Q, A> {
  /** The last answer, kept on show while a newer one is awaited. */
  answer: A | null;
  /** What it is about. */
  about: Q | null;
  /** Why there is none. */
  error: Error | null;
  pending: boolean;
}

/**
 * Keep the answer to a question up to date while `scope` lives; only the newest one counts, and it is
 * asked once it has not changed for a moment. It is asked again when `turn` gives something else.
 */
export function asking<Q, A>(
  wanted: ReadonlySignal<Q | null>,
  ask: (question: Q) => Promise<A>,
  scope: Scope,
  turn: () => unknown = () => null,
): Signal<Asked<Q, A>> {
  const state = signal<Asked<Q, A>>({ answer: null, about: null, error: null, pending: false });
  let asked = "";
  let stop = () => {};
  scope.effect(() => {
    const question = wanted.value;
    stop();
    if (question === null) return;
    const text = JSON.stringify([question, turn()]);
    const isCurrent = () => asked === text && !scope.ended;
    if (text === asked) {
      const { answer, error } = state.peek();
      if (answer !== null || error !== null) state.value = { ...state.peek(), pending: false };
      return;
    }
    state.value = { ...state.peek(), pending: true };
    stop = scope.later(ASK_AFTER, () => {
      asked = text;
      ask(question).then(
        (answer) => {
          if (isCurrent()) state.value = { answer, about: question, error: null, pending: false };
        },
        (error: Error) => {
          if (!isCurrent()) return;
          asked = "";
          state.value = { answer: null, about: question, error, pending: false };
        },
      );
    });
  });
  return state;
}

export interface Estimating {
  /** The last answer to each request, kept on show while newer ones are awaited. */
  values: Estimate[];
  pending: boolean;
  /** The requests that `values` are about. */
  about: Values[];
}

/** Keep estimates of requests up to date while `scope` lives. */
export function estimating(
  channel: Channel,
  requests: ReadonlySignal<Values[]>,
  live: ReadonlySignal<boolean>,
  scope: Scope,
): ReadonlySignal<Estimating> {
  const wanted = computed(() => (live.value && requests.value.length > 0 ? requests.value : null));
  const state = asking(
    wanted,
    (several) => Promise.all(several.map((params) => channel.ask("estimate", { params }))),
    scope,
  );
  return computed(() => {
    const { answer, about, pending } = state.value;
    return {
      values: (answer ?? []).map(({ value }) => value),
      pending,
      about: answer ? (about ?? []) : [],
    };
  });
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
  original?: string,
): Promise<string[] | null> {
  const state = sending.peek().state;
  if (state === "sending" || state === "unconfirmed") return null;
  sending.value = { state: "sending" };
  const outcomes = await Promise.all(
    requests.map((params) =>
      once(
        (key, patience) => channel.ask("submit", { key, params, original }, { patience }),
        sending,
      ),
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

/** Run a sweep, reporting into `sending`. What was refused is returned, and null if nothing was. */
export async function run(
  channel: Channel,
  ask: Requests["run"]["body"],
  sending: Signal<Sending>,
): Promise<Problem[] | null> {
  const state = sending.peek().state;
  if (state === "sending" || state === "unconfirmed") return null;
  sending.value = { state: "sending" };
  const silence = () => {
    sending.value = { state: "unconfirmed", message: UNCONFIRMED };
  };
  try {
    // The same sweep again is the same one, so it may be sent again.
    await insist((patience) => channel.ask("run", ask, { patience }), silence);
    sending.value = { state: "idle" };
    return null;
  } catch (error) {
    const message = error instanceof Closed ? LOST : (error as Error).message;
    sending.value = { state: "refused", message, refusals: [] };
    return error instanceof Refusal ? error.problems : [];
  }
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

/** As `retry`, for a draft that is rendered in full; one that was is not once more. */
export async function finalize(
  channel: Channel,
  job: string,
  resolution: string,
  sending: Signal<Sending>,
): Promise<string> {
  const outcome = await once(
    (key, patience) => channel.ask("finalize", { job, resolution, key }, { patience }),
    sending,
  );
  if (typeof outcome === "string") return outcome;
  throw outcome;
}

/** As `retry`; the failed take leaves the list, as the new one stands in its place. */
export async function again(
  channel: Channel,
  job: string,
  sending: Signal<Sending>,
): Promise<string> {
  const made = await retry(channel, job, sending);
  if (made !== job) await channel.ask("hide", { job, hidden: true }).catch(() => {});
  return made;
}

/**
 * Ask for one take: its job, or why there is none.
 *
 * The key is made once, here. A message that stays without a reply is sent again with the same key,
 * so the kernel makes one job of however many arrive.
 */
async function once(
  ask: (key: string, patience: number) => Promise<Answer<"submit" | "retry" | "finalize">>,
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
