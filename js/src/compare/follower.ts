/** Where a take stands on the common clock; all times in seconds. */

export interface Track {
  /** Length of the take. */
  length: number;
  /** Frames a second. */
  fps: number;
  /** The take's own time when the common clock is at 0. */
  offset: number;
  /** What the browser calls the beginning of its first frame; 0 unless given. */
  start?: number | undefined;
  /** Whether its frames are as far from each other as `fps` says; they are unless false. */
  steady?: boolean | undefined;
}

export const USUAL_FPS = 24;

/** On what a take shows at a moment: not begun, under way, or over and holding its last frame. */
export type Hold = "first" | "none" | "last";

export function holdAt(position: number, track: Track): Hold {
  const time = position + track.offset;
  if (time < 0) return "first";
  return time >= track.length - 0.25 / track.fps ? "last" : "none";
}

/** Shares of a frame come from adding up and from measured rates, not from a request. */
const EDGE = 0.003;

/** Number of the frame that a take shows at a moment of the common clock. */
export function frameAt(position: number, track: Track): number {
  const last = Math.max(0, Math.round(track.length * track.fps) - 1);
  const frame = Math.floor((position + track.offset) * track.fps + EDGE);
  return Math.min(last, Math.max(0, frame));
}

/** The middle of a frame: its edges are rounded differently by every browser. */
export function middleOf(frame: number, fps: number): number {
  return (frame + 0.5) / fps;
}

/** What the browser calls the moment of the clock, before the begin and after the end as well. */
export function timeAt(position: number, { offset, start = 0 }: Track): number {
  return position + offset + start;
}

/** Browsers cut times to microseconds, and files round theirs to milliseconds. */
const ROUNDED = 0.0005;

/** Where a video is to be sought, so that it shows what the clock says. */
export function targetAt(position: number, track: Track): number {
  const { start = 0, length, fps, steady = true } = track;
  if (steady) return start + middleOf(frameAt(position, track), fps);
  const own = Math.min(position + track.offset, length - 2 * ROUNDED);
  return start + Math.max(0, own) + ROUNDED;
}

