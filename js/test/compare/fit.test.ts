import { describe, expect, it } from "vitest";
import { arranged, fills, GAP } from "../../src/compare/fit";

const WIDE = 16 / 9;
const TALL = 9 / 16;

/** How much of the room the boxes take, with what stands under them. */
function taken(count: number, { columns, width, height }: ReturnType<typeof arranged>, below = 0) {
  const rows = Math.ceil(count / columns);
  return {
    width: columns * width + (columns - 1) * GAP,
    height: rows * (height + below) + (rows - 1) * GAP,
  };
}

describe("boxes", () => {
  for (const room of [
    { width: 448, height: 560 },
    { width: 1218, height: 700 },
    { width: 1668, height: 730 },
  ]) {
    for (let count = 1; count <= 9; count++) {
      for (const [name, shapes] of Object.entries({
        wide: [WIDE],
        tall: [TALL],
        mixed: [WIDE, TALL, 1],
      })) {
        it(`of ${count} ${name} takes fit into ${room.width} by ${room.height}`, () => {
          const ratios = Array.from({ length: count }, (_, i) => shapes[i % shapes.length] ?? 1);
          const used = taken(count, arranged(ratios, room, { below: 28 }), 28);
          expect(used.width).toBeLessThanOrEqual(room.width);
          expect(used.height).toBeLessThanOrEqual(room.height);
          // They are not smaller than they need be: an edge is reached, or nearly.
          expect(Math.max(used.width / room.width, used.height / room.height)).toBeGreaterThan(0.9);
        });
      }
    }
  }

  it("keep the columns that somebody chose", () => {
    const ratios = [WIDE, WIDE, WIDE, WIDE];
    const room = { width: 1200, height: 700 };
    expect([0, 1, 3, 9].map((columns) => arranged(ratios, room, { columns }).columns)).toEqual([
      2, 1, 3, 4,
    ]);
  });

  it("are one where takes lie on each other", () => {
    const one = arranged([WIDE, WIDE], { width: 1600, height: 900 }, { boxes: 1 });
    expect(one).toEqual({ columns: 1, width: 1600, height: 900 });
  });

  it("are never so small that they are not there", () => {
    const { width, height } = arranged([WIDE, TALL], { width: 0, height: 0 });
    expect(Math.min(width, height)).toBeGreaterThan(8);
  });
});

it("lets a take fill the box of one of nearly the same shape, and no other", () => {
  expect(fills(864 / 496, 1280 / 720)).toBe(true);
  expect(fills(4 / 3, 16 / 9)).toBe(false);
});
