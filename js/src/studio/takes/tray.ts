import { computed, type ReadonlySignal, type Signal, signal } from "@preact/signals-core";
import type { Model } from "../../kernel/host";
import { observe, trait } from "../../kernel/host";
import type { Scope } from "../../ui/scope";
import type { Shelf } from "./shelf";

/** How many takes can be compared at once. */
export const FEWEST = 2;
export const MOST = 9;

/** The takes that are put together for comparing, kept in step with the `_selected` trait. */
export class Tray {
  readonly #jobs: Signal<readonly string[]>;
  readonly #model: Model;
  /** Finished takes only, in the order in which they were chosen. */
  readonly jobs: ReadonlySignal<readonly string[]>;
  /** What the kernel calls them. */
  readonly names: ReadonlySignal<Record<string, string>>;
  /** Whether they are being compared. */
  readonly open = signal(false);

  constructor(model: Model, shelf: Shelf, scope: Scope) {
    this.#model = model;
    const selected = () => {
      const jobs = model.get("_selected");
      return Array.isArray(jobs) ? jobs.map(String) : [];
    };
    this.#jobs = signal(selected());
    this.jobs = computed(() => {
      const present = new Set(shelf.order.value);
      return this.#jobs.value.filter((job) => present.has(job));
    });
    const changed = () => {
      this.#jobs.value = selected();
    };
    observe(model, "change:_selected", changed, scope);
    this.names = trait(model, "_names", {}, scope);
  }

  has(job: string): boolean {
    return this.jobs.value.includes(job);
  }

  get full(): boolean {
    return this.jobs.value.length >= MOST;
  }

  toggle(job: string): void {
    const jobs = this.jobs.peek();
    if (jobs.includes(job)) this.#set(jobs.filter((other) => other !== job));
    else if (jobs.length < MOST) this.#set([...jobs, job]);
  }

  clear(): void {
    this.#set([]);
  }

  #set(jobs: readonly string[]): void {
    this.#jobs.value = jobs;
    if (jobs.length < FEWEST) this.open.value = false;
    this.#model.set("_selected", [...jobs]);
    this.#model.save_changes();
  }
}
