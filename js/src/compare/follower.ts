/** Where a take stands on the common clock; all times in seconds. */

export interface Track {
  /** Length of the take. */
  length: number;
  /** Frames a second. */
  fps: number;
  /** The take's own time when the common clock is at 0. */
  offset: number;
}

export const USUAL_FPS = 24;

/** On what a take shows at a moment: not begun, under way, or over and holding its last frame. */
export type Hold = "first" | "none" | "last";

export function holdAt(position: number, track: Track): Hold {
  const time = position + track.offset;
  if (time < 0) return "first";
  return time >= track.length - 0.25 / track.fps ? "last" : "none";
}

/** Number of the frame that a take shows at a moment of the common clock. */
export function frameAt(position: number, track: Track): number {
  const last = Math.max(0, Math.round(track.length * track.fps) - 1);
  // Halves of a thousandth of a frame come from adding up, not from a request.
  const frame = Math.floor((position + track.offset) * track.fps + 1e-4);
  return Math.min(last, Math.max(0, frame));
}

/** The middle of a frame: its edges are rounded differently by every browser. */
export function middleOf(frame: number, fps: number): number {
  return (frame + 0.5) / fps;
}

/** Where a video is to be sought, so that it shows what the clock says. */
export function targetAt(position: number, track: Track): number {
  return middleOf(frameAt(position, track), track.fps);
}

/** When the last of the takes is over. */
export function endOf(tracks: readonly Track[]): number {
  return Math.max(0, ...tracks.map(({ length, offset }) => length - offset));
}

/** A step is a frame of the take with the most of them a second; the others follow on their own. */
export function stepOf(tracks: readonly Track[]): number {
  return 1 / Math.max(1, ...tracks.map(({ fps }) => fps));
}

/** The moment one step on or back: always the middle of a frame of the leading grid. */
export function stepped(position: number, step: number, by: number, end: number): number {
  const last = Math.max(0, Math.round(end / step) - 1);
  const now = Math.floor(position / step + 1e-4);
  return (Math.min(last, Math.max(0, now + by)) + 0.5) * step;
}

/** Farther off than this, a video is sought; nearer, it is nudged. */
export const FAR = 0.35;
const NEAR = 0.008;
const FASTEST_NUDGE = 0.2;

/**
 * The playback rate that brings a video back within about half a second.
 *
 * @param late seconds by which the video is behind (below 0: ahead).
 */
export function nudged(late: number, rate: number): number {
  if (Math.abs(late) < NEAR) return rate;
  const share = Math.min(FASTEST_NUDGE, Math.max(-FASTEST_NUDGE, (2 * late) / rate));
  // Steps of one hundredth: every change of the rate costs the browser some work.
  return Math.min(16, Math.max(0.0625, rate * (1 + Math.round(share * 100) / 100)));
}

/** The part of a video element that the clock uses. */
export interface Film {
  currentTime: number;
  playbackRate: number;
  readonly paused: boolean;
  readonly seeking: boolean;
  readonly readyState: number;
  play(): Promise<void>;
  pause(): void;
  requestVideoFrameCallback?(
    callback: (now: number, frame: { mediaTime: number; expectedDisplayTime: number }) => void,
  ): number;
  cancelVideoFrameCallback?(handle: number): void;
  addEventListener(type: string, listener: () => void): void;
  removeEventListener(type: string, listener: () => void): void;
}

const HAVE_FUTURE_DATA = 3;

/** One video that follows the clock. It never leads: a slow one disturbs no other. */
export class Follower {
  /** Seconds by which the video is behind, smoothed; null until a frame was seen since the last seek. */
  late: number | null = null;
  /** The video's own time at a moment, from its latest frame: [own time, moment in ms]. */
  #seen: [number, number] | null = null;
  #wanted: number | null = null;
  #sought: number | null = null;
  #settled: number | null = null;
  #handle = 0;
  #ended = false;
  readonly track: Track;
  readonly film: Film;
  readonly #now: () => number;

