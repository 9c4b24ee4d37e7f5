import { computed, type ReadonlySignal, signal } from "@preact/signals-core";
import { h, put } from "../dom";
import { modeTitle } from "../format";
import { type Take, unfinished } from "../protocol";
import type { View } from "../view";

export interface Filters {
  element: HTMLElement;
  /** Whether anything is asked for. */
  active: ReadonlySignal<boolean>;
  matches(take: Take): boolean;
  clear(): void;
}

const states: Record<string, string> = {
  waiting: "On the way",
  completed: "Done",
  uncertain: "Uncertain",
  failed: "Failed",
  cancelled: "Cancelled",
};

/** Narrows the takes by their text, provider, mode and state. */
export function filters(view: View): Filters {
  const { core, scope } = view;
  const text = signal("");
  const provider = signal("");
  const mode = signal("");
  const state = signal("");
  const search = h("input", {
    type: "search",
    class: "rs-input",
    placeholder: "Search prompts",
    "aria-label": "Search takes by their text",
    oninput: () => {
      text.value = search.value.trim().toLowerCase();
    },
  });

  /** Of what the takes have; a choice that none has any more stays until it is taken back. */
  function select(
    label: string,
    chosen: typeof text,
    options: () => [value: string, title: string][],
  ): HTMLSelectElement {
    const box = h("select", {
      class: "rs-input",
      "aria-label": label,
      onchange: () => {
        chosen.value = box.value;
      },
    });
    const shown = computed(() => JSON.stringify(options()));
    scope.each(
      () => shown.value,
      (json) => {
        const known = new Map<string, string>(JSON.parse(json));
        const held = chosen.peek();
        if (held && !known.has(held)) known.set(held, held);
        put(
          box,
          h("option", { value: "" }, label),
          ...[...known].map(([value, title]) => h("option", { value }, title)),
        );
        box.value = held;
      },
    );
    scope.effect(() => {
      box.value = chosen.value;
    });
    return box;
  }

  /** The takes themselves are looked at as seldom as their list changes. */
  const takes = computed(() =>
    core.shelf.order.value.flatMap((job) => core.shelf.get(job)?.take.peek() ?? []),
  );
  const element = h(
    "div",
    { class: "rs-filters", role: "search", "aria-label": "Filter takes" },
    search,
    select("All providers", provider, () => [
      ...new Map(takes.value.map((take) => [take.provider, take.providerTitle || take.provider])),
    ]),
    select("All modes", mode, () => [
      ...new Map(takes.value.map((take) => [take.mode, modeTitle(take.mode)])),
    ]),
    select("All states", state, () => Object.entries(states)),
  );
  return {
    element,
    active: computed(() => [text, provider, mode, state].some(({ value }) => value !== "")),
    matches: (take) =>
      (provider.value === "" || take.provider === provider.value) &&
      (mode.value === "" || take.mode === mode.value) &&
      (state.value === "" || state.value === group(take)) &&
      (text.value === "" || words(take).includes(text.value)),
    clear: () => {
      for (const choice of [text, provider, mode, state]) choice.value = "";
      search.value = "";
    },
  };
}

function group({ state }: Take): string {
  return unfinished.has(state) ? "waiting" : state;
}

function words(take: Take): string {
  const scenes = JSON.stringify(take.params?.multiPrompt ?? "");
  return `${take.prompt ?? ""} ${scenes} ${take.job} ${take.seed ?? ""}`.toLowerCase();
}
