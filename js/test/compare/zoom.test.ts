import { expect, it } from "vitest";
import { Zoom } from "../../src/compare/zoom";

it("never moves the picture beyond its edge", () => {
  const zoom = new Zoom();
  zoom.by(2, [0, 0]);
  zoom.pan(5, 5);
  expect(zoom.transform(1)).toBe("translate(50.000%, 50.000%) scale(2)");
  zoom.by(0.1);
  expect(zoom.transform(1)).toBe("translate(0.000%, 0.000%) scale(1)");
});

it("shows the pixels of each take as they are, whatever fits", () => {
  const zoom = new Zoom();
  zoom.exact.value = true;
  expect([0.5, 3].map((exact) => zoom.transform(exact))).toEqual([
    "translate(0.000%, 0.000%) scale(0.5)",
    "translate(0.000%, 0.000%) scale(3)",
  ]);
  zoom.pan(-9, 0, 3);
  expect(zoom.transform(3)).toBe("translate(-100.000%, 0.000%) scale(3)");
  expect(zoom.transform(0.5)).toBe("translate(0.000%, 0.000%) scale(0.5)");
});

it("fits again with one press", () => {
  const zoom = new Zoom();
  zoom.exact.value = true;
  zoom.twice();
  expect(zoom.magnified.value).toBe(false);
  zoom.twice();
  expect(zoom.scale.value).toBe(2);
});
