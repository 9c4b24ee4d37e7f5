import { expect, test } from "vitest";
import type { Take } from "../../src/kernel/messages";
import { arrange, tally } from "../../src/studio/takes/arrange";
import { makeTake } from "../stub";

const NOW = 1_000_000;
const DAY = 86_400;
const take = (job: string, state: Take["state"], ago: number, more: Partial<Take> = {}) =>
  makeTake({ job, state, createdAt: NOW - ago, ...more });
const running = (job: string, ago: number, position?: number) =>
  take(job, "running", ago, {
    progress: { text: "", fraction: null, estimated: false, position: position ?? null },
  });

test("a take alone is a card from the first moment", () => {
  const order = arrange([running("a", 1), take("b", "completed", 90)], NOW);
  expect(order).toEqual({ attention: [], batches: [], cards: ["a", "b"] });
});

test("a batch is what was asked for together and is not all done", () => {
  const takes = [
    take("e", "queued", 1),
    running("d", 2, 3),
    running("c", 3),
    take("b", "completed", 4),
    take("a", "completed", 60),
  ];
  const { batches, cards } = arrange(takes, NOW);
  expect(batches).toEqual([
    { key: "b", jobs: ["b", "c", "d", "e"], moving: ["c", "d", "e"], failed: [] },
  ]);
  expect(cards).toEqual(["b", "a"]);
});

test("a batch that is done is no row any more", () => {
  const takes = ["a", "b", "c", "d"].map((job) => take(job, "completed", 1));
  expect(arrange(takes, NOW).batches).toEqual([]);
});

test("what needs the user comes first: uncertain, then failed of the last day", () => {
  const takes = [
    take("a", "completed", 1),
    take("b", "failed", 100),
    take("c", "uncertain", 200),
    take("d", "failed", 2 * DAY),
    take("e", "uncertain", 9 * DAY),
  ];
  const order = arrange(takes, NOW);
  expect(order.attention).toEqual(["c", "e", "b"]);
  expect(order.cards).toEqual(["a", "d"]);
});

test("takes of files are no batch, however their times are", () => {
  const takes = ["a", "b", "c", "d", "e"].map((job) => take(job, "completed", 1, { found: true }));
  expect(arrange([...takes, take("f", "failed", 1)], NOW).batches).toEqual([]);
});

test("every take stands once", () => {
  const states: Take["state"][] = ["queued", "running", "failed", "uncertain", "completed"];
  const takes = Array.from({ length: 40 }, (_, at) =>
    take(`t${at}`, states[at % 5] as Take["state"], at * (at % 7)),
  ).sort((one, other) => other.createdAt - one.createdAt);
  const { attention, batches, cards } = arrange(takes, NOW);
  const all = [...attention, ...batches.flatMap(({ moving }) => moving), ...cards];
  expect(all.toSorted()).toEqual(takes.map(({ job }) => job).toSorted());
});

test("a batch is counted, priced, and timed by its pace", () => {
  const cost = { amount: 2, currency: "USD" };
  const takes = [
    take("a", "completed", 100, { cost }),
    take("b", "failed", 100, { cost }),
    take("c", "running", 100, { cost }),
    take("d", "queued", 100, { cost }),
  ];
  expect(tally(takes, NOW)).toEqual({
    total: 4,
    done: 1,
    rendering: 1,
    inLine: 1,
    failed: 1,
    uncertain: 0,
    cancelled: 0,
    spent: new Map([["USD", 2]]),
    cost: new Map([["USD", 6]]),
    left: 100,
  });
});
