import { h } from "./dom";

/** Copy a text; false where the page may not. Pages over plain http have no clipboard object. */
export async function copyText(text: string, near: HTMLElement): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const box = h("textarea", { class: "rs-offscreen", "aria-hidden": "true", tabindex: -1 });
    box.value = text;
    near.append(box);
    box.select();
    try {
      return document.execCommand("copy");
    } catch {
      return false;
    } finally {
      box.remove();
    }
  }
}
