import { h } from "../dom";
import type { Control, FieldContext } from "./frame";

/** A number without a full range. */
export function number(context: FieldContext): Control {
  const input = numberBox(context);
  return { body: input, input, inline: true };
}

/** A box for a number; an empty one leaves the parameter out. */
export function numberBox(context: FieldContext, placeholder = ""): HTMLInputElement {
  const { field } = context;
  const input = h("input", {
    type: "number",
    class: "rs-input",
    step: field.step ?? (field.kind === "integer" ? 1 : "any"),
    placeholder,
    oninput: () => {
      context.set(Number.isNaN(input.valueAsNumber) ? undefined : input.valueAsNumber);
    },
  });
  context.scope.effect(() => {
    const value = context.value();
    // A half-typed number ("-") reads as none; writing the box now would erase it.
    const now = Number.isNaN(input.valueAsNumber) ? undefined : input.valueAsNumber;
    if (value !== now) input.value = value === undefined ? "" : String(value);
  });
  return input;
}
