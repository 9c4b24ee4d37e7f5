import { computed } from "@preact/signals-core";
import type { FormField, ProviderForm } from "../../kernel/messages";
import { attribute, h, put, say } from "../../ui/dom";
import { modeTitle, rate } from "../../ui/format";
import { isGenerateKey } from "../../ui/keys";
import { type Scope, whenResized } from "../../ui/scope";
import type { View } from "../core";
import { addModel } from "./adding";
import { frame } from "./control";
import { fieldView, slider } from "./field";
import { footer } from "./footer";
import { promptBox } from "./prompt";
import { type Exception, exceptions, fieldsOf, servingBackend } from "./rules";
import { MOST_TAKES } from "./settings";
import { vary } from "./vary";

/** What a take starts from stands next to the prompt, before its settings. */
const sources = new Set([
  "image",
  "video",
  "audio",
  "images",
  "videos",
  "audios",
  "shots",
  "object",
  "objects",
]);

/** The left side: everything that makes a request. */
export function controls(view: View): HTMLElement {
  const { core, scope } = view;
  const { settings } = core;
  const fields = h("div", { class: "rs-fields" });
  const root = h("form", { class: "rs-controls", "aria-label": "New take", novalidate: true });
  root.addEventListener("submit", (event) => event.preventDefault());

  const generate = async () => {
    if (!(await core.generate())) firstWrong(root)?.focus();
  };
  const parts = [
    providerChips(view),
    addModel(view),
    modeTabs(view),
    promptBox(view),
    vary(view),
    fields,
    differences(view),
    countField(view),
    footer(view, generate),
  ];
  const empty = h("p", { class: "rs-help" }, "No provider is in the catalog.");
  scope.effect(() => {
    if (settings.form.value === undefined) put(root, empty);
    else if (!root.contains(fields)) put(root, ...parts);
  });

  // The fields are rebuilt when they differ, and not when only a price does.
  const shape = computed(() => {
    const form = settings.form.value;
    return JSON.stringify(form ? [form.id, settings.mode.value, form.fields] : []);
  });
  scope.each(
    () => shape.value,
    (_, part) => {
      const form = settings.form.peek();
      const shown = form ? arranged(fieldsOf(form, settings.mode.peek())) : [];
      put(fields, ...shown.map((field) => fieldView(view, field, part)));
    },
  );

  // Before the key leaves the root: Ctrl+Enter would also run the cell.
  scope.listen(root, "keydown", (event) => {
    if (!isGenerateKey(event as KeyboardEvent)) return;
    event.preventDefault();
    event.stopPropagation();
    void generate();
  });
  scope.listen(root, "paste", (event) => {
    const files = [...((event as ClipboardEvent).clipboardData?.files ?? [])];
    if (files.length === 0) return;
    event.preventDefault();
    takeFiles(view, event.target, files);
  });
  // A file that misses its field would replace the whole page.
  for (const type of ["dragover", "drop"]) {
    scope.listen(root, type, (event) => {
      if ((event as DragEvent).dataTransfer?.types.includes("Files")) event.preventDefault();
    });
  }
  scope.effect(() => {
    root.inert = !core.usable.value;
  });
  return root;
}

/** Give files to the field that has the focus, else to the first one that takes such files. */
function takeFiles(view: View, target: EventTarget | null, files: readonly File[]): void {
  const near = target instanceof Element && target.closest<HTMLElement>("[data-field]");
  const focused = near ? view.files.get(near.dataset.field ?? "") : undefined;
  for (const file of files) {
    const medium = file.type.split("/")[0];
    const place = focused ?? [...view.files.values()].find((other) => other.medium === medium);
    if (place) place.take([file]);
    else view.core.remark("prompt", `Nothing in this mode starts from ${file.name}.`);
  }
}

/** Where to type to correct the first wrong field; in a list of boxes, the empty one. */
function firstWrong(root: HTMLElement): HTMLElement | null {
  const wrong = ".rs-wrong, .rs-wrong-item";
  // In a list of objects, the field of the object.
  const field = [...root.querySelectorAll(wrong)].find((each) => !each.querySelector(wrong));
  return (
    field?.querySelector<HTMLElement>(".rs-rows .rs-input:placeholder-shown") ??
    field?.querySelector<HTMLElement>(":is(input, textarea, select):not(:disabled)") ??
    field?.querySelector<HTMLElement>("button:not(:disabled)") ??
    null
  );
}

