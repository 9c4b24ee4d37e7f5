import { computed, type ReadonlySignal, type Signal, signal } from "@preact/signals-core";
import { type Channel, makeId } from "../kernel/channel";
import type { Media } from "../kernel/media";
import type {
  ClipFacts,
  CompareView,
  Export,
  Exported,
  MarkChanges,
  Marks,
  Measures,
  Standings,
  Take,
} from "../kernel/messages";
import type { Written } from "../ui/judging";
import { type Scope, Viewport } from "../ui/scope";
import { LiveRegion } from "../ui/status";
import { Blind, type Judgement } from "./blind";
import { Clock } from "./clock";
import { arranged, type Layout, type Room } from "./fit";
import { tracksOf } from "./opening";
import { Photos } from "./photos";
import { gestures, type Hands, Zoom } from "./zoom";

/** What the place that shows a comparison gives it. */
export interface Place {
  /** The takes to compare; unfinished ones are shown as waiting. */
  takes: ReadonlySignal<readonly Take[]>;
  media: Media;
  /** Whether the kernel can still be asked. */
  usable: ReadonlySignal<boolean>;
  /** How many stand side by side; 0 chooses. */
  columns: Signal<number>;
  view: Signal<CompareView>;
  blind: Signal<boolean>;
  /** Marked moments, in seconds; without it they are forgotten at the end. */
  markers?: Signal<readonly number[]>;
  /** How loud a take is along its length; without it there is no waveform. */
  peaks?(job: string): Promise<Loudness>;
  /** What is measured of a take along its length; without it nothing is. */
  measure?(job: string): Promise<Measures>;
  /** Without it there is no voting. */
  vote?(vote: Judgement): Promise<Standings>;
  standings?(): Promise<Standings>;
  /** Asks something else than which of these takes is better, e.g. about pair after pair. */
  ballot?(deck: Deck): { root: HTMLElement; asking: HTMLElement };
  /** Judges a take; without it takes are not judged here. */
  mark?(job: string, changes: MarkChanges): Promise<Marks>;
  /** What the kernel measured of a take's file. */
  clip?(job: string): Promise<ClipFacts>;
  /** Without it there is no menu of exports. */
  export?(order: Export, progress: (fraction: number) => void): Promise<Exported>;
}

/** How loud a take is: the loudest sample of each span, 0 to 255. */
export interface Loudness {
  peaks: Uint8Array;
  /** Spans a second. */
  rate: number;
  /** Seconds of the take before the first span. */
  start: number;
}

/** A film of nine takes is not made in a moment. */
const EXPORT_PATIENCE = 15 * 60_000;
const PEAKS_PATIENCE = 60_000;
/** Some films are long, and the kernel stops what takes longer. */
const MEASURE_PATIENCE = 6 * 60_000;

/** What the kernel does for a comparison; a Studio says in `jobs` what it compares. */
export function kernelOf(
  channel: Channel,
  jobs?: () => string[],
): Required<Pick<Place, "mark" | "vote" | "standings" | "clip" | "export" | "peaks" | "measure">> {
  const about = () => (jobs ? { jobs: jobs() } : {});
  return {
    mark: async (job, changes) => (await channel.ask("mark", { job, changes })).value,
    vote: async (vote) => (await channel.ask("vote", { ...vote, key: makeId(), ...about() })).value,
    peaks: async (job) => {
      const { value, buffers } = await channel.ask("peaks", { job }, { patience: PEAKS_PATIENCE });
      return { ...value, peaks: buffers[0] ?? new Uint8Array() };
    },
    measure: async (job) =>
      (await channel.ask("measure", { job }, { patience: MEASURE_PATIENCE })).value,
    standings: async () => (await channel.ask("standings", about())).value,
    clip: async (job) => (await channel.ask("clip", { job })).value,
    export: async (order, progress) =>
      (await channel.ask("export", order, { patience: EXPORT_PATIENCE, progress })).value,
  };
}

