import { signal } from "@preact/signals-core";
import { probeImage, probeVideo, sourceNames } from "../kernel/media";
import { type Take, unfinished } from "../kernel/messages";
import { icon } from "../ui/controls";
import { attribute, button, h, put, say } from "../ui/dom";
import type { Scope } from "../ui/scope";
import type { Deck } from "./deck";
import { factsOf } from "./differences";
import { holdAt, USUAL_FPS } from "./follower";
import { gestures } from "./zoom";

/** The pictures, arranged by the view. */
export function stage(deck: Deck): HTMLElement {
  const { scope, place } = deck;
  const handle = h("div", {
    class: "rs-cmp-handle",
    role: "slider",
    tabindex: 0,
    "aria-label": "Border between the two takes",
    "aria-valuemin": 0,
    "aria-valuemax": 100,
    "data-rs-arrows": true,
  });
  const over = h("div", { class: "rs-cmp-over" }, handle);
  const root = h("div", { class: "rs-cmp-stage" });
  const cells = new Map<string, { element: HTMLElement; scope: Scope }>();

  scope.effect(() => {
    const known = new Set(place.takes.value.map(({ job }) => job));
    for (const [job, { element, scope: own }] of cells) {
      if (known.has(job)) continue;
      own.end();
      element.remove();
      cells.delete(job);
    }
    const shown = deck.shown.value;
    const order = [...shown, ...[...known].filter((job) => !shown.includes(job))];
    order.forEach((job, index) => {
      let made = cells.get(job);
      if (!made) {
        const own = scope.child();
        made = { element: cell(deck, job, own), scope: own };
        cells.set(job, made);
      }
      made.element.hidden = !shown.includes(job);
      attribute(made.element, "data-side", shown.indexOf(job));
      // A video that is moved in the page stops, so only what stands wrong is moved.
      if (root.children[index] !== made.element) {
        root.insertBefore(made.element, root.children[index] ?? null);
      }
    });
    if (root.lastChild !== over) root.append(over);
  });

  scope.effect(() => {
    const view = deck.view.value;
    attribute(root, "data-view", view);
    over.hidden = view !== "wipe" && view !== "difference";
    handle.hidden = view !== "wipe";
    attribute(root, "data-side", deck.side.value);
    const count = deck.shown.value.length;
    const columns = Math.min(count, place.columns.value || usualColumns(count)) || 1;
    root.style.setProperty("--rs-columns", String(columns));
    root.style.setProperty("--rs-few", String(Math.min(columns, 2)));
    const ratios = deck.shown.value.map((job) => {
      const take = deck.take(job);
      return take?.width && take.height ? take.width / take.height : 16 / 9;
    });
    root.style.setProperty("--rs-ratio", Math.max(0.4, ...ratios).toFixed(4));
  });
  scope.effect(() => {
    root.style.setProperty("--rs-zoom", deck.zoom.transform.value);
    root.classList.toggle("rs-zoomed", deck.zoom.scale.value > 1);
  });
  scope.effect(() => {
    const percent = Math.round(deck.wipe.value * 1000) / 10;
    root.style.setProperty("--rs-wipe", `${percent}%`);
    attribute(handle, "aria-valuenow", Math.round(percent));
  });
  scope.effect(() => root.style.setProperty("--rs-gain", String(deck.gain.value)));

  deck.zoom.wheel(over, scope);
  gestures(over, scope, {
    // The border is drawn over the picture; in the other view nothing is in the way of moving it.
    drag([dx, dy], [x]) {
      if (deck.view.peek() === "difference") deck.zoom.pan(dx, dy);
      else deck.wipe.value = Math.min(1, Math.max(0, x));
    },
    pinch: deck.zoom.pinch,
  });
  scope.listen(handle, "keydown", (event) => {
    const { key, shiftKey } = event as KeyboardEvent;
    const by = shiftKey ? 0.1 : 0.01;
    const to: Record<string, number> = {
      ArrowLeft: deck.wipe.peek() - by,
      ArrowRight: deck.wipe.peek() + by,
      Home: 0,
      End: 1,
    };
    const next = to[key];
    if (next === undefined) return;
    event.preventDefault();
    deck.wipe.value = Math.min(1, Math.max(0, next));
  });
  return root;
}

/** Two rows look better than one long one. */
export function usualColumns(count: number): number {
  if (count <= 3) return count;
  return count === 4 ? 2 : 3;
}

const LONGEST_SHIFT = 30;

/** One take: its picture, its name and facts, and where it begins. */
export function cell(deck: Deck, job: string, scope: Scope): HTMLElement {
  const video = h("video", { class: "rs-video", preload: "auto", playsinline: true });
  video.muted = true;
  video.disablePictureInPicture = true;
  const state = h("p", { class: "rs-cmp-state" });
  const name = h("span", { class: "rs-cmp-name" });
  const held = h("span", { class: "rs-cmp-held" });
  const speaker = button(icon("silent"), () => deck.hear(job), {
    class: "rs-button rs-icon rs-on-picture",
  });
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
    const { signal: ended } = mine;
    if (known.poster) {
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
    const slow = mine.later(400, () => say(state, "Opening …"));
    void (async () => {
      try {
        const found = await deck.place.media.open(known, "video", probeVideo(video, ended), mine, {
          signal: ended,
          progress: (share) => say(state, `Fetching ${Math.round(share * 100)} %`),
        });
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
