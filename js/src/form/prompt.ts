import { attribute, h, put, say } from "../dom";
import type { View } from "../view";
import { mentions } from "./mentions";

/** The prompt with its counter. The up arrow at its very start recalls earlier prompts. */
export function promptBox(view: View): HTMLElement {
  const { core, scope } = view;
  const { settings } = core;
  const id = view.id("prompt");
  let recalled = -1;
  const write = (text: string) => {
    settings.prompt.value = text;
    core.changed("prompt");
  };
  const input = h("textarea", {
    id,
    class: "rs-input rs-prompt-input",
    rows: 4,
    "aria-describedby": `${id}-count ${id}-error`,
    oninput: () => {
      recalled = -1;
      write(input.value);
    },
    onblur: () => view.press.after(() => core.touch("prompt")),
  });
  const offers = mentions(view, input);
  input.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowUp" || event.shiftKey || event.altKey) return;
    if (input.selectionStart !== 0 || input.selectionEnd !== 0) return;
    const earlier = earlierPrompts(view);
    if (recalled + 1 >= earlier.length) return;
    recalled += 1;
    event.preventDefault();
    write(earlier[recalled] as string);
    input.setSelectionRange(0, 0);
  });
  view.prompt.focus = () => input.focus();
  view.prompt.insert = (text) => {
    const { value, selectionEnd } = input;
    const before = value.slice(0, selectionEnd);
    const gap = before === "" || /\s$/.test(before) ? "" : " ";
    write(`${before}${gap}${text} ${value.slice(selectionEnd).trimStart()}`);
    input.focus();
    const caret = before.length + gap.length + text.length + 1;
    input.setSelectionRange(caret, caret);
  };

  const count = h("span", { class: "rs-aside", id: `${id}-count` });
  const error = h("p", { class: "rs-error", id: `${id}-error` });
  const root = h(
    "div",
    { class: "rs-field", "data-field": "prompt" },
    h("label", { class: "rs-label", for: id }, "Prompt"),
    input,
    offers,
    h("span", { class: "rs-field-end" }, count),
    error,
  );
  scope.effect(() => {
    const text = settings.prompt.value;
    if (input.value !== text) input.value = text;
    const limit = settings.form.value?.promptLimit;
    say(count, limit ? `${text.trim().length} / ${limit}` : "");
    count.classList.toggle("rs-over", !!limit && text.trim().length > limit);
  });
  scope.effect(() => {
    const scenes = settings.form.value?.fields.find(({ kind }) => kind === "shots");
    const held = scenes && settings.values.value[scenes.name];
    input.placeholder =
      Array.isArray(held) && held.length > 0
        ? "The scenes below are the prompt."
        : "What happens, where, in which light";
  });
  scope.effect(() => {
    const message = core.shown("prompt");
    put(error, message);
    root.classList.toggle("rs-wrong", message !== null);
    attribute(input, "aria-invalid", message !== null ? "true" : null);
  });
  return root;
}

function earlierPrompts({ core: { shelf } }: View): string[] {
  const prompts = shelf.order.peek().map((job) => shelf.get(job)?.take.peek().prompt ?? "");
  return [...new Set(prompts)].filter((prompt) => prompt !== "");
}
