import type { FormField, Problem } from "../../kernel/messages";
import { attribute, button, h, put, say } from "../../ui/dom";
import type { Scope } from "../../ui/scope";
import type { View } from "../core";
import { narrowed, takers, unheededByAll, usualOf } from "./rules";

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
  /** The control can be emptied, so it needs no button that does. */
  empties?: boolean;
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
  /** What was set, as it was. */
  held(): unknown;
  /** What is wrong with it, as far as it is to be shown now. */
  wrongs(): Problem[];
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
  const who = h("span", { class: "rs-aside rs-takers", id: `${id}-who` });
  const error = h("p", { class: "rs-error", id: `${id}-error` });
  // A field without default would otherwise keep its first value.
  const optional = field.default === undefined || field.default === null;
  const reset =
    optional && !control.empties && ["choice", "number", "boolean"].includes(field.kind)
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
    h("span", { class: "rs-field-end" }, reset, who, aside, control.action),
    help,
    error,
  );
  const described = control.input ?? root;
  if (control.input) control.input.id = id;
  attribute(described, "aria-describedby", `${id}-help ${id}-who ${id}-error`);

  if (reset) {
    scope.effect(() => {
      reset.hidden = context.held() === undefined;
    });
  }
  scope.effect(() => say(aside, control.aside?.() ?? ""));
  scope.effect(() => {
    const { forms, snapshot } = view.core.settings;
    const { mode } = snapshot.value;
    const advice = unheededByAll(forms.value, field.name);
    const usual = usualOf(field, mode);
    const isMarked = usual !== undefined && context.held() === undefined;
    const { texts } = narrowed(forms.value, field.name, snapshot.value);
    const wrong = context.wrongs().map(({ message }) => message);
    // A limit that is broken is said once, as what is wrong.
    const limits = texts.filter((text) => !wrong.includes(text));
    say(help, advice ?? [...limits, isMarked ? "" : (field.help ?? "")].join(" ").trim());
    const some = advice === undefined ? takers(forms.value, mode, field.name) : null;
    say(who, some ? `${some.length} of ${forms.value.length}` : "");
    who.title = some ? `Only ${some.join(" and ")}` : "";
    root.classList.toggle("rs-refused", advice !== undefined);
    // Inert would hide the advice from screen readers, so only the control itself is.
    control.body.inert = advice !== undefined;
  });
  scope.effect(() => {
    const wrongs = context.wrongs();
    const own = wrongs.find(
      ({ index, part }) => !control.items || (typeof index !== "number" && !part),
    );
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
