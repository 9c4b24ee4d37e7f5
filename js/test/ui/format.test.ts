import { expect, test } from "vitest";
import {
  ago,
  clock,
  costText,
  modeTitle,
  money,
  rate,
  ratioOf,
  roughly,
  timecode,
} from "../../src/ui/format";

test("times grow from seconds to hours", () => {
  expect([7.4, 65, 7380].map(clock)).toEqual(["7 s", "1 min 05 s", "2 h 03 min"]);
  expect([3, 42, 130].map(roughly)).toEqual(["about 5 s", "about 40 s", "about 2 min"]);
  expect([7, 65.9, Number.NaN].map(timecode)).toEqual(["0:07", "1:05", "0:00"]);
});

test("small amounts keep three digits", () => {
  expect([money(1.5), money(0.063), money(0)]).toEqual(["$1.50", "$0.063", "$0.00"]);
  expect([rate(0.3), rate(0.126)]).toEqual(["$0.30/s", "$0.126/s"]);
});

test("a unit that is no currency code is written out", () => {
  expect(money(12, "credits")).toBe("12 credits");
  expect(rate(0.5, "credits")).toBe("0.5 credits/s");
});

test("an estimated cost says so, and a text from the kernel is used as it is", () => {
  expect(costText({ amount: 1, currency: "USD", estimated: true })).toBe("about $1.00");
  expect(costText({ amount: 1, currency: "USD", text: "free" })).toBe("free");
});

test("ages are coarse", () => {
  expect([100, 400, 7300].map((age) => ago(10_000 - age, 10_000))).toEqual([
    "1 min ago",
    "6 min ago",
    "2 h ago",
  ]);
});

test("modes and ratios are read from their names", () => {
  expect([modeTitle("text-to-video"), modeTitle("lip-sync")]).toEqual(["Text", "Lip sync"]);
  expect([ratioOf("16:9"), ratioOf("720x720"), ratioOf("auto"), ratioOf("0:4")]).toEqual([
    16 / 9,
    1,
    null,
    null,
  ]);
});

test("what costs nothing is called free", () => {
  expect(rate(0)).toBe("free");
});
