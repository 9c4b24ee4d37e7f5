import { computed, type ReadonlySignal, type Signal, signal } from "@preact/signals-core";
import { Clock } from "../compare/clock";
import { openTake, tracksOf } from "../compare/opening";
import type { Take } from "../kernel/messages";
import { h } from "../ui/dom";
import type { Scope } from "../ui/scope";
import type { LiveRegion } from "../ui/status";
import type { BoardCore } from "./core";

/** What playing needs of a view. */
interface Around {
  readonly core: BoardCore;
  readonly scope: Scope;
  readonly live: LiveRegion;
  readonly inView: ReadonlySignal<ReadonlySet<number>>;
  readonly selected: ReadonlySignal<ReadonlySet<number>>;
  readonly order: ReadonlySignal<{ cells: number[]; at: ReadonlyMap<number, [number, number]> }>;
  readonly cursor: ReadonlySignal<number>;
  readonly solo: ReadonlySignal<number | null>;
}

/** Which cells the clock plays where nothing is selected. */
export type Reach = "row" | "column" | "view";

/** Browsers have only so many decoders. */
export const MOST = 40;

/** Plays cells on one clock, and the one under the pointer alone. */
export class Reel {
  readonly clock: Clock;
  readonly reach: Signal<Reach> = signal("row");
  /** The cells that the clock plays. */
  readonly cast = signal<readonly number[]>([]);
  /** The cell under the pointer. */
  readonly hovered = signal<number | null>(null);
  /** Whether the cell that is shown alone is heard. */
  readonly audible = signal(true);
  /** The cells that hold a video now. */
  readonly screened: ReadonlySignal<ReadonlySet<number>>;
  readonly #view: Around;

  constructor(view: Around) {
    this.#view = view;
    const { scope, core } = view;
    this.clock = new Clock(scope);
    this.screened = computed(() => {
      const seen = view.inView.value;
      const cast = this.cast.value.filter((cell) => seen.has(cell)).slice(0, MOST);
      const under = this.hovered.value;
      return new Set(under !== null && seen.has(under) ? [...cast, under] : cast);
    });
    scope.effect(() => {
      const takes = this.cast.value.map((cell) => core.cell(cell).value);
      this.clock.expect(tracksOf(takes, this.clock));
    });
  }

  /** The cells that Space plays: what is selected, or what the cursor is in. */
  chosen(): number[] {
    const { selected, order, cursor, inView } = this.#view;
    const { cells, at } = order.peek();
    const done = (cell: number) => this.#view.core.cell(cell).peek()?.state === "completed";
    const some = selected.peek();
    if (some.size > 0) return cells.filter((cell) => some.has(cell) && done(cell));
    const reach = this.reach.peek();
    const here = at.get(cursor.peek());
    if (reach === "view" || !here) {
      const seen = inView.peek();
      return cells.filter((cell) => seen.has(cell) && done(cell));
    }
    const axis = reach === "row" ? 0 : 1;
    return cells.filter((cell) => at.get(cell)?.[axis] === here[axis] && done(cell));
  }

  /** Play what is chosen, or stop; another choice starts from the beginning. */
  toggle(): void {
    if (this.clock.playing.peek()) {
      this.clock.pause();
      return;
    }
    const solo = this.#view.solo.peek();
    const cast = solo === null ? this.chosen() : [solo];
    if (cast.length === 0) {
      this.#view.live.tell("There is no finished take to play here.");
      return;
    }
    this.play(cast);
  }

  play(cast: readonly number[]): void {
    if (cast.join() !== this.cast.peek().join()) {
      this.clock.seek(0);
      this.cast.value = cast;
    }
    this.clock.play();
  }

  /** Stop, and give the decoders back. */
  stop(): void {
    if (this.clock.playing.peek()) this.clock.pause();
    this.cast.value = [];
  }

  /**
   * Put a video into a frame as long as `wanted` says so; on the clock, or alone in a loop.
   *
   * The picture under it stays until there is a frame to see.
   */
  screen(
    frame: HTMLElement,
    wanted: ReadonlySignal<"clock" | "alone" | null>,
    take: ReadonlySignal<Take | undefined>,
    scope: Scope,
    failed: (message: string) => void,
    muted = true,
  ): void {
    scope.each(
      () => {
        const known = take.value;
        return wanted.value && known?.state === "completed"
          ? JSON.stringify([wanted.value, known.job, known.video])
          : null;
      },
      (key, part) => {
        const known = take.peek();
        if (key === null || !known) return;
        const video = h("video", { class: "rs-video", preload: "auto", playsinline: true });
        video.muted = muted;
        video.disablePictureInPicture = true;
        video.tabIndex = -1;
        frame.append(video);
        part.add(() => {
          frame.classList.remove("rs-bd-showing");
          video.pause();
          video.removeAttribute("src");
          video.load();
          video.remove();
        });
        part.listen(video, "loadeddata", () => frame.classList.add("rs-bd-showing"));
        void this.#start(known, video, wanted.peek() === "clock", part, failed);
      },
    );
  }

  async #start(
    take: Take,
    video: HTMLVideoElement,
    onClock: boolean,
    part: Scope,
    failed: (message: string) => void,
  ): Promise<void> {
    const { media } = this.#view.core;
    try {
      const around = { place: { media }, part: () => "video" as const };
      const { track } = await openTake(around, take, video, part, () => {});
      if (part.ended) return;
      failed("");
      if (onClock) part.add(this.clock.join(take.job, video, track));
      else {
        video.loop = true;
        await video.play();
      }
    } catch (error) {
      if (!part.ended && (error as Error).name !== "AbortError") failed((error as Error).message);
    }
  }
}
