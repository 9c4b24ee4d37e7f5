import { computed, signal } from "@preact/signals-core";
import { expect, it } from "vitest";
import { type Asked, Blind, pairs } from "../../src/compare/blind";
import { differing } from "../../src/compare/differences";
import type { Take } from "../../src/kernel/messages";

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

function asked(job: string, provider: string, prompt: string, inputs: string | null = ""): Asked {
  return { job, provider, asked: [prompt, inputs] };
}

function names(takes: readonly Asked[]): string[] {
  return pairs(takes).map((pair) => [...pair].sort().join(""));
}

it("pairs only takes of one prompt and mode", () => {
  const takes = [
    asked("a", "kling", "a fox"),
    asked("b", "seedance", "a fox"),
    asked("c", "kling", "a boat"),
    asked("d", "seedance", "a boat"),
  ];
  expect(names(takes)).toEqual(["ab", "cd"]);
});

it("pairs only takes of the same inputs, as far as these are known", () => {
  const takes = [
    asked("a", "kling", "a fox", "one"),
    asked("b", "seedance", "a fox", "one"),
    asked("c", "seedance", "a fox", "other"),
    asked("d", "runway", "a fox", null),
  ];
  expect(names(takes)).toEqual(["ab", "ad", "bd", "cd"]);
});

it("lets no provider meet itself where several are compared", () => {
  const takes = [
    asked("a", "kling", "a fox"),
    asked("b", "kling", "a fox"),
    asked("c", "seedance", "a fox"),
  ];
  expect(names(takes)).toEqual(["ac", "bc"]);
});

it("pairs the takes of one provider by their labels", () => {
  expect(names([asked("a", "kling", "a fox"), asked("b", "kling", "a fox")])).toEqual(["ab"]);
});

it("pairs a mere file with everything", () => {
  const file: Asked = { job: "f", provider: "" };
  const takes = [file, asked("a", "kling", "a fox"), asked("b", "seedance", "a boat")];
  expect(names(takes)).toEqual(["af", "bf"]);
});

it("says how many pairs are left, and when there is none", () => {
  const takes = new Map(
    [asked("a", "kling", "a fox"), asked("b", "seedance", "a boat")].map((take) => [
      take.job,
      take,
    ]),
  );
  const jobs = signal([...takes.keys()]);
  const on = signal(true);
  const blind = new Blind(jobs, on, Math.random, (job) => takes.get(job));
  expect(blind.pair.value).toBeNull();
  expect(blind.empty).toBe(true);
  takes.set("c", asked("c", "seedance", "a fox"));
  jobs.value = [...takes.keys()];
  expect(blind.empty).toBe(false);
  expect([blind.count, blind.possible.value]).toEqual([1, 3]);
});

it("shows only what differs", () => {
  const take = (params: object, more: object = {}) =>
    ({ job: "x", state: "completed", params, backend: "fal", ...more }) as unknown as Take;
  const rows = differing([
    take({ aspectRatio: "16:9", generateAudio: true, prompt: "a" }, { seed: 7 }),
    take({ aspectRatio: "16:9", prompt: "b" }),
    take({ aspectRatio: "16:9", generateAudio: true }, { state: "running", backend: null }),
  ]);
  expect(rows).toEqual([
    ["generateAudio", ["yes", "–", "yes"]],
    ["seed", ["7", "–", "–"]],
  ]);
});
