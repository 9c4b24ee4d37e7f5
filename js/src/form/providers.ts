import { h } from "../dom";
import { rate } from "../format";
import type { ProviderForm } from "../protocol";
import type { View } from "../view";
import { servingBackend } from "./rules";

/** One chip a provider: who serves it and what a second costs, or why it cannot be used. */
export function providerChips(view: View): HTMLElement {
  const { core, scope } = view;
  const group = h("fieldset", { class: "rs-field" });
  scope.each(
    () => core.settings.providers.value,
    (forms, part) => {
      const inputs = forms.map((form) =>
        h("input", {
          type: "radio",
          class: "rs-offscreen",
          name: view.id("provider"),
          value: form.id,
          disabled: servingBackend(form) === undefined,
          onchange: () => core.settings.chooseProvider(form.id),
        }),
      );
      group.replaceChildren(
        h("legend", { class: "rs-label" }, "Provider"),
        h(
          "div",
          { class: "rs-chips" },
          ...forms.map((form, index) => chip(form, inputs[index] as HTMLInputElement)),
        ),
      );
      part.effect(() => {
        const chosen = core.settings.form.value?.id;
        for (const input of inputs) input.checked = input.value === chosen && !input.disabled;
      });
    },
  );
  return group;
}

function chip(form: ProviderForm, input: HTMLInputElement): HTMLElement {
  const backend = servingBackend(form);
  if (!backend) {
    const reasons = form.backends.map(({ name, reason }) => (reason ? `${name}: ${reason}` : name));
    return h(
      "label",
      { class: "rs-chip rs-off" },
      input,
      h("span", { class: "rs-chip-name" }, form.title),
      h("span", { class: "rs-chip-why" }, reasons.join(" ") || "No backend serves it."),
    );
  }
  const price = typeof backend.perSecond === "number" && rate(backend.perSecond, backend.currency);
  const dated = price && backend.priceDate ? `Price of ${backend.priceDate}` : null;
  return h(
    "label",
    { class: "rs-chip", title: dated },
    input,
    h("span", { class: "rs-chip-name" }, form.title),
    h("span", { class: "rs-chip-by" }, backend.name),
    h("span", { class: "rs-chip-price" }, price),
  );
}