  constructor(film: Film, track: Track, now: () => number) {
    this.film = film;
    this.track = track;
    this.#now = now;
    film.addEventListener("seeked", this.#seeked);
    film.addEventListener("timeupdate", this.#ticked);
    this.#watch();
  }

  /** Whether it can be started now. */
  get ready(): boolean {
    return this.film.readyState >= HAVE_FUTURE_DATA;
  }

  get still(): boolean {
    return !this.film.seeking && this.#wanted === null;
  }

  /** Whether a frame was seen since the last start or seek. */
  get moving(): boolean {
    return this.#seen !== null;
  }

  /** Where the clock would stand if this video were right; null when it is not known. */
  positionAt(now: number, rate: number): number | null {
    if (!this.#seen) return null;
    return this.#seen[0] + ((now - this.#seen[1]) / 1000) * rate - this.track.offset;
  }

  /** Show the frame of a moment, standing still. Of many wishes only the last is carried out. */
  show(position: number): void {
    if (!this.film.paused) this.film.pause();
    this.#seek(targetAt(position, this.track));
  }

  /** Begin to run from a moment. */
  start(position: number, rate: number): void {
    this.#seen = null;
    this.late = null;
    this.#set(rate);
    const hold = holdAt(position, this.track);
    const there = this.#sought ?? this.film.currentTime;
    // A video that shows the right frame already is not sought again: that would only delay it.
    if (frameOf(there, this.track) !== frameAt(position, this.track)) {
      this.#seek(targetAt(position, this.track));
    }
    if (hold === "none") void this.film.play().catch(() => {});
    else if (!this.film.paused) this.film.pause();
  }

  /** Keep to the clock while it runs; called once a picture of the screen. */
  follow(position: number, rate: number, now: number): void {
    const hold = holdAt(position, this.track);
    if (hold !== "none") {
      if (!this.film.paused) this.film.pause();
      if (
        frameOf(this.#sought ?? this.film.currentTime, this.track) !== frameAt(position, this.track)
      ) {
        this.#seek(targetAt(position, this.track));
      }
      this.late = null;
      this.#seen = null;
      return;
    }
    if (!this.still) return;
    if (this.film.paused) {
      // It was waiting for its beginning, for data, or was stopped by the browser.
      if (Math.abs(position + this.track.offset - this.film.currentTime) > FAR / 2) {
        this.#seek(position + this.track.offset);
      }
      if (this.film.readyState > 0) void this.film.play().catch(() => {});
      return;
    }
    const own = this.positionAt(now, rate);
    if (own === null) return;
    const late = position - own;
    this.late = this.late === null ? late : this.late + 0.2 * (late - this.late);
    if (Math.abs(late) > FAR * Math.max(1, rate)) {
      // A seek takes a while, and the clock continues meanwhile.
      this.#seek(position + this.track.offset + 0.1 * rate);
      return;
    }
    this.#set(nudged(this.late, rate));
  }

  end(): void {
    this.#ended = true;
    this.film.removeEventListener("seeked", this.#seeked);
    this.film.removeEventListener("timeupdate", this.#ticked);
    this.film.cancelVideoFrameCallback?.(this.#handle);
  }

  #set(rate: number): void {
    if (Math.abs(this.film.playbackRate - rate) > 0.0005) this.film.playbackRate = rate;
  }

  #seek(time: number): void {
    this.#seen = null;
    this.late = null;
    // Where it stands already, and nothing else was asked for since.
    if (this.#settled === time && this.film.paused && !this.film.seeking && this.#wanted === null) {
      return;
    }
    this.#settled = null;
    this.#sought = time;
    if (this.film.seeking) {
      this.#wanted = time;
      return;
    }
    this.#wanted = null;
    this.film.currentTime = time;
  }

  #seeked = (): void => {
    const wanted = this.#wanted;
    this.#wanted = null;
    if (wanted !== null) {
      this.film.currentTime = wanted;
      return;
    }
    if (this.film.paused) this.#settled = this.#sought;
    this.#sought = null;
  };

  #watch(): void {
    if (!this.film.requestVideoFrameCallback) return;
    this.#handle = this.film.requestVideoFrameCallback((_, { mediaTime, expectedDisplayTime }) => {
      if (this.#ended) return;
      this.#note(mediaTime, expectedDisplayTime);
      this.#watch();
    });
  }

  /** Browsers without frame callbacks report the time a few times a second. */
  #ticked = (): void => {
    if (this.film.requestVideoFrameCallback) return;
    this.#note(this.film.currentTime, this.#now());
  };

  #note(time: number, at: number): void {
    if (this.film.seeking || this.film.paused) return;
    this.#seen = [time, at];
    this.#settled = null;
  }
}

/** Beyond the last frame counts as another one: at the very end some browsers show none. */
function frameOf(time: number, { fps }: Track): number {
  return Math.floor(time * fps + 1e-4);
}
