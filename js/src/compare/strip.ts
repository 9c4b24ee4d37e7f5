import { signal } from "@preact/signals-core";
import { h } from "../ui/dom";
import { type Scope, whenResized } from "../ui/scope";
import type { Deck, Loudness } from "./deck";
import { moments } from "./photos";

/** A strip is for looking something up, so it waits until the takes themselves are there. */
const LATER = 600;

const MOST_DENSE = 2;

/** A canvas as large as its box, drawn again when that changes or what it reads. */
function drawn(
  scope: Scope,
  name: string,
  draw: (context: CanvasRenderingContext2D, width: number, height: number) => void,
): { canvas: HTMLCanvasElement; width: () => number; again: () => void } {
  const canvas = h("canvas", { class: name, "aria-hidden": "true" });
  const width = signal(0);
  const round = signal(0);
  scope.effect(() => {
    void round.value;
    const context = width.value > 0 ? canvas.getContext("2d") : null;
    if (!context) return;
    const dense = Math.min(MOST_DENSE, window.devicePixelRatio || 1);
    const high = canvas.clientHeight;
    canvas.width = Math.round(width.value * dense);
    canvas.height = Math.round(high * dense);
    context.scale(dense, dense);
    draw(context, width.value, high);
  });
  whenResized([canvas], scope, () => {
    width.value = canvas.clientWidth;
  });
  return {
    canvas,
    width: () => width.value,
    again: () => {
      round.value = round.peek() + 1;
    },
  };
}

/** Pictures of a take along the clock, each in its own shape; as many as fit. */
export function filmstrip(deck: Deck, job: () => string | null, scope: Scope): HTMLElement {
  const { clock, photos } = deck;
  /** What is drawn, from the same moments that were photographed. */
  const plan = () => {
    const shown = job();
    const end = clock.end.value;
    const track = shown !== null && end > 0 && clock.track(shown);
    if (!track || !shown) return null;
    const offset = deck.offsets.value[shown] ?? 0;
    const high = strip.canvas.clientHeight || 1;
    const wide = Math.max(4, high * deck.ratio(shown));
    const near = (end * wide) / (strip.width() || 1) / 2;
    // Where the take has not begun or is over there is nothing to see.
    const own = moments(strip.width() || 1, wide, end).filter(
      (at) => at + near + offset > 0 && at - near + offset < track.length,
    );
    return { album: deck.album(shown), shown, track, wide, moments: own, near };
  };
  const strip = drawn(scope, "rs-cmp-strip", (context, width, height) => {
    context.clearRect(0, 0, width, height);
    const now = plan();
    if (!now) return;
    const end = clock.end.peek();
    for (const at of now.moments) {
      const found = photos.nearest(now.album, at, now.near);
      if (!found) continue;
      context.drawImage(found.picture, (at / end) * width - now.wide / 2, 0, now.wide, height);
    }
  });
  scope.each(
    () => {
      const now = clock.playing.value ? null : plan();
      return now && strip.width() > 0 ? `${now.album} ${now.moments}` : null;
    },
    (wanted, own) => {
      if (wanted === null) return;
      own.later(LATER, () => {
        const now = plan();
        const take = now && deck.place.takes.peek().find((one) => one.job === now.shown);
        if (now && take) photos.take({ ...now, take, part: deck.part(take) }, own, strip.again);
      });
    },
  );
  return strip.canvas;
}

/** How loud the take is that is heard. */
export function waveform(deck: Deck, scope: Scope): HTMLElement {
  const known = new Map<string, Promise<Loudness>>();
  const heard = signal<{ job: string; loudness: Loudness } | null>(null);
  const wave = drawn(scope, "rs-cmp-wave", (context, width, height) => {
    context.clearRect(0, 0, width, height);
    const end = deck.clock.end.value;
    const now = heard.value;
    if (!now || end <= 0) return;
    const { peaks, rate, start } = now.loudness;
    const offset = deck.offsets.value[now.job] ?? 0;
    context.fillStyle = getComputedStyle(wave.canvas).color;
    for (let x = 0; x < width; x++) {
      const span = [x, x + 1].map((at) => ((at / width) * end + offset - start) * rate);
      const [from = 0, to = 0] = span.map(Math.floor);
      let loudest = 0;
      for (let i = Math.max(0, from); i <= Math.min(to, peaks.length - 1); i++) {
        loudest = Math.max(loudest, peaks[i] ?? 0);
      }
      const high = (loudest / 255) * height;
      context.fillRect(x, height - high, 1, high);
    }
  });
  scope.each(
    () => (deck.place.usable.value ? deck.audible.value : null),
    (job, own) => {
      heard.value = null;
      if (!job || !deck.place.peaks) return;
      let asked = known.get(job);
      if (!asked) {
        asked = deck.place.peaks(job);
        known.set(job, asked);
        asked.catch(() => known.delete(job));
      }
      asked.then(
        (loudness) => {
          if (!own.ended) heard.value = { job, loudness };
        },
        () => {}, // A take without sound is heard as well as it can be.
      );
    },
  );
  return wave.canvas;
}
