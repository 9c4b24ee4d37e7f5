import { computed } from "@preact/signals-core";
import { probeImage } from "../kernel/media";
import { type Take, unfinished } from "../kernel/messages";
import { attribute, h, put, say } from "../ui/dom";
import { marksOf } from "../ui/judging";
import type { Scope } from "../ui/scope";
import type { View } from "./view";

/** A pointer that only crosses a cell starts nothing. */
const HOVER = 180;

const WORDS: Partial<Record<Take["state"], string>> = {
  queued: "Queued",
  submitting: "Sending",
  running: "Rendering",
  fetching: "Downloading",
  failed: "Failed",
  cancelled: "Cancelled",
  uncertain: "Uncertain",
};

/** What a cell says instead of a picture. */
export function wordsOf(take: Take | undefined): string {
  return take ? (WORDS[take.state] ?? "") : "Not started";
}

/** One cell: the picture of its take in its own shape, or in small words what there is instead. */
export function cell(view: View, number: number, folded: () => number, scope: Scope): HTMLElement {
  const { core, reel } = view;
  const take = core.cell(number);
  const frame = h("div", { class: "rs-bd-frame" });
  const word = h("span", { class: "rs-bd-word" });
  const text = h("span", { class: "rs-bd-text" });
  const bar = h("div", { class: "rs-bar" }, h("i"));
  // Read out as one sentence; what is seen of it is not read again.
  const name = h("span", { class: "rs-offscreen" });
  const slate = h("div", { class: "rs-bd-slate", "aria-hidden": "true" }, word, text, bar);
  const signs = h("div", { class: "rs-bd-signs", "aria-hidden": "true" });
  const count = h("span", { class: "rs-bd-count", "aria-hidden": "true" });
  const caption = h("div", { class: "rs-bd-caption", "aria-hidden": "true" });
  const root = h(
    "div",
    {
      class: "rs-bd-cell",
      role: "gridcell",
      id: view.id(number),
      "data-cell": number,
      "data-jp-suppress-context-menu": true,
    },
    name,
    frame,
    slate,
    signs,
    count,
    caption,
  );

  scope.effect(() => {
    const now = take.value;
    const state = now?.state ?? "empty";
    attribute(root, "data-state", state);
    attribute(root, "data-job", now?.job);
    const done = state === "completed";
    slate.hidden = done;
    if (done) return;
    say(word, wordsOf(now));
    const running = now !== undefined && unfinished.has(now.state);
    const progress = running ? now.progress : null;
    say(text, running ? (progress?.text ?? "") : (now?.error?.message ?? ""));
    bar.hidden = !running;
    const fraction = progress?.fraction;
    const known = typeof fraction === "number";
    bar.style.setProperty("--rs-done", `${known ? Math.round(fraction * 100) : 0}%`);
    bar.classList.toggle("rs-unknown", !known);
    bar.classList.toggle("rs-estimated", known && progress?.estimated === true);
  });

  // The picture, once for each take.
  scope.each(
    () => {
      const now = take.value;
      return now?.state === "completed" ? `${now.job} ${now.poster?.path ?? ""}` : null;
    },
    (key, part) => {
      const now = take.peek();
      put(frame);
      if (key === null || !now) return;
      const picture = h("img", { class: "rs-bd-still", alt: "" });
      frame.append(picture);
      const shown = core.media.open(now, "poster", probeImage(picture, part.signal), part);
      shown.then(
        () => root.classList.add("rs-bd-pictured"),
        () => {},
      );
    },
  );

  const marks = computed(() => JSON.stringify(marksOf(take.value)));
  scope.effect(() => {
    void marks.value;
    const { pick, stars, tags, note } = marksOf(take.peek());
    attribute(root, "data-pick", pick === true ? "yes" : pick === false ? "no" : null);
    put(
      signs,
      pick !== null && h("b", {}, pick ? "✓" : "✕"),
      stars !== null && h("span", {}, "★".repeat(stars)),
      tags.length > 0 && h("span", { class: "rs-bd-tags" }, tags.join(", ")),
      note !== null && note !== "" && h("span", {}, "✎"),
    );
    signs.hidden = signs.childElementCount === 0;
  });
  scope.effect(() => {
    const many = folded();
    count.hidden = many < 2;
    say(count, many < 2 ? "" : String(many));
    count.title = `${many} takes here; [ and ] switch between them`;
  });
  scope.effect(() => {
    const isWall = view.plan.value.wall;
    caption.hidden = !isWall;
    const words = view.name(number);
    say(caption, isWall ? words : "");
    caption.title = words;
  });
  scope.effect(() => {
    const { pick, stars, tags, note } = marksOf(take.value);
    const parts = [
      view.name(number),
      take.value?.state === "completed" ? "done" : wordsOf(take.value).toLowerCase(),
      pick !== null && (pick ? "picked" : "rejected"),
      stars !== null && (stars === 1 ? "1 star" : `${stars} stars`),
      tags.length > 0 && `tags ${tags.join(", ")}`,
      note && `note: ${note}`,
    ];
    say(name, parts.filter(Boolean).join(", "));
  });
  scope.effect(() => root.classList.toggle("rs-bd-here", view.cursor.value === number));
  scope.effect(() => attribute(root, "aria-selected", String(view.selected.value.has(number))));

  const wanted = computed(() => {
    if (!reel.screened.value.has(number)) return null;
    return reel.cast.value.includes(number) ? "clock" : "alone";
  });
  reel.screen(frame, wanted, take, scope, (message) => {
    root.title = message;
  });

  let stop = () => {};
  root.addEventListener("pointerenter", ({ pointerType }) => {
    if (pointerType !== "mouse") return;
    if (window.matchMedia?.("(prefers-reduced-motion: reduce)").matches) return;
    stop = scope.later(HOVER, () => {
      reel.hovered.value = number;
    });
  });
  const left = () => {
    stop();
    if (reel.hovered.peek() === number) reel.hovered.value = null;
  };
  root.addEventListener("pointerleave", left);
  scope.add(left);
  root.addEventListener("click", (event) => {
    view.focus();
    if (event.shiftKey) view.span(view.cursor.peek(), number);
    else if (event.ctrlKey || event.metaKey) {
      view.toggle(number);
      view.cursor.value = number;
    } else {
      view.cursor.value = number;
      view.solo.value = number;
    }
  });
  return root;
}
