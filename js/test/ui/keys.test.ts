// @vitest-environment happy-dom
import { expect, test, vi } from "vitest";
import { isGenerateKey, keepKey, keepKeys } from "../../src/ui/keys";
import { Scope } from "../../src/ui/scope";

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

test("a notebook that hears keys before they are here is told to leave plain ones alone", () => {
  const root = document.createElement("div");
  const button = root.appendChild(document.createElement("button"));
  document.body.append(root);
  const scope = new Scope();
  keepKeys(root, scope);
  const heard: boolean[] = [];
  const hear = () => heard.push(button.hasAttribute("data-lm-suppress-shortcuts"));
  document.addEventListener("keydown", hear, true);
  const key = (name: string, more: KeyboardEventInit = {}) =>
    button.dispatchEvent(
      new KeyboardEvent("keydown", { key: name, bubbles: true, composed: true, ...more }),
    );
  key("b");
  key("s", { ctrlKey: true });
  key("Enter", { shiftKey: true });
  scope.end();
  document.removeEventListener("keydown", hear, true);
  expect(heard).toEqual([true, false, false]);
});
