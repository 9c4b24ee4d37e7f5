import { type ReadonlySignal, signal } from "@preact/signals-core";
import { h, isWebUrl, put, safeUrl } from "../dom";
import { megabytes } from "../format";
import { icon } from "../icons";
import type { Looked } from "../protocol";
import type { Scope } from "../scope";
import type { View } from "../view";

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
      const look = await view.core.looks.at(text);
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

/** The name of a file that the kernel keeps by its content; null for what somebody wrote. */
export function keptName(text: string): string | null {
  return /[\\/]inputs[\\/][0-9a-f]{16}-([^\\/]+)$/.exec(text)?.[1] ?? null;
}

function factsText({ width, height, seconds, bytes }: Looked): string {
  return [
    width && height ? `${width}×${height}` : "",
    typeof seconds === "number" ? `${Number(seconds.toFixed(1))} s` : "",
    megabytes(bytes),
  ]
    .filter(Boolean)
    .join(" · ");
}
