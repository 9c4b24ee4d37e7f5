import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Channel, Closed, NoAnswer, Refusal, toBytes } from "../../src/kernel/channel";
import { makeTake, StubModel } from "../stub";

const events = { take: vi.fn(), heard: vi.fn(), silence: vi.fn() };
let model: StubModel;
let channel: Channel;

beforeEach(() => {
  vi.useFakeTimers();
  vi.clearAllMocks();
  model = new StubModel();
  channel = new Channel(model, events);
});
afterEach(() => vi.useRealTimers());

test("a reply finds its request by id", async () => {
  const first = channel.ask("hello", {});
  const second = channel.ask("hello", {});
  model.reply(model.sent[1], { ok: true, value: { epoch: "b" } });
  model.reply(model.sent[0], { ok: true, value: { epoch: "a" } });
  expect((await first).value.epoch).toBe("a");
  expect((await second).value.epoch).toBe("b");
  expect(vi.getTimerCount()).toBe(0);
});

test("a refusal carries its problems", async () => {
  const asked = channel.ask("submit", { key: "k", params: {} });
  const problems = [{ parameter: "seed", message: "too large" }];
  model.reply(model.sent[0], { ok: false, error: { code: "X", message: "No.", problems } });
  const error = await asked.catch((reason) => reason);
  expect(error).toBeInstanceOf(Refusal);
  expect(error).toMatchObject({ message: "No.", code: "X", problems });
});

test("silence ends a request, and a late reply is harmless", async () => {
  const asked = channel.ask("hello", {}, { patience: 100 }).catch((reason) => reason);
  vi.advanceTimersByTime(100);
  expect(await asked).toBeInstanceOf(NoAnswer);
  expect(events.silence).toHaveBeenCalledOnce();
  model.reply(model.sent[0], { ok: true, value: {} });
  expect(events.heard).toHaveBeenCalledOnce();
});

test("a word of progress is passed on, and the waiting begins anew", async () => {
  const progress = vi.fn();
  const asked = channel.ask("hello", {}, { patience: 100, progress });
  vi.advanceTimersByTime(90);
  model.tell({ kind: "progress", id: model.sent[0]?.id, fraction: 0.5 });
  expect(progress).toHaveBeenCalledExactlyOnceWith(0.5);
  vi.advanceTimersByTime(90);
  model.reply(model.sent[0], { ok: true, value: { epoch: "late" } });
  expect((await asked).value.epoch).toBe("late");
  expect(vi.getTimerCount()).toBe(0);
});

test("closing gives up open requests and the listener", async () => {
  const asked = channel.ask("hello", {}).catch((reason) => reason);
  channel.close();
  expect(await asked).toBeInstanceOf(Closed);
  expect(await channel.ask("hello", {}).catch((reason) => reason)).toBeInstanceOf(Closed);
  expect([model.listening, vi.getTimerCount()]).toEqual([0, 0]);
});

test("takes are passed on; unknown kinds and odd messages are ignored", () => {
  const take = makeTake();
  for (const message of [
    { kind: "take", take },
    { kind: "new" },
    { kind: "take" },
    null,
    "text",
    3,
  ]) {
    model.emit("msg:custom", message, []);
  }
  expect(events.take.mock.calls).toEqual([[take]]);
});

test("a view into a larger buffer yields its own bytes only", () => {
  const buffer = new Uint8Array([9, 9, 1, 2, 9]).buffer;
  expect([...toBytes(new DataView(buffer, 2, 2))]).toEqual([1, 2]);
  expect([...toBytes(new Uint8Array(buffer, 2, 2))]).toEqual([1, 2]);
  expect(toBytes(buffer).length).toBe(5);
});
