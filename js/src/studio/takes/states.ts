import { computed } from "@preact/signals-core";
import type { Take } from "../../kernel/messages";
import { icon } from "../../ui/controls";
import { type Decide, decisions } from "../../ui/decisions";
import { attribute, h, linked, put, say } from "../../ui/dom";
import { clock, priced } from "../../ui/format";
import { fieldOf } from "../form/rules";
import { isInLine, sums } from "./arrange";
import { ask, type CardContext } from "./context";
import type { Entry } from "./shelf";

const words: Partial<Record<Take["state"], string>> = {
  queued: "Queued",
  submitting: "Sending",
  running: "Rendering",
  fetching: "Downloading",
};

/** The state of a take under way, in a word. */
export function stateWord(take: Take): string {
  return take.state === "running" && isInLine(take) ? "In line" : (words[take.state] ?? "");
}

/** The time since the click, counted on since the kernel last said it. */
export function timeOf({ take, heardAt }: Entry, words: (seconds: number) => string): string {
  const { elapsed } = take.peek();
  return typeof elapsed === "number" ? words(elapsed + Date.now() / 1000 - heardAt) : "";
}

/** The frame of a take under way: state in words, progress, and the time since the click. */
export function waiting({ view, entry, scope, tick }: CardContext): HTMLElement {
  const { take } = entry;
  const state = h("span", { class: "rs-state" });
  const text = h("span", { class: "rs-progress-text" });
  const time = h("span", { class: "rs-elapsed" });
  const bar = h("div", { class: "rs-bar", role: "progressbar", "aria-label": "Progress" }, h("i"));

  scope.effect(() => say(state, stateWord(take.value)));
  const progress = computed(() => take.value.progress ?? null);
  scope.effect(() => {
    if (!view.core.usable.value) {
      say(text, "It continues without this page.");
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
    take.value;
    if (view.core.usable.value) say(time, timeOf(entry, clock));
  });
  return h(
    "div",
    { class: "rs-slate" },
    h("div", { class: "rs-slate-line" }, state, time),
    text,
    bar,
  );
}

/** The frame of a failed or cancelled take: what happened and what to do next. */
export function stopped({ view, entry, scope }: CardContext): HTMLElement {
  const title = h("span", { class: "rs-state" });
  const mark = icon("warn");
  const text = h("p", { class: "rs-what" });
  const where = h("p", { class: "rs-where" });
  const label = (parameter: string) => {
    const form = view.core.settings.providers.value.find(
      ({ id }) => id === entry.take.value.provider,
    );
    const name = fieldOf({ parameter, message: "" });
    if (name === "prompt") return "Prompt";
    return form?.fields.find((field) => field.name === name)?.label ?? parameter;
  };
  scope.effect(() => {
    const { state, error } = entry.take.value;
    const failed = state === "failed";
    mark.style.display = failed ? "" : "none";
    say(title, failed ? "Failed" : "Cancelled");
    put(text, ...linked(error?.message ?? (failed ? "No reason was given." : "")));
    say(where, error?.parameter ? `Concerns: ${label(error.parameter)}` : "");
  });
  return h(
    "div",
    { class: "rs-slate rs-message" },
    h("div", { class: "rs-slate-line" }, h("span", { class: "rs-mark" }, mark, title)),
    text,
    where,
  );
}

/** The frame of a take whose sending broke off. Only the user can settle it. */
export function uncertain(context: CardContext): HTMLElement {
  const { view, entry, scope } = context;
  const text = h("p", { class: "rs-what" });
  scope.effect(() => {
    const { backend, error } = entry.take.value;
    const who = backend || "the service";
    const known = error?.message;
    put(
      text,
      ...linked(known ?? `The connection broke while sending. ${who} may have started this job.`),
    );
  });

  const decide: Decide = (action, pressed, remoteId) => {
    const body = { job: entry.job, action, ...(remoteId ? { remoteId } : {}) };
    const answer = view.core.channel.ask("decide", body).then(({ value }) => value.message);
    return ask(context, answer, pressed);
  };
  const ways = decisions(decide, () => priced("Send again", sums([entry.take.peek()])));
  scope.effect(() => {
    ways.inert = !view.core.usable.value;
  });
  return h(
    "div",
    { class: "rs-slate rs-message" },
    h(
      "div",
      { class: "rs-slate-line" },
      h("span", { class: "rs-mark" }, icon("warn"), h("span", { class: "rs-state" }, "Uncertain")),
    ),
    text,
    ways,
  );
}
