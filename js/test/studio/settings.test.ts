import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Settings } from "../../src/studio/form/settings";
import { Scope } from "../../src/ui/scope";
import { makeForm, StubModel } from "../stub";

const kling = makeForm([], { id: "kling", title: "Kling", modes: ["text-to-video"] });
let model: StubModel;
let scope: Scope;
let settings: Settings;

beforeEach(() => {
  vi.useFakeTimers();
  model = new StubModel({ _providers: { forms: [makeForm([]), kling], parts: [] } });
  scope = new Scope();
  settings = new Settings(model, scope);
  settings.keep(scope);
});
afterEach(() => {
  scope.end();
  vi.useRealTimers();
});

test("the first usable provider is chosen when none is", () => {
  expect(settings.form.value?.id).toBe("seedance-2.0");
  const off = makeForm([], { id: "off", backends: [] });
  model.push("_providers", { forms: [off, kling], parts: [] });
  expect(settings.form.value?.id).toBe("kling");
});

test("a mode that the provider lacks gives way and comes back", () => {
  settings.chooseMode("image-to-video");
  settings.choose(["kling"]);
  expect(settings.mode.value).toBe("text-to-video");
  settings.choose(["seedance-2.0"]);
  expect(settings.mode.value).toBe("image-to-video");
});

test("several providers are chosen together, and one of them stays", () => {
  settings.toggle("kling");
  expect(settings.forms.value.map(({ id }) => id)).toEqual(["seedance-2.0", "kling"]);
  settings.toggle("seedance-2.0");
  settings.toggle("kling");
  expect(settings.forms.value.map(({ id }) => id)).toEqual(["kling"]);
});

test("a provider without the mode waits for another one and makes no take", () => {
  settings.choose(["seedance-2.0", "kling"]);
  settings.chooseMode("image-to-video");
  expect(settings.standing(kling)).toBe("lacks the mode");
  expect(settings.forms.value.map(({ id }) => id)).toEqual(["seedance-2.0"]);
  settings.chooseMode("text-to-video");
  expect(settings.forms.value).toHaveLength(2);
});

test("a provider with nothing in common takes the place of the others", () => {
  model.push("_providers", {
    forms: [makeForm([]), makeForm([], { id: "odd", modes: ["sketch"] })],
    parts: [],
  });
  settings.toggle("odd");
  expect(settings.forms.value.map(({ id }) => id)).toEqual(["odd"]);
  expect(settings.mode.value).toBe("sketch");
});

test("what an older page saved is understood", () => {
  model.push("_settings", { provider: "kling" });
  expect(settings.form.value?.id).toBe("kling");
});

test("a burst of changes is written once", () => {
  for (const text of ["a", "ab", "abc"]) settings.prompt.value = text;
  vi.advanceTimersByTime(1000);
  expect(model.saves).toBe(1);
  expect(model.traits._settings).toMatchObject({ prompt: "abc", providers: ["seedance-2.0"] });
});

test("nothing is written before the user does something", () => {
  vi.advanceTimersByTime(1000);
  expect(model.saves).toBe(0);
});

test("an echo does not undo what was typed since; a change from Python is shown", () => {
  settings.prompt.value = "first";
  vi.advanceTimersByTime(1000);
  settings.prompt.value = "second";
  model.emit("change:_settings");
  expect(settings.prompt.value).toBe("second");
  model.push("_settings", { prompt: "from Python" });
  expect(settings.prompt.value).toBe("from Python");
});

test("a take's params fill the form", () => {
  settings.reuse({
    provider: "kling",
    mode: "text-to-video",
    prompt: "p",
    seed: 4,
    clientRef: "x",
  });
  expect(settings.snapshot.value).toEqual({
    providers: ["kling"],
    mode: "text-to-video",
    prompt: "p",
    values: { seed: 4 },
    count: 1,
    axes: {},
    lines: false,
    seedLocked: true,
    density: "small",
  });
});

test("setting undefined takes a value back", () => {
  settings.set("seed", 3);
  settings.set("seed", undefined);
  expect(settings.values.value).toEqual({});
});
