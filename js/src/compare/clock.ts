import { type Signal, signal } from "@preact/signals-core";
import { isWebKit } from "../kernel/media";
import type { Scope } from "../ui/scope";
import { endOf, type Film, Follower, stepOf, stepped, type Track } from "./follower";

export const SPEEDS = [0.1, 0.25, 0.5, 0.75, 1, 1.25, 1.5, 2] as const;

/** How long a start waits for the slowest video, in milliseconds. */
const START_PATIENCE = 400;

export interface Timer {
  now(): number;
  /** Calls once, at the next picture of the screen; returns a way to stop it. */
  next(run: () => void): () => void;
}

export const screenTimer: Timer = {
  now: () => performance.now(),
  next: (run) => {
    const id = requestAnimationFrame(run);
    return () => cancelAnimationFrame(id);
  },
};

/**
 * The one clock of a comparison. It runs by the machine's time, not by any video: each video is
 * brought to it, by small changes of its rate and only from afar by a seek.
 */
export class Clock {
  readonly position = signal(0);
  readonly playing = signal(false);
  readonly speed = signal(1);
  readonly loop = signal(true);
  readonly from: Signal<number | null> = signal(null);
  readonly to: Signal<number | null> = signal(null);
  /** When the last take is over. */
  readonly end = signal(0);
  /** 1, or below 0 while it runs backwards. */
  readonly direction = signal(1);

  readonly #followers = new Map<string, Follower>();
  /** Of all takes on the screen, also of those whose videos are not loaded. */
  #expected: ReadonlyMap<string, Track> = new Map();
  readonly #timer: Timer;
  readonly #smooth: boolean;
  /** Whether takes play at their own pace: the browser, or a slow machine, keeps them no closer. */
  readonly loose = signal(false);
  #anchor: { position: number; at: number } | null = null;
  #startedAt = 0;
  #stop = () => {};

