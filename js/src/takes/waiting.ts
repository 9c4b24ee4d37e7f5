import { computed } from "@preact/signals-core";
import { attribute, h, say } from "../dom";
import { clock } from "../format";
import type { Take } from "../protocol";
import type { CardContext } from "./context";

const words: Partial<Record<Take["state"], string>> = {
  queued: "Queued",
  submitting: "Sending",
  running: "Rendering",
  fetching: "Downloading",
};

/** The frame of a take under way: state in words, progress, and the time since the click. */
export function waiting({ view, entry, scope, tick }: CardContext): HTMLElement {
  const { take } = entry;
  const state = h("span", { class: "rs-state" });
  const text = h("span", { class: "rs-progress-text" });
  const time = h("span", { class: "rs-elapsed" });
  const bar = h("div", { class: "rs-bar", role: "progressbar", "aria-label": "Progress" }, h("i"));

  scope.effect(() => say(state, words[take.value.state] ?? ""));
  const progress = computed(() => take.value.progress ?? null);
  scope.effect(() => {
    if (!view.core.usable.value) {
      say(text, "It goes on without this page.");
      return;
    }
    const now = progress.value;
    const honest = now?.estimated && now.text && !/estimat/i.test(now.text) ? " (estimated)" : "";
    say(text, now?.text ? `${now.text}${honest}` : "");
  });
  scope.effect(() => {
    const fraction = progress.value?.fraction;
    const known = typeof fraction === "number";
    const percent = known ? Math.round(Math.min(1, Math.max(0, fraction)) * 100) : null;
    bar.style.setProperty("--rs-done", `${percent ?? 0}%`);
    bar.classList.toggle("rs-unknown", !known);
    bar.classList.toggle("rs-estimated", known && progress.value?.estimated === true);
    attribute(bar, "aria-valuenow", percent);
  });
  scope.effect(() => {
    tick.value;
    const { elapsed } = take.value;
    if (!view.core.usable.value) return;
    say(
      time,
      typeof elapsed === "number" ? clock(elapsed + Date.now() / 1000 - entry.heardAt) : "",
    );
  });
  return h(
    "div",
    { class: "rs-slate" },
    h("div", { class: "rs-slate-line" }, state, time),
    text,
    bar,
  );
}
