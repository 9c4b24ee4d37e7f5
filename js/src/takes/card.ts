import { computed, type ReadonlySignal } from "@preact/signals-core";
import { h, put, say } from "../dom";
import { ago, ratioOf } from "../format";
import { type Take, unfinished } from "../protocol";
import type { Scope } from "../scope";
import type { View } from "../view";
import { actions } from "./actions";
import type { CardContext } from "./context";
import { details } from "./details";
import { facts } from "./facts";
import { player } from "./player";
import type { Entry } from "./shelf";
import { stopped } from "./stopped";
import { uncertain } from "./uncertain";
import { waiting } from "./waiting";

type Phase = "waiting" | "completed" | "stopped" | "uncertain";

/**
 * Fill a card with a take. Its frame has the aspect ratio of the video from the first moment and holds whatever the
 * state has to say, so that nothing around it moves when the state changes.
 */
export function card(
  root: HTMLElement,
  view: View,
  entry: Entry,
  tick: ReadonlySignal<number>,
  minute: ReadonlySignal<number>,
  scope: Scope,
): void {
  const { take } = entry;
  const context = (part: Scope): CardContext => ({ view, entry, scope: part, tick, minute });
  const frame = h("div", { class: "rs-frame" });
  const name = h("span", { class: "rs-card-name" });
  const age = h("time", { class: "rs-card-age" });
  const line = h("p", { class: "rs-facts" });
  const notes = h("ul", { class: "rs-notes" });
  const remark = h("p", { class: "rs-remark" });
  const row = h("div", { class: "rs-actions" });
  const { element: prompt, summary } = details(context(scope));
  put(
    root,
    frame,
    h("div", { class: "rs-card-head" }, name, age),
    prompt,
    line,
    notes,
    remark,
    row,
  );

  const phase = computed<Phase>(() => {
    const { state } = take.value;
    if (unfinished.has(state)) return "waiting";
    return state === "completed" || state === "uncertain" ? state : "stopped";
  });
  scope.each(
    () => phase.value,
    (now, part) => {
      const parts = { waiting, completed: player, stopped, uncertain };
      put(frame, parts[now](context(part)));
    },
  );

  const ratio = computed(() => ratioOfTake(take.value).toFixed(4));
  scope.effect(() => frame.style.setProperty("--rs-ratio", ratio.value));
  scope.effect(() => root.setAttribute("data-state", take.value.state));
  scope.effect(() => {
    minute.value;
    const { provider, providerTitle, mode, createdAt, prompt: words } = take.value;
    say(name, providerTitle || provider);
    root.setAttribute("aria-label", `Take by ${providerTitle || provider}: ${words || mode}`);
    age.dateTime = new Date(createdAt * 1000).toISOString();
    age.title = new Date(createdAt * 1000).toLocaleString();
    say(age, ago(createdAt, Date.now() / 1000));
    say(summary, words || promptOfScenes(take.value) || "No prompt");
    age.hidden = unfinished.has(take.value.state);
  });
  scope.each(
    () => JSON.stringify(take.value.notes ?? []),
    (text) => put(notes, ...(JSON.parse(text) as string[]).map((note) => h("li", {}, note))),
  );
  scope.effect(() => say(remark, entry.remark.value));
  facts(line, context(scope));
  actions(row, context(scope));
}

/** Width to height: measured or expected pixels, else what was asked for. */
export function ratioOfTake(take: Take): number {
  if (take.width && take.height) return take.width / take.height;
  return ratioOf(take.params?.aspectRatio) ?? 16 / 9;
}

function promptOfScenes(take: Take): string {
  const scenes = take.params?.multiPrompt;
  if (!Array.isArray(scenes)) return "";
  return scenes.map((scene) => String(scene?.prompt ?? "")).join(" / ");
}
