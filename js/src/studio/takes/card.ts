import { computed, type ReadonlySignal } from "@preact/signals-core";
import { type Take, unfinished } from "../../kernel/messages";
import { attribute, button, h, linked, put, say } from "../../ui/dom";
import { ago, megabytes, modeTitle, ratioOf } from "../../ui/format";
import { marksOf, marksWords } from "../../ui/judging";
import type { Scope } from "../../ui/scope";
import type { View } from "../core";
import { actions } from "./actions";
import { type CardContext, goTo } from "./context";
import { pickOf, remarks, signs } from "./judge";
import { player } from "./player";
import { type Entry, phaseOf } from "./shelf";
import { stopped, uncertain, waiting } from "./states";

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
  const sign = h("span", { class: "rs-signs", role: "img" });
  const judged = h("div", { class: "rs-judged" });
  const notes = h("ul", { class: "rs-notes" });
  const remark = h("p", { class: "rs-remark" });
  const row = h("div", { class: "rs-actions" });
  const { element: prompt, summary } = details(context(scope));
  put(
    root,
    frame,
    h("div", { class: "rs-card-head" }, name, sign, age),
    prompt,
    line,
    judged,
    notes,
    remark,
    row,
  );

  const phase = computed(() => phaseOf(take.value.state));
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
    const judgements = marksWords(marksOf(take.value));
    const label = `Take by ${providerTitle || provider}: ${words || mode}`;
    root.setAttribute("aria-label", judgements ? `${label}. ${judgements}` : label);
    attribute(root, "data-pick", pickOf(take.value));
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
  scope.effect(() => put(remark, ...linked(entry.remark.value)));
  facts(line, context(scope));
  signs(sign, context(scope));
  remarks(judged, context(scope));
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

/** The prompt, two lines of it; a click shows the whole of it and every parameter. */
export function details({ entry, scope }: CardContext): {
  element: HTMLElement;
  summary: HTMLElement;
} {
  const summary = h("span", { class: "rs-card-prompt" });
  const list = h("dl", {});
  const element = h(
    "details",
    { class: "rs-details" },
    h("summary", { title: "Show every parameter" }, summary),
    list,
  );
  const fill = () => put(list, ...rows(entry.take.peek()).flatMap(row));
  // Built when opened: two hundred closed cards need no tables.
  element.addEventListener("toggle", () => {
    if (element.open) fill();
  });
  scope.each(
    () => entry.take.value.params,
    () => {
      if (element.open) fill();
    },
  );
  return { element, summary };
}

function rows(take: Take): [string, string][] {
  const { prompt: _, ...params } = take.params;
  const given = Object.entries(params).map(([name, value]): [string, string] => [
    name,
    typeof value === "string" ? value : JSON.stringify(value),
  ]);
  if (take.fps) given.push(["frames a second", String(Number(take.fps.toFixed(3)))]);
  if (take.bytes) given.push(["file", megabytes(take.bytes)]);
  return [...given, ["job", take.job]];
}

function row([name, value]: [string, string]): HTMLElement[] {
  const shown = h("dd", {});
  say(shown, value);
  return [h("dt", {}, name), shown];
}

/** One line of measured facts; of a take under way, what is expected. */
export function facts(line: HTMLElement, { view, entry, scope }: CardContext): void {
  scope.effect(() => {
    const take = entry.take.value;
    put(line, ...factsOf(take).map((part) => h("span", {}, part)), origin(view, take));
  });
}

/** What a take is made from: a way to that card where it is listed. */
function origin({ core }: View, { parent }: Take): HTMLElement | null {
  if (!parent) return null;
  const take = core.shelf.get(parent)?.take.peek();
  const words = `made from ${take?.prompt || take?.providerTitle || parent}`;
  if (!take) return h("span", { class: "rs-origin", title: words }, words);
  const way = button(words, () => goTo(way, parent), {
    look: "ghost",
    class: "rs-button rs-ghost rs-origin",
    title: words,
  });
  return way;
}

function factsOf({ mode, backend, facts = [] }: Take): string[] {
  return [[modeTitle(mode), backend].filter(Boolean).join(" · "), ...facts];
}
