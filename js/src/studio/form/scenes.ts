import { signal } from "@preact/signals-core";
import type { Scene } from "../../kernel/messages";
import { icon } from "../../ui/controls";
import { button, h, put, say } from "../../ui/dom";
import type { Scope } from "../../ui/scope";
import type { Control, FieldContext } from "./control";
import { promptNeeded, standing } from "./rules";

const LENGTH_WITHOUT_DURATION = 5;

/** Scenes with a prompt each, on a timeline whose borders move in whole seconds. */
export function shots(context: FieldContext): Control {
  const { field, scope, view } = context;
  const { settings } = view.core;
  const limit = field.maxItems ?? Number.POSITIVE_INFINITY;
  const held = () => (context.value() as Scene[] | undefined) ?? [];
  const change = (scenes: Scene[]) => context.set(scenes.length > 0 ? scenes : undefined);
  const total = () => {
    const duration = settings.form.value?.fields.find(({ name }) => name === "durationSeconds");
    const value = duration && standing(duration, settings.values.value);
    return typeof value === "number" ? value : null;
  };

  const bar = h("div", { class: "rs-timeline" });
  const rows = h("ol", { class: "rs-rows" });
  const count = signal(0);
  scope.effect(() => {
    count.value = held().length;
  });
  // Scenes follow the video's length.
  scope.effect(() => {
    const seconds = total();
    const scenes = held();
    if (seconds !== null && scenes.length > 0 && sum(scenes) !== seconds) {
      change(fitted(scenes, seconds));
    }
  });
  scope.each(
    () => count.value,
    (length, part) => {
      bar.hidden = length === 0;
      put(bar, ...Array.from({ length }, (_, index) => segment(index, index < length - 1, part)));
      put(rows, ...Array.from({ length }, (_, index) => row(index, length, part)));
    },
  );

  function segment(index: number, border: boolean, part: Scope): HTMLElement {
    const label = h("span");
    const box = h("div", { class: "rs-scene" }, label);
    part.effect(() => {
      const seconds = held()[index]?.durationSeconds ?? 0;
      box.style.flexGrow = String(seconds);
      say(label, `${seconds} s`);
    });
    if (border) box.append(handle(index, part));
    return box;
  }

  function handle(index: number, part: Scope): HTMLElement {
    const grip = h("div", {
      class: "rs-grip",
      role: "slider",
      tabindex: 0,
      "aria-label": `Boundary between shots ${index + 1} and ${index + 2}`,
      "aria-valuemin": 1,
    });
    part.effect(() => {
      const scenes = held();
      const here = scenes[index]?.durationSeconds ?? 0;
      grip.setAttribute("aria-valuenow", String(here));
      grip.setAttribute(
        "aria-valuemax",
        String(here + (scenes[index + 1]?.durationSeconds ?? 1) - 1),
      );
      grip.setAttribute("aria-valuetext", `Shot ${index + 1}: ${here} s`);
    });
    grip.addEventListener("keydown", (event) => {
      const by = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 }[event.key];
      if (!by) return;
      event.preventDefault();
      change(moved(held(), index, by));
    });
    grip.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      grip.focus();
      grip.setPointerCapture(event.pointerId);
    });
    grip.addEventListener("pointermove", (event) => {
      if (!grip.hasPointerCapture(event.pointerId)) return;
      const box = bar.getBoundingClientRect();
      const scenes = held();
      const at = Math.round(((event.clientX - box.left) / box.width) * sum(scenes));
      const now = sum(scenes.slice(0, index + 1));
      if (at !== now) change(moved(scenes, index, at - now));
    });
    return grip;
  }

  function row(index: number, length: number, part: Scope): HTMLElement {
    const input = h("textarea", {
      class: "rs-input rs-grow",
      rows: 1,
      placeholder: `What happens in shot ${index + 1}`,
      "aria-label": `Prompt of shot ${index + 1}`,
      oninput: () => {
        change(held().map((shot, at) => (at === index ? { ...shot, prompt: input.value } : shot)));
      },
    });
    const seconds = h("span", { class: "rs-aside" });
    part.effect(() => {
      const shot = held()[index];
      if (!shot) return;
      if (input.value !== shot.prompt) input.value = shot.prompt;
      say(seconds, `${shot.durationSeconds} s`);
    });
    const remove = button(icon("close"), () => take(index), {
      look: "icon",
      "aria-label": length > 1 ? `Remove shot ${index + 1}` : "Remove the shots",
    });
    return h(
      "li",
      { class: "rs-row" },
      h("b", { class: "rs-number" }, index + 1),
      input,
      seconds,
      remove,
    );
  }

  /** Services take either one prompt or scenes, so the text moves between the two. */
  function begin(): void {
    const first = {
      prompt: settings.prompt.peek(),
      durationSeconds: total() ?? LENGTH_WITHOUT_DURATION,
    };
    const forms = settings.forms.peek();
    const takesScenes = forms.every((form) => form.fields.some(({ name }) => name === field.name));
    const needed = forms.some((form) =>
      promptNeeded(form, settings.mode.peek(), { [field.name]: true }),
    );
    // A provider without scenes still goes by the prompt.
    if (takesScenes && !needed) settings.prompt.value = "";
    change(split([first]) ?? [first]);
  }

  function take(index: number): void {
    const scenes = held();
    const [last] = scenes;
    if (scenes.length === 1 && last && settings.prompt.peek() === "") {
      settings.prompt.value = last.prompt;
    }
    change(without(scenes, index));
  }

  const add = button(
    "",
    () => {
      const scenes = held();
      const more = split(scenes);
      if (scenes.length === 0) begin();
      else if (more) change(more);
    },
    { look: "ghost" },
  );
  scope.effect(() => {
    const scenes = held();
    put(add, icon("plus"), scenes.length > 0 ? "Add" : "Split into shots");
    add.setAttribute("aria-label", scenes.length > 0 ? "Add shot" : "Split into shots");
    add.disabled = scenes.length >= limit || (scenes.length > 0 && split(scenes) === null);
  });
  const aside = () => {
    const scenes = held();
    return scenes.length > 0 && field.maxItems ? `${scenes.length} / ${field.maxItems}` : "";
  };
  return { body: h("div", { class: "rs-stack" }, bar, rows), aside, action: add };
}

