import { button, h, say } from "../dom";
import { icon } from "../icons";
import { fileWays } from "./files";
import type { Control, FieldContext } from "./frame";
import { keptName, preview } from "./preview";

/** One picture: dropped, pasted, chosen, from a take, or by its URL or path. */
export function image(context: FieldContext): Control {
  const { field, scope, view } = context;
  const held = () => String(view.core.settings.values.value[field.name] ?? "");
  const input = urlBox(() => context.set(input.value === "" ? undefined : input.value));
  const { place, facts, name } = preview(view, scope, "image", held);
  const title = h("span", { class: "rs-file-name" });
  const line = h("span", { class: "rs-aside" });
  const remove = button(icon("close"), () => context.set(undefined), {
    look: "icon",
    "aria-label": `Remove the ${field.label.toLowerCase()}`,
  });
  const kept = h("div", { class: "rs-file" }, title, line);
  const body = h("div", { class: "rs-stack rs-drop" });
  const ways = fileWays(
    context,
    body,
    ([path]) => path !== undefined && context.set(path),
    () => 1,
  );
  body.append(h("div", { class: "rs-row rs-slot" }, place, input, kept, remove), ways);
  scope.effect(() => {
    const value = held();
    const isKept = keptName(value) !== null;
    if (input.value !== value) input.value = value;
    input.hidden = isKept;
    kept.hidden = !isKept;
    remove.hidden = value === "";
  });
  scope.effect(() => {
    say(title, name.value);
    title.title = name.value;
    say(line, facts.value);
  });
  return { body, input };
}

export function urlBox(changed: () => void): HTMLInputElement {
  return h("input", {
    type: "text",
    class: "rs-input",
    placeholder: "Drop, paste, URL or path",
    spellcheck: "false",
    autocomplete: "off",
    oninput: changed,
  });
}
