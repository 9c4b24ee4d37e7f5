import { computed } from "@preact/signals-core";
import { probeVideo } from "../kernel/media";
import { icon } from "../ui/controls";
import { attribute, button, h, put, say } from "../ui/dom";
import { timecode } from "../ui/format";
import type { Scope } from "../ui/scope";
import { SPEEDS } from "./clock";
import type { Deck } from "./deck";

/** Times a second that the position is drawn while it moves. */
const OFTEN = 12;

/** Play, step, scrub, loop, pace: what drives the clock. */
export function transport(deck: Deck): HTMLElement {
  const { clock, scope } = deck;
  const play = button(icon("play"), () => clock.toggle(), { look: "icon" });
  const time = h("span", { class: "rs-cmp-time" });
  const scrub = h("input", {
    type: "range",
    class: "rs-cmp-scrub",
    min: 0,
    step: "any",
    value: 0,
    "aria-label": "Position",
    oninput: () => clock.seek(scrub.valueAsNumber),
  });
  const range = h("div", { class: "rs-cmp-range" });
  const head = h("div", { class: "rs-cmp-head" });
  const loop = button(
    icon("loop"),
    () => {
      clock.loop.value = !clock.loop.peek();
    },
    { look: "icon", "aria-label": "Loop", title: "Loop (R)" },
  );
  const from = button("In", () => clock.mark("from"), {
    look: "ghost",
    title: "The loop begins here (I)",
    "aria-label": "In: the loop begins here",
  });
  const to = button("Out", () => clock.mark("to"), {
    look: "ghost",
    title: "The loop ends here (O)",
    "aria-label": "Out: the loop ends here",
  });
  const speed = h(
    "select",
    {
      class: "rs-input rs-cmp-speed",
      "aria-label": "Speed",
      onchange: () => clock.pace(Number(speed.value)),
    },
    ...SPEEDS.map((value) => h("option", { value }, `${value}×`)),
  );
  const root = h(
    "div",
    { class: "rs-cmp-transport" },
    h("div", { class: "rs-cmp-track" }, filmstrip(deck), range, head, scrub),
    h(
      "div",
      { class: "rs-cmp-buttons" },
      button(icon("back"), () => clock.frames(-1), {
        look: "icon",
        "aria-label": "One frame back",
        title: "One frame back (←)",
      }),
      play,
      button(icon("on"), () => clock.frames(1), {
        look: "icon",
        "aria-label": "One frame forward",
        title: "One frame forward (→)",
      }),
      time,
      h("span", { class: "rs-cmp-gap" }),
      from,
      to,
      loop,
      speed,
    ),
  );

  scope.effect(() => {
    const playing = clock.playing.value;
    put(play, icon(playing ? "pause" : "play"));
    attribute(play, "aria-label", playing ? "Pause" : "Play");
    play.title = `${playing ? "Pause" : "Play"} (Space)`;
  });
  scope.effect(() => attribute(loop, "aria-pressed", String(clock.loop.value)));
  scope.effect(() => {
    const end = clock.end.value;
    scrub.max = String(end || 1);
    scrub.disabled = end === 0;
    play.disabled = end === 0;
    const [first, last] = [clock.from.value, clock.to.value];
    attribute(from, "aria-pressed", String(first !== null));
    attribute(to, "aria-pressed", String(last !== null));
    range.hidden = first === null && last === null;
    range.style.left = `${end ? ((first ?? 0) / end) * 100 : 0}%`;
    range.style.right = `${end ? (1 - (last ?? end) / end) * 100 : 0}%`;
  });
  // While many takes play, drawing this as often as they are drawn would cost some of their frames.
  const shown = computed(() => {
    const position = clock.position.value;
    return clock.playing.value ? Math.floor(position * OFTEN) / OFTEN : position;
  });
  scope.effect(() => {
    const position = shown.value;
    const end = clock.end.value;
    scrub.valueAsNumber = position;
    attribute(scrub, "aria-valuetext", hundredths(position));
    head.style.left = `${end ? Math.min(1, position / end) * 100 : 0}%`;
    const frame = Math.floor(position / clock.step + 1e-4);
    say(time, `${hundredths(position)} / ${hundredths(end)} · frame ${frame}`);
  });
  scope.effect(() => {
    speed.value = String(clock.speed.value);
  });
  return root;
}

