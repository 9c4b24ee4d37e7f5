import { type ReadonlySignal, type Signal, signal } from "@preact/signals-core";
import type { Channel } from "./channel";
import type { Estimate, Values } from "./protocol";
import type { Scope } from "./scope";

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
