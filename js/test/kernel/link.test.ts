import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Channel } from "../../src/kernel/channel";
import { Link } from "../../src/kernel/link";
import { Scope } from "../../src/ui/scope";
import { StubModel } from "../stub";

let model: StubModel;
let scope: Scope;
let link: Link;
let channel: Channel;

beforeEach(() => {
  vi.useFakeTimers();
  model = new StubModel();
  scope = new Scope();
  link = new Link(model, scope);
  channel = new Channel(model, {
    take: () => {},
    heard: () => link.heard(),
    silence: () => link.silence(),
  });
});
afterEach(() => {
  scope.end();
  channel.close();
  vi.useRealTimers();
});

test("a comm that died is a restart, also where the flag is not forwarded", () => {
  model.comm_live = undefined;
  model.emit("comm_live_update");
  expect(link.state.value).toBe("restarted");
});

test("a comm that came alive is none", () => {
  model.emit("comm_live_update");
  expect(link.state.value).toBe("live");
});

test("another epoch is a restart, in the trait or in the reply to hello", async () => {
  model.push("_epoch", "first");
  expect(link.state.value).toBe("live");
  void link.watch(channel, scope);
  model.reply(model.sent[0], { ok: true, value: { epoch: "second" } });
  await vi.advanceTimersByTimeAsync(0);
  expect(link.state.value).toBe("restarted");
});

test("silence is not called a restart, is asked again with patience, and ends with any reply", async () => {
  void link.watch(channel, scope);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(link.state.value).toBe("silent");
  await vi.advanceTimersByTimeAsync(20_000);
  expect(model.asked("hello")).toHaveLength(3);
  model.reply(model.sent[0], { ok: true, value: { epoch: "first" } });
  expect(link.state.value).toBe("live");
});

test("no greeting outlives its view", async () => {
  void link.watch(channel, scope);
  scope.end();
  await vi.advanceTimersByTimeAsync(300_000);
  expect(model.asked("hello")).toHaveLength(1);
});
