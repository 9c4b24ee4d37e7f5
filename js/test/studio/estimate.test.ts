import { signal } from "@preact/signals-core";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Channel } from "../../src/kernel/channel";
import type { Values } from "../../src/kernel/messages";
import { estimating, totals } from "../../src/studio/requests";
import { Scope } from "../../src/ui/scope";
import { StubModel } from "../stub";

const value = (seconds: number) => ({ cost: null, seconds, basis: "catalog", problems: [] });
let model: StubModel;
let scope: Scope;
const params = signal<Values[]>([]);
const live = signal(true);
let state: ReturnType<typeof estimating>;

beforeEach(() => {
  vi.useFakeTimers();
  params.value = [{ n: 1 }];
  live.value = true;
  model = new StubModel();
  scope = new Scope();
  const channel = new Channel(model, { take: () => {}, heard: () => {}, silence: () => {} });
  scope.add(() => channel.close());
  state = estimating(channel, params, live, scope);
});
afterEach(() => {
  scope.end();
  vi.useRealTimers();
});

test("typing asks once", () => {
  params.value = [{ n: 2 }];
  params.value = [{ n: 3 }];
  vi.advanceTimersByTime(1000);
  expect(model.asked("estimate").map((message) => message.params)).toEqual([{ n: 3 }]);
});

test("an answer to an older question is dropped", async () => {
  await vi.advanceTimersByTimeAsync(400);
  params.value = [{ n: 2 }];
  await vi.advanceTimersByTimeAsync(400);
  model.reply(model.sent[1], { ok: true, value: value(2) });
  model.reply(model.sent[0], { ok: true, value: value(1) });
  await vi.advanceTimersByTimeAsync(0);
  expect(state.value).toEqual({ values: [value(2)], pending: false, about: [{ n: 2 }] });
});

test("the last estimate stays on show while the next one is awaited", async () => {
  await vi.advanceTimersByTimeAsync(400);
  model.reply(model.sent[0], { ok: true, value: value(1) });
  await vi.advanceTimersByTimeAsync(0);
  params.value = [{ n: 2 }];
  expect(state.value).toEqual({ values: [value(1)], pending: true, about: [{ n: 1 }] });
  params.value = [{ n: 1 }];
  expect(state.value.pending).toBe(false);
});

test("a silent kernel is not asked, and is asked again once it speaks", async () => {
  await vi.advanceTimersByTimeAsync(400);
  live.value = false;
  await vi.advanceTimersByTimeAsync(10_000);
  expect(state.value.values).toEqual([]);
  live.value = true;
  await vi.advanceTimersByTimeAsync(400);
  expect(model.asked("estimate")).toHaveLength(2);
});

test("the costs of all takes add up by currency, and not when one is unknown", () => {
  const cost = (amount: number, currency: string) => ({
    ...value(1),
    basis: "catalog" as const,
    cost: { amount, currency },
  });
  const sums = totals([cost(1.5, "USD"), cost(0.5, "USD"), cost(40, "credits")], 2);
  expect([...(sums ?? [])]).toEqual([
    ["USD", 4],
    ["credits", 80],
  ]);
  expect(totals([cost(1, "USD"), { ...cost(1, "USD"), cost: null }], 1)).toBeNull();
});
