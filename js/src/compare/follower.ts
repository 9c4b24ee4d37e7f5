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

/** Farther off than this, a video is sought, if a seek is quick; nearer, it is nudged. */
const FAR = 0.7;

/** The same for one that cannot be nudged. */
const APART = 0.35;

/** Nearer than this, a video is left alone: every change of its rate costs pictures. */
const NEAR = 0.008;

/** The same once after a start: frames that change together are also drawn together. */
const CLOSE = 0.002;

const FASTEST_NUDGE = 0.2;
const SHORTEST_NUDGE = 0.3;

/** For how long a video plays at which rate. */
export interface Nudge {
  rate: number;
  seconds: number;
}

/**
 * What brings a video back to the clock: one rate, for as long as it takes.
 *
 * @param late seconds by which the video is behind (below 0: ahead).
 * @param rate that of the clock.
 */
export function nudge(late: number, rate: number): Nudge {
  const seconds = Math.max(SHORTEST_NUDGE, Math.abs(late) / (FASTEST_NUDGE * rate));
  return { rate: Math.min(16, Math.max(0.0625, rate + late / seconds)), seconds };
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
  addEventListener(type: string, listener: () => void): void;
  removeEventListener(type: string, listener: () => void): void;
}

const HAVE_FUTURE_DATA = 3;

/** Seconds that a video may be behind while it settles. */
const LOOSE = 0.06;

/** Milliseconds in which nudging brings a video near, or else it never does. */
const SETTLING = 2500;

/** Milliseconds from one seek of a playing video to the next. */
const SELDOM = 5000;

/** Milliseconds for which a video is watched before it is nudged; what is older does not count. */
const WATCHED = 150;

/** A seek that takes longer, in seconds, says nothing about the next one. */
const LONGEST_SEEK = 2;

/** So many times as long as a seek takes a video has to be behind to be worth it. */
const WORTH = 3;

/**
 * One video that follows the clock. It never leads: a slow one disturbs no other.
 *
 * It is compared by its own time and not by the frames that are seen: on a busy machine those come
 * late and irregularly, and a change of the rate makes that worse.
 */
export class Follower {
  /** Seconds by which the video is behind; null until it was watched for long enough. */
  late: number | null = null;
  /** How far its time was ahead of the machine's: [moment in ms, seconds], the latest last. */
  #leads: [number, number][] = [];
  #wanted: number | null = null;
  #sought: number | null = null;
  #settled: number | null = null;
  /** Since when it is not near, in milliseconds; null while it is. */
  #astray: number | null = null;
  /** When it is to have its usual rate again, in milliseconds. */
  #until: number | null = null;
  #corrected = -SELDOM;
  #last: number | null = null;
  /** Since when it is watched, in milliseconds. */
  #since = 0;
  /** When it was sought, in milliseconds. */
  #began = 0;
  /** How long a seek takes, in seconds. */
  #lag = 0.05;
  readonly track: Track;
  readonly film: Film;
  readonly #now: () => number;
  /** Whether a change of the rate is smooth. */
  readonly #smooth: boolean;
  #nudges: boolean;
  #near = CLOSE;

