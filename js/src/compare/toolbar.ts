import { signal } from "@preact/signals-core";
import type { CompareView, ExportKind } from "../kernel/messages";
import { icon } from "../ui/controls";
import { attribute, button, h, put, safeUrl, say } from "../ui/dom";
import type { Deck } from "./deck";

const VIEWS: readonly [CompareView, string, string][] = [
  ["grid", "Grid", "All takes side by side"],
  ["wipe", "Wipe", "Two takes, with a border to drag"],
  ["difference", "Difference", "What two takes do not share, amplified"],
  ["single", "Single", "One take at a time; A and B flip"],
];

/** How the takes are looked at. */
export function toolbar(deck: Deck): HTMLElement {
  const { scope, place, zoom, blind } = deck;
  const views = VIEWS.map(([view, text, title]) => {
    const choice = button(
      text,
      () => {
        place.view.value = view;
      },
      { look: "ghost", title },
    );
    scope.effect(() => attribute(choice, "aria-pressed", String(deck.view.value === view)));
    return choice;
  });
  const pair = h("span", { class: "rs-cmp-pair" });
  const gain = h("input", {
    type: "range",
    class: "rs-scrub",
    min: 1,
    max: 16,
    step: 1,
    value: 4,
    oninput: () => {
      deck.gain.value = gain.valueAsNumber;
    },
    "aria-label": "Gain of the difference",
  });
  const gainText = h("span", { class: "rs-aside" });
  const gains = h("label", { class: "rs-cmp-gain" }, h("span", {}, "Gain"), gain, gainText);
  const level = button("", () => zoom.reset(), {
    look: "ghost",
    title: "Zoom: Ctrl and the wheel, or a double click; a click here ends it (0)",
  });
  const judge = button(
    "Blind vote",
    () => {
      if (place.blind.peek()) blind.end();
      else blind.begin();
    },
    { look: "ghost", title: "Judge with names hidden and sides shuffled" },
  );
  const root = h(
    "div",
    { class: "rs-cmp-toolbar", role: "group", "aria-label": "View and tools" },
    h("span", { class: "rs-cmp-views", role: "group", "aria-label": "Views" }, ...views),
    pair,
    gains,
    h("span", { class: "rs-cmp-gap" }),
    h(
      "span",
      { class: "rs-cmp-zoom", role: "group", "aria-label": "Zoom" },
      button(icon("minus"), () => zoom.by(0.8), { look: "icon", "aria-label": "Zoom out" }),
      level,
      button(icon("plus"), () => zoom.by(1.25), { look: "icon", "aria-label": "Zoom in" }),
    ),
    place.vote ? judge : null,
    place.export ? exportMenu(deck) : null,
    button(
      "?",
      () => {
        deck.helping.value = !deck.helping.peek();
      },
      { look: "icon", "aria-label": "List of keys", title: "List of keys (?)" },
    ),
    place.close
      ? button(icon("close"), () => place.close?.(), {
          look: "icon",
          "aria-label": "Close the comparison",
        })
      : null,
  );

  scope.effect(() => {
    gains.hidden = deck.view.value !== "difference";
    gain.valueAsNumber = deck.gain.value;
    say(gainText, `${deck.gain.value}×`);
  });
  scope.effect(() => {
    const percent = `${Math.round(zoom.scale.value * 100)} %`;
    say(level, percent);
    attribute(level, "aria-label", `Zoom ${percent}; reset`);
  });
  scope.effect(() => attribute(judge, "aria-pressed", String(place.blind.value)));
  scope.effect(() => {
    judge.disabled = place.takes.value.length < 2;
    for (const choice of views.slice(1)) choice.disabled = place.takes.value.length < 2;
  });
  scope.effect(() => {
    const both = deck.pair.value;
    const all = blind.pair.value ?? place.takes.value.map(({ job }) => job);
    const single = deck.view.value === "single";
    pair.hidden = !both || deck.view.value === "grid" || (all.length === 2 && !single);
    if (!both || pair.hidden) return;
    put(
      pair,
      ...both.flatMap((job, side) => {
        const letter = "AB".charAt(side);
        const flip = button(
          letter,
          () => {
            deck.side.value = side as 0 | 1;
          },
          { look: "ghost", title: `Show ${letter} (${letter})` },
        );
        attribute(flip, "aria-label", `Show ${letter}`);
        attribute(flip, "aria-pressed", String(deck.side.value === side));
        const select = h(
          "select",
          {
            class: "rs-input",
            "aria-label": `Take ${letter}`,
            onchange: () => deck.choose(side as 0 | 1, select.value),
          },
          ...all.map((one) => h("option", { value: one }, deck.title(one))),
        );
        select.value = job;
        const label = single ? flip : h("span", { class: "rs-aside" }, letter);
        return [label, all.length > 2 ? select : null];
      }),
    );
  });
  return root;
}

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
