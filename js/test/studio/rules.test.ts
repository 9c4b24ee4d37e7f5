import { expect, test } from "vitest";
import {
  fieldOf,
  paramsOf,
  problemsOf,
  servingBackend,
  standing,
} from "../../src/studio/form/rules";
import { makeField, makeForm } from "../stub";

const text = "text-to-video";
const ask = (values: Record<string, unknown>, prompt = "p", mode = text) => ({
  provider: "seedance-2.0",
  mode,
  prompt,
  values,
});

test("defaults stand until a value that fits is set", () => {
  const field = makeField("resolution", "choice", { choices: ["a", "b"], default: "b" });
  expect(standing(field, {})).toBe("b");
  expect(standing(field, { resolution: "a" })).toBe("a");
  expect(standing(field, { resolution: "of another provider" })).toBe("b");
});

test("a slider holds a value within its range, a box shows what was typed", () => {
  const slider = makeField("n", "integer", { min: 4, max: 10 });
  expect(standing(slider, { n: 15 })).toBe(10);
  expect(standing({ ...slider, max: null }, { n: 1 })).toBe(1);
});

test("params hold what the form shows in the mode, without blanks", () => {
  const form = makeForm([
    makeField("durationSeconds", "integer", { min: 4, max: 15, default: 5 }),
    makeField("startImageUrl", "image", { modes: ["image-to-video"] }),
    makeField("seed", "integer"),
    makeField("negativePrompt", "text"),
    makeField("imageReferences", "images"),
  ]);
  const values = { startImageUrl: "a.png", negativePrompt: "  ", imageReferences: ["x ", ""] };
  expect(paramsOf(form, ask(values, " hello "))).toEqual({
    provider: "seedance-2.0",
    mode: text,
    prompt: "hello",
    durationSeconds: 5,
    imageReferences: ["x"],
  });
});

test("what the serving backend refuses is not sent, not even its default", () => {
  const form = makeForm([makeField("cameraFixed", "boolean", { default: false })]);
  expect(paramsOf(form, ask({}))).toHaveProperty("cameraFixed", false);
  (form.backends[0] as { refuses: object }).refuses = { cameraFixed: "Write it in the prompt." };
  expect(paramsOf(form, ask({ cameraFixed: true }))).not.toHaveProperty("cameraFixed");
});

test("a prompt is missing where the catalog asks for one, and nothing stands in for it", () => {
  const form = makeForm([makeField("multiPrompt", "shots")], {
    promptModes: [text],
    promptUnless: "multiPrompt",
  });
  expect(problemsOf(form, ask({}, " ")).map(fieldOf)).toEqual(["prompt"]);
  expect(problemsOf(form, ask({}, "", "image-to-video"))).toEqual([]);
  const scenes = { multiPrompt: [{ prompt: "x", durationSeconds: 5 }] };
  expect(problemsOf(form, ask(scenes, ""))).toEqual([]);
  expect(problemsOf({ ...form, promptUnless: null }, ask(scenes, "")).map(fieldOf)).toEqual([
    "prompt",
  ]);
});

test("required, range, length and count are checked at their fields", () => {
  const form = makeForm(
    [
      makeField("startImageUrl", "image", { required: [text] }),
      makeField("seed", "integer", { min: 0, max: 9 }),
      makeField("negativePrompt", "text", { maxLength: 3 }),
      makeField("imageReferences", "images", { maxItems: 1 }),
    ],
    { promptLimit: 2 },
  );
  const values = { seed: 10, negativePrompt: "long", imageReferences: ["a", "b"] };
  expect(problemsOf(form, ask(values, "far too long")).map(fieldOf)).toEqual([
    "prompt",
    "startImageUrl",
    "seed",
    "negativePrompt",
    "imageReferences",
  ]);
});

test("references are counted over all lists", () => {
  const form = makeForm(
    [makeField("imageReferences", "images"), makeField("audioReferences", "audios")],
    { maxReferences: 2 },
  );
  const values = { imageReferences: ["a", "b"], audioReferences: ["c"] };
  expect(problemsOf(form, ask(values))).toEqual([
    { parameter: "audioReferences", message: "3 references in all; Seedance 2.0 takes at most 2." },
  ]);
});

test("scenes need prompts and must add up", () => {
  const form = makeForm([
    makeField("durationSeconds", "integer", { default: 5, min: 3, max: 15 }),
    makeField("multiPrompt", "shots"),
  ]);
  const scenes = (prompt: string) => ({ multiPrompt: [{ prompt, durationSeconds: 4 }] });
  expect(problemsOf(form, ask(scenes("")))[0]?.message).toBe("Shot 1 has no prompt.");
  expect(problemsOf(form, ask(scenes("x")))[0]?.message).toBe("The shots last 4 s, the video 5 s.");
});

test("a problem is found at its field in either spelling", () => {
  expect(
    ["multi_prompt[1].prompt", "multiPrompt.0", "durationSeconds", null].map((parameter) =>
      fieldOf({ parameter, message: "" }),
    ),
  ).toEqual(["multiPrompt", "multiPrompt", "durationSeconds", null]);
});

test("the chosen backend serves; an unconfigured one never does", () => {
  const backends = [
    { name: "ark", configured: false, chosen: true },
    { name: "fal", configured: true, chosen: false },
  ];
  expect(servingBackend(makeForm([], { backends }))?.name).toBe("fal");
  expect(servingBackend(makeForm([], { backends: backends.slice(0, 1) }))).toBeUndefined();
});
