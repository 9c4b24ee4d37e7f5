import { h } from "../dom";
import type { Control, FieldContext } from "./frame";

/** A switch. */
export function toggle(context: FieldContext): Control {
  const input = h("input", {
    type: "checkbox",
    role: "switch",
    class: "rs-switch",
    onchange: () => context.set(input.checked),
  });
  context.scope.effect(() => {
    input.checked = context.value() === true;
  });
  return { body: input, input, inline: true };
}
