import { type ReadonlySignal, signal } from "@preact/signals-core";
import { mediumOf } from "../../kernel/files";
import type { Seen } from "../../kernel/messages";
import { icon } from "../../ui/controls";
import { button, h, isWebUrl, put, safeUrl, say } from "../../ui/dom";
import { megabytes } from "../../ui/format";
import type { Scope } from "../../ui/scope";
import type { View } from "../core";
import type { Control, FieldContext } from "./control";
import { fileWays } from "./files";
import { grip, moved } from "./grip";

/** One picture, video or sound: dropped, pasted, chosen, from a take, or by its URL or path. */
export function file(context: FieldContext): Control {
  const { field, scope, view } = context;
  const held = () => String(context.held() ?? "");
  const input = urlBox(() => context.set(input.value === "" ? undefined : input.value));
  const { place, facts, name } = preview(view, scope, mediumOf(field.kind), held);
  const title = h("span", { class: "rs-file-name" });
  const line = h("span", { class: "rs-aside" });
  const remove = button(icon("close"), () => context.set(undefined), {
    look: "icon",
    "aria-label": `Remove the ${field.label.toLowerCase()}`,
  });
  const kept = h("div", { class: "rs-file" }, title, line);
  const body = h("div", { class: "rs-stack rs-drop" });
  const ways = fileWays(
    context,
    body,
    ([path]) => path !== undefined && context.set(path),
    () => 1,
  );
  body.append(h("div", { class: "rs-row rs-slot" }, place, input, kept, remove), ways);
  scope.effect(() => {
    const value = held();
    const isKept = keptName(value) !== null;
    fill(input, value);
    input.hidden = isKept;
    kept.hidden = !isKept;
    remove.hidden = value === "";
  });
  scope.effect(() => {
    put(title, h("bdi", {}, name.value));
    title.title = name.value;
    say(line, facts.value);
  });
  return { body, input };
}

export function urlBox(changed: () => void): HTMLInputElement {
  const input = h("input", {
    type: "text",
    class: "rs-input",
    placeholder: "Drop, paste, URL or path",
    spellcheck: "false",
    autocomplete: "off",
    oninput: changed,
    onblur: () => showEnd(input),
  });
  return input;
}

/** A path is known by its end. */
function showEnd(input: HTMLInputElement): void {
  // After the box has its text and its place.
  requestAnimationFrame(() => {
    input.scrollLeft = input.scrollWidth;
  });
}

/** Put a text into a box that has another one. */
function fill(input: HTMLInputElement, value: string): void {
  if (input.value === value) return;
  input.value = value;
  showEnd(input);
}

/** How references of a kind are called in a prompt. */
export const referenceNames: Record<string, string> = {
  images: "Image",
  videos: "Video",
  audios: "Audio",
};

