import { computed } from "@preact/signals-core";
import type { FormField } from "../../kernel/messages";
import { icon } from "../../ui/controls";
import { button, h, put } from "../../ui/dom";
import type { Scope } from "../../ui/scope";
import type { View } from "../core";
import { standing } from "./rules";
import { linesOf, variablesOf } from "./variations";

/** What varies from take to take: lines of the prompt, its variables, and parameters. */
export function vary(view: View): HTMLElement {
  const { core, scope } = view;
  const { settings } = core;
  const box = h("input", {
    type: "checkbox",
    role: "switch",
    class: "rs-switch",
    onchange: () => {
      settings.lines.value = box.checked;
      core.changed("prompt");
    },
  });
  const several = h("span", {});
  const lines = h("label", { class: "rs-row rs-lines" }, box, several);
  scope.effect(() => {
    const count = linesOf(settings.prompt.value).length;
    lines.hidden = count < 2;
    box.checked = settings.lines.value;
    put(several, `${count} prompts, one per line`);
  });

  const fields = core.varying;
  const variables = computed(() => variablesOf(settings.prompt.value).join("\n"));
  const varied = computed(() =>
    fields.value
      .map(({ name }) => name)
      .filter((name) => settings.axes.value[name] !== undefined)
      .join("\n"),
  );
  const words = h("div", { class: "rs-stack" });
  const axes = h("div", { class: "rs-stack" });
  scope.each(
    () => variables.value,
    (found, part) => {
      const names = found === "" ? [] : found.split("\n");
      put(words, ...names.map((name) => row(view, name, undefined, part)));
    },
  );
  scope.each(
    () => `${varied.value}\n\n${fields.value.map(({ name }) => name)}`,
    (_, part) => {
      const names = varied.peek().split("\n");
      const own = fields.peek().filter(({ name }) => names.includes(name));
      put(axes, ...own.map((field) => row(view, field.name, field, part)));
    },
  );
  const more = h("select", {
    class: "rs-input rs-vary-more",
    "aria-label": "Vary a setting",
    onchange: () => {
      const field = fields.peek().find(({ name }) => name === more.value);
      if (!field) return;
      const held = standing(field, settings.values.peek());
      settings.vary(field.name, held === undefined ? [] : [held]);
      view.scope.later(0, () =>
        axes.querySelector<HTMLElement>(`[data-axis="${field.name}"] input`)?.focus(),
      );
    },
  });
  scope.effect(() => {
    const rest = fields.value.filter(({ name }) => settings.axes.value[name] === undefined);
    more.hidden = rest.length === 0;
    put(
      more,
      h("option", { value: "" }, "Vary a setting …"),
      ...rest.map(({ name, label }) => h("option", { value: name }, label)),
    );
    more.value = "";
  });
  return h("div", { class: "rs-stack rs-vary" }, lines, words, axes, more);
}

/** One axis with its values: as chips, or of a few words as switches. */
function row(view: View, name: string, field: FormField | undefined, scope: Scope): HTMLElement {
  const { core } = view;
  const { settings } = core;
  const label = field?.label ?? `{${name}}`;
  const values = () => settings.axes.value[name] ?? [];
  const set = (next: unknown[]) => {
    settings.vary(name, next);
    core.changed(field ? name : "prompt");
  };
  const choices = field?.kind === "boolean" ? [true, false] : field?.choices;
  const body = choices
    ? toggles(label, choices, values, set, scope)
    : chips(view, label, field, values, set, scope);
  const drop =
    field &&
    button(icon("close"), () => settings.vary(name, undefined), {
      look: "icon",
      "aria-label": `Stop varying ${label.toLowerCase()}`,
    });
  return h(
    "fieldset",
    { class: "rs-axis", "data-axis": name },
    h("legend", { class: field ? "rs-label" : "rs-label rs-variable" }, label),
    body,
    drop,
  );
}

function toggles(
  label: string,
  choices: readonly unknown[],
  values: () => unknown[],
  set: (next: unknown[]) => void,
  scope: Scope,
): HTMLElement {
  const body = h("div", { class: "rs-segments" });
  for (const choice of choices) {
    const words = choice === true ? "on" : choice === false ? "off" : String(choice);
    const input = h("input", {
      type: "checkbox",
      class: "rs-offscreen",
      "aria-label": `${label}: ${words}`,
      onchange: () =>
        set(
          choices.filter((other) => (other === choice ? input.checked : values().includes(other))),
        ),
    });
    body.append(h("label", { class: "rs-segment" }, input, h("span", {}, words)));
    scope.effect(() => {
      input.checked = values().includes(choice);
    });
  }
  return body;
}

function chips(
  view: View,
  label: string,
  field: FormField | undefined,
  values: () => unknown[],
  set: (next: unknown[]) => void,
  scope: Scope,
): HTMLElement {
  const isNumber = field?.kind === "integer" || field?.kind === "number";
  const read = (text: string): unknown[] => {
    const words = text
      .split(/[,\n]/)
      .map((word) => word.trim())
      .filter(Boolean);
    if (!isNumber) return words;
    return words.map(Number).filter((number) => Number.isFinite(number));
  };
  const take = () => {
    const found = read(input.value);
    input.value = "";
    if (found.length > 0) set([...new Set([...values(), ...found])]);
  };
  const input = h("input", {
    class: "rs-input",
    "aria-label": `Values of ${label}`,
    placeholder: isNumber ? "4, 8" : "one, another",
    inputmode: isNumber ? "decimal" : "text",
    oninput: () => {
      if (/[,\n]/.test(input.value)) take();
    },
    onblur: () => view.press.after(take),
  });
  input.addEventListener("keydown", ({ key }) => {
    // Also before Ctrl+Enter, which sends what the form holds.
    if (key === "Enter") take();
    else if (key === "Backspace" && input.value === "") set(values().slice(0, -1));
  });
  const root = h("div", { class: "rs-values" });
  scope.effect(() => {
    const shown = values();
    const made = shown.map((value, at) => {
      const close = button(
        icon("close"),
        () => {
          set(values().filter((_, other) => other !== at));
          input.focus();
        },
        { look: "icon", "aria-label": `Remove ${value}` },
      );
      return h("span", { class: "rs-value" }, h("span", {}, String(value)), close);
    });
    for (const old of root.querySelectorAll(".rs-value")) old.remove();
    root.prepend(...made);
  });
  root.append(input);
  return root;
}
