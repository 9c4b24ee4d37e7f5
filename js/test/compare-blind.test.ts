import { computed, signal } from "@preact/signals-core";
import { expect, it } from "vitest";
import { Blind } from "../src/compare/blind";
import { differing } from "../src/compare/differences";
import { Zoom } from "../src/compare/zoom";
import type { Take } from "../src/protocol";

function made(...jobs: string[]) {
  const on = signal(true);
  const takes = signal(jobs);
  return {
    on,
    takes,
    blind: new Blind(
      computed(() => [...takes.value]),
      on,
    ),
  };
}

it("hides names until both questions are answered, and takes no answer back", () => {
  const { blind } = made("a", "b");
  const [left] = blind.pair.value ?? [];
  expect(blind.letter(left as string)).toBe("A");
  expect(blind.answer("prompt", "left")).toMatchObject({ left, choice: "left" });
  expect(blind.answer("prompt", "right")).toBeNull();
  expect(blind.letter(left as string)).toBe("A");
  blind.answer("looks", "tie");
  expect(blind.letter(left as string)).toBeNull();
});

it("asks for every pair once", () => {
  const { blind } = made("a", "b", "c");
  const seen = new Set<string>();
  for (let i = 0; i < blind.count; i++) {
    seen.add([...(blind.pair.value ?? [])].sort().join(""));
    blind.next();
  }
  expect([...seen].sort()).toEqual(["ab", "ac", "bc"]);
});

it("does not deal anew when a take has news", () => {
  const { blind, takes } = made("a", "b", "c", "d");
  const before = blind.pair.value;
  takes.value = ["a", "b", "c", "d"];
  expect(blind.pair.value).toBe(before);
});

it("shows only what differs", () => {
  const take = (params: object, more: object = {}) =>
    ({ job: "x", params, backend: "fal", ...more }) as unknown as Take;
  const rows = differing([
    take({ aspectRatio: "16:9", generateAudio: true, prompt: "a" }, { seed: 7 }),
    take({ aspectRatio: "16:9", prompt: "b" }),
  ]);
  expect(rows).toEqual([
    ["generateAudio", ["yes", "–"]],
    ["seed", ["7", "–"]],
  ]);
});

it("never moves the picture beyond its edge", () => {
  const zoom = new Zoom();
  zoom.by(2, [0, 0]);
  zoom.pan(5, 5);
  expect(zoom.transform.value).toBe("translate(50.000%, 50.000%) scale(2)");
  zoom.by(0.1);
  expect(zoom.transform.value).toBe("translate(0.000%, 0.000%) scale(1)");
});
