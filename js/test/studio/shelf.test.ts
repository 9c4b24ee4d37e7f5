import { effect } from "@preact/signals-core";
import { expect, test, vi } from "vitest";
import { Shelf } from "../../src/studio/takes/shelf";
import { makeTake } from "../stub";

test("a patch wakes its own take and nothing else", () => {
  const shelf = new Shelf();
  shelf.replace([makeTake({ job: "a" }), makeTake({ job: "b" })]);
  const [a, b, order] = [vi.fn(), vi.fn(), vi.fn()];
  effect(() => a(shelf.get("a")?.take.value));
  effect(() => b(shelf.get("b")?.take.value));
  effect(() => order(shelf.order.value));
  shelf.patch(makeTake({ job: "a", elapsed: 3 }));
  expect([a, b, order].map((spy) => spy.mock.calls.length)).toEqual([2, 1, 1]);
});

test("the same list again wakes nobody", () => {
  const shelf = new Shelf();
  shelf.replace([makeTake()]);
  const spy = vi.fn();
  effect(() => spy(shelf.order.value, shelf.get("one")?.take.value));
  shelf.replace([makeTake()]);
  expect(spy).toHaveBeenCalledOnce();
});

test("an unknown take comes first, a missing one goes", () => {
  const shelf = new Shelf();
  shelf.replace([makeTake({ job: "a" })]);
  shelf.patch(makeTake({ job: "b" }));
  expect(shelf.order.value).toEqual(["b", "a"]);
  shelf.replace([makeTake({ job: "b" })]);
  expect(shelf.get("a")).toBeUndefined();
});

test("older takes stay until the kernel says which there are", () => {
  const shelf = new Shelf();
  const make = (job: string, createdAt: number) => makeTake({ job, createdAt });
  shelf.replace([make("c", 3)]);
  shelf.extend({ takes: [make("b", 2), make("a", 1)], jobs: ["c", "b", "a"] });
  expect(shelf.order.value).toEqual(["c", "b", "a"]);
  shelf.replace([make("d", 4), make("c", 3)]);
  expect(shelf.order.value).toEqual(["d", "c", "b", "a"]);
  shelf.extend({ takes: [make("a", 1)], jobs: ["d", "c", "a"] });
  expect(shelf.order.value).toEqual(["d", "c", "a"]);
});

test("a take stands by its time, and the two hundred newest are kept", () => {
  const shelf = new Shelf();
  shelf.replace([makeTake({ job: "c", createdAt: 3 }), makeTake({ job: "a", createdAt: 1 })]);
  shelf.patch(makeTake({ job: "b", createdAt: 2 }));
  expect(shelf.order.value).toEqual(["c", "b", "a"]);
  for (let time = 4; time < 204; time++) {
    shelf.patch(makeTake({ job: `t${time}`, createdAt: time }));
  }
  expect([shelf.order.value.length, shelf.order.value[0]]).toEqual([200, "t203"]);
  expect(shelf.get("c")).toBeUndefined();
});

test("the kernel's remark lasts until the state turns", () => {
  const shelf = new Shelf();
  shelf.patch(makeTake());
  const entry = shelf.get("one");
  if (!entry) throw new Error("no entry");
  entry.remark.value = "Asked to stop.";
  shelf.patch(makeTake({ elapsed: 4 }));
  expect(entry.remark.value).toBe("Asked to stop.");
  shelf.patch(makeTake({ state: "cancelled" }));
  expect(entry.remark.value).toBe("");
});

test("the time of the last news is kept for counting on", () => {
  let now = 100;
  const shelf = new Shelf(() => now);
  shelf.patch(makeTake({ elapsed: 1 }));
  now = 105;
  shelf.patch(makeTake({ elapsed: 6 }));
  expect(shelf.get("one")?.heardAt).toBe(105);
});

const stars = (count: number | null) => ({ pick: null, stars: count, tags: [], note: null });

test("a judgement stays on a card until the kernel has answered all of them", () => {
  const shelf = new Shelf();
  shelf.replace([makeTake({ job: "a" })]);
  const shown = () => shelf.get("a")?.take.value.marks?.stars;
  const first = shelf.judge("a", stars(1));
  const second = shelf.judge("a", stars(2));
  shelf.patch(makeTake({ job: "a", marks: stars(1), elapsed: 9 }));
  first(stars(1));
  expect(shown()).toBe(2);
  second(stars(2));
  expect(shown()).toBe(2);
  shelf.patch(makeTake({ job: "a", marks: stars(5), elapsed: 10 }));
  expect(shown()).toBe(5);
});

test("a judgement that was refused is taken back", () => {
  const shelf = new Shelf();
  shelf.replace([makeTake({ job: "a", marks: stars(3) })]);
  shelf.judge("a", stars(1))(stars(3));
  expect(shelf.get("a")?.take.value.marks?.stars).toBe(3);
});
