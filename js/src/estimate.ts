import { type ReadonlySignal, type Signal, signal } from "@preact/signals-core";
import type { Channel } from "./channel";
import type { Estimate, Values } from "./protocol";
import type { Scope } from "./scope";

const ASK_AFTER = 350;

export interface Estimating {
  /** The last answer, kept on show while a newer one is awaited. */
  value: Estimate | null;
  pending: boolean;
  /** The params that `value` is about. */
  about: Values | null;
}

/** Keep an estimate of `params` up to date while `scope` lives; only the newest question counts. */
export function estimating(
  channel: Channel,
  params: ReadonlySignal<Values | null>,
  live: ReadonlySignal<boolean>,
  scope: Scope,
): Signal<Estimating> {
  const state = signal<Estimating>({ value: null, pending: false, about: null });
  let asked = "";
  let answered = false;
  let stop = () => {};
  scope.effect(() => {
    const wanted = live.value && params.value;
    stop();
    if (!wanted) return;
    const text = JSON.stringify(wanted);
    if (text === asked) {
      if (answered) state.value = { ...state.peek(), pending: false };
      return;
    }
    state.value = { ...state.peek(), pending: true };
    stop = scope.later(ASK_AFTER, () => {
      asked = text;
      answered = false;
      channel.ask("estimate", { params: wanted }).then(
        ({ value }) => {
          if (asked !== text || scope.ended) return;
          answered = true;
          state.value = { value, pending: false, about: wanted };
        },
        () => {
          if (asked !== text || scope.ended) return;
          asked = "";
          state.value = { value: null, pending: false, about: null };
        },
      );
    });
  });
  return state;
}
