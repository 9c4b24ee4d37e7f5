import type { FormField } from "../../kernel/messages";
import { icon } from "../../ui/controls";
import { attribute, button, h, put } from "../../ui/dom";
import { ratioOf } from "../../ui/format";
import type { Scope } from "../../ui/scope";
import type { View } from "../core";
import { type Control, type FieldContext, frame } from "./control";
import { file, mediaList } from "./media";
import { objects } from "./objects";
import { narrowed, standing, usualOf } from "./rules";
import { shots } from "./scenes";

/** Build the field for a parameter. A kind that this page does not know becomes a text box. */
export function fieldView(view: View, field: FormField, scope: Scope): HTMLElement {
  const { core } = view;
  const context: FieldContext = {
    view,
    field,
    scope,
    id: view.id(field.name),
    value: () => standing(field, core.settings.values.value),
    held: () => core.settings.values.value[field.name],
    wrongs: () => core.wrongs(field.name),
    set: (value) => core.set(field.name, value),
    left: () => view.press.after(() => core.touch(field.name)),
  };
  const root = frame(context, control(context));
  // What varies has its values elsewhere.
  scope.effect(() => {
    root.hidden = core.settings.axes.value[field.name] !== undefined;
  });
  return root;
}

/** The control of a field by its kind. */
function control(context: FieldContext): Control {
  const { field } = context;
  switch (field.kind) {
    case "choice":
      return choice(context);
    case "integer":
    case "number":
      if (field.name === "seed") return seed(context);
      return typeof field.min === "number" && typeof field.max === "number"
        ? slider(context)
        : number(context);
    case "boolean":
      return toggle(context);
    case "image":
    case "video":
    case "audio":
      return file(context);
    case "images":
    case "videos":
    case "audios":
      return mediaList(context);
    case "shots":
      return shots(context);
    case "object":
    case "objects":
      return objects(context, (part) => (isNumber(part.field) ? typed(part) : control(part)));
    default:
      return text(context);
  }
}

const SEGMENTS = 7;
/** Letters that fit beside a label. */
const SHORT = 22;

/** One of a few words, as segments; of many, as a list to open. Aspect ratios show their shape. */
export function choice(context: FieldContext): Control {
  const choices = context.field.choices ?? [];
  if (choices.length > SEGMENTS) return select(context, choices);
  const shapes = context.field.name === "aspectRatio";
  const body = h("div", { class: shapes ? "rs-segments rs-shapes" : "rs-segments" });
  const { settings } = context.view.core;
  const inputs = choices.map((value) => {
    const input = h("input", {
      type: "radio",
      class: "rs-offscreen",
      name: context.id,
      value,
      onchange: () => context.set(value),
    });
    body.append(
      h("label", { class: "rs-segment" }, input, shapes && shape(value), h("span", {}, value)),
    );
    return input;
  });
  context.scope.effect(() => {
    const standing = context.value();
    const usual = standing === undefined ? usualOf(context.field, settings.mode.value) : undefined;
    const { texts, isOut } = narrowed(
      settings.forms.value,
      context.field.name,
      settings.snapshot.value,
    );
    for (const input of inputs) {
      const label = input.parentElement as HTMLElement;
      // What is chosen already can be seen and left; the others say why they are off.
      input.disabled = input.value !== standing && isOut(input.value);
      label.classList.toggle("rs-off", input.disabled);
      attribute(label, "title", input.disabled ? texts.join(" ") : null);
      input.checked = input.value === standing;
      label.classList.toggle("rs-usual", input.value === usual);
    }
  });
  const aside = () => {
    const usual = usualOf(context.field, settings.mode.value);
    return usual !== undefined && context.value() === undefined ? `${usual} if left open` : "";
  };
  return { body, aside, inline: !shapes && choices.join("").length <= SHORT };
}

function shape(value: string): HTMLElement | null {
  const ratio = ratioOf(value);
  if (ratio === null) return null;
  // All shapes fill the same 22 × 16 box, so that the row stays even.
  const width = Math.min(22, 16 * ratio);
  const box = h("i", { class: "rs-shape", "aria-hidden": "true" });
  box.style.width = `${width.toFixed(1)}px`;
  box.style.height = `${(width / ratio).toFixed(1)}px`;
  return box;
}

function select(context: FieldContext, choices: string[]): Control {
  const input = h(
    "select",
    { class: "rs-input", onchange: () => context.set(input.value || undefined) },
    h("option", { value: "" }, "–"),
    ...choices.map((value) => h("option", { value }, value)),
  );
  context.scope.effect(() => {
    input.value = String(context.value() ?? "");
  });
  return { body: input, input, inline: true };
}

