import { h } from "../dom";
import { probeVideo } from "../media";
import type { Scope } from "../scope";
import type { Deck } from "./deck";

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
  // Which tracks there are is told by the end of the clock.
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
  const ended = new AbortController();
  mine.add(() => {
    ended.abort();
    video.removeAttribute("src");
    video.load();
  });
  try {
    await deck.place.media.open(take, "video", probeVideo(video, ended.signal), mine, {
      signal: ended.signal,
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
      await sought(video, Math.min(moment, track.length - 0.5 / track.fps), ended.signal);
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
