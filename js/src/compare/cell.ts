import { signal } from "@preact/signals-core";
import { probeImage, sourceTitles } from "../kernel/media";
import { type Take, unfinished } from "../kernel/messages";
import { attribute, button, h, put, say } from "../ui/dom";
import { glyph, PLAYER } from "../ui/icons";
import type { Scope } from "../ui/scope";
import type { Deck } from "./deck";
import { factsOf } from "./differences";
import { fills } from "./fit";
import { holdAt, type Track } from "./follower";
import { judged } from "./judge";
import { missed } from "./missed";
import { openTake } from "./opening";

const LATER = "The browser cannot stop at this frame; in a copy by rushes.media.fit(path) it can.";

/** One take: its picture, and under it its name and what is known of it. */
export function cell(deck: Deck, job: string, scope: Scope): HTMLElement {
  const video = h("video", { class: "rs-video", preload: "auto", playsinline: true });
  video.muted = true;
  video.disablePictureInPicture = true;
  const state = h("p", { class: "rs-cmp-state" });
  const name = h("strong", { class: "rs-cmp-name" });
  const held = h("span", { class: "rs-cmp-held" });
  const speaker = button(glyph(PLAYER.silent), () => deck.hear(job), { look: "icon" });
  const frame = h(
    "div",
    { class: "rs-cmp-frame", "data-jp-suppress-context-menu": true },
    h("div", { class: "rs-cmp-picture" }, video),
    state,
  );
  const facts = h("span", { class: "rs-cmp-facts" });
  const mark = h("span", { class: "rs-cmp-judge" });
  judged(mark, deck, job, scope);
  const caption = h("figcaption", { class: "rs-cmp-caption" }, speaker, name, held, mark, facts);
  const root = h("figure", { class: "rs-cmp-cell", "data-job": job }, frame, caption);

  const late = missed(deck.clock, job, video, scope);
  const loaded = signal(false);
  const near = signal(false);
  const take = () => deck.take(job);
  let opening: Scope | undefined;

  function open(known: Take): void {
    const mine = scope.child();
    opening = mine;
    const { signal: ended } = mine;
    const part = deck.part(known);
    // Of the file that was shown before.
    video.removeAttribute("poster");
    if (known.poster && part === "video") {
      // What stands there until a frame is decoded.
      // In the page, because Chromium keeps pictures that are loaded elsewhere.
      const still = h("img", { alt: "", hidden: true });
      frame.append(still);
      void deck.place.media.open(known, "poster", probeImage(still, ended), mine).then(
        () => {
          if (!mine.ended) video.poster = still.src;
          still.remove();
        },
        () => still.remove(),
      );
    }
    const slow = mine.later(400, () =>
      say(state, part === "video" ? "Opening …" : "Rendering without its provider's name …"),
    );
    const fail = (error: Error) => {
      if (mine.ended) return;
      slow();
      mine.end();
      say(state, error.message);
      root.dataset.state = "failed";
    };
    void (async () => {
      try {
        const { found, track } = await openTake(deck, known, video, mine, (share) =>
          say(state, `Fetching ${Math.round(share * 100)} %`),
        );
        if (mine.ended) return;
        // A browser may give a video up when it comes to a frame that lacks others.
        const lost = () => void deck.place.media.undecodable(known, part).then(fail);
        if (video.error) return lost();
        mine.listen(video, "error", lost);
        slow();
        say(state, "");
        frame.title = deck.blind.hidden ? "" : sourceTitles[found.source];
        deck.shape(job, video.videoWidth / video.videoHeight);
        const offset = deck.offsets.peek()[job] ?? 0;
        mine.add(deck.clock.join(job, video, { ...track, offset }));
        loaded.value = true;
      } catch (error) {
        fail(error as Error);
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
      if (!wanted || known?.state !== "completed") return null;
      return deck.part(known) + JSON.stringify(known.video);
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
    speaker.disabled = known.state !== "completed";
    if (known.state !== "completed") say(state, waitingText(known));
    const found = deck.blind.hidden ? [] : factsOf(known);
    put(facts, ...found.map((fact) => h("span", {}, fact)));
    caption.title = found.join(" · ");
  });
  scope.effect(() => {
    const text = deck.title(job);
    say(name, text);
    name.title = text;
    video.setAttribute("aria-label", text);
    const sounds = deck.audible.value === job;
    put(speaker, glyph(sounds ? PLAYER.sound : PLAYER.silent));
    attribute(speaker, "aria-pressed", String(sounds));
    attribute(speaker, "aria-label", `Hear ${text}`);
    speaker.title = `Hear ${text}`;
    video.muted = !sounds;
  });
  /** The scale at which its pixels are those of the screen. */
  let exact = 1;
  scope.effect(() => {
    const { width, height } = deck.layout.value;
    const ratio = deck.ratio(job);
    const full = fills(ratio, width / height);
    frame.classList.toggle("rs-cmp-full", full);
    // A take that nobody measured has its own pixels only when it is loaded.
    void loaded.value;
    const pixels = deck.take(job)?.width || video.videoWidth;
    const shown = full === ratio > width / height ? height * ratio : width;
    exact = pixels / (shown * window.devicePixelRatio) || 1;
    frame.style.setProperty("--rs-zoom", deck.zoom.transform(exact));
  });
  // What is held is said a few times, not sixty times a second.
  let last = "";
  scope.effect(() => {
    const track = loaded.value && deck.clock.track(job);
    const position = deck.clock.position.value;
    const hold = track ? holdText(position, track, deck.clock.end.value) : "";
    const text = hold || (late.value ? "A later frame" : "");
    if (text === last) return;
    last = text;
    say(held, text);
    held.title = hold || !text ? "" : LATER;
  });
  deck.zoom.wheel(frame, scope);
  deck.handle(frame, scope, { drag: ([dx, dy]) => deck.zoom.pan(dx, dy, exact) });
  return root;
}

/** The note on a take that does not run at a moment; of the longest at the very end nothing. */
export function holdText(position: number, track: Track, end: number): string {
  const hold = holdAt(position, track);
  if (hold === "first") return "Not begun";
  const isLongest = track.length - track.offset > end - 0.5 / track.fps;
  return hold === "last" && !isLongest ? "Ended: last frame" : "";
}

function waitingText(take: Take): string {
  if (unfinished.has(take.state)) return take.progress?.text || "Waiting …";
  if (take.state === "cancelled") return "It was cancelled.";
  return take.error?.message || "It failed.";
}