/** What the parts of one comparison share. */
export class Deck {
  readonly clock: Clock;
  readonly zoom = new Zoom();
  readonly blind: Blind;
  readonly live = new LiveRegion();
  readonly viewport: Viewport;
  /** The job of the take that sounds, or null. */
  readonly audible = signal<string | null>(null);
  /** The two takes of the views that show two. */
  readonly pair: ReadonlySignal<readonly [string, string] | null>;
  /** Which of the pair the single view shows. */
  readonly side = signal<0 | 1>(0);
  /** Where the wipe stands, 0 to 1. */
  readonly wipe = signal(0.5);
  readonly gain = signal(4);
  readonly helping = signal(false);
  /** Of which take tags or a note are being written. */
  readonly writes = signal<readonly [string, Written] | null>(null);
  /** Whether every take has a strip of its own. */
  readonly strips = signal(false);
  /** Whether the strips show what is measured. */
  readonly measured = signal(false);
  readonly markers: Signal<readonly number[]>;
  readonly photos: Photos;
  /** Where the stage may be, in pixels, what stands under each picture included. */
  readonly room = signal<Room>({ width: 0, height: 0 });
  readonly layout: ReadonlySignal<Layout>;
  /** Whether there is room for two lines under each picture. */
  readonly wordy: ReadonlySignal<boolean>;
  /** The take that is in front: the one shown, the one heard, or the longest. */
  readonly front: ReadonlySignal<string | null>;
  /** Shapes of videos whose size only the browser knows: width by height. */
  readonly shapes = signal<Readonly<Record<string, number>>>({});
  /** The take under the pointer. */
  pointed: string | undefined;
  /** What the comparison fills the screen with. */
  root: HTMLElement | undefined;
  /** Answers the ballot with a key, if it wants one now. */
  vote: (key: string, target: Element) => boolean = () => false;
  /** Jobs on the screen, in order. */
  readonly shown: ReadonlySignal<readonly string[]>;
  readonly view: ReadonlySignal<CompareView>;
  readonly place: Place;
  readonly scope: Scope;
  /** Seconds of each take that have passed when the clock is at 0. */
  readonly offsets = signal<Readonly<Record<string, number>>>({});
  readonly #chosen = signal<readonly [string | null, string | null]>([null, null]);
  readonly #prefix = `rs-${makeId().slice(0, 8)}`;

  constructor(place: Place, scope: Scope) {
    this.place = place;
    this.scope = scope;
    this.clock = new Clock(scope);
    this.viewport = new Viewport(scope);
    const jobs = computed(() => place.takes.value.map(({ job }) => job));
    this.blind = new Blind(jobs, place.blind, Math.random, (job) => this.take(job));
    this.view = computed(() => {
      const { value } = place.view;
      return jobs.value.length < 2 ? "grid" : value;
    });
    this.pair = computed(() => {
      if (this.blind.pair.value) return this.blind.pair.value;
      const all = jobs.value;
      if (all.length < 2) return null;
      const [left, right] = this.#chosen.value;
      const a = left && all.includes(left) ? left : (all.find((job) => job !== right) as string);
      const b =
        right && right !== a && all.includes(right)
          ? right
          : (all.find((job) => job !== a) as string);
      return [a, b];
    });
    this.shown = computed(() => {
      const pair = this.pair.value;
      if (pair && (this.view.value !== "grid" || this.blind.pair.value)) return pair;
      return jobs.value;
    });
    scope.effect(() => {
      this.clock.expect(
        tracksOf(
          this.shown.value.map((job) => this.take(job)),
          this.clock,
        ),
      );
    });
    this.markers = place.markers ?? signal([]);
    this.photos = new Photos(place.media, scope);
    const laid = computed(() => {
      const ratios = this.shown.value.map((job) => this.ratio(job));
      const grid = this.view.value === "grid";
      const options = { boxes: grid ? ratios.length : 1, columns: place.columns.value };
      const long = arranged(ratios, this.room.value, { ...options, below: below(true) });
      const short = arranged(ratios, this.room.value, { ...options, below: below(false) });
      const wordy = long.width >= Math.max(WORDY, short.width * WORTH);
      return { layout: wordy ? long : short, wordy };
    });
    this.layout = computed(() => laid.value.layout);
    this.wordy = computed(() => laid.value.wordy);
    this.front = computed(() => {
      const shown = this.shown.value;
      if (this.view.value === "single") return shown[this.side.value] ?? null;
      const heard = this.audible.value;
      return heard && shown.includes(heard) ? heard : this.#longest(shown);
    });
  }

  /** Unique ids for labels: a page may hold several comparisons. */
  id(name: string): string {
    return `${this.#prefix}-${name}`;
  }

  take(job: string): Take | undefined {
    return this.place.takes.value.find((take) => take.job === job);
  }

  /** Width by height. */
  ratio(job: string): number {
    const take = this.take(job);
    const known = take?.width && take.height ? take.width / take.height : this.shapes.value[job];
    return Math.min(4, Math.max(0.25, known ?? 16 / 9));
  }

  /** Note the shape of a video whose size only the browser knows. */
  shape(job: string, ratio: number): void {
    const known = this.shapes.peek();
    if (ratio > 0 && ratio < 100 && known[job] !== ratio) {
      this.shapes.value = { ...known, [job]: ratio };
    }
  }

  /** Let a take begin so many seconds into it. */
  shift(job: string, offset: number): void {
    this.offsets.value = { ...this.offsets.peek(), [job]: offset };
    this.clock.shift(job, offset);
  }

  /**
   * What hands do to a picture: a press plays or pauses, two fingers magnify. A double press
   * magnifies as well, and leaves the clock as it was.
   */
  handle(element: HTMLElement, scope: Scope, { drag }: Pick<Hands, "drag">): void {
    const { clock, zoom } = this;
    let before = { playing: false, position: 0 };
    gestures(element, scope, {
      drag,
      pinch: zoom.pinch,
      press: (times) => {
        if (times === 1)
          before = { playing: clock.playing.peek(), position: clock.position.peek() };
        if (times < 3) clock.toggle();
        if (times !== 2) return;
        zoom.twice();
        if (!before.playing) clock.seek(before.position);
      },
    });
  }

