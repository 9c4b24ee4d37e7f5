import { expect, test, vi } from "vitest";
import { isGenerateKey, keepKey } from "../src/keys";

const press = (key: string, more: KeyboardEventInit = {}) => {
  const event = new KeyboardEvent("keydown", { key, ...more });
  const stop = vi.spyOn(event, "stopPropagation");
  keepKey(event);
  return stop.mock.calls.length > 0;
};

test("letters, space and arrows stay inside", () => {
  expect(["b", " ", "ArrowDown", "Escape", "Enter"].map((key) => press(key))).toEqual(
    Array(5).fill(true),
  );
});

test("save, and run the cell, belong to the notebook", () => {
  expect(press("s", { ctrlKey: true })).toBe(false);
  expect(press("s", { metaKey: true })).toBe(false);
  expect(press("Enter", { shiftKey: true })).toBe(false);
});

test("Ctrl+Enter and ⌘+Enter generate", () => {
  const key = (more: KeyboardEventInit) =>
    isGenerateKey(new KeyboardEvent("keydown", { key: "Enter", ...more }));
  expect([key({ ctrlKey: true }), key({ metaKey: true }), key({})]).toEqual([true, true, false]);
});
