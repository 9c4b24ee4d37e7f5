import { expect, test } from "vitest";
import { generateCall, literal, snake } from "../../src/ui/format";

test("camelCase becomes snake_case", () => {
  expect(["durationSeconds", "cfgScale", "seed", "startImageUrl"].map(snake)).toEqual([
    "duration_seconds",
    "cfg_scale",
    "seed",
    "start_image_url",
  ]);
});

test("values become Python literals", () => {
  expect(literal([true, false, null, 0.5, 'a "b"\n\\'])).toBe(
    '[True, False, None, 0.5, "a \\"b\\"\\n\\\\"]',
  );
  expect(literal([{ prompt: "x", durationSeconds: 2 }])).toBe(
    '[{"prompt": "x", "duration_seconds": 2}]',
  );
});

test("a call names provider, mode and prompt first and leaves out what was not given", () => {
  const params = { seed: 3, prompt: "p", mode: "text-to-video", provider: "x", endImageUrl: null };
  expect(generateCall(params)).toBe(
    'await gen.generate(\n    provider="x",\n    mode="text-to-video",\n    prompt="p",\n    seed=3,\n)',
  );
});

test("a name that Python cannot write as a keyword goes into a dict", () => {
  expect(generateCall({ provider: "x", mode: "m", from: 1, "a b": 2 })).toContain(
    '**{"from": 1, "a b": 2},',
  );
});
