import { type Take, unfinished } from "../../kernel/messages";

/** Seconds between two takes that were asked for together. */
const TOGETHER = 3;
/** Takes that are a batch; fewer stand as cards from the first moment. */
const FEWEST = 4;
/** Seconds for which a failed take stands before what has been finished. */
const RECENT = 86_400;

/** Takes that were asked for together and are not all done. */
export interface Batch {
  /** The job of its first take. */
  key: string;
  /** All of its takes, in the order in which they were asked for. */
  jobs: readonly string[];
  /** Those under way: what is rendered before what waits. */
  moving: readonly string[];
  failed: readonly string[];
}

/** In which order takes are shown. */
export interface Arrangement {
  /** What waits for the user: uncertain before failed. */
  attention: readonly string[];
  batches: readonly Batch[];
  /** All others, newest first. */
  cards: readonly string[];
}

/** Arrange takes that come newest first. */
export function arrange(takes: readonly Take[], now: number): Arrangement {
  const isWanting = (take: Take) =>
    take.state === "uncertain" || (take.state === "failed" && now - take.createdAt < RECENT);
  const batches = chains(takes)
    .filter((chain) => chain.length >= FEWEST)
    .filter((chain) => chain.some((take) => unfinished.has(take.state) || isWanting(take)))
    .map(batchOf);
  const slim = new Set(batches.flatMap(({ moving }) => moving));
  const wanting = takes.filter(isWanting);
  const attention = [
    ...wanting.filter(({ state }) => state === "uncertain"),
    ...wanting.filter(({ state }) => state === "failed"),
  ].map(({ job }) => job);
  const first = new Set(attention);
  const cards = takes.map(({ job }) => job).filter((job) => !slim.has(job) && !first.has(job));
  return { attention, batches, cards };
}

/** The takes in groups that were asked for together. */
function chains(takes: readonly Take[]): Take[][] {
  const found: Take[][] = [];
  for (const take of takes) {
    const last = found.at(-1)?.at(-1);
    if (last && !take.found && last.createdAt - take.createdAt <= TOGETHER)
      found.at(-1)?.push(take);
    else if (!take.found) found.push([take]);
  }
  return found;
}

function batchOf(newest: readonly Take[]): Batch {
  const takes = [...newest].reverse();
  const moving = takes.filter(({ state }) => unfinished.has(state));
  return {
    key: takes[0]?.job ?? "",
    jobs: takes.map(({ job }) => job),
    moving: [
      ...moving.filter((take) => !isInLine(take)),
      ...moving.filter((take) => isInLine(take)),
    ].map(({ job }) => job),
    failed: takes.filter(({ state }) => state === "failed").map(({ job }) => job),
  };
}

/** Whether nobody works on a take yet: it waits here, or at its service. */
export function isInLine({ state, progress }: Take): boolean {
  return state === "queued" || (state === "running" && typeof progress?.position === "number");
}

/** What has come of a batch. */
export interface Tally {
  total: number;
  done: number;
  rendering: number;
  inLine: number;
  failed: number;
  uncertain: number;
  cancelled: number;
  /** By currency, what the finished takes cost and what all of them will have cost. */
  spent: ReadonlyMap<string, number>;
  cost: ReadonlyMap<string, number>;
  /** Seconds that the rest will take at the pace so far; null while nothing is finished. */
  left: number | null;
}

export function tally(takes: readonly Take[], now: number): Tally {
  const count = (is: (take: Take) => boolean) => takes.filter(is).length;
  const done = count(({ state }) => state === "completed");
  const moving = takes.filter(({ state }) => unfinished.has(state));
  const inLine = moving.filter(isInLine).length;
  const began = Math.min(...takes.map(({ createdAt }) => createdAt));
  const ended = takes.length - moving.length;
  return {
    total: takes.length,
    done,
    rendering: moving.length - inLine,
    inLine,
    failed: count(({ state }) => state === "failed"),
    uncertain: count(({ state }) => state === "uncertain"),
    cancelled: count(({ state }) => state === "cancelled"),
    spent: sums(takes.filter(({ state }) => state === "completed")),
    cost: sums(takes.filter(({ state }) => state !== "failed" && state !== "cancelled")),
    left: done > 0 && moving.length > 0 ? ((now - began) / ended) * moving.length : null,
  };
}

/** What takes cost together, by currency; takes without a price do not count. */
export function sums(takes: readonly Take[]): Map<string, number> {
  const found = new Map<string, number>();
  for (const { cost } of takes) {
    if (!cost) continue;
    found.set(cost.currency, (found.get(cost.currency) ?? 0) + cost.amount);
  }
  return found;
}
