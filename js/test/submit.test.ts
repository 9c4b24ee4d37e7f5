import { signal } from "@preact/signals-core";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Channel } from "../src/channel";
import { type Sending, submit, UNCONFIRMED } from "../src/submit";
import { StubModel } from "./stub";

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
  const sent = submit(channel, { a: 1 }, sending);
  expect(await submit(channel, { a: 1 }, sending)).toBeNull();
  expect(model.asked("submit")).toHaveLength(1);
  model.reply(model.sent[0], { ok: true, value: { job: "j" } });
  expect(await sent).toBe("j");
  expect(sending.value.state).toBe("idle");
});

test("without a reply the same key is sent again, and the user is told not to press", async () => {
  const sent = submit(channel, {}, sending);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(sending.value).toEqual({ state: "unconfirmed", message: UNCONFIRMED });
  await vi.advanceTimersByTimeAsync(20_000);
  const keys = model.asked("submit").map((message) => message.key);
  expect(keys).toHaveLength(3);
  expect(new Set(keys).size).toBe(1);
  model.reply(model.sent[2], { ok: true, value: { job: "j" } });
  expect(await sent).toBe("j");
});

test("a click after a refusal has a new key", async () => {
  const first = submit(channel, {}, sending);
  model.reply(model.sent[0], { ok: false, error: { message: "No." } });
  await first;
  expect(sending.value).toMatchObject({ state: "refused", message: "No." });
  void submit(channel, {}, sending);
  expect(model.sent[1]?.key).not.toBe(model.sent[0]?.key);
});

test("a restart while sending does not claim that nothing was sent", async () => {
  const sent = submit(channel, {}, sending);
  channel.close();
  expect(await sent).toBeNull();
  expect(sending.value).toMatchObject({ state: "refused" });
  expect((sending.value as { message: string }).message).toContain("if the take was accepted");
});
