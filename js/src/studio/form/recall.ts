import { signal } from "@preact/signals-core";
import type { EarlierPrompt } from "../../kernel/messages";
import { attribute, h, put, say } from "../../ui/dom";
import type { View } from "../core";

const ASK_AFTER = 150;

/** Searches earlier prompts. `open` shows the search; what is chosen goes to `use`. */
export function recall(
  view: View,
  input: HTMLTextAreaElement,
  use: (text: string) => void,
): { element: HTMLElement; open(): void } {
  const { core, scope } = view;
  const id = view.id("recall");
  const found = signal<readonly EarlierPrompt[]>([]);
  const at = signal(0);
  const said = h("p", { class: "rs-help" });
  const list = h("ul", { id, role: "listbox", "aria-label": "Earlier prompts" });
  let asked = 0;
  let stop = () => {};
  const ask = () => {
    asked += 1;
    const turn = asked;
    core.channel.ask("recall", { text: search.value }).then(
      ({ value }) => {
        if (turn !== asked) return;
        found.value = value.prompts;
        at.value = 0;
        say(said, value.prompts.length > 0 ? "" : "No earlier prompt has these words.");
      },
      (error: Error) => say(said, error.message),
    );
  };
  const search = h("input", {
    type: "search",
    class: "rs-input",
    role: "combobox",
    "aria-label": "Search earlier prompts",
    "aria-controls": id,
    "aria-expanded": "true",
    placeholder: "Search earlier prompts",
    oninput: () => {
      stop();
      stop = scope.later(ASK_AFTER, ask);
    },
  });
  const element = h("div", { class: "rs-recall", hidden: true }, search, list, said);
  const close = () => {
    element.hidden = true;
    input.focus();
  };
  const choose = (prompt: EarlierPrompt) => {
    use(prompt.text);
    close();
  };
  search.addEventListener("keydown", (event) => {
    const count = found.peek().length;
    const keys: Record<string, () => void> = {
      ArrowDown: () => {
        at.value = Math.min(at.peek() + 1, count - 1);
      },
      ArrowUp: () => {
        at.value = Math.max(at.peek() - 1, 0);
      },
      Enter: () => {
        const prompt = found.peek()[at.peek()];
        if (prompt) choose(prompt);
      },
      Escape: close,
    };
    const act = event.ctrlKey || event.metaKey ? undefined : keys[event.key];
    if (!act) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  });
  scope.listen(element, "focusout", (event) => {
    const next = (event as FocusEvent).relatedTarget;
    if (!(next instanceof Node && element.contains(next))) element.hidden = true;
  });
  scope.effect(() => {
    const items = found.value.map((prompt, index) => {
      const item = h(
        "li",
        { id: `${id}-${index}`, role: "option", "aria-selected": index === at.value },
        h("span", {}, prompt.name && h("b", {}, prompt.name), prompt.text),
      );
      item.setAttribute("aria-selected", String(index === at.value));
      // Before the search loses the focus.
      item.addEventListener("pointerdown", (event) => {
        event.preventDefault();
        choose(prompt);
      });
      return item;
    });
    put(list, ...items);
    list.hidden = items.length === 0;
    items[at.value]?.scrollIntoView?.({ block: "nearest" });
    attribute(search, "aria-activedescendant", items.length > 0 ? `${id}-${at.value}` : null);
  });
  return {
    element,
    open() {
      element.hidden = false;
      search.value = "";
      say(said, "");
      search.focus();
      ask();
    },
  };
}
