// @vitest-environment happy-dom
import { expect, it } from "vitest";
import { pressed, takesKey } from "../../src/compare/player";
import { h } from "../../src/ui/dom";

const key = (name: string, more: object = {}) =>
  pressed({ key: name, shiftKey: false, ctrlKey: false, metaKey: false, altKey: false, ...more });

it("knows every key of the list", () => {
  expect(key(" ")).toEqual({ command: "toggle" });
  expect(key("ArrowLeft", { shiftKey: true })).toEqual({ command: "second-back" });
  expect(key("J", { shiftKey: true })).toEqual({ command: "reverse" });
  expect(key("b")).toEqual({ flip: 1 });
  expect(key("9")).toEqual({ audible: 8 });
  expect(key("?", { shiftKey: true })).toEqual({ command: "help" });
});

it("leaves the host its combinations", () => {
  expect(key("s", { ctrlKey: true })).toBeNull();
  expect(key("l", { metaKey: true })).toBeNull();
  expect(key("Enter", { shiftKey: true })).toBeNull();
});

it("leaves controls the keys that they use themselves", () => {
  expect(takesKey(h("input", { type: "number" }), "1")).toBe(true);
  expect(takesKey(h("button"), " ")).toBe(true);
  expect(takesKey(h("button"), "l")).toBe(false);
  expect(takesKey(h("input", { type: "range" }), "ArrowLeft")).toBe(true);
  expect(takesKey(h("input", { type: "range" }), " ")).toBe(false);
  expect(takesKey(h("input", { type: "range", class: "rs-cmp-scrub" }), "ArrowLeft")).toBe(false);
  expect(takesKey(h("div"), " ")).toBe(false);
});
