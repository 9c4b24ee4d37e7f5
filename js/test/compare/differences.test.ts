import { expect, it } from "vitest";
import { wordDiff } from "../../src/compare/differences";

const changed = (pieces: { text: string; changed: boolean }[]) =>
  pieces.filter((piece) => piece.changed).map(({ text }) => text.trim());

it("marks the words that the other text lacks", () => {
  const [left, right] = wordDiff("A red fox at dawn", "A grey fox at the dawn");
  expect(changed(left)).toEqual(["red"]);
  expect(changed(right)).toEqual(["grey", "the"]);
});

it("gives both texts back whole", () => {
  const texts = ["Ein Fuchs,  im Schnee!", "ein Wolf im  tiefen Schnee."] as const;
  const diff = wordDiff(...texts);
  expect(diff.map((pieces) => pieces.map(({ text }) => text).join(""))).toEqual(texts);
});

it("ignores spaces between words", () => {
  const [left, right] = wordDiff("a  b", "a b");
  expect([...changed(left), ...changed(right)]).toEqual([]);
});

it("takes texts without end as a whole", () => {
  const long = "word ".repeat(3000);
  expect(wordDiff(long, `${long}more`)[1]).toEqual([{ text: `${long}more`, changed: true }]);
});

it("knows empty texts", () => {
  expect(wordDiff("", "new")).toEqual([[], [{ text: "new", changed: true }]]);
});