  constructor(film: Film, track: Track, now: () => number, smooth = true) {
    this.film = film;
    this.track = track;
    this.#now = now;
    this.#smooth = this.#nudges = smooth;
    film.addEventListener("seeked", this.#seeked);
  }

  /** Whether it can be started now. */
  get ready(): boolean {
    return this.film.readyState >= HAVE_FUTURE_DATA;
  }

  get still(): boolean {
    return !this.film.seeking && this.#wanted === null;
  }

  /** Whether it is to follow the clock now, rather than stand or seek. */
  get running(): boolean {
    return !this.film.paused && this.still;
  }

  /** Whether it has moved since the last start or seek. */
  get moving(): boolean {
    this.#glance();
    return this.#leads.length > 0;
  }

  /** Whether it plays at its own pace, as nudging does not bring it near. */
  get loose(): boolean {
    return !this.#nudges;
  }

  /** Where the clock would stand if this video were right; null when it is not known. */
  positionAt(now: number): number | null {
    if (this.#leads.length === 0) return null;
    // Browsers update the time of a video now and then, so the best that was seen is nearest to it.
    const lead = Math.max(...this.#leads.map(([, seconds]) => seconds));
    return lead + (now / 1000) * this.film.playbackRate - timeAt(0, this.track);
  }

  /** Show the frame of a moment, standing still. Of many wishes only the last is carried out. */
  show(position: number): void {
    if (!this.film.paused) this.film.pause();
    this.#nudges = this.#smooth;
    this.#seek(targetAt(position, this.track));
  }

  /** Begin to run from a moment. */
  start(position: number, rate: number): void {
    this.#forget();
    this.#astray = null;
    this.#corrected = -SELDOM;
    this.#near = CLOSE;
    this.#set(rate);
    const hold = holdAt(position, this.track);
    this.#bring(position);
    if (hold === "none") void this.film.play().catch(() => {});
    else if (!this.film.paused) this.film.pause();
  }

  /** Be compared with the clock while it runs; called once a picture of the screen. */
  follow(position: number, rate: number, now: number): void {
    this.late = null;
    const hold = holdAt(position, this.track);
    if (hold !== "none") {
      if (!this.film.paused) this.film.pause();
      this.#bring(position);
      this.#forget();
      return;
    }
    if (!this.still) return;
    if (this.film.paused) {
      // It was waiting for its beginning, for data, or was stopped by the browser.
      const there = timeAt(position, this.track);
      if (Math.abs(there - this.film.currentTime) > APART / 2) this.#jump(position, rate);
      if (this.film.readyState > 0) void this.film.play().catch(() => {});
      return;
    }
    if (this.#until !== null && now >= this.#until) this.#set(rate);
    this.#glance();
    const own = this.positionAt(now);
    if (own !== null && now - this.#since >= WATCHED) this.late = position - own;
  }

  /** Come nearer to the clock, which has waited for some seconds, if it is worth it. */
  steer(position: number, rate: number, now: number, waited = 0): void {
    // One that waits for data would not come sooner.
    if (this.late === null || this.#until !== null || !this.ready) return;
    const late = this.late - waited;
    const off = Math.abs(late);
    if (off < LOOSE * Math.max(1, rate)) this.#astray = null;
    else this.#astray ??= now;
    // Chasing costs a slow machine what it needs to play.
    if (this.#astray !== null && now - this.#astray > SETTLING) this.#nudges = false;
    const far = Math.max(
      (this.#nudges ? FAR : APART) * Math.max(1, rate),
      WORTH * this.#lag * rate,
    );
    if (off > far && now - this.#corrected > SELDOM) {
      this.#corrected = now;
      this.#jump(position - waited, rate);
    } else if (this.#nudges && off >= this.#near) {
      this.#near = NEAR;
      const { rate: own, seconds } = nudge(late, rate);
      this.#set(own);
      this.#until = now + seconds * 1000;
    }
  }

  end(): void {
    this.film.removeEventListener("seeked", this.#seeked);
  }

  /** What was seen so far says nothing about what comes. */
  #forget(): void {
    this.#leads = [];
    this.#last = null;
    this.late = null;
  }

  #set(rate: number): void {
    this.#until = null;
    this.late = null;
    if (Math.abs(this.film.playbackRate - rate) < 0.0005) return;
    this.film.playbackRate = rate;
    this.#leads = [];
  }

  /** Seek, unless it shows the right frame already: that would only delay it. */
  #bring(position: number): void {
    // Where a file is shorter than it says, the video stops before what was asked for.
    const there = this.#sought ?? this.#settled ?? this.film.currentTime;
    if (!shows(there, position, this.track)) this.#seek(targetAt(position, this.track));
  }

  /** Seek to where the clock will be by then. */
  #jump(position: number, rate: number): void {
    this.#set(rate);
    this.#seek(timeAt(position, this.track) + this.#lag * rate);
  }

  #seek(time: number): void {
    this.#forget();
    this.#near = CLOSE;
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
    this.#go(time);
  }

  #go(time: number): void {
    this.#began = this.#now();
    this.film.currentTime = time;
  }

  #seeked = (): void => {
    const wanted = this.#wanted;
    this.#wanted = null;
    this.#lag = Math.min(LONGEST_SEEK, (this.#now() - this.#began) / 1000);
    if (wanted !== null) {
      this.#go(wanted);
      return;
    }
    if (this.film.paused) this.#settled = this.#sought;
    this.#sought = null;
  };

  /** Note where the video is, once it moves. */
  #glance(): void {
    const { currentTime, playbackRate, seeking, paused } = this.film;
    if (seeking || paused) return;
    const last = this.#last;
    this.#last = currentTime;
    const now = this.#now();
    if (this.#leads.length === 0) {
      if (last === null || last === currentTime) return;
      this.#since = now;
    }
    this.#settled = null;
    this.#leads = this.#leads.filter(([at]) => now - at < WATCHED);
    this.#leads.push([now, currentTime - (now / 1000) * playbackRate]);
  }
}
