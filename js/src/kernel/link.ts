import { type Signal, signal } from "@preact/signals-core";
import type { Scope } from "../ui/scope";
import { type Channel, insist } from "./channel";
import type { Model } from "./host";
import { observe } from "./host";
import type { Take } from "./messages";

/**
 * `live`: nothing speaks against it. `silent`: no reply in time; a busy kernel looks like a lost one,
 * so nothing is claimed. `restarted`: the kernel half is gone for good and only a new view reaches
 * the new one.
 */
export type LinkState = "live" | "silent" | "restarted";

/** What a page without a list of takes has of it. */
const UNLISTED = { revision: 0 };

/** What is known about the kernel. */
export class Link {
  readonly state: Signal<LinkState> = signal("live");
  readonly #epoch: string;

  constructor(model: Model, scope: Scope) {
    this.#epoch = model.get("_epoch") ?? "";
    // Reported by JupyterLab on restart and crash. The flag itself is not always forwarded.
    const commChanged = () => {
      if (model.comm_live !== true) this.restarted();
    };
    const epochChanged = () => this.#compare(model.get("_epoch") ?? "");
    observe(model, "comm_live_update", commChanged, scope);
    observe(model, "change:_epoch", epochChanged, scope);
    if (model.comm_live === false) this.restarted();
  }

  heard(): void {
    if (this.state.peek() === "silent") this.state.value = "live";
  }

  silence(): void {
    if (this.state.peek() === "live") this.state.value = "silent";
  }

  restarted(): void {
    this.state.value = "restarted";
  }

  /** Greet the kernel now, and while it is silent again and again with growing patience. */
  async watch(channel: Channel, scope: Scope, list = UNLISTED): Promise<void> {
    scope.effect(() => {
      if (this.state.value === "silent") void this.#greet(channel, scope, list);
    });
    await this.#greet(channel, scope, list);
  }

  #greeting = false;

  async #greet(channel: Channel, scope: Scope, list: { revision: number }): Promise<void> {
    if (this.#greeting) return;
    this.#greeting = true;
    const ask = (patience: number) =>
      channel.ask("hello", { revision: list.revision }, { patience });
    try {
      const { value } = await insist(ask, () => !scope.ended);
      this.#compare(value.epoch);
    } catch {
      // Nothing answers; pending requests fail on their own.
    } finally {
      this.#greeting = false;
    }
  }

  #compare(epoch: string): void {
    if (this.#epoch && epoch && epoch !== this.#epoch) this.restarted();
  }
}

/**
 * The list of takes as the kernel keeps it. It comes whole in a trait when the page opens and when
 * takes come or go; else the kernel sends single takes, each of which makes another revision of it.
 */
export class List {
  /** Of the list that this page has. */
  revision = 0;
  readonly #channel: Channel;
  #asked = false;

  constructor(model: Model, channel: Channel, scope: Scope, replace: (takes: Take[]) => void) {
    this.#channel = channel;
    const changed = () => {
      this.revision = model.get("_revision") ?? 0;
      this.#asked = false;
      replace(model.get("_takes") ?? []);
    };
    changed();
    observe(model, "change:_takes", changed, scope);
  }

  /** A take has come that makes this revision. When one is missing, the whole list is asked for. */
  follow(revision: number): void {
    if (revision <= this.revision) return;
    if (revision === this.revision + 1) {
      this.revision = revision;
    } else if (!this.#asked) {
      this.#asked = true;
      void this.#channel.ask("hello", { revision: this.revision }).catch(() => {
        this.#asked = false;
      });
    }
  }
}
