import { h, isWebUrl, safeUrl } from "../dom";
import type { Scope } from "../scope";

const SHOW_AFTER = 400;

/** A thumbnail of a picture on the web. A path of the kernel's machine cannot be shown from here. */
export function preview(scope: Scope, read: () => string): HTMLElement {
  const image = h("img", { alt: "", class: "rs-thumb", referrerpolicy: "no-referrer" });
  const place = h("span", { class: "rs-thumb-place" }, image);
  image.addEventListener("error", () => place.classList.add("rs-empty"));
  image.addEventListener("load", () => place.classList.remove("rs-empty"));
  let stop = () => {};
  scope.effect(() => {
    const text = read().trim();
    const url = isWebUrl(text) ? safeUrl(text) : null;
    stop();
    if (url === null) {
      image.removeAttribute("src");
      place.classList.add("rs-empty");
      return;
    }
    if (image.getAttribute("src") === url) return;
    // Not every prefix of an address that is being typed.
    stop = scope.later(SHOW_AFTER, () => {
      image.src = url;
    });
  });
  return place;
}
