import { h } from "../dom";
import type { Control, FieldContext } from "./frame";

/** A number within a range. */
export function slider(context: FieldContext): Control {
  const { field } = context;
  const step = field.step ?? (field.kind === "integer" ? 1 : 0.05);
  const input = h("input", {
    type: "range",
    class: "rs-range",
    min: field.min,
    max: field.max,
    step,
    oninput: () => context.set(input.valueAsNumber),
  });
  const text = () => {
    const value = context.value();
    if (typeof value !== "number") return "auto";
    return `${value}${field.unit ? ` ${field.unit}` : ""}`;
  };
  context.scope.effect(() => {
    const value = context.value();
    const [min, max] = [field.min as number, field.max as number];
    const shown = typeof value === "number" ? value : (min + max) / 2;
    if (input.valueAsNumber !== shown) input.valueAsNumber = shown;
    const filled = typeof value === "number" && max > min ? (shown - min) / (max - min) : 0;
    input.style.setProperty("--rs-filled", `${(filled * 100).toFixed(2)}%`);
    input.classList.toggle("rs-unset", typeof value !== "number");
    input.setAttribute("aria-valuetext", text());
  });
  return { body: input, input, aside: text, inline: true };
}
