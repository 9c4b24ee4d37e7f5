import { describe, expect, it } from "vitest";
import { formsOf } from "../../src/kernel/pool";

describe("the forms of the providers", () => {
  it("are put together again from what they have in common", () => {
    const parts = [
      ["text-to-video"],
      { name: "seed", label: "Seed", modes: { $: 0 }, max: 9 },
      { $: 1, max: 5, modes: null },
    ];
    const forms = [
      { id: "a", modes: { $: 0 }, fields: [{ $: 1 }] },
      { id: "b", modes: { $: 0 }, fields: [{ $: 2 }, { $: 1, max: 7 }] },
    ];
    expect(formsOf({ forms, parts })).toEqual([
      {
        id: "a",
        modes: ["text-to-video"],
        fields: [{ name: "seed", label: "Seed", modes: ["text-to-video"], max: 9 }],
      },
      {
        id: "b",
        modes: ["text-to-video"],
        fields: [
          { name: "seed", label: "Seed", max: 5 },
          { name: "seed", label: "Seed", modes: ["text-to-video"], max: 7 },
        ],
      },
    ]);
  });
});
