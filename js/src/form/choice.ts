import { h } from "../dom";
import { ratioOf } from "../format";
import type { Control, FieldContext } from "./frame";

const SEGMENTS = 7;
/** Letters that fit beside a label. */
const SHORT = 22;

/** One of a few words, as segments; of many, as a list to open. Aspect ratios show their shape. */
export function choice(context: FieldContext): Control {
  const choices = context.field.choices ?? [];
  if (choices.length > SEGMENTS) return select(context, choices);
  const shapes = context.field.name === "aspectRatio";
  const body = h("div", { class: shapes ? "rs-segments rs-shapes" : "rs-segments" });
  const inputs = choices.map((value) => {
    const input = h("input", {
      type: "radio",
      class: "rs-offscreen",
      name: context.id,
      value,
      onchange: () => context.set(value),
    });
    body.append(
      h("label", { class: "rs-segment" }, input, shapes && shape(value), h("span", {}, value)),
    );
    return input;
  });
  context.scope.effect(() => {
    const standing = context.value();
    for (const input of inputs) input.checked = input.value === standing;
  });
  return { body, inline: !shapes && choices.join("").length <= SHORT };
}

function shape(value: string): HTMLElement | null {
  const ratio = ratioOf(value);
  if (ratio === null) return null;
  // All shapes fill the same 22 × 16 box, so that the row stays even.
  const width = Math.min(22, 16 * ratio);
  const box = h("i", { class: "rs-shape", "aria-hidden": "true" });
  box.style.width = `${width.toFixed(1)}px`;
  box.style.height = `${(width / ratio).toFixed(1)}px`;
  return box;
}

function select(context: FieldContext, choices: string[]): Control {
  const input = h(
    "select",
    { class: "rs-input", onchange: () => context.set(input.value || undefined) },
    h("option", { value: "" }, "–"),
    ...choices.map((value) => h("option", { value }, value)),
  );
  context.scope.effect(() => {
    input.value = String(context.value() ?? "");
  });
  return { body: input, input, inline: true };
}
