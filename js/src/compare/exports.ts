import { signal } from "@preact/signals-core";
import { attribute, button, h, put, safeUrl } from "../dom";
import type { ExportKind } from "../protocol";
import type { Deck } from "./deck";

const KINDS: readonly [ExportKind, string, string][] = [
  ["side-by-side", "Side-by-side film", "MP4 of what is shown, from in to out"],
  ["contact-sheet", "Contact sheet", "PNG with six moments of each take"],
  ["frames", "Current frames", "PNG of this moment"],
  ["page", "Page to send", "one HTML file that plays without a notebook"],
];

/** Files to take along; the kernel makes them. */
export function exportMenu(deck: Deck): HTMLElement {
  const { scope, place } = deck;
  const open = signal(false);
  const id = deck.id("exports");
  const toggle = button(
    "Export",
    () => {
      open.value = !open.peek();
    },
    { look: "ghost", "aria-controls": id },
  );
  const news = h("ul", { class: "rs-cmp-exported", "aria-live": "polite" });
  const items = KINDS.map(([what, text, title]) =>
    h(
      "li",
      {},
      button(
        h("span", {}, h("strong", {}, text), h("span", { class: "rs-aside" }, title)),
        () => void make(what, text),
        { look: "ghost" },
      ),
    ),
  );
  const panel = h("div", { class: "rs-cmp-panel", id }, h("ul", {}, ...items), news);
  const root = h("span", { class: "rs-cmp-menu" }, toggle, panel);

  async function make(what: ExportKind, text: string): Promise<void> {
    const bar = h("progress", { "aria-label": text, max: "1" });
    const line = h("li", { class: "rs-cmp-making" }, `${text} …`, bar);
    news.prepend(line);
    try {
      const made = await place.export?.({ what, ...deck.order() }, (fraction) => {
        bar.value = fraction;
      });
      if (!made || scope.ended) return;
      const url = safeUrl(await place.media.hostUrl(made.file).catch(() => null));
      const name = made.path.split(/[\\/]/).at(-1) ?? made.path;
      const where = h("span", { class: "rs-aside" }, made.path);
      put(
        line,
        url ? h("a", { href: url, target: "_blank", rel: "noopener", download: name }, name) : name,
        where,
      );
      line.classList.remove("rs-cmp-making");
    } catch (error) {
      put(line, h("span", { class: "rs-error" }, `${text}: ${(error as Error).message}`));
      line.classList.remove("rs-cmp-making");
    }
  }

  scope.effect(() => {
    panel.hidden = !open.value;
    attribute(toggle, "aria-expanded", String(open.value));
  });
  scope.effect(() => {
    const complete = place.takes.value.every(({ state }) => state === "completed");
    const ready = complete && place.takes.value.length > 1 && place.usable.value;
    // What is made says who made it.
    toggle.disabled = !ready || deck.blind.hidden;
    toggle.title = ready ? "" : "When all takes are finished";
    if (toggle.disabled) open.value = false;
  });
  scope.listen(root, "keydown", (event) => {
    if ((event as KeyboardEvent).key !== "Escape" || !open.peek()) return;
    open.value = false;
    toggle.focus();
    event.stopPropagation();
  });
  return root;
}
