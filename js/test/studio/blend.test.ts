import { expect, test } from "vitest";
import {
  blend,
  exceptions,
  requestsOf,
  takers,
  unheededByAll,
  usualOf,
} from "../../src/studio/form/rules";
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
  expect(second).toMatchObject({ durationSeconds: 5 });
  expect(second).not.toHaveProperty("seed");
});

test("scenes stand in for the prompt where they are taken", () => {
  const scenes = [{ prompt: "a", durationSeconds: 5 }];
  const [first, second] = requestsOf(both, held({ multiPrompt: scenes }));
  expect(first).toMatchObject({ prompt: "p" });
  expect(second).not.toHaveProperty("prompt");
  expect(second).toMatchObject({ multiPrompt: scenes });
});

test("what a provider does otherwise is said once, with all of it", () => {
  expect(exceptions(both, held({ durationSeconds: 12 }))).toEqual([
    { title: "Seedance 2.0", without: ["multiprompt"], instead: [] },
    { title: "Kling", without: ["aspectratio", "seed"], instead: ["durationseconds 10 s"] },
  ]);
  expect(exceptions([kling], held({}))).toEqual([]);
  expect(takers(both, "text-to-video", "seed")).toEqual(["Seedance 2.0"]);
  expect(takers(both, "text-to-video", "durationSeconds")).toBeNull();
});

test("a field that everybody who has it refuses or ignores is off, and is not sent", () => {
  expect(unheededByAll(both, "cfgScale")).toBe("Not any more.");
  expect(unheededByAll([kling], "aspectRatio")).toBe("fal keeps the picture's.");
  expect(unheededByAll(both, "seed")).toBeUndefined();
  const [request] = requestsOf([kling], held({ cfgScale: 0.5, aspectRatio: "16:9" }));
  expect(request).not.toHaveProperty("cfgScale");
  expect(request).not.toHaveProperty("aspectRatio");
});

test("what is usual is so in its modes, and where several providers agree", () => {
  const usual = (value: string) =>
    makeField("ratio", "choice", { usual: value, usualModes: ["text-to-video"] });
  expect(usualOf(usual("16:9"), "text-to-video")).toBe("16:9");
  expect(usualOf(usual("16:9"), "image-to-video")).toBeUndefined();
  const forms = [makeForm([usual("16:9")]), makeForm([usual("1:1")], { id: "b" })];
  const common = blend(forms, "text-to-video")?.fields[0];
  expect(common && usualOf(common, "text-to-video")).toBeUndefined();
});
