import { expect, test } from "vitest";
import { fitted, moved, split, sum, without } from "../../src/studio/form/scenes";

const scenes = (...seconds: number[]) =>
  seconds.map((durationSeconds, index) => ({ prompt: String(index), durationSeconds }));
const lengths = (list: { durationSeconds: number }[]) => list.map((shot) => shot.durationSeconds);

test("scenes are fitted from the last backwards and keep a second each", () => {
  expect(lengths(fitted(scenes(4, 2, 3), 12))).toEqual([4, 2, 6]);
  expect(lengths(fitted(scenes(4, 2, 3), 5))).toEqual([3, 1, 1]);
  expect(lengths(fitted(scenes(4, 2, 3), 2))).toEqual([1, 1]);
});

test("the longest scene is split", () => {
  expect(lengths(split(scenes(2, 5, 1)) ?? [])).toEqual([2, 3, 2, 1]);
  expect(split(scenes(1, 1))).toBeNull();
});

test("a removed scene leaves its time to its neighbour", () => {
  expect(lengths(without(scenes(4, 2, 3), 0))).toEqual([6, 3]);
  expect(lengths(without(scenes(4, 2, 3), 2))).toEqual([4, 5]);
  expect(without(scenes(4), 0)).toEqual([]);
});

test.each([-9, -1, 0, 1, 9])(
  "a border moved by %i keeps the sum and a second on each side",
  (by) => {
    const after = moved(scenes(4, 2, 3), 0, by);
    expect(sum(after)).toBe(9);
    expect(Math.min(...lengths(after))).toBeGreaterThanOrEqual(1);
  },
);
