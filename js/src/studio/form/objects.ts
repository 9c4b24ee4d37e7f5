import { signal } from "@preact/signals-core";
import type { FormField, Values } from "../../kernel/messages";
import { icon } from "../../ui/controls";
import { button, h, put, say } from "../../ui/dom";
import type { Scope } from "../../ui/scope";
import { type Control, type FieldContext, frame } from "./control";
import { grip, moved } from "./grip";
import { isObject } from "./rules";

const WIDE = new Set(["image", "video", "audio", "images", "videos", "audios", "text"]);

/**
 * An ordered list of objects, or one object: each with its fields, as a row that can be added,
 * moved and removed.
 */
export function objects(
  context: FieldContext,
  controlOf: (context: FieldContext) => Control,
): Control {
  const { field, scope, view } = context;
  const isList = field.kind === "objects";
  const limit = isList ? (field.maxItems ?? Number.POSITIVE_INFINITY) : 1;
  const noun = isList ? field.label.replace(/s$/, "") : field.label;
  const held = (): Values[] => {
    const value = context.held();
    return (Array.isArray(value) ? value : [value]).filter(isObject);
  };
  const change = (rows: Values[]) =>
    context.set(rows.length === 0 ? undefined : isList ? rows : rows[0]);

  // A row keeps its key when it moves, so that a file on its way still finds it.
  let next = 0;
  const keys = signal<readonly number[]>([]);
  const order = () => keys.value.join();
  scope.effect(() => {
    const { length } = held();
    const known = keys.peek();
    if (known.length === length) return;
    keys.value = Array.from({ length }, (_, index) => known[index] ?? next++);
  });

  const rows = h("ol", { class: "rs-rows rs-objects" });
  scope.each(order, (_, part) => {
    put(rows, ...keys.peek().map((key, index) => row(key, index, part)));
  });

  function move(from: number, to: number): void {
    const known = held();
    keys.value = moved(keys.peek(), from, to);
    change(moved(known, from, to));
  }

  function remove(index: number): void {
    const known = held();
    keys.value = keys.peek().filter((_, at) => at !== index);
    change(known.filter((_, at) => at !== index));
    const left = rows.querySelectorAll<HTMLElement>(".rs-object-remove");
    (left[Math.min(index, left.length - 1)] ?? add).focus();
  }

  function row(key: number, index: number, part: Scope): HTMLElement {
    const { length } = keys.peek();
    const title = isList ? `${noun} ${index + 1}` : noun;
    const error = h("p", { class: "rs-error" });
    const drop = button(icon("close"), () => remove(index), {
      look: "icon",
      class: "rs-button rs-icon rs-object-remove",
      "aria-label": `Remove ${title.toLowerCase()}`,
    });
    const root = h(
      "li",
      { class: "rs-object", role: "group", "aria-label": title },
      h(
        "div",
        { class: "rs-object-head" },
        isList && grip({ rows, index, length, noun, move, live: view.live, atDrop: true }),
        h("b", { class: "rs-object-title" }, title),
        drop,
      ),
      h(
        "div",
        { class: "rs-object-fields" },
        ...(field.fields ?? []).map((each) => inner(each, key, part)),
      ),
      error,
    );
    part.effect(() => {
      const own = context.wrongs().find(({ index: at, part: name }) => at === index && !name);
      say(error, own?.message ?? "");
      root.classList.toggle("rs-wrong-item", own !== undefined);
    });
    return root;
  }

  /** A field of a row, as any other field of the form. */
  function inner(each: FormField, key: number, part: Scope): HTMLElement {
    const at = () => keys.peek().indexOf(key);
    const own = () => {
      // Its place changes with the rows before it.
      order();
      return held()[at()]?.[each.name];
    };
    const made: FieldContext = {
      ...context,
      scope: part,
      // The name says whose files are on their way.
      field: { ...each, name: `${field.name}.${each.name}#${key}` },
      id: `${context.id}-${key}-${each.name}`,
      value: () => own() ?? each.default,
      held: own,
      wrongs: () =>
        context
          .wrongs()
          .filter((problem) => problem.part === each.name && (problem.index ?? 0) === at()),
      set: (value) => {
        const group = field.oneOf?.find((names) => names.includes(each.name)) ?? [];
        const changed = held().map((old, index) => {
          if (index !== at()) return old;
          // Of those that exclude each other the last one counts.
          const others = Object.entries(old).filter(
            ([name]) => name !== each.name && (value === undefined || !group.includes(name)),
          );
          return Object.fromEntries(value === undefined ? others : [...others, [each.name, value]]);
        });
        change(changed);
      },
    };
    const shown = frame(made, controlOf(made));
    shown.classList.toggle("rs-object-wide", WIDE.has(each.kind));
    return shown;
  }

  const add = button(
    "",
    () => {
      change([...held(), {}]);
      rows.lastElementChild?.querySelector<HTMLElement>("input, select, textarea, button")?.focus();
    },
    { look: "ghost" },
  );
  scope.effect(() => {
    const { length } = held();
    put(add, icon("plus"), isList ? "Add" : "Give one");
    add.setAttribute("aria-label", `Add ${noun.toLowerCase()}`);
    add.hidden = !isList && length > 0;
    add.disabled = length >= limit;
  });
  const aside = () => {
    const { length } = held();
    return isList && field.maxItems && length > 0 ? `${length} / ${field.maxItems}` : "";
  };
  return { body: h("div", { class: "rs-stack" }, rows), aside, action: add, items: true };
}
