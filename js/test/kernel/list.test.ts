import { afterEach, beforeEach, expect, test } from "vitest";
import { Core } from "../../src/studio/core";
import { Scope } from "../../src/ui/scope";
import { makeTake, StubModel } from "../stub";

let model: StubModel;
let core: Core;

beforeEach(() => {
  model = new StubModel({ _takes: [makeTake({ job: "a", createdAt: 5 })], _revision: 3 });
  core = new Core(model);
});
afterEach(() => core.end());

const order = () => core.shelf.order.value;

test("a greeting says which list the page has", () => {
  core.enter(new Scope());
  expect(model.asked("hello")[0]?.revision).toBe(3);
});

test("a take that came makes the next revision", () => {
  model.tell({ kind: "take", take: makeTake({ job: "b", createdAt: 6 }), revision: 4 });
  core.enter(new Scope());
  expect(order()).toEqual(["b", "a"]);
  expect(model.asked("hello").map((asked) => asked.revision)).toEqual([4]);
});

test("after a message that went missing the list is asked for, once", () => {
  model.tell({ kind: "take", take: makeTake({ job: "c", createdAt: 7 }), revision: 5 });
  model.tell({ kind: "take", take: makeTake({ job: "d", createdAt: 8 }), revision: 6 });
  expect(model.asked("hello").map((asked) => asked.revision)).toEqual([3]);
  model.traits._revision = 6;
  model.push("_takes", [makeTake({ job: "d" }), makeTake({ job: "b" })]);
  expect(order()).toEqual(["d", "b"]);
  model.tell({ kind: "take", take: makeTake({ job: "d" }), revision: 7 });
  expect(model.asked("hello")).toHaveLength(1);
});

test("how far a take is changes nothing else of it", () => {
  const progress = { text: "in line, 3rd", fraction: null, estimated: false };
  const takes = ["a", "nobody"].map((job) => ({ job, progress, elapsed: 9 }));
  model.tell({ kind: "moved", takes });
  const take = core.shelf.get("a")?.take.value;
  expect(take).toMatchObject({ createdAt: 5, state: "running", progress, elapsed: 9 });
  expect(order()).toEqual(["a"]);
});
