import { signal } from "@preact/signals-core";
import { attribute, button, h, put, say } from "../dom";
import { icon } from "../icons";
import { probeImage, probeVideo, sourceNames } from "../media";
import { type Take, unfinished } from "../protocol";
import type { Scope } from "../scope";
import type { Deck } from "./deck";
import { factsOf } from "./facts";
import { holdAt, USUAL_FPS } from "./timeline";

const LONGEST_SHIFT = 30;

/** One take: its picture, its name and facts, and where it begins. */
export function cell(deck: Deck, job: string, scope: Scope): HTMLElement {
  const video = h("video", { class: "rs-video", preload: "auto", playsinline: true });
  video.muted = true;
  video.disablePictureInPicture = true;
  const state = h("p", { class: "rs-cmp-state" });
  const name = h("span", { class: "rs-cmp-name" });
  const held = h("span", { class: "rs-cmp-held" });
  const speaker = button(icon("silent"), () => deck.hear(job), { look: "icon" });
  const frame = h(
    "div",
    { class: "rs-cmp-frame", "data-jp-suppress-context-menu": true },
    h("div", { class: "rs-cmp-picture" }, video),
    name,
    speaker,
    held,
    state,
  );
  const title = h("strong", {});
  const facts = h("span", { class: "rs-cmp-facts" });
  const shift = h("input", {
    type: "number",
    class: "rs-input",
    step: 0.01,
    min: -LONGEST_SHIFT,
    max: LONGEST_SHIFT,
    value: "0",
    title: "Seconds of this take that are skipped; below 0 it begins later",
  });
  const moved = h(
    "label",
    { class: "rs-cmp-shift" },
    h("span", {}, "Offset"),
    shift,
    h("span", {}, "s"),
  );
  const caption = h(
    "figcaption",
    { class: "rs-cmp-caption" },
    h("span", { class: "rs-cmp-title" }, title),
    facts,
    moved,
  );
  const root = h("figure", { class: "rs-cmp-cell", "data-job": job }, frame, caption);

  const loaded = signal(false);
  const near = signal(false);
  const take = () => deck.take(job);
  let opening: Scope | undefined;
  let offset = 0;

  function open(known: Take): void {
    const mine = scope.child();
    opening = mine;
    const ended = new AbortController();
    mine.add(() => ended.abort());
    if (known.poster) {
      // What stands there until a frame is decoded.
      // In the page, because Chromium keeps pictures that are loaded elsewhere.
      const still = h("img", { alt: "", hidden: true });
      frame.append(still);
      void deck.place.media.open(known, "poster", probeImage(still, ended.signal), mine).then(
        () => {
          if (!mine.ended) video.poster = still.src;
          still.remove();
        },
        () => still.remove(),
      );
    }
    const slow = mine.later(400, () => say(state, "Opening …"));
    void (async () => {
      try {
        const found = await deck.place.media.open(
          known,
          "video",
          probeVideo(video, ended.signal),
          mine,
          {
            signal: ended.signal,
            progress: (share) => say(state, `Fetching ${Math.round(share * 100)} %`),
          },
        );
        if (mine.ended) return;
        slow();
        say(state, "");
        frame.title = deck.blind.hidden ? "" : sourceNames[found.source];
        const length = Number.isFinite(video.duration) ? video.duration : known.durationSeconds;
        mine.add(
          deck.clock.join(job, video, {
            length: length || 0,
            fps: known.fps || USUAL_FPS,
            offset,
          }),
        );
        loaded.value = true;
      } catch (error) {
        if (mine.ended) return;
        slow();
        say(state, (error as Error).message);
        root.dataset.state = "failed";
      }
    })();
    // Browsers allow only so many decoders.
    mine.add(() => {
      loaded.value = false;
      video.pause();
      video.removeAttribute("src");
      video.load();
    });
  }

  // The frame, not the figure: in the views of two the figure has no box of its own.
  deck.viewport.watch(frame, scope, (visible) => {
    near.value = visible;
  });
  scope.each(
    () => {
      const known = take();
      const wanted = near.value && deck.shown.value.includes(job);
      return wanted && known?.state === "completed" ? JSON.stringify(known.video) : null;
    },
    (wanted) => {
      opening?.end();
      opening = undefined;
      const known = deck.place.takes.peek().find((one) => one.job === job);
      if (wanted && known) open(known);
    },
  );

  scope.effect(() => {
    const known = take();
    if (!known) return;
    attribute(root, "data-state", known.state);
    speaker.hidden = moved.hidden = known.state !== "completed";
    if (known.state !== "completed") say(state, waitingText(known));
    if (deck.blind.hidden) put(facts);
    else put(facts, ...factsOf(known).map((fact) => h("span", {}, fact)));
  });
  scope.effect(() => {
    const text = deck.title(job);
    say(name, text);
    say(title, text);
    video.setAttribute("aria-label", text);
    shift.setAttribute("aria-label", `Offset of ${text} in seconds`);
    const sounds = deck.audible.value === job;
    put(speaker, icon(sounds ? "sound" : "silent"));
    attribute(speaker, "aria-pressed", String(sounds));
    attribute(speaker, "aria-label", `Hear ${text}`);
    video.muted = !sounds;
  });
  // What is held is said a few times, not sixty times a second.
  let last = "";
  scope.effect(() => {
    const track = loaded.value && deck.clock.track(job);
    const position = deck.clock.position.value;
    // At its common end no take is held for another.
    const atEnd = position >= deck.clock.end.value;
    const hold = track && !atEnd ? holdAt(position, track) : "none";
    if (hold === last) return;
    last = hold;
    say(held, hold === "last" ? "Over: last frame" : hold === "first" ? "Not begun" : "");
  });
  shift.addEventListener("change", () => {
    const value = Number.isFinite(shift.valueAsNumber) ? shift.valueAsNumber : 0;
    offset = Math.min(LONGEST_SHIFT, Math.max(-LONGEST_SHIFT, value));
    shift.value = String(offset);
    deck.clock.shift(job, offset);
  });
  deck.zoom.wheel(frame, scope);
  deck.zoom.drag(frame, scope);
  return root;
}

function waitingText(take: Take): string {
  if (unfinished.has(take.state)) return take.progress?.text || "Waiting …";
  if (take.state === "cancelled") return "It was cancelled.";
  return take.error?.message || "It failed.";
}
