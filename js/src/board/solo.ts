import { computed, untracked } from "@preact/signals-core";
import { probeImage } from "../kernel/media";
import type { Take } from "../kernel/messages";
import { attribute, button, h, linked, put, say } from "../ui/dom";
import { megabytes, snake } from "../ui/format";
import { glyph, PLAYER } from "../ui/icons";
import { marksOf } from "../ui/judging";
import type { Scope } from "../ui/scope";
import { wordsOf } from "./cell";
import type { View } from "./view";

/** One take alone, as large as there is room, with what is known of it. */
export function solo(view: View): HTMLElement {
  const { scope } = view;
  const root = h("section", {
    class: "rs-bd-solo",
    "aria-label": "One take",
    tabindex: -1,
    hidden: true,
  });
  scope.each(
    () => view.solo.value,
    (number, part) => {
      root.hidden = number === null;
      put(root);
      if (number === null) return;
      put(root, stage(view, number, root, part), facts(view, number, part));
      untracked(() => {
        view.reel.stop();
        view.reel.clock.seek(0);
        view.reel.cast.value = [number];
        const still = window.matchMedia?.("(prefers-reduced-motion: reduce)").matches;
        if (!still && view.core.cell(number).peek()?.state === "completed") view.reel.clock.play();
      });
      // The grid is hidden and has lost the focus; keys are pressed here.
      root.focus({ preventScroll: true });
      part.add(() => view.reel.stop());
    },
  );
  return root;
}

function stage(view: View, number: number, place: HTMLElement, scope: Scope): HTMLElement {
  const { core, reel } = view;
  const take = core.cell(number);
  const frame = h("div", { class: "rs-bd-frame" });
  const state = h("p", { class: "rs-player-state", role: "status" });
  const root = h("div", { class: "rs-bd-stage" }, frame, state);
  scope.effect(() => {
    const now = take.value;
    const ratio = now?.width && now.height ? now.width / now.height : core.ratio(number);
    place.style.setProperty("--rs-ratio", ratio.toFixed(4));
    attribute(root, "data-state", now?.state ?? "empty");
    say(
      state,
      now?.state === "completed"
        ? ""
        : [wordsOf(now), now?.progress?.text].filter(Boolean).join(": "),
    );
  });
  scope.each(
    () => (take.value?.state === "completed" ? take.value.job : null),
    (job, part) => {
      const now = take.peek();
      put(frame);
      if (job === null || !now) return;
      const picture = h("img", { class: "rs-bd-still", alt: view.name(number) });
      frame.append(picture);
      core.media.open(now, "poster", probeImage(picture, part.signal), part).catch(() => {});
    },
  );
  const wanted = computed(() => (reel.cast.value.includes(number) ? "clock" : null));
  reel.screen(frame, wanted, take, scope, (message) => say(state, message), false);
  scope.listen(frame, "click", () => reel.toggle());
  return root;
}

function facts(view: View, number: number, scope: Scope): HTMLElement {
  const take = view.core.cell(number);
  const close = button(
    glyph(PLAYER.close),
    () => {
      view.solo.value = null;
      view.focus();
    },
    { look: "icon", "aria-label": "Back to the board", title: "Back to the board (Escape)" },
  );
  const name = h("strong", { class: "rs-bd-name" }, view.name(number));
  const said = h("p", { class: "rs-bd-marks" });
  const prompt = h("p", { class: "rs-bd-prompt" });
  const error = h("p", { class: "rs-error" });
  const list = h("dl", {});
  const notes = h("ul", { class: "rs-notes" });
  scope.effect(() => {
    const now = take.value;
    say(prompt, now?.prompt ?? "");
    prompt.hidden = !now?.prompt;
    put(error, ...linked(now?.error?.message ?? ""));
    put(notes, ...(now?.notes ?? []).map((note) => h("li", {}, note)));
    put(list, ...(now ? rows(now) : []).flatMap(row));
    const { pick, stars, tags, note } = marksOf(now);
    const words = [
      pick !== null && (pick ? "✓ picked" : "✕ rejected"),
      stars !== null && "★".repeat(stars),
      tags.join(", "),
      note,
    ];
    say(said, words.filter(Boolean).join(" · "));
    said.hidden = said.textContent === "";
  });
  return h(
    "div",
    {
      class: "rs-bd-facts",
      tabindex: 0,
      role: "group",
      "aria-label": "What is known of this take",
    },
    h("div", { class: "rs-bd-line" }, name, close),
    said,
    error,
    prompt,
    list,
    notes,
  );
}

function rows(take: Take): [string, string][] {
  const { prompt: _, ...params } = take.params;
  const facts = (take.facts ?? []).join(" · ");
  const given = Object.entries(params).map(([name, value]): [string, string] => [
    snake(name).replaceAll("_", " "),
    typeof value === "string" ? value : JSON.stringify(value),
  ]);
  const file = take.bytes ? [["file", megabytes(take.bytes)] as [string, string]] : [];
  const backend = take.backend ? [["backend", take.backend] as [string, string]] : [];
  const origin = take.parent ? [["made from", take.parent] as [string, string]] : [];
  return [["video", facts], ...backend, ...given, ...file, ...origin, ["job", take.job]];
}

function row([name, value]: [string, string]): HTMLElement[] {
  const shown = h("dd", {});
  say(shown, value);
  return [h("dt", {}, name), shown];
}
