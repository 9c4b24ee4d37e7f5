import { attribute, h, say } from "../dom";
import { modeTitle, rate } from "../format";
import type { ProviderForm } from "../protocol";
import type { Scope } from "../scope";
import type { View } from "../view";
import { servingBackend } from "./rules";

/** One chip a provider: who serves it and what a second costs, or why it cannot be used. */
export function providerChips(view: View): HTMLElement {
  const { core, scope } = view;
  const { settings } = core;
  const group = h("fieldset", { class: "rs-field" });
  const several = h("span", { class: "rs-aside" });
  scope.effect(() => {
    const count = settings.forms.value.length;
    say(several, count > 1 ? `${count} compared` : "");
  });
  scope.each(
    () => settings.providers.value,
    (forms, part) => {
      group.replaceChildren(
        h("legend", { class: "rs-label" }, "Providers"),
        h("div", { class: "rs-chips" }, ...forms.map((form) => chip(view, form, part))),
        h("span", { class: "rs-field-end" }, several),
      );
    },
  );
  return group;
}

function chip(view: View, form: ProviderForm, scope: Scope): HTMLElement {
  const { settings } = view.core;
  const backend = servingBackend(form);
  const input = h("input", {
    type: "checkbox",
    class: "rs-offscreen",
    value: form.id,
    onchange: () => {
      settings.toggle(form.id);
      // The last one stays chosen.
      input.checked = settings.chosen.peek().some(({ id }) => id === form.id);
    },
  });
  const why = h("span", { class: "rs-chip-why" });
  const root = h("label", { class: "rs-chip" }, input);
  root.append(h("span", { class: "rs-chip-name" }, form.title));
  if (!backend) {
    const reasons = form.backends.map(({ name, reason }) => (reason ? `${name}: ${reason}` : name));
    say(why, reasons.join(" ") || "No backend serves it.");
    input.disabled = true;
    root.classList.add("rs-off");
    root.append(why);
    return root;
  }
  const price = typeof backend.perSecond === "number" && rate(backend.perSecond, backend.currency);
  const dated = price && backend.priceDate ? `Price of ${backend.priceDate}` : null;
  root.append(
    h("span", { class: "rs-chip-by" }, backend.name),
    h("span", { class: "rs-chip-price", title: dated }, price),
    why,
  );
  scope.effect(() => {
    const lacking = settings.standing(form) === "lacks the mode";
    input.disabled = lacking;
    input.checked = !lacking && settings.chosen.value.some(({ id }) => id === form.id);
    root.classList.toggle("rs-off", lacking);
    attribute(root, "title", lacking ? `${form.title} has no ${settings.mode.value}.` : null);
    say(why, lacking ? `Does not start from ${start(settings.mode.value)}.` : "");
  });
  return root;
}

function start(mode: string): string {
  return modeTitle(mode).toLowerCase();
}
