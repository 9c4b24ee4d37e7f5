import { expect, test } from "vitest";
import { judgement, marksWords, tagsIn, UNMARKED } from "../../src/ui/judging";

const picked = { ...UNMARKED, pick: true };

test("a key judges, and the same key again takes it back", () => {
  expect(judgement("p", [UNMARKED])).toEqual({ pick: true });
  expect(judgement("p", [picked])).toEqual({ pick: null });
  expect(judgement("x", [picked])).toEqual({ pick: false });
  expect(judgement("4", [UNMARKED])).toEqual({ stars: 4 });
  expect(judgement("4", [{ ...UNMARKED, stars: 4 }])).toEqual({ stars: null });
  expect(judgement("0", [{ ...UNMARKED, stars: 4 }])).toEqual({ stars: null });
});

test("of several takes a key is taken back when all have it", () => {
  expect(judgement("p", [picked, UNMARKED])).toEqual({ pick: true });
  expect(judgement("p", [picked, picked])).toEqual({ pick: null });
});

test("tags and notes are written; other keys say nothing", () => {
  expect(judgement("t", [])).toBe("tags");
  expect(judgement("n", [])).toBe("note");
  for (const key of ["6", "a", "Enter", " ", "10", "pp"]) expect(judgement(key, [])).toBeNull();
});

test("tags are what stands between commas", () => {
  expect(tagsIn(" hero,, night shot ,x")).toEqual(["hero", "night shot", "x"]);
  expect(tagsIn(" , ")).toEqual([]);
});

test("marks are a sentence for a screen reader", () => {
  expect(marksWords(UNMARKED)).toBe("");
  expect(marksWords({ pick: false, stars: 1, tags: ["hero"], note: "soft" })).toBe(
    "Rejected, 1 of 5 stars, hero, soft",
  );
});