/** A number within a range. */
export function slider(context: FieldContext): Control {
  const { field } = context;
  const step = field.step ?? (field.kind === "integer" ? 1 : 0.05);
  const input = h("input", {
    type: "range",
    class: "rs-range",
    min: field.min,
    max: field.max,
    step,
    oninput: () => context.set(input.valueAsNumber),
  });
  const text = () => {
    const value = context.value();
    if (typeof value !== "number") return "auto";
    return `${value}${field.unit ? ` ${field.unit}` : ""}`;
  };
  context.scope.effect(() => {
    const value = context.value();
    const [min, max] = [field.min as number, field.max as number];
    const shown = typeof value === "number" ? value : (min + max) / 2;
    if (input.valueAsNumber !== shown) input.valueAsNumber = shown;
    const filled = typeof value === "number" && max > min ? (shown - min) / (max - min) : 0;
    input.style.setProperty("--rs-filled", `${(filled * 100).toFixed(2)}%`);
    input.classList.toggle("rs-unset", typeof value !== "number");
    input.setAttribute("aria-valuetext", text());
  });
  return { body: input, input, aside: text, inline: true };
}

/** A number without a full range. */
export function number(context: FieldContext): Control {
  const input = numberBox(context);
  return { body: input, input, inline: true };
}

function isNumber({ kind }: FormField): boolean {
  return kind === "integer" || kind === "number";
}

/** A number in a row, where a slider is too coarse and shows a value where there is none. */
function typed(context: FieldContext): Control {
  const { min, max } = context.field;
  const isRange = typeof min === "number" && typeof max === "number";
  const input = numberBox(context, isRange ? `${min} to ${max}` : "");
  return { body: input, input, empties: true };
}

/** A box for a number; an empty one leaves the parameter out. */
export function numberBox(context: FieldContext, placeholder = ""): HTMLInputElement {
  const { field } = context;
  const input = h("input", {
    type: "number",
    class: "rs-input",
    step: field.step ?? (field.kind === "integer" ? 1 : "any"),
    placeholder,
    oninput: () => {
      context.set(Number.isNaN(input.valueAsNumber) ? undefined : input.valueAsNumber);
    },
  });
  context.scope.effect(() => {
    const value = context.value();
    // A half-typed number ("-") reads as none; writing the box now would erase it.
    const now = Number.isNaN(input.valueAsNumber) ? undefined : input.valueAsNumber;
    if (value !== now) input.value = value === undefined ? "" : String(value);
  });
  return input;
}

/**
 * A seed with a dice and a lock; empty leaves the choice to the service. Without the lock every
 * take gets another seed.
 */
export function seed(context: FieldContext): Control {
  const { core } = context.view;
  const { seedLocked, values } = core.settings;
  const input = numberBox(context, "random");
  // A seed that was typed is meant to stay.
  input.addEventListener("input", () => {
    seedLocked.value = values.peek().seed !== undefined;
  });
  const roll = button(
    icon("dice"),
    () => {
      context.set(core.newSeed(core.settings.form.peek()));
    },
    { look: "icon", "aria-label": "Roll a seed", title: "Roll a seed" },
  );
  const lock = button(
    "",
    () => {
      seedLocked.value = !seedLocked.peek();
    },
    { look: "icon", "aria-label": "Keep the seed" },
  );
  const clear = button(
    icon("close"),
    () => {
      context.set(undefined);
      seedLocked.value = false;
    },
    { look: "icon", "aria-label": "Leave the seed open", title: "Leave the seed open" },
  );
  context.scope.effect(() => {
    clear.disabled = context.value() === undefined;
    lock.disabled = clear.disabled;
  });
  context.scope.effect(() => {
    const locked = seedLocked.value;
    put(lock, icon(locked ? "locked" : "open"));
    lock.setAttribute("aria-pressed", String(locked));
    lock.title = locked ? "The seed stays after a take" : "The next take gets another seed";
  });
  return { body: h("div", { class: "rs-row" }, input, roll, lock, clear), input, inline: true };
}

/** A switch. */
export function toggle(context: FieldContext): Control {
  const input = h("input", {
    type: "checkbox",
    role: "switch",
    class: "rs-switch",
    onchange: () => context.set(input.checked),
  });
  context.scope.effect(() => {
    input.checked = context.value() === true;
  });
  return { body: input, input, inline: true };
}

/** A short text; also stands in for kinds that this page does not know. */
export function text(context: FieldContext): Control {
  const limit = context.field.maxLength;
  const input = h("textarea", {
    class: "rs-input rs-grow",
    rows: 1,
    oninput: () => context.set(input.value === "" ? undefined : input.value),
  });
  context.scope.effect(() => {
    const held = context.held();
    const value = String((typeof held === "string" ? held : context.value()) ?? "");
    if (input.value !== value) input.value = value;
  });
  const aside = () => {
    const length = String(context.value() ?? "").length;
    return limit && length > limit * 0.8 ? `${length} / ${limit}` : "";
  };
  return { body: input, input, aside };
}
