import { computed, signal } from "@preact/signals-core";
import { attribute, button, h, put, say } from "../../ui/dom";
import type { View } from "../core";
import { referenceNames } from "./media";
import { recall } from "./recall";
import { isList } from "./rules";

/** Milliseconds that a rewriter may take, a little more than the kernel gives it. */
const LONGEST = 130_000;

/** The prompt with its counter. The up arrow at its very start searches earlier prompts. */
export function promptBox(view: View): HTMLElement {
  const { core, scope } = view;
  const { settings } = core;
  const id = view.id("prompt");
  const write = (text: string) => {
    settings.prompt.value = text;
    core.changed("prompt");
  };
  const input = h("textarea", {
    id,
    class: "rs-input rs-prompt-input",
    rows: 4,
    "aria-describedby": `${id}-count ${id}-error`,
    oninput: () => write(input.value),
    // Who searches earlier prompts has not left it.
    onblur: () => earlier.element.hidden && view.press.after(() => core.touch("prompt")),
  });
  const offers = mentions(view, input);
  const earlier = recall(view, input, (text) => {
    write(text);
    core.original.value = null;
  });
  input.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowUp" || event.shiftKey || event.altKey) return;
    if (input.selectionStart !== 0 || input.selectionEnd !== 0) return;
    event.preventDefault();
    earlier.open();
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
    earlier.element,
    h("span", { class: "rs-field-end" }, ...rewriting(view, write), count),
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
        ? "The shots below are the prompt."
        : "What happens, where, in what light";
  });
  scope.effect(() => {
    const message = core.shown("prompt");
    put(error, message);
    root.classList.toggle("rs-wrong", message !== null);
    attribute(input, "aria-invalid", message !== null ? "true" : null);
  });
  return root;
}

/** Asks for another prompt and puts it into the field, where it can be edited or undone. */
function rewriting(view: View, write: (text: string) => void): HTMLElement[] {
  const { core, scope } = view;
  const { prompt } = core.settings;
  const busy = signal(false);
  const undo = button(
    "Undo",
    () => {
      write(core.original.peek() ?? "");
      core.original.value = null;
      view.prompt.focus();
    },
    { look: "ghost", "aria-label": "Undo the rewriting" },
  );
  const rewrite = button(
    "Rewrite",
    async () => {
      const text = prompt.peek().trim();
      busy.value = true;
      try {
        const { value } = await core.channel.ask("rewrite", { text }, { patience: LONGEST });
        // What was typed meanwhile is not lost.
        if (prompt.peek().trim() !== text) return;
        core.original.value ??= text;
        write(value.text);
        view.live.tell("The prompt was rewritten.");
      } catch (error) {
        core.remark("prompt", (error as Error).message);
      } finally {
        busy.value = false;
      }
    },
    { look: "ghost" },
  );
  scope.effect(() => {
    const isEmpty = prompt.value.trim() === "";
    rewrite.hidden = core.rewriter.value === "";
    rewrite.disabled = busy.value || isEmpty || !core.usable.value;
    rewrite.title = `Rewrite the prompt with ${core.rewriter.value}`;
    say(rewrite, busy.value ? "Rewriting …" : "Rewrite");
    undo.hidden = core.original.value === null;
    undo.title = core.original.value ?? "";
    if (isEmpty) core.original.value = null;
  });
  return [undo, rewrite];
}

/** Offers the references that there are while `@…` is typed into the prompt. */
export function mentions(view: View, input: HTMLTextAreaElement): HTMLElement {
  const { scope, core } = view;
  const { settings } = core;
  const id = view.id("mentions");
  const typed = signal<string | null>(null);
  const at = signal(0);
  const list = h("ul", { class: "rs-mentions", id, role: "listbox", "aria-label": "References" });

  const references = computed(() =>
    (settings.form.value?.fields ?? []).filter(isList).flatMap((field) => {
      const held = settings.values.value[field.name];
      const items = Array.isArray(held) ? held.filter((item) => String(item).trim() !== "") : [];
      return items.map((_, index) => `@${referenceNames[field.kind]}${index + 1}`);
    }),
  );
  const offered = computed(() => {
    const start = typed.value?.toLowerCase();
    if (start === undefined) return [];
    return references.value.filter((name) => name.toLowerCase().startsWith(start));
  });
  const look = () => {
    const before = input.value.slice(0, input.selectionStart);
    const found = input.selectionStart === input.selectionEnd && /@\w*$/.exec(before);
    typed.value = found ? found[0] : null;
    at.value = 0;
  };
  const close = () => {
    typed.value = null;
  };
  const use = (name: string) => {
    const caret = input.selectionStart;
    const start = caret - (typed.peek()?.length ?? 0);
    input.setRangeText(`${name} `, start, caret, "end");
    input.dispatchEvent(new Event("input"));
    close();
    input.focus();
  };

  scope.listen(input, "input", look);
  scope.listen(input, "click", look);
  scope.listen(input, "blur", close);
  scope.listen(input, "keydown", (event) => {
    const names = offered.peek();
    if (names.length === 0) return;
    const keys: Record<string, () => void> = {
      ArrowDown: () => {
        at.value = (at.peek() + 1) % names.length;
      },
      ArrowUp: () => {
        at.value = (at.peek() + names.length - 1) % names.length;
      },
      Enter: () => use(names[at.peek()] as string),
      Tab: () => use(names[at.peek()] as string),
      Escape: close,
    };
    const { key, ctrlKey, metaKey, shiftKey } = event as KeyboardEvent;
    const act = ctrlKey || metaKey || shiftKey ? undefined : keys[key];
    if (!act) return;
    event.preventDefault();
    // The prompt's own keys wait until the list is closed.
    event.stopImmediatePropagation();
    event.stopPropagation();
    act();
  });
  scope.effect(() => {
    const names = offered.value;
    const chosen = Math.min(at.value, names.length - 1);
    list.hidden = names.length === 0;
    put(
      list,
      ...names.map((name, index) => {
        const item = h(
          "li",
          { id: `${id}-${index}`, role: "option", "aria-selected": String(index === chosen) },
          name,
        );
        // Before the box loses the focus.
        item.addEventListener("pointerdown", (event) => {
          event.preventDefault();
          use(name);
        });
        return item;
      }),
    );
    attribute(input, "aria-activedescendant", names.length > 0 ? `${id}-${chosen}` : null);
  });
  attribute(input, "aria-autocomplete", "list");
  attribute(input, "aria-controls", id);
  return list;
}