  /** What a take may be called now. */
  title(job: string): string {
    const letter = this.blind.letter(job);
    if (letter) return `Take ${letter}`;
    const take = this.take(job);
    return take?.label || take?.providerTitle || take?.provider || "take";
  }

  choose(which: 0 | 1, job: string): void {
    const pair = this.pair.peek();
    if (!pair) return;
    const other = pair[1 - which] as string;
    const next = other === job ? (pair[which] as string) : other;
    this.#chosen.value = which === 0 ? [job, next] : [next, job];
  }

  /** In the views of two, show one of them whole. */
  flip(side: 0 | 1): void {
    if (!this.pair.peek()) return;
    this.side.value = side;
    if (this.view.peek() === "wipe") this.wipe.value = side === 0 ? 1 : 0;
    else this.place.view.value = "single";
  }

  /** The file of a take that is shown: in a vote one that does not say who made it, if there is one. */
  part(take: Take): "video" | "unmarked" {
    return this.blind.pair.value && take.unmarked ? "unmarked" : "video";
  }

  /** The name of its pictures: others are shown in a vote, and at another offset. */
  album(job: string): string {
    const take = this.take(job);
    return `${take && this.part(take)} ${this.offsets.value[job] ?? 0} ${job}`;
  }

  /** Hear one take, or with the same again none. */
  hear(job: string | undefined): void {
    if (!job) return;
    this.audible.value = this.audible.peek() === job ? null : job;
    const heard = this.audible.peek();
    this.live.tell(heard ? `Sound: ${this.title(heard)}.` : "Sound off.");
  }

  /** `00:00:03:23`: hours, minutes, seconds and frames of the take with the most of them a second. */
  timecode(position: number): string {
    const rate = Math.round(1 / this.clock.step);
    const frame = this.frame(position);
    const seconds = Math.floor(frame / rate);
    const parts = [seconds / 3600, (seconds / 60) % 60, seconds % 60, frame % rate];
    return parts.map((part) => String(Math.floor(part)).padStart(2, "0")).join(":");
  }

  frame(position: number): number {
    return Math.floor(position / this.clock.step + 1e-4);
  }

  /** The marker at the frame of a moment. */
  marker(position: number): number | undefined {
    return this.markers.value.find((at) => this.frame(at) === this.frame(position));
  }

  /** Mark the moment now, or take its mark away. */
  mark(): void {
    const now = this.clock.position.peek();
    const there = this.marker(now);
    const rest = this.markers.peek().filter((at) => at !== there);
    const next = there === undefined ? [...rest, now].sort((a, b) => a - b) : rest;
    if (next.length > MOST_MARKERS) return;
    this.markers.value = next;
    this.live.tell(`${there === undefined ? "Marker" : "No marker"} at ${this.timecode(now)}.`);
  }

  /** Go to the next marker, or with -1 to the one before; false where there is none. */
  jump(direction: 1 | -1): boolean {
    const now = this.frame(this.clock.position.peek());
    const ahead = this.markers.peek().filter((at) => (this.frame(at) - now) * direction > 0);
    const next = direction > 0 ? ahead[0] : ahead.at(-1);
    if (next !== undefined) this.clock.seek(next);
    return this.markers.peek().length > 0;
  }

  /** Which of them ends last on the clock. */
  #longest(jobs: readonly string[]): string | null {
    // The end of the clock changes with the tracks.
    void this.clock.end.value;
    const end = (job: string) => {
      const track = this.clock.track(job);
      return track ? track.length - track.offset : -1;
    };
    return jobs.reduce<string | null>(
      (last, job) => (end(job) > (last === null ? -1 : end(last)) ? job : last),
      null,
    );
  }

  order(): Omit<Export, "what"> {
    const jobs = [...this.shown.peek()];
    const [start, end] = this.clock.range;
    return {
      jobs,
      columns: this.place.columns.peek(),
      start,
      end,
      at: this.clock.position.peek(),
      offsets: jobs.map((job) => this.offsets.peek()[job] ?? 0),
      audible: this.audible.peek(),
    };
  }
}

const MOST_MARKERS = 100;

/** Narrower pictures have their name under them and nothing else. */
const WORDY = 280;
/** So much of their size pictures keep when a second line stands under them. */
const WORTH = 0.92;
const FACTS = 20;

/** Pixels that the lines under a picture take. */
export function below(wordy: boolean): number {
  return nameLine() + (wordy ? FACTS : 0);
}

/** As tall as a button. */
function nameLine(): number {
  return window.matchMedia?.("(pointer: coarse)").matches ? 44 : 28;
}
