import { signal } from "@preact/signals-core";
import { button, h, put } from "../dom";
import { icon } from "../icons";
import type { Scope } from "../scope";
import type { Control, FieldContext } from "./frame";
import { urlBox } from "./image";
import { preview } from "./preview";

const names: Record<string, string> = { images: "Image", videos: "Video", audios: "Audio" };

/** An ordered list of pictures, videos or sounds by URL or path. */
export function mediaList(context: FieldContext): Control {
  const { field, scope, view } = context;
  const name = names[field.kind] ?? "Item";
  const limit = field.maxItems ?? Number.POSITIVE_INFINITY;
  const held = () => {
    const value = view.core.settings.values.value[field.name];
    return Array.isArray(value) ? value.map(String) : [];
  };
  const change = (items: string[]) => context.set(items.length > 0 ? items : undefined);
  const edit = (index: number, item: string) =>
    change(held().map((old, at) => (at === index ? item : old)));
  const move = (index: number, by: number) => {
    const items = held();
    const [item] = items.splice(index, 1);
    items.splice(index + by, 0, item as string);
    change(items);
  };

  const rows = h("ol", { class: "rs-rows" });
  const count = signal(0);
  scope.effect(() => {
    count.value = held().length;
  });
  // Rows are rebuilt when their number changes and never while one is typed in.
  scope.each(
    () => count.value,
    (length, rowScope) => {
      put(rows, ...Array.from({ length }, (_, index) => row(index, rowScope)));
    },
  );

  function row(index: number, rowScope: Scope): HTMLElement {
    const tag = `@${name}${index + 1}`;
    const input = urlBox(() => edit(index, input.value));
    input.setAttribute("aria-label", `${name} ${index + 1}: URL or path`);
    rowScope.effect(() => {
      const value = held()[index] ?? "";
      if (input.value !== value) input.value = value;
    });
    const up = button(icon("up"), () => move(index, -1), {
      look: "icon",
      "aria-label": `Move ${name.toLowerCase()} ${index + 1} up`,
      disabled: index === 0,
    });
    const cite = button(tag, () => view.prompt.insert(tag), {
      look: "ghost",
      class: "rs-button rs-ghost rs-tag",
      title: "Put into the prompt",
    });
    const remove = button(icon("close"), () => change(held().filter((_, at) => at !== index)), {
      look: "icon",
      "aria-label": `Remove ${name.toLowerCase()} ${index + 1}`,
    });
    const picture = field.kind === "images" && preview(rowScope, () => held()[index] ?? "");
    return h("li", { class: "rs-row rs-media-row" }, cite, input, picture, up, remove);
  }

  const add = button(
    icon("plus"),
    () => {
      change([...held(), ""]);
      rows.querySelector<HTMLInputElement>("li:last-child input")?.focus();
    },
    { look: "icon" },
  );
  scope.effect(() => {
    add.disabled = count.value >= limit;
    add.setAttribute("aria-label", `Add ${name.toLowerCase()}`);
    add.title = `Add ${name.toLowerCase()}`;
  });
  const aside = () => {
    const filled = held().filter((item) => item.trim() !== "").length;
    return field.maxItems ? `${filled} / ${field.maxItems}` : String(filled || "");
  };
  return { body: rows, aside, action: add };
}
