// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Press } from "../../src/ui/keys";
import { Scope } from "../../src/ui/scope";

let scope: Scope;
let root: HTMLElement;
let press: Press;

beforeEach(() => {
  vi.useFakeTimers();
  scope = new Scope();
  root = document.createElement("div");
  press = new Press(scope);
  press.watch(root);
});
afterEach(() => {
  scope.end();
  vi.useRealTimers();
});

test("without a pointer things are done at once", () => {
  const act = vi.fn();
  press.after(act);
  expect(act).toHaveBeenCalledOnce();
});

test.each(["pointerup", "pointercancel"])("a held pointer puts things off until %s", (end) => {
  const act = vi.fn();
  root.dispatchEvent(new Event("pointerdown"));
  press.after(act);
  window.dispatchEvent(new Event(end));
  // The click itself comes first.
  expect(act).not.toHaveBeenCalled();
  vi.runAllTimers();
  expect(act).toHaveBeenCalledOnce();
});
