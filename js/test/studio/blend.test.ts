import { expect, test } from "vitest";
import { blend, exceptions, refusedByAll, requestsOf } from "../../src/studio/form/rules";
import { makeField, makeForm } from "../stub";

const ratio = (choices: string[]) =>
  makeField("aspectRatio", "choice", { choices, default: choices[0] });
const seedance = makeForm([
  ratio(["16:9", "21:9"]),
  makeField("durationSeconds", "integer", { min: 4, max: 15, default: 5 }),
  makeField("seed", "integer"),
]);
const kling = makeForm(
  [
    ratio(["9:16", "16:9"]),
    makeField("durationSeconds", "integer", { min: 3, max: 10, default: 7, unit: "s" }),
    makeField("cfgScale", "number", { min: 0, max: 1 }),
    makeField("multiPrompt", "shots"),
  ],
  {
    id: "kling",
    title: "Kling",
    backends: [
      {
        name: "fal",
        configured: true,
        chosen: true,
        refuses: { cfgScale: "Not any more." },
        ignores: { aspectRatio: "fal keeps the picture's." },
      },
    ],
  },
);
const held = (values: Record<string, unknown>) => ({ mode: "text-to-video", prompt: "p", values });
const both = [seedance, kling];

test("a field stands once and takes what either provider takes", () => {
  const form = blend(both, "text-to-video");
  expect(form?.fields.map(({ name }) => name)).toEqual([
    "aspectRatio",
    "durationSeconds",
    "seed",
    "cfgScale",
    "multiPrompt",
  ]);
  expect(form?.fields[0]?.choices).toEqual(["16:9", "21:9", "9:16"]);
  expect(form?.fields[1]).toMatchObject({ min: 3, max: 15, default: 5 });
  expect(blend([kling], "text-to-video")).toBe(kling);
});

test("what the form shows goes to every provider that takes it", () => {
  const [first, second] = requestsOf(both, held({ seed: 4 }));
  expect(first).toMatchObject({ aspectRatio: "16:9", durationSeconds: 5, seed: 4 });
  expect(second).toMatchObject({ aspectRatio: "16:9", durationSeconds: 5 });
  expect(second).not.toHaveProperty("seed");
});

test("scenes stand in for the prompt where they are taken", () => {
  const scenes = [{ prompt: "a", durationSeconds: 5 }];
  const [first, second] = requestsOf(both, held({ multiPrompt: scenes }));
  expect(first).toMatchObject({ prompt: "p" });
  expect(second).not.toHaveProperty("prompt");
  expect(second).toMatchObject({ multiPrompt: scenes });
});

test("who does without a field, heeds it not or takes another value is said", () => {
  expect(exceptions(both, held({}), "seed")).toEqual(["Not taken by Kling."]);
  expect(exceptions(both, held({ durationSeconds: 12 }), "durationSeconds")).toEqual([
    "Kling takes 10 s instead.",
  ]);
  expect(exceptions(both, held({}), "aspectRatio")).toEqual(["Kling: fal keeps the picture's."]);
  expect(exceptions([kling], held({}), "aspectRatio")).toEqual(["fal keeps the picture's."]);
  expect(exceptions([seedance], held({}), "seed")).toEqual([]);
});

test("a field that everybody who has it refuses is off", () => {
  expect(refusedByAll(both, "cfgScale")).toBe("Not any more.");
  expect(refusedByAll(both, "seed")).toBeUndefined();
});