/** `0:07.25`. */
export function hundredths(seconds: number): string {
  const whole = Math.round(Math.max(0, seconds) * 100);
  return `${timecode(Math.floor(whole / 100))}.${String(whole % 100).padStart(2, "0")}`;
}

const PICTURES = 12;
const HEIGHT = 40;
/** A strip is for looking something up, so it waits until the takes themselves are there. */
const LATER = 600;

/**
 * Pictures of the take that ends last, behind the scrub bar. A video of its own takes them while
 * nothing plays, and is emptied afterwards: decoders are few.
 */
export function filmstrip(deck: Deck): HTMLElement {
  const { scope, clock } = deck;
  const canvas = h("canvas", { class: "rs-cmp-strip", "aria-hidden": "true" });
  let done = "";
  scope.each(
    () => {
      const job = longest(deck);
      const free = !clock.playing.value && clock.end.value > 0;
      return job && free ? `${job} ${clock.end.value} ${clock.track(job)?.offset}` : null;
    },
    (wanted, own) => {
      if (!wanted || wanted === done) return;
      own.later(LATER, () => {
        const job = wanted.split(" ")[0] as string;
        void draw(deck, job, canvas, own)
          .then((whole) => {
            if (whole) done = wanted;
          })
          .catch(() => {}); // A bar without pictures works as well.
      });
    },
  );
  return canvas;
}

function longest(deck: Deck): string | null {
  // The end of the clock changes with the tracks.
  void deck.clock.end.value;
  let found: string | null = null;
  let last = 0;
  for (const job of deck.shown.value) {
    const track = deck.clock.track(job);
    if (!track || track.length - track.offset <= last) continue;
    [found, last] = [job, track.length - track.offset];
  }
  return found;
}

async function draw(
  deck: Deck,
  job: string,
  canvas: HTMLCanvasElement,
  scope: Scope,
): Promise<boolean> {
  const take = deck.place.takes.peek().find((one) => one.job === job);
  const track = deck.clock.track(job);
  if (!take || !track) return false;
  const mine = scope.child();
  const video = h("video", { preload: "auto" });
  video.muted = true;
  const { signal } = mine;
  mine.add(() => {
    video.removeAttribute("src");
    video.load();
  });
  try {
    await deck.place.media.open(take, "video", probeVideo(video, signal), mine, {
      signal,
    });
    const context = canvas.getContext("2d");
    if (!context || mine.ended) return false;
    const width = Math.round((HEIGHT * video.videoWidth) / Math.max(1, video.videoHeight));
    canvas.width = PICTURES * width;
    canvas.height = HEIGHT;
    const end = deck.clock.end.peek();
    for (let i = 0; i < PICTURES; i++) {
      const moment = ((i + 0.5) / PICTURES) * end + track.offset;
      if (moment < 0) continue;
      await sought(video, Math.min(moment, track.length - 0.5 / track.fps), signal);
      if (mine.ended) return false;
      context.drawImage(video, i * width, 0, width, HEIGHT);
    }
    return true;
  } finally {
    mine.end();
  }
}

function sought(video: HTMLVideoElement, time: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = () => {
      video.removeEventListener("seeked", good);
      signal.removeEventListener("abort", bad);
    };
    const good = () => {
      end();
      resolve();
    };
    const bad = () => {
      end();
      reject(new Error("no longer wanted"));
    };
    signal.addEventListener("abort", bad);
    video.addEventListener("seeked", good);
    video.currentTime = time;
  });
}