/** An ordered list of pictures, videos or sounds: dropped, pasted, chosen, from takes, by URL or path. */
export function mediaList(context: FieldContext): Control {
  const { field, scope, view } = context;
  const name = referenceNames[field.kind] ?? "Item";
  const limit = field.maxItems ?? Number.POSITIVE_INFINITY;
  const held = () => {
    const value = context.held();
    return Array.isArray(value) ? value.map(String) : [];
  };
  const change = (items: string[]) => context.set(items.length > 0 ? items : undefined);
  const edit = (index: number, item: string) =>
    change(held().map((old, at) => (at === index ? item : old)));
  const move = (from: number, to: number) => change(moved(held(), from, to));

  const rows = h("ol", { class: "rs-rows" });
  const body = h("div", { class: "rs-stack rs-drop" });
  const count = signal(0);
  scope.effect(() => {
    count.value = held().length;
  });
  // Rows are rebuilt when their number changes and never while one is typed in.
  scope.each(
    () => count.value,
    (length, part) => {
      put(rows, ...Array.from({ length }, (_, index) => row(index, length, part)));
    },
  );

  function row(index: number, length: number, part: Scope): HTMLElement {
    const tag = `@${name}${index + 1}`;
    const item = () => held()[index] ?? "";
    const input = urlBox(() => edit(index, input.value));
    input.setAttribute("aria-label", `${name} ${index + 1}: URL or path`);
    const { place, facts, name: title } = preview(view, part, mediumOf(field.kind), item);
    const words = h("span", { class: "rs-file-name" });
    const line = h("span", { class: "rs-aside" });
    const kept = h("div", { class: "rs-file" }, words, line);
    const error = h("p", { class: "rs-error" });
    const cite = button(tag, () => view.prompt.insert(tag), {
      look: "ghost",
      class: "rs-button rs-ghost rs-tag",
      title: "Put into the prompt",
    });
    const remove = button(icon("close"), () => change(held().filter((_, at) => at !== index)), {
      look: "icon",
      "aria-label": `Remove ${name.toLowerCase()} ${index + 1}`,
    });
    const root = h(
      "li",
      { class: "rs-media-row" },
      grip({ rows, index, length, noun: name, move, live: view.live }),
      place,
      cite,
      input,
      kept,
      remove,
      error,
    );
    part.effect(() => {
      const value = item();
      const isKept = keptName(value) !== null;
      fill(input, value);
      input.hidden = isKept;
      kept.hidden = !isKept;
    });
    part.effect(() => {
      put(words, h("bdi", {}, title.value));
      words.title = title.value;
      say(line, facts.value);
    });
    part.effect(() => {
      // The kernel counts only what is filled in.
      const blanks = held().slice(0, index);
      const place = blanks.filter((text) => text.trim() !== "").length;
      const wrong = item().trim() === "" ? [] : context.wrongs();
      const mine = wrong.find((problem) => problem.index === place);
      say(error, mine?.message ?? "");
      root.classList.toggle("rs-wrong-item", mine !== undefined);
    });
    return root;
  }

  const add = button(
    icon("plus"),
    () => {
      change([...held(), ""]);
      rows.querySelector<HTMLInputElement>("li:last-child input")?.focus();
    },
    { look: "icon" },
  );
  const coming = () => view.core.uploads.of(field.name).length;
  scope.effect(() => {
    add.disabled = count.value + coming() >= limit;
    add.setAttribute("aria-label", `Add ${name.toLowerCase()} by URL or path`);
    add.title = "Add by URL or path";
  });
  const ways = fileWays(
    context,
    body,
    (paths) => change([...held().filter((item) => item.trim() !== ""), ...paths].slice(0, limit)),
    () => limit - held().filter((item) => item.trim() !== "").length - coming(),
  );
  body.append(rows, ways);
  const aside = () => {
    const filled = held().filter((item) => item.trim() !== "").length;
    return field.maxItems ? `${filled} / ${field.maxItems}` : String(filled || "");
  };
  return { body, aside, action: add, items: true };
}

const SHOW_AFTER = 400;

export interface Preview {
  place: HTMLElement;
  /** What is known of the file: `1920×1080 · 2.1 MB`. */
  facts: ReadonlySignal<string>;
  /** Its name. */
  name: ReadonlySignal<string>;
}

/** A thumbnail of a file: of a picture on the web, or of what the kernel has. */
export function preview(view: View, scope: Scope, medium: string, read: () => string): Preview {
  const image = h("img", { alt: "", class: "rs-thumb", referrerpolicy: "no-referrer" });
  const blank = icon(medium === "image" ? "image" : medium === "video" ? "film" : "sound");
  const place = h("span", { class: "rs-thumb-place rs-empty" }, blank, image);
  const facts = signal("");
  const name = signal("");
  image.addEventListener("error", () => place.classList.add("rs-empty"));
  image.addEventListener("load", () => place.classList.remove("rs-empty"));
  let stop = () => {};
  let free = () => {};
  let wanted = "";

  async function show(text: string): Promise<void> {
    const url = isWebUrl(text) ? safeUrl(text) : null;
    if (url !== null) {
      if (medium === "image") image.src = url;
      return;
    }
    try {
      const look = await view.core.previews.at(text);
      if (wanted !== text || scope.ended) return;
      name.value = look.facts.name;
      facts.value = factsText(look.facts);
      if (!look.picture) return;
      const made = URL.createObjectURL(look.picture);
      free = () => URL.revokeObjectURL(made);
      image.src = made;
    } catch {
      // What is wrong with the file is said with the request's other problems.
    }
  }

  scope.effect(() => {
    const text = read().trim();
    if (text === wanted) return;
    wanted = text;
    stop();
    free();
    free = () => {};
    image.removeAttribute("src");
    place.classList.add("rs-empty");
    facts.value = "";
    name.value = keptName(text) ?? text;
    // Not every prefix of an address that is being typed.
    if (text !== "") stop = scope.later(keptName(text) ? 0 : SHOW_AFTER, () => void show(text));
  });
  scope.add(() => {
    free();
    put(place);
  });
  return { place, facts, name };
}

/** The name of a file that the kernel keeps by its content; null for what the user wrote. */
export function keptName(text: string): string | null {
  return /[\\/]inputs[\\/][0-9a-f]{16}-([^\\/]+)$/.exec(text)?.[1] ?? null;
}

function factsText({ width, height, seconds, bytes }: Seen): string {
  return [
    width && height ? `${width}×${height}` : "",
    typeof seconds === "number" ? `${Number(seconds.toFixed(1))} s` : "",
    megabytes(bytes),
  ]
    .filter(Boolean)
    .join(" · ");
}