  constructor(scope: Scope, timer: Timer = screenTimer, smooth = !isWebKit) {
    this.#timer = timer;
    this.#smooth = smooth;
    scope.add(() => {
      this.#stop();
      for (const follower of this.#followers.values()) follower.end();
      this.#followers.clear();
    });
  }

  get step(): number {
    return stepOf(this.#tracks());
  }

  /** First and last moment that are played. */
  get range(): [number, number] {
    const end = this.to.peek() ?? this.end.peek();
    return [Math.min(this.from.peek() ?? 0, end), end];
  }

  /**
   * Say how long the takes are, so that neither the end nor the place depends on which of them are
   * loaded.
   */
  expect(tracks: ReadonlyMap<string, Track>): void {
    this.#expected = tracks;
    this.#measure();
  }

  /** Let a video follow. One that comes late joins the others where they are. */
  join(name: string, film: Film, track: Track): () => void {
    const follower = new Follower(film, track, this.#timer.now, this.#smooth);
    this.#followers.set(name, follower);
    this.#measure();
    if (!this.playing.peek()) follower.show(this.position.peek());
    return () => {
      follower.end();
      if (this.#followers.get(name) === follower) this.#followers.delete(name);
      this.#measure();
    };
  }

  /** Align a take again. */
  shift(name: string, offset: number): void {
    const track = this.track(name);
    if (!track) return;
    track.offset = offset;
    this.#measure();
    this.seek(Math.min(this.position.peek(), this.end.peek()));
  }

  track(name: string): Track | undefined {
    return this.#followers.get(name)?.track ?? this.#expected.get(name);
  }

  play(direction = 1): void {
    const [from, to] = this.range;
    const now = this.position.peek();
    this.direction.value = direction;
    this.playing.value = true;
    if (direction > 0) this.#begin(now < from || now >= to - this.step ? from : now);
    else this.#begin(now > to || now <= from + this.step / 2 ? to : now);
    this.#run();
  }

  /** Stop, all at the same moment, whatever each did on the way. */
  pause(): void {
    this.#stop();
    this.#anchor = null;
    this.playing.value = false;
    this.direction.value = 1;
    this.seek(this.position.peek());
  }

  toggle(): void {
    if (this.playing.peek()) this.pause();
    else this.play();
  }

  seek(position: number): void {
    const there = Math.min(this.end.peek(), Math.max(0, position));
    if (this.playing.peek()) {
      this.#begin(there);
      return;
    }
    this.position.value = there;
    for (const follower of this.#followers.values()) follower.show(there);
  }

  /** Go so many frames on (below 0: back). */
  frames(by: number): void {
    if (this.playing.peek()) this.pause();
    this.seek(stepped(this.position.peek(), this.step, by, this.end.peek()));
  }

  pace(speed: number): void {
    this.speed.value = Math.min(2, Math.max(0.1, speed));
    if (this.playing.peek()) this.#begin(this.position.peek());
  }

  /** Begin or end of what is played, at the moment now; again at the same moment takes it away. */
  mark(which: "from" | "to"): void {
    const now = this.position.peek();
    const mark = this[which];
    mark.value = mark.peek() === now ? null : now;
    const [from, to] = [this.from.peek(), this.to.peek()];
    if (from === null || to === null || from < to) return;
    // The other one would leave nothing to play.
    this[which === "from" ? "to" : "from"].value = null;
  }

  unmark(): void {
    this.from.value = null;
    this.to.value = null;
  }

  #tracks(): Track[] {
    const names = new Set([...this.#expected.keys(), ...this.#followers.keys()]);
    return [...names].flatMap((name) => this.track(name) ?? []);
  }

  #all(): Follower[] {
    return [...this.#followers.values()];
  }

  #measure(): void {
    this.end.value = endOf(this.#tracks());
  }

  #begin(position: number): void {
    this.position.value = position;
    this.#anchor = null;
    this.#startedAt = this.#timer.now();
    for (const follower of this.#followers.values()) {
      if (this.direction.peek() > 0) follower.start(position, this.speed.peek());
      else follower.show(position);
    }
  }

  #run(): void {
    this.#stop();
    this.#stop = this.#timer.next(() => {
      this.#tick();
      if (this.playing.peek()) this.#run();
    });
  }

  #tick(): void {
    const now = this.#timer.now();
    const direction = this.direction.peek();
    const rate = this.speed.peek();
    if (!this.#anchor && !this.#started(now)) return;
    this.#anchor ??= { position: this.#firstPosition(now), at: now };
    const { position, at } = this.#anchor;
    const moment = position + ((now - at) / 1000) * rate * direction;
    const [from, to] = this.range;
    if (direction > 0 ? moment >= to : moment <= from) {
      this.#turn(direction > 0 ? from : to, direction > 0 ? to : from);
      return;
    }
    this.position.value = moment;
    for (const follower of this.#followers.values()) {
      if (direction > 0) follower.follow(moment, rate, now);
      else if (follower.still) follower.show(moment);
    }
    if (direction > 0) this.#steer(moment, rate, now);
    this.loose.value = this.#all().some(({ loose }) => loose);
  }

  /**
   * Go with most of the videos and bring the others nearer: where the machine is too slow for them,
   * none would catch up, and each that has to be nudged costs pictures.
   */
  #steer(position: number, rate: number, now: number): void {
    const running = this.#all().filter(({ running }) => running);
    const late = running.flatMap((follower) => follower.late ?? []);
    // A few do not say where most are.
    if (!this.#anchor || late.length < running.length / 2) return;
    const [least, most] = middle(late);
    // Of two videos neither disturbs the other.
    const waited = Math.max(0, least) + Math.min(0, most);
    this.#anchor.position -= waited;
    for (const follower of running) follower.steer(position, rate, now, waited);
  }

  #turn(again: number, last: number): void {
    if (this.loop.peek()) {
      this.#begin(again);
      return;
    }
    this.position.value = last;
    this.pause();
  }

  /** The clock stands until all videos that can run do, or the slowest was waited for long enough. */
  #started(now: number): boolean {
    if (this.direction.peek() < 0 || now - this.#startedAt > START_PATIENCE) return true;
    // Each is looked at, so that all are known from the same moment.
    const moving = this.#all().map(
      (follower) => follower.moving || follower.film.paused || !follower.ready,
    );
    return moving.every(Boolean);
  }

  /** Begins where most videos are, so that few have to be nudged. */
  #firstPosition(now: number): number {
    const start = this.position.peek();
    if (this.direction.peek() < 0) return start;
    const seen = this.#all()
      .map((follower) => follower.positionAt(now))
      .filter((own): own is number => own !== null && Math.abs(own - start) < 0.5);
    return Math.max(start, ...middle(seen));
  }
}

/** The two values in the middle, the lower one first; one twice where their number is odd. */
function middle(values: readonly number[]): [number, number] {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (sorted.length - 1) / 2;
  return [sorted[Math.floor(at)] ?? 0, sorted[Math.ceil(at)] ?? 0];
}
