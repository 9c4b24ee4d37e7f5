import type { FormField } from "../../kernel/messages";
import { attribute, button, h, put, say } from "../../ui/dom";
import type { Scope } from "../../ui/scope";
import type { View } from "../core";
import { exceptions, refusedByAll } from "./rules";

/** A control with what stands around it: label, a word at the right, help, error. */
export interface Control {
  /** The control; a group of several is labelled by a legend. */
  body: HTMLElement;
  /** The one element that the label names; absent for a group. */
  input?: HTMLElement;
  /** A short text at the right of the label, such as a count. */
  aside?(): string;
  /** A button at the right of the label, such as one that adds an item. */
  action?: HTMLElement;
  /** Label and control on one line, as in an inspector. */
  inline?: boolean;
  /** A list whose items show their own problems. */
  items?: boolean;
}

/** What a control gets to work with. */
export interface FieldContext {
  view: View;
  field: FormField;
  scope: Scope;
  id: string;
  /** The field's value, its default included. */
  value(): unknown;
  set(value: unknown): void;
  /** The user has left the field, so its problem may be shown. */
  left(): void;
}

/** Dress a control as a field of the form. */
export function frame(context: FieldContext, control: Control): HTMLElement {
  const { view, field, scope, id } = context;
  const group = !control.input;
  const unit = field.unit && !control.aside ? ` (${field.unit})` : "";
  const name = `${field.label}${unit}`;
  const label = group
    ? h("legend", { class: "rs-label" }, name)
    : h("label", { class: "rs-label", for: id }, name);
  const aside = h("span", { class: "rs-aside" });
  const help = h("p", { class: "rs-help", id: `${id}-help` });
  const except = h("ul", { class: "rs-except", id: `${id}-except` });
  const error = h("p", { class: "rs-error", id: `${id}-error` });
  // A field without default would otherwise keep its first value.
  const optional = field.default === undefined || field.default === null;
  const reset =
    optional && ["choice", "number", "boolean"].includes(field.kind)
      ? button("reset", () => context.set(undefined), {
          look: "ghost",
          "aria-label": `Reset ${field.label}`,
        })
      : null;
  const root = h(
    group ? "fieldset" : "div",
    { class: control.inline ? "rs-field rs-inline" : "rs-field", "data-field": field.name },
    label,
    control.body,
    h("span", { class: "rs-field-end" }, reset, aside, control.action),
    help,
    except,
    error,
  );
  const described = control.input ?? root;
  if (control.input) control.input.id = id;
  attribute(described, "aria-describedby", `${id}-help ${id}-except ${id}-error`);

  if (reset) {
    scope.effect(() => {
      reset.hidden = view.core.settings.values.value[field.name] === undefined;
    });
  }
  scope.effect(() => say(aside, control.aside?.() ?? ""));
  scope.effect(() => {
    const { forms, snapshot } = view.core.settings;
    const advice = refusedByAll(forms.value, field.name);
    const special = advice ? [] : exceptions(forms.value, snapshot.value, field.name);
    say(help, advice ?? (special.length > 0 ? "" : (field.help ?? "")));
    put(except, ...special.map((text) => h("li", {}, text)));
    root.classList.toggle("rs-refused", advice !== undefined);
    // Inert would hide the advice from screen readers, so only the control itself is.
    control.body.inert = advice !== undefined;
  });
  scope.effect(() => {
    const wrongs = view.core.wrongs(field.name);
    const own = wrongs.find(({ index }) => !control.items || typeof index !== "number");
    put(error, own?.message);
    root.classList.toggle("rs-wrong", wrongs.length > 0);
    attribute(described, "aria-invalid", wrongs.length > 0 && !group ? "true" : null);
  });
  scope.listen(root, "focusout", (event) => {
    const next = (event as FocusEvent).relatedTarget;
    if (!(next instanceof Node && root.contains(next))) context.left();
  });
  return root;
}
