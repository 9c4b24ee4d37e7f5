import { describe, expect, it } from "vitest";
import { GAP, nameOf, type Ordering, planned, sized, touching } from "../../src/board/plan";
import type { BoardLayout } from "../../src/kernel/messages";

const layout: BoardLayout = {
  title: "",
  axes: [
    { name: "animal", title: "animal", values: ["fox", "heron"] },
    { name: "provider", title: "provider", values: ["A", "B"] },
    { name: "seed", title: "seed", values: ["7", "41"] },
  ],
  cells: [0, 1].flatMap((animal) =>
    [0, 1].flatMap((model) => [0, 1].map((seed) => ({ at: [animal, model, seed], ratio: 2 }))),
  ),
};

const order = (more: Partial<Ordering> = {}): Ordering => ({
  layout,
  rows: ["animal"],
  columns: ["provider"],
  steps: {},
  shows: () => true,
  compare: null,
  across: 3,
  ...more,
});

describe("a plan", () => {
  it("has a row for each value, and all other axes in one place", () => {
    const plan = planned(order());
    expect(plan.rows).toEqual(["fox", "heron"]);
    expect(plan.columns).toEqual(["A", "B"]);
    expect(plan.places).toEqual([
      [
        [0, 1],
        [2, 3],
      ],
      [
        [4, 5],
        [6, 7],
      ],
    ]);
  });

  it("shows one value of an axis that is stepped", () => {
    expect(planned(order({ steps: { seed: 1 } })).places).toEqual([
      [[1], [3]],
      [[5], [7]],
    ]);
  });

  it("leaves rows and columns out in which nothing is shown", () => {
    const plan = planned(order({ shows: (cell) => cell === 6 }));
    expect([plan.rows, plan.columns, plan.places]).toEqual([["heron"], ["B"], [[[6]]]]);
  });

  it("keeps the order of the axes whatever the order of the cells", () => {
    const turned = { ...layout, cells: [...layout.cells].reverse() };
    expect(planned(order({ layout: turned })).rows).toEqual(["fox", "heron"]);
  });

  it("combines several axes into one head", () => {
    expect(planned(order({ columns: ["provider", "seed"] })).columns).toEqual([
      "A · 7",
      "A · 41",
      "B · 7",
      "B · 41",
    ]);
  });

  it("names what differs in the order of the arrangement", () => {
    const plan = planned(order({ rows: [], columns: ["seed", "provider"] }));
    expect(plan.columns).toEqual(["7 · A", "7 · B", "41 · A", "41 · B"]);
  });

  it("is a wall in the order that is asked for", () => {
    const plan = planned(order({ compare: (one, other) => other - one }));
    expect(plan.wall).toBe(true);
    expect(plan.places.flat(2)).toEqual([7, 6, 5, 4, 3, 2, 1, 0]);
    expect(plan.places.map((row) => row.length)).toEqual([3, 3, 2]);
  });

  it("names a cell by everything that differs", () => {
    expect(nameOf(layout, 3)).toBe("fox · B · 41");
  });
});

describe("sizes", () => {
  const plan = planned(order());
  const room = { wide: 500, high: 0, head: 0, over: false };

  it("fill the room where there is some", () => {
    const { width, heights, tops } = sized(plan, () => 2, room, 200);
    expect(width).toBe(246);
    expect(heights).toEqual([123, 123]);
    expect(tops).toEqual([0, 123 + GAP, 2 * (123 + GAP)]);
  });

  it("are as large as all rows can be that are seen at once", () => {
    const { width, tops } = sized(plan, () => 2, { ...room, wide: 3000, high: 616 }, 200);
    expect(width).toBe(600);
    expect(tops.at(-1)).toBe(616);
  });

  it("show as many rows as are asked for where not all can be large", () => {
    const long = { ...plan, places: Array.from({ length: 9 }, () => [[0], [1]]) };
    const { width } = sized(long, () => 2, { ...room, wide: 3000, high: 616 }, 200, 2);
    expect(width).toBe(600);
  });

  it("are as wanted where there is too little room", () => {
    expect(sized(plan, () => 2, { ...room, wide: 300 }, 200).width).toBe(200);
  });

  it("limit how tall a row of different pictures is", () => {
    const mixed = (cell: number) => (cell < 2 ? 0.25 : 2);
    const { width, heights } = sized(plan, mixed, { ...room, wide: 300 }, 200);
    expect(width).toBe(200);
    expect(heights[0]).toBe(width * 1.4);
  });

  it("make columns of tall pictures as narrow as these", () => {
    const { width, heights } = sized(plan, () => 0.6, { ...room, wide: 400 }, 200);
    expect(width).toBe(196);
    expect(heights).toEqual([327, 327]);
  });

  it("never exceed a narrow room", () => {
    expect(sized(plan, () => 2, { ...room, wide: 150, over: true }, 200).width).toBe(150);
  });
});

describe("touching", () => {
  it("finds the rows of a span", () => {
    const tops = [0, 10, 20, 30];
    expect(touching(tops, 0, 10)).toEqual([0, 0]);
    expect(touching(tops, 9, 21)).toEqual([0, 2]);
    expect(touching(tops, -50, 500)).toEqual([0, 2]);
    expect(touching([0], 0, 10)).toEqual([0, -1]);
  });
});