/** Whether a video shows at `time` what the clock says. */
function shows(time: number, position: number, track: Track): boolean {
  const { start = 0, fps, steady = true } = track;
  if (!steady) return Math.abs(time - targetAt(position, track)) < 2 * ROUNDED;
  // Beyond the last frame counts as another one: at the very end some browsers show none.
  return Math.floor((time - start) * fps + EDGE) === frameAt(position, track);
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

/** Seconds that a video may be behind while it settles. */
const LOOSE = 0.06;

/** Milliseconds in which nudging brings a video near, or else it never does. */
const SETTLING = 2500;

/** Milliseconds from one correction of a video to the next that nudging cannot bring near. */
const SELDOM = 5000;

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
  /** Since when it is not near, in milliseconds; null while it is. */
  #astray: number | null = null;
  #corrected = 0;
  #awaited = -SETTLING;
  #last = 0;
  readonly track: Track;
  readonly film: Film;
  readonly #now: () => number;
  /** Whether the browser says when it shows which frame, and a change of the rate is smooth. */
  readonly #exact: boolean;
  readonly #smooth: boolean;
  #nudges: boolean;

  constructor(film: Film, track: Track, now: () => number, exact = true) {
    this.film = film;
    this.track = track;
    this.#now = now;
    this.#exact = exact && film.requestVideoFrameCallback !== undefined;
    this.#smooth = this.#nudges = exact;
    film.addEventListener("seeked", this.#seeked);
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
    this.#glance();
    return this.#seen !== null;
  }

  /** Whether it plays at its own pace, as nudging does not bring it near. */
  get loose(): boolean {
    return !this.#nudges;
  }

  /** Where the clock would stand if this video were right; null when it is not known. */
  positionAt(now: number, rate: number): number | null {
    if (!this.#seen) return null;
    return this.#seen[0] + ((now - this.#seen[1]) / 1000) * rate - timeAt(0, this.track);
  }

  /** Show the frame of a moment, standing still. Of many wishes only the last is carried out. */
  show(position: number): void {
    if (!this.film.paused) this.film.pause();
    this.#nudges = this.#smooth;
    this.#seek(targetAt(position, this.track));
  }

  /** Begin to run from a moment. */
  start(position: number, rate: number): void {
    this.#seen = null;
    this.late = null;
    this.#astray = null;
    this.#corrected = this.#now();
    this.#last = this.film.currentTime;
    this.#set(rate);
    const hold = holdAt(position, this.track);
    this.#bring(position);
    if (hold === "none") void this.film.play().catch(() => {});
    else if (!this.film.paused) this.film.pause();
  }

  /** The clock has waited for it. */
  await(seconds: number): void {
    if (this.late === null) return;
    this.late -= seconds;
    this.#awaited = this.#now();
  }

  /** Keep to the clock while it runs; called once a picture of the screen. */
  follow(position: number, rate: number, now: number): void {
    const hold = holdAt(position, this.track);
    if (hold !== "none") {
      if (!this.film.paused) this.film.pause();
      this.#bring(position);
      this.late = null;
      this.#seen = null;
      return;
    }
    if (!this.still) return;
    if (this.film.paused) {
      // It was waiting for its beginning, for data, or was stopped by the browser.
      const there = timeAt(position, this.track);
      if (Math.abs(there - this.film.currentTime) > FAR / 2) this.#seek(there);
      if (this.film.readyState > 0) void this.film.play().catch(() => {});
      return;
    }
    this.#glance();
    const own = this.positionAt(now, rate);
    if (own === null) return;
    const late = position - own;
    this.late = this.late === null ? late : this.late + 0.2 * (late - this.late);
    const near = Math.abs(this.late) < LOOSE * Math.max(1, rate);
    // Where the clock waited for it, it is near without being fast enough.
    if (!near) this.#astray ??= now;
    else if (now - this.#awaited > SETTLING) this.#astray = null;
    // Chasing costs a slow machine what it needs to play.
    if (this.#astray !== null && now - this.#astray > SETTLING) this.#nudges = false;
    const far = Math.abs(late) > FAR * Math.max(1, rate);
    if (far && (this.#nudges || now - this.#corrected > SELDOM)) {
      this.#corrected = now;
      // A seek takes a while, and the clock continues meanwhile.
      this.#seek(timeAt(position, this.track) + 0.1 * rate);
      return;
    }
    this.#set(this.#nudges ? nudged(this.late, rate) : rate);
  }

  end(): void {
    this.#ended = true;
    this.film.removeEventListener("seeked", this.#seeked);
    this.film.cancelVideoFrameCallback?.(this.#handle);
  }

  #set(rate: number): void {
    if (Math.abs(this.film.playbackRate - rate) > 0.0005) this.film.playbackRate = rate;
  }

  /** Seek, unless it shows the right frame already: that would only delay it. */
  #bring(position: number): void {
    // Where a file is shorter than it says, the video stops before what was asked for.
    const there = this.#sought ?? this.#settled ?? this.film.currentTime;
    if (!shows(there, position, this.track)) this.#seek(targetAt(position, this.track));
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
    if (!this.#exact || !this.film.requestVideoFrameCallback) return;
    this.#handle = this.film.requestVideoFrameCallback((_, { mediaTime, expectedDisplayTime }) => {
      if (this.#ended) return;
      this.#note(mediaTime, expectedDisplayTime);
      this.#watch();
    });
  }

  /** Where frames have no times, the video's own time is what there is. */
  #glance(): void {
    const { currentTime } = this.film;
    if (this.#exact || currentTime === this.#last) return;
    this.#last = currentTime;
    this.#note(currentTime, this.#now());
  }

  #note(time: number, at: number): void {
    if (this.film.seeking || this.film.paused) return;
    this.#seen = [time, at];
    this.#settled = null;
  }
}
