import { h } from "../dom";
import type { Control, FieldContext } from "./frame";
import { preview } from "./preview";

/** One picture by its URL or path. */
export function image(context: FieldContext): Control {
  const input = urlBox(() => context.set(input.value === "" ? undefined : input.value));
  context.scope.effect(() => {
    const value = String(context.view.core.settings.values.value[context.field.name] ?? "");
    if (input.value !== value) input.value = value;
  });
  const picture = preview(context.scope, () => String(context.value() ?? ""));
  return { body: h("div", { class: "rs-row rs-media-row" }, picture, input), input };
}

export function urlBox(changed: () => void): HTMLInputElement {
  return h("input", {
    type: "text",
    class: "rs-input",
    placeholder: "URL or path",
    spellcheck: "false",
    autocomplete: "off",
    oninput: changed,
  });
}
