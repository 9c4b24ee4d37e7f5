// @vitest-environment happy-dom
import { expect, it } from "vitest";
import { named, takesKey } from "../../src/compare/keys";
import { h } from "../../src/ui/dom";

const key = (name: string, more: object = {}) =>
  named({ key: name, shiftKey: false, ctrlKey: false, metaKey: false, altKey: false, ...more });

it("knows a key whatever is held with it", () => {
  expect(key(" ")).toBe(" ");
  expect(key("ArrowLeft", { shiftKey: true })).toBe("Shift ArrowLeft");
  expect(key("J", { shiftKey: true })).toBe("j");
  expect(key("?", { shiftKey: true })).toBe("?");
  expect(key("¡", { altKey: true, code: "Digit1" })).toBe("1");
});

it("leaves the host its combinations", () => {
  expect(key("s", { ctrlKey: true })).toBeNull();
  expect(key("l", { metaKey: true })).toBeNull();
  expect(key("l", { altKey: true, code: "KeyL" })).toBeNull();
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
