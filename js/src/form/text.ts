import { h } from "../dom";
import type { Control, FieldContext } from "./frame";

/** A short text; also stands in for kinds that this page does not know. */
export function text(context: FieldContext): Control {
  const limit = context.field.maxLength;
  const input = h("textarea", {
    class: "rs-input rs-grow",
    rows: 1,
    oninput: () => context.set(input.value === "" ? undefined : input.value),
  });
  context.scope.effect(() => {
    const held = context.view.core.settings.values.value[context.field.name];
    const value = String((typeof held === "string" ? held : context.value()) ?? "");
    if (input.value !== value) input.value = value;
  });
  const aside = () => {
    const length = String(context.value() ?? "").length;
    return limit && length > limit * 0.8 ? `${length} / ${limit}` : "";
  };
  return { body: input, input, aside };
}