/** Arithmetic of scenes: whole seconds that always add up to the video's length. */

/** The scenes stretched or cut to `total`, from the last one backwards; each keeps a second. */
export function fitted(shots: readonly Scene[], total: number): Scene[] {
  const out = shots.slice(0, Math.max(1, total)).map((shot) => ({ ...shot }));
  let rest = total - sum(out);
  for (let i = out.length - 1; i >= 0 && rest !== 0; i--) {
    const shot = out[i] as Scene;
    const next = Math.max(1, shot.durationSeconds + rest);
    rest -= next - shot.durationSeconds;
    shot.durationSeconds = next;
  }
  return out;
}

/** Halve the longest scene, or null when every scene has but one second. */
export function split(shots: readonly Scene[]): Scene[] | null {
  let longest = 0;
  shots.forEach((shot, index) => {
    if (shot.durationSeconds > (shots[longest]?.durationSeconds ?? 0)) longest = index;
  });
  const shot = shots[longest];
  if (!shot || shot.durationSeconds < 2) return null;
  const second = Math.floor(shot.durationSeconds / 2);
  return [
    ...shots.slice(0, longest),
    { ...shot, durationSeconds: shot.durationSeconds - second },
    { prompt: "", durationSeconds: second },
    ...shots.slice(longest + 1),
  ];
}

/** Take a scene out; its neighbour before it (for the first, after it) gets its time. */
export function without(shots: readonly Scene[], index: number): Scene[] {
  const gone = shots[index];
  const heir = index > 0 ? index - 1 : 1;
  return shots
    .map((shot, at) =>
      at === heir && gone
        ? { ...shot, durationSeconds: shot.durationSeconds + gone.durationSeconds }
        : shot,
    )
    .filter((_, at) => at !== index);
}

/** Move the border after scene `index` by whole seconds, as far as both neighbours allow. */
export function moved(shots: readonly Scene[], index: number, by: number): Scene[] {
  const before = shots[index];
  const after = shots[index + 1];
  if (!before || !after) return [...shots];
  const step = Math.max(1 - before.durationSeconds, Math.min(after.durationSeconds - 1, by));
  return shots.map((shot, at) => {
    if (at === index) return { ...shot, durationSeconds: shot.durationSeconds + step };
    if (at === index + 1) return { ...shot, durationSeconds: shot.durationSeconds - step };
    return shot;
  });
}

export function sum(shots: readonly Scene[]): number {
  return shots.reduce((all, shot) => all + shot.durationSeconds, 0);
}
