import { describe, expect, it } from "vitest";
import {
  endOf,
  frameAt,
  holdAt,
  nudge,
  stepOf,
  stepped,
  type Track,
  targetAt,
} from "../../src/compare/follower";

const track = (more: Partial<Track> = {}): Track => ({ length: 5, fps: 24, offset: 0, ...more });

describe("frames", () => {
  it("counts a frame from its beginning to just before the next", () => {
    expect([0, 0.041, 1 / 24, 0.99, 1].map((at) => frameAt(at, track()))).toEqual([
      0, 0, 1, 23, 24,
    ]);
  });

  it("holds the first frame before the begin and the last one after the end", () => {
    expect(frameAt(0, track({ offset: -1 }))).toBe(0);
    expect(frameAt(9, track())).toBe(119);
  });

  it("is sought in its middle", () => {
    expect(targetAt(1, track())).toBeCloseTo(24.5 / 24, 9);
  });

  it("is sought after the beginning of the first one", () => {
    expect(targetAt(1, track({ start: 5 }))).toBeCloseTo(5 + 24.5 / 24, 9);
  });

  it("belongs to its moment and not to the one before, though rates are measured", () => {
    expect(frameAt(1, track({ fps: 23.99986 }))).toBe(24);
    expect(frameAt(0.3, track({ fps: 30000 / 1001 }))).toBe(8);
  });

  it("is sought at its moment where frames are not evenly spaced", () => {
    const uneven = track({ fps: 21.2, steady: false, start: 1 });
    expect(targetAt(0.5, uneven)).toBeCloseTo(1.5005, 9);
    expect(targetAt(9, uneven)).toBeCloseTo(5.9995, 9);
    expect(targetAt(-3, uneven)).toBeCloseTo(1.0005, 9);
  });

  it("says whether a take is over or has not begun", () => {
    expect(holdAt(0.5, track({ offset: -1 }))).toBe("first");
    expect(holdAt(2, track())).toBe("none");
    expect(holdAt(5, track())).toBe("last");
  });
});

describe("steps", () => {
  it("are a frame of the take with most of them a second", () => {
    expect(stepOf([track(), track({ fps: 30 }), track({ fps: 25 })])).toBeCloseTo(1 / 30, 9);
  });

  it("go through every frame once, and back again", () => {
    let at = 0;
    const seen: number[] = [];
    for (let i = 0; i < 100; i++) {
      at = stepped(at, 1 / 30, 1, 5);
      seen.push(frameAt(at, track({ fps: 30 })));
    }
    expect(seen).toEqual(Array.from({ length: 100 }, (_, i) => i + 1));
    for (let i = 0; i < 100; i++) at = stepped(at, 1 / 30, -1, 5);
    expect(frameAt(at, track({ fps: 30 }))).toBe(0);
  });

  it("stop at both ends", () => {
    expect(frameAt(stepped(0, 1 / 24, -1, 5), track())).toBe(0);
    expect(frameAt(stepped(5, 1 / 24, 1, 5), track())).toBe(119);
  });
});

it("ends with the take that ends last on the common clock", () => {
  expect(endOf([track(), track({ length: 6, offset: 2 })])).toBe(5);
  expect(endOf([])).toBe(0);
});

describe("a nudge", () => {
  it("makes up what is missing, within a moment or at most a fifth faster", () => {
    expect(nudge(0.03, 1)).toEqual({ rate: 1.1, seconds: 0.3 });
    expect(nudge(-0.03, 1)).toEqual({ rate: 0.9, seconds: 0.3 });
    expect(nudge(0.4, 1)).toEqual({ rate: 1.2, seconds: 2 });
    expect(nudge(0.4, 2)).toEqual({ rate: 2.4, seconds: 1 });
  });

  it("never asks for a rate that browsers refuse", () => {
    expect(nudge(-9, 0.07).rate).toBeGreaterThanOrEqual(0.0625);
  });
});
