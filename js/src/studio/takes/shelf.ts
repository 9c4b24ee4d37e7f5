import { batch, type Signal, signal } from "@preact/signals-core";
import type { Marks, Moved, Take } from "../../kernel/messages";
import { type Rest, type TakeState, unfinished } from "../../kernel/messages";

/** Takes that the kernel lists. */
const MOST = 200;

/** What a take's card is about. */
export type Phase = "waiting" | "completed" | "stopped" | "uncertain";

export function phaseOf(state: TakeState): Phase {
  if (unfinished.has(state)) return "waiting";
  return state === "completed" || state === "uncertain" ? state : "stopped";
}

/** A take with what the page adds to it. */
export interface Entry {
  readonly job: string;
  readonly take: Signal<Take>;
  /** When the take was last updated, by the page's clock, to count on its elapsed time. */
  heardAt: number;
  /** The kernel's last word on an action of the user. */
  readonly remark: Signal<string>;
}

/** All takes. A take has a signal of its own, so that its progress wakes its card alone. */
export class Shelf {
  readonly order = signal<readonly string[]>([]);
  readonly #entries = new Map<string, Entry>();
  /** Marks that the kernel has not confirmed yet, and how many of its answers are missing. */
  readonly #judged = new Map<string, { marks: Marks; missing: number }>();
  readonly #now: () => number;

  constructor(now: () => number = () => Date.now() / 1000) {
    this.#now = now;
  }

  get(job: string): Entry | undefined {
    return this.#entries.get(job);
  }

  /**
   * Take over a list, newest first, or as much of it as came at once: what is older and known stays
   * until the kernel has sent the rest.
   */
  replace(takes: readonly Take[]): void {
    batch(() => {
      const oldest = takes.at(-1)?.createdAt ?? 0;
      const older = this.order.peek().filter((job) => this.#createdAt(job) < oldest);
      this.#take(takes, [...takes.map((take) => take.job), ...older]);
    });
  }

  /** Take over older takes, and which there are. */
  extend({ takes, jobs }: Rest): void {
    batch(() => this.#take(takes, jobs));
  }

  #take(takes: readonly Take[], jobs: readonly string[]): void {
    for (const take of takes) this.#put(take);
    const order = jobs.filter((job) => this.#entries.has(job));
    const kept = new Set(order);
    for (const job of [...this.#entries.keys()]) {
      if (!kept.has(job)) this.#entries.delete(job);
    }
    if (order.join("\n") !== this.order.peek().join("\n")) this.order.value = order;
  }

  /** Take over one take; an unknown one stands before the older ones, and the oldest may go. */
  patch(take: Take): void {
    batch(() => {
      const known = this.#entries.has(take.job);
      this.#put(take);
      if (known) return;
      const order = [...this.order.peek()];
      const older = order.findIndex((job) => this.#createdAt(job) <= take.createdAt);
      order.splice(older < 0 ? order.length : older, 0, take.job);
      for (const job of order.splice(MOST)) this.#entries.delete(job);
      this.order.value = order;
    });
  }

  /** Take over how far takes are. */
  move(takes: Moved[]): void {
    batch(() => {
      for (const moved of takes) {
        const take = this.#entries.get(moved.job)?.take.peek();
        if (take) this.#put({ ...take, ...moved });
      }
    });
  }

  /** Show marks at once, whatever comes meanwhile; the result is called with the kernel's answer. */
  judge(job: string, marks: Marks): (settled: Marks) => void {
    const held = { marks, missing: (this.#judged.get(job)?.missing ?? 0) + 1 };
    this.#judged.set(job, held);
    this.#mark(job, marks);
    return (settled) => {
      const last = this.#judged.get(job);
      if (!last) return;
      last.missing -= 1;
      if (last.missing > 0) return;
      this.#judged.delete(job);
      this.#mark(job, settled);
    };
  }

  #mark(job: string, marks: Marks): void {
    const take = this.#entries.get(job)?.take.peek();
    if (take) this.#put({ ...take, marks });
  }

  #createdAt(job: string): number {
    return this.#entries.get(job)?.take.peek().createdAt ?? 0;
  }

  #put(found: Take): void {
    const judged = this.#judged.get(found.job);
    const take = judged ? { ...found, marks: judged.marks } : found;
    const entry = this.#entries.get(take.job);
    if (!entry) {
      this.#entries.set(take.job, {
        job: take.job,
        take: signal(take),
        heardAt: this.#now(),
        remark: signal(""),
      });
      return;
    }
    const before = entry.take.peek();
    if (JSON.stringify(before) === JSON.stringify(take)) return;
    entry.heardAt = this.#now();
    if (before.state !== take.state) entry.remark.value = "";
    entry.take.value = take;
  }
}
