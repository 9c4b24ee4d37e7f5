import { computed, type ReadonlySignal, type Signal, signal } from "@preact/signals-core";
import { type Channel, makeId } from "../kernel/channel";
import type { Media } from "../kernel/media";
import type { CompareView, Export, Exported, Standings, Take } from "../kernel/messages";
import { type Scope, Viewport } from "../ui/scope";
import { LiveRegion } from "../ui/status";
import { Blind, type Judgement } from "./blind";
import { Clock } from "./clock";
import { Zoom } from "./zoom";

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
  /** Without it there is no voting. */
  vote?(vote: Judgement): Promise<Standings>;
  standings?(): Promise<Standings>;
  /** Without it there is no menu of exports. */
  export?(order: Export, progress: (fraction: number) => void): Promise<Exported>;
  /** With it there is a button that closes the comparison. */
  close?(): void;
}

/** A film of nine takes is not made in a moment. */
const EXPORT_PATIENCE = 15 * 60_000;

/** What the kernel does for a comparison; a Studio says in `jobs` what it compares. */
export function kernelOf(
  channel: Channel,
  jobs?: () => string[],
): Required<Pick<Place, "vote" | "standings" | "export">> {
  const about = () => (jobs ? { jobs: jobs() } : {});
  return {
    vote: async (vote) => (await channel.ask("vote", { ...vote, key: makeId(), ...about() })).value,
    standings: async () => (await channel.ask("standings", about())).value,
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
  /** Jobs on the screen, in order. */
  readonly shown: ReadonlySignal<readonly string[]>;
  readonly view: ReadonlySignal<CompareView>;
  readonly place: Place;
  readonly scope: Scope;
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
  }

  /** Unique ids for labels: a page may hold several comparisons. */
  id(name: string): string {
    return `${this.#prefix}-${name}`;
  }

  take(job: string): Take | undefined {
    return this.place.takes.value.find((take) => take.job === job);
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

  /** Hear one take, or with the same again none. */
  hear(job: string | undefined): void {
    if (!job) return;
    this.audible.value = this.audible.peek() === job ? null : job;
    const heard = this.audible.peek();
    this.live.tell(heard ? `${this.title(heard)} sounds.` : "No take sounds.");
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
      offsets: jobs.map((job) => this.clock.track(job)?.offset ?? 0),
      audible: this.audible.peek(),
    };
  }
}
