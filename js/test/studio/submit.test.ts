import { signal } from "@preact/signals-core";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Channel } from "../../src/kernel/channel";
import { retry, type Sending, submit, UNCONFIRMED } from "../../src/studio/requests";
import { StubModel } from "../stub";

let model: StubModel;
let channel: Channel;
const sending = signal<Sending>({ state: "idle" });

beforeEach(() => {
  vi.useFakeTimers();
  sending.value = { state: "idle" };
  model = new StubModel();
  channel = new Channel(model, { take: () => {}, heard: () => {}, silence: () => {} });
});
afterEach(() => {
  channel.close();
  vi.useRealTimers();
});

test("one click sends one message, however often it is pressed meanwhile", async () => {
  const sent = submit(channel, [{ a: 1 }], sending);
  expect(await submit(channel, [{ a: 1 }], sending)).toBeNull();
  expect(model.asked("submit")).toHaveLength(1);
  model.reply(model.sent[0], { ok: true, value: { job: "j" } });
  expect(await sent).toEqual(["j"]);
  expect(sending.value.state).toBe("idle");
});

test("without a reply the same key is sent again, and the user is told not to press", async () => {
  const sent = submit(channel, [{}], sending);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(sending.value).toEqual({ state: "unconfirmed", message: UNCONFIRMED });
  await vi.advanceTimersByTimeAsync(20_000);
  const keys = model.asked("submit").map((message) => message.key);
  expect(keys).toHaveLength(3);
  expect(new Set(keys).size).toBe(1);
  model.reply(model.sent[2], { ok: true, value: { job: "j" } });
  expect(await sent).toEqual(["j"]);
});

test("a click after a refusal has a new key", async () => {
  const first = submit(channel, [{}], sending);
  model.reply(model.sent[0], { ok: false, error: { message: "No." } });
  await first;
  expect(sending.value).toMatchObject({ state: "refused", message: "No." });
  void submit(channel, [{}], sending);
  expect(model.sent[1]?.key).not.toBe(model.sent[0]?.key);
});

test("a restart while sending does not claim that nothing was sent", async () => {
  const sent = submit(channel, [{}], sending);
  channel.close();
  expect(await sent).toEqual([]);
  expect(sending.value).toMatchObject({ state: "refused" });
  expect((sending.value as { message: string }).message).toContain("if the take was accepted");
});

test("several takes have a key each, and a refusal of one says how many were sent", async () => {
  const sent = submit(channel, [{ n: 1 }, { n: 2 }], sending);
  const [first, second] = model.asked("submit");
  expect(first?.key).not.toBe(second?.key);
  model.reply(first, { ok: true, value: { job: "a" } });
  const problems = [{ parameter: "seed", message: "Taken." }];
  model.reply(second, { ok: false, error: { message: "Wrong.", problems } });
  expect(await sent).toEqual(["a"]);
  expect(sending.value).toEqual({
    state: "refused",
    message: "1 of 2 takes were sent, not the others: Wrong.",
    refusals: [{ request: { n: 2 }, problems }],
  });
});

test("a retry that is sent again keeps its key", async () => {
  const made = retry(channel, "old", sending);
  await vi.advanceTimersByTimeAsync(10_000);
  const [first, second] = model.asked("retry");
  expect(first?.key).toBe(second?.key);
  model.reply(second, { ok: true, value: { job: "new" } });
  expect(await made).toBe("new");
});
