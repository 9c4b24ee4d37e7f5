import { computed, signal } from "@preact/signals-core";
import { attribute, h, put } from "../dom";
import type { View } from "../view";
import { referenceNames } from "./media-list";
import { isList } from "./rules";

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
