import { signal } from "@preact/signals-core";
import type { CompareView, ExportKind } from "../kernel/messages";
import { attribute, button, flip, h, put, safeUrl, say } from "../ui/dom";
import { PLAYER, toggle, tool } from "../ui/icons";
import type { Deck } from "./deck";
import { hasScreen, toggleScreen } from "./screen";

const VIEWS: readonly [CompareView, string][] = [
  ["grid", "Grid"],
  ["wipe", "Wipe"],
  ["difference", "Difference"],
  ["single", "Single"],
];

/** How the takes are looked at. */
export function toolbar(deck: Deck): HTMLElement {
  const { scope, place, zoom, blind } = deck;
  const views = VIEWS.map(([view, text]) =>
    toggle(
      text,
      () => {
        place.view.value = view;
      },
      () => deck.view.value === view,
      scope,
    ),
  );
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
  const gains = h("label", { class: "rs-cmp-gain" }, "Gain", gain, gainText);
  const level = button("", () => zoom.reset(), {
    look: "ghost",
    title: "Fit (0)",
  });
  const exact = toggle(
    "1:1",
    () => flip(zoom.exact),
    () => zoom.exact.value,
    scope,
    {
      title: "Pixel for pixel (Z)",
    },
  );
  const screen = tool(PLAYER.expand, () => toggleScreen(deck), "Full screen", "F");
  screen.hidden = !hasScreen();
  const judge = toggle(
    "Blind vote",
    () => (place.blind.peek() ? blind.end() : blind.begin()),
    () => place.blind.value,
    scope,
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
      tool(PLAYER.minus, () => zoom.by(0.8), "Zoom out", "−"),
      level,
      tool(PLAYER.plus, () => zoom.by(1.25), "Zoom in", "+"),
      exact,
    ),
    place.vote ? judge : null,
    place.export ? exportMenu(deck) : null,
    tool("?", () => flip(deck.helping), "List of keys", "?"),
    screen,
  );

  scope.effect(() => {
    gains.hidden = deck.view.value !== "difference";
    gain.valueAsNumber = deck.gain.value;
    say(gainText, `${deck.gain.value}×`);
  });
  scope.effect(() => {
    const percent = `${Math.round(zoom.scale.value * 100)} %`;
    say(level, zoom.scale.value > 1 && !zoom.exact.value ? percent : "Fit");
    attribute(level, "aria-label", zoom.exact.value ? "Zoom 1:1; fit" : `Zoom ${percent}; fit`);
  });
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
  ["side-by-side", "Side-by-side film", "MP4, from in to out"],
  ["contact-sheet", "Contact sheet", "PNG of six moments"],
  ["frames", "Current frames", "PNG of this moment"],
  ["page", "Page to send", "HTML that plays without a notebook"],
];

/** Files to take along; the kernel makes them. */
export function exportMenu(deck: Deck): HTMLElement {
  const { scope, place } = deck;
  const open = signal(false);
  const id = deck.id("exports");
  const toggle = button("Export", () => flip(open), { look: "ghost", "aria-controls": id });
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
