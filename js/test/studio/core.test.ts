import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Core } from "../../src/studio/core";
import { Scope } from "../../src/ui/scope";
import { makeField, makeForm, makeTake, StubModel } from "../stub";

let model: StubModel;
let core: Core;
const estimate = (problems: object[]) => ({
  ok: true,
  value: { cost: null, seconds: null, basis: "catalog", problems },
});

beforeEach(() => {
  vi.useFakeTimers();
  const field = makeField("seed", "integer", { min: 0, max: 9 });
  model = new StubModel({
    _providers: { forms: [makeForm([field])], parts: [] },
    _settings: { prompt: "p" },
  });
  core = new Core(model);
});
afterEach(() => {
  core.end();
  vi.useRealTimers();
});

test("making one sends nothing and starts no timer", () => {
  expect([model.sent.length, model.saves, vi.getTimerCount()]).toEqual([0, 0, 0]);
});

test("two views share one greeting, and the last one takes the work with it", () => {
  const [first, second] = [new Scope(), new Scope()];
  core.enter(first);
  core.enter(second);
  expect(model.asked("hello")).toHaveLength(1);
  first.end();
  second.end();
  core.end();
  expect([model.listening, vi.getTimerCount()]).toEqual([0, 0]);
});

test("a form with a problem is not sent, and says where", async () => {
  core.set("seed", 99);
  expect(core.shown("seed")).toBeNull();
  expect(await core.generate()).toBe(false);
  expect(core.shown("seed")).toBe("At most 9.");
  expect(model.asked("submit")).toEqual([]);
});

test("the kernel's problems stand at their fields until these change", async () => {
  const sent = core.generate();
  const problems = [{ parameter: "seed", message: "Taken." }];
  model.reply(model.asked("submit")[0], { ok: false, error: { message: "No.", problems } });
  await sent;
  expect(core.shown("seed")).toBe("Taken.");
  core.set("seed", 2);
  expect(core.shown("seed")).toBeNull();
  expect(core.sending.value.state).toBe("idle");
});

test("an estimate's problems hold a take back, but not those about older params", async () => {
  core.enter(new Scope());
  await vi.advanceTimersByTimeAsync(400);
  model.reply(model.asked("estimate")[0], estimate([{ parameter: "seed", message: "No." }]));
  await vi.advanceTimersByTimeAsync(0);
  expect(await core.generate()).toBe(false);
  core.set("seed", 3);
  void core.generate();
  expect(model.asked("submit")).toHaveLength(1);
});

test("what the kernel found wrong with a field is void once the field has changed", async () => {
  core.enter(new Scope());
  await vi.advanceTimersByTimeAsync(400);
  model.reply(model.asked("estimate")[0], estimate([{ parameter: "seed", message: "No." }]));
  await vi.advanceTimersByTimeAsync(0);
  core.touch("seed");
  core.settings.prompt.value = "another";
  expect(core.shown("seed")).toBe("No.");
  core.set("seed", 3);
  expect(core.shown("seed")).toBeNull();
});

test("after a restart nothing can be asked any more", async () => {
  core.enter(new Scope());
  model.comm_live = false;
  model.emit("comm_live_update");
  expect(core.usable.value).toBe(false);
  await core.generate();
  expect(model.asked("submit")).toEqual([]);
  expect(core.sending.value.state).toBe("refused");
});

test("a new seed replaces the old one where the provider takes seeds", () => {
  const params = { provider: "seedance-2.0", seed: 77 };
  const again = core.reseeded(makeTake({ params }));
  expect(again.seed).not.toBe(77);
  expect(core.reseeded(makeTake({ provider: "other", params }))).not.toHaveProperty("seed");
});
