import { computed } from "@preact/signals-core";
import { h } from "../dom";
import { modeTitle } from "../format";
import type { View } from "../view";

/** All modes of all providers; those that no chosen provider has are off and say who has them. */
export function modeTabs(view: View): HTMLElement {
  const { core, scope } = view;
  const { settings } = core;
  const group = h("fieldset", { class: "rs-field" });
  const modes = computed(() => [
    ...new Set(settings.providers.value.flatMap((form) => form.modes)),
  ]);
  const choices = computed(() =>
    [...modes.value, "", ...settings.chosen.value.map(({ id }) => id)].join("\n"),
  );
  scope.each(
    () => choices.value,
    (_, part) => {
      const chosen = settings.chosen.peek();
      const inputs: HTMLInputElement[] = [];
      const row = h("div", { class: "rs-segments rs-modes" });
      for (const mode of modes.peek()) {
        const offered = chosen.some((form) => form.modes.includes(mode));
        const input = h("input", {
          type: "radio",
          class: "rs-offscreen",
          name: view.id("mode"),
          value: mode,
          disabled: !offered,
          onchange: () => settings.chooseMode(mode),
        });
        inputs.push(input);
        const others = settings.providers
          .peek()
          .filter((other) => other.modes.includes(mode))
          .map(({ title }) => title);
        const who = chosen.map(({ title }) => title).join(" and ");
        const why = `${who} ${chosen.length > 1 ? "have" : "has"} no ${mode}; ${others.join(" and ")} can.`;
        row.append(
          h(
            "label",
            { class: offered ? "rs-segment" : "rs-segment rs-off", title: offered ? mode : why },
            input,
            h("span", {}, modeTitle(mode)),
            !offered && h("span", { class: "rs-offscreen" }, ` (${why})`),
          ),
        );
      }
      group.replaceChildren(h("legend", { class: "rs-label" }, "Start from"), row);
      part.effect(() => {
        for (const input of inputs) input.checked = input.value === settings.mode.value;
      });
    },
  );
  return group;
}
