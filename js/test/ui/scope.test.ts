import { signal } from "@preact/signals-core";
import { expect, test, vi } from "vitest";
import { Scope } from "../../src/ui/scope";

test("everything ends with the scope, last begun first", () => {
  const order: string[] = [];
  const scope = new Scope();
  scope.add(() => order.push("first"));
  scope.child().add(() => order.push("child"));
  scope.end();
  scope.end();
  expect(order).toEqual(["child", "first"]);
});

test("what is added to an ended scope ends at once", () => {
  const scope = new Scope();
  scope.end();
  const end = vi.fn();
  scope.add(end);
  expect(end).toHaveBeenCalledOnce();
});

test("each rebuilds on another value only, and ends the former part first", () => {
  const source = signal(1);
  const other = signal("a");
  const log: string[] = [];
  const scope = new Scope();
  scope.each(
    () => source.value % 2,
    (value, part) => {
      log.push(`build ${value} ${other.value}`);
      part.add(() => log.push(`end ${value}`));
    },
  );
  source.value = 3;
  other.value = "b";
  source.value = 4;
  scope.end();
  expect(log).toEqual(["build 1 a", "end 1", "build 0 b", "end 0"]);
});

test("timers die with the scope", () => {
  vi.useFakeTimers();
  const run = vi.fn();
  const scope = new Scope();
  scope.later(10, run);
  scope.every(10, run);
  scope.end();
  vi.advanceTimersByTime(100);
  expect(run).not.toHaveBeenCalled();
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});
