// Written by scripts/page_messages.py from src/rushes/widgets/messages/; change that.

/** Messages of a sweep: what it would make, how far it is, and what can be done with it. */

import type { Values } from "./envelope";

export type Axes = Record<string, unknown[]>;

export type Steering = "run" | "pause" | "resume" | "cancel" | "retry";

/** What can be done with a sweep now. */
export interface SweepOffer {
  action: Steering;
  /** With what it costs, if it spends money. */
  label: string;
}

/** Money, time and actions of a sweep. */
export interface SweepStanding {
  facts: string[];
  offers: SweepOffer[];
}

/** What a sweep would make, and what it costs. */
export interface SweepPlan {
  takes: number;
  /** Those that exist and cost nothing. */
  made: number;
  /** US dollars of the others, at least; null where it is not known. */
  low: number | null;
  /** The same, at most. */
  high: number | null;
  seconds: number | null;
}

/** A sweep that is not over, or waits for the user. */
export interface SweepState {
  name: string;
  state: "running" | "started" | "paused" | "capped" | "cancelled";
  /** How far it is. */
  words: string;
  fraction: number;
  waiting: number;
  /** Failed takes that can be made again; none that may be billed already. */
  failed: number;
}

/** Every combination of some prompts, requests and values. */
export interface SweepAsk {
  /** One a provider, without a prompt. */
  requests: Values[];
  prompts: string[];
  axes: Axes;
  /** Seeds of each combination. */
  count?: number;
}

/** Check and price a sweep; nothing is sent. */
export interface PlanSweep {
  requests: Values[];
  prompts: string[];
  axes: Axes;
  count?: number;
}

/** Make the takes of a sweep; those that exist are not made again. */
export interface RunSweep {
  requests: Values[];
  prompts: string[];
  axes: Axes;
  count?: number;
}

/** Run, pause, resume or cancel a sweep, or make its failed takes again. */
export interface Steer {
  name: string;
  action: Steering;
}
