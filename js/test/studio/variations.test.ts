import { expect, test } from "vitest";
import type { FormField, Settings } from "../../src/kernel/messages";
import { askOf, linesOf, promptsOf, variablesOf } from "../../src/studio/form/variations";

const settings = (more: Partial<Settings> = {}): Settings => ({
  providers: ["a"],
  mode: "text-to-video",
  prompt: "A {animal}",
  values: {},
  count: 2,
  seedLocked: false,
  density: "small",
  ...more,
});
const fields: FormField[] = [
  { name: "resolution", label: "Resolution", kind: "choice" },
  { name: "seed", label: "Seed", kind: "integer" },
];
const requests = [{ provider: "a", prompt: "A {animal}" }];

test.each([
  ["A {animal} in {light}, {animal}", ["animal", "light"]],
  ["{{animal}} and { time_of_day }", ["time_of_day"]],
  ["{red|grey} {1} {} {größe}", ["größe"]],
  ["no variable", []],
])("the variables of %s", (prompt, names) => {
  expect(variablesOf(prompt)).toEqual(names);
});

test("lines without words are no prompts", () => {
  expect(linesOf(" A fox \n\n\tA heron\n")).toEqual(["A fox", "A heron"]);
  expect(promptsOf({ prompt: "A\nB", lines: false })).toEqual(["A\nB"]);
  expect(promptsOf({ prompt: "A\nB", lines: true })).toEqual(["A", "B"]);
  expect(promptsOf({ prompt: " A ", lines: true })).toEqual(["A"]);
});

test("a form in which nothing varies is no sweep", () => {
  expect(askOf(requests, fields, settings())).toBeNull();
  expect(askOf(requests, fields, settings({ axes: { animal: [] } }))).toBeNull();
  expect(askOf([], fields, settings({ axes: { animal: ["fox"] } }))).toBeNull();
});

test("what varies is in the question, without what the form has not", () => {
  const axes = { animal: ["fox"], resolution: ["480p"], seed: [1], gone: ["x"] };
  expect(askOf(requests, fields, settings({ axes }))).toEqual({
    requests: [{ provider: "a" }],
    prompts: ["A {animal}"],
    axes: { animal: ["fox"], resolution: ["480p"] },
    count: 2,
  });
});
