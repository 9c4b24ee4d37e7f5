import { describe, expect, it } from "vitest";
import { narrowed, paramsOf, problemsOf } from "../../src/studio/form/rules";
import { makeField, makeForm } from "../stub";

const length = makeField("durationSeconds", "integer", {
  modes: [],
  ...{ label: "Duration", min: 6, max: 20, step: 2, default: 6, unit: "seconds" },
  limits: [
    { when: { resolution: ["1440p", "2160p"] }, max: 10 },
    { when: { mode: "image-to-video" }, min: 8, max: 8 },
  ],
});
const size = makeField("resolution", "choice", {
  ...{ label: "Resolution", choices: ["1080p", "1440p", "2160p"], default: "1080p" },
  limits: [{ when: { endImageUrl: true }, choices: ["1440p", "2160p"] }],
});
const end = makeField("endImageUrl", "image", { label: "End image" });
const form = makeForm([length, size, end], { modes: ["text-to-video", "image-to-video"] });

const held = (values: Record<string, unknown>, mode = "text-to-video") => ({
  mode,
  prompt: "A fox",
  values,
});

describe("a limit that depends on another value", () => {
  it("is a problem of the field that it limits, which says what is allowed", () => {
    const long = { durationSeconds: 12 };
    expect(problemsOf(form, held(long))).toEqual([]);
    expect(problemsOf(form, held({ ...long, resolution: "2160p" }))).toEqual([
      {
        parameter: "durationSeconds",
        message: "With resolution 1440p or 2160p: at most 10 seconds.",
      },
    ]);
    expect(problemsOf(form, held(long, "image-to-video"))[0]?.message).toBe(
      "From image: 8 seconds.",
    );
  });

  it("is said, and takes choices away, while its condition holds", () => {
    expect(narrowed([form], "resolution", held({})).texts).toEqual([]);
    const { texts, isOut } = narrowed([form], "resolution", held({ endImageUrl: "a.png" }));
    expect(texts).toEqual(["With end image: 1440p, 2160p."]);
    expect(["1080p", "1440p"].map(isOut)).toEqual([true, false]);
  });

  it("holds for defaults, too", () => {
    const small = makeForm([
      { ...length, limits: [{ when: { resolution: "1080p" }, max: 8 }] },
      size,
    ]);
    expect(paramsOf(small, held({})).resolution).toBe("1080p");
    expect(problemsOf(small, held({ durationSeconds: 10 }))).toHaveLength(1);
  });

  it("of one of several providers leaves what another one takes", () => {
    const other = makeForm([{ ...size, limits: undefined }], { id: "b", title: "B" });
    const { texts, isOut } = narrowed([form, other], "resolution", held({ endImageUrl: "a.png" }));
    expect(texts).toEqual([`${form.title}: With end image: 1440p, 2160p.`]);
    expect(isOut("1080p")).toBe(false);
  });
});