/** A line for each of several providers that does not do what the form says. */
function differences({ core, scope }: View): HTMLElement {
  const { forms, snapshot } = core.settings;
  const root = h("ul", { class: "rs-except", "aria-label": "Where the providers differ" });
  const found = computed(() => JSON.stringify(exceptions(forms.value, snapshot.value)));
  scope.effect(() => {
    const lines = (JSON.parse(found.value) as Exception[]).map(({ title, without, instead }) =>
      h("li", {}, h("b", {}, title), `: ${exceptionText(without, instead)}`),
    );
    put(root, ...lines);
  });
  return root;
}

/** `no resolution or seed; duration 10 s instead`. */
function exceptionText(without: readonly string[], instead: readonly string[]): string {
  const last = without.at(-1);
  const none = without.length > 1 ? `${without.slice(0, -1).join(", ")} or ${last}` : last;
  return [none && `no ${none}`, instead.length > 0 && `${instead.join(", ")} instead`]
    .filter(Boolean)
    .join("; ");
}

function arranged(fields: FormField[]): FormField[] {
  return [
    ...fields.filter(({ kind }) => sources.has(kind)),
    ...fields.filter(({ kind }) => !sources.has(kind)),
  ];
}

/** Providers from which on a list of them has a search field. */
const LONG = 10;

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
      const chips = forms.map((form) => ({ form, root: chip(view, form, part) }));
      const list = h("div", { class: "rs-chips" }, ...chips.map(({ root }) => root));
      group.replaceChildren(
        h("legend", { class: "rs-label" }, "Providers"),
        ...(forms.length < LONG ? [] : [searchField(view, chips)]),
        list,
        h("span", { class: "rs-field-end" }, several),
      );
      // Once it has a box: hosts render into elements that are not in the page yet.
      const seen = whenResized([list], part, () => {
        if (list.clientHeight === 0) return;
        seen?.disconnect();
        const chosen = chips.find(({ root }) => root.querySelector("input")?.checked)?.root;
        if (!chosen || list.scrollHeight <= list.clientHeight) return;
        const above = chosen.getBoundingClientRect().top - list.getBoundingClientRect().top;
        list.scrollTop += above - (list.clientHeight - chosen.offsetHeight) / 2;
      });
    },
  );
  return group;
}

/** A box that leaves the providers with its words in the list, and those that are chosen. */
function searchField(
  { core }: View,
  chips: readonly { form: ProviderForm; root: HTMLElement }[],
): HTMLElement {
  const none = h("p", { class: "rs-help", role: "status" });
  const look = () => {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    const chosen = new Set(core.settings.chosen.peek().map(({ id }) => id));
    let found = 0;
    for (const { form, root } of chips) {
      const text = `${form.title} ${form.id} ${form.vendor ?? ""}`.toLowerCase();
      const fits = words.every((word) => text.includes(word));
      found += Number(fits);
      root.hidden = !fits && !chosen.has(form.id);
    }
    say(none, found === 0 ? "No provider has these words." : "");
  };
  const input = h("input", {
    type: "search",
    class: "rs-input",
    placeholder: `Search ${chips.length} providers`,
    "aria-label": "Search providers",
    oninput: look,
  });
  return h("div", { class: "rs-chips-search" }, input, none);
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

/** How many takes one click makes of each provider. */
export function countField(view: View): HTMLElement {
  const { core, scope } = view;
  const field: FormField = {
    name: "count",
    label: "Takes",
    kind: "integer",
    min: 1,
    max: MOST_TAKES,
    default: 1,
  };
  const context = {
    view,
    field,
    scope,
    id: view.id("count"),
    value: () => core.settings.count.value,
    held: () => core.settings.count.value,
    wrongs: () => [],
    set: (value: unknown) => {
      core.settings.count.value = Number(value);
      core.changed("count");
    },
    left: () => {},
  };
  const aside = () => {
    const count = core.settings.count.value;
    return core.settings.forms.value.length > 1 ? `${count} each` : String(count);
  };
  return frame(context, { ...slider(context), aside });
}
