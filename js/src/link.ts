import { type Signal, signal } from "@preact/signals-core";
import { type Channel, NoAnswer, PATIENCE } from "./channel";
import type { Model } from "./host";
import type { Scope } from "./scope";

/**
 * `live`: nothing speaks against it. `silent`: no reply in time; a busy kernel looks like a lost one,
 * so nothing is claimed. `restarted`: the kernel half is gone for good and only a new view reaches
 * the new one.
 */
export type LinkState = "live" | "silent" | "restarted";

const LONGEST = 60_000;

/** What a page without a list of takes has of it. */
const UNLISTED = { revision: 0 };

/** What is known about the kernel. */
export class Link {
  readonly state: Signal<LinkState> = signal("live");
  readonly #epoch: string;

  constructor(model: Model, scope: Scope) {
    this.#epoch = model.get("_epoch") ?? "";
    // Told by JupyterLab on restart and crash. The flag itself is not always forwarded.
    const commChanged = () => {
      if (model.comm_live !== true) this.restarted();
    };
    const epochChanged = () => this.#compare(model.get("_epoch") ?? "");
    model.on("comm_live_update", commChanged);
    model.on("change:_epoch", epochChanged);
    scope.add(() => {
      model.off("comm_live_update", commChanged);
      model.off("change:_epoch", epochChanged);
    });
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
    try {
      for (let patience = PATIENCE; !scope.ended; patience = Math.min(LONGEST, patience * 2)) {
        try {
          const { revision } = list;
          const { value } = await channel.ask("hello", { revision }, { patience });
          this.#compare(value.epoch);
          return;
        } catch (error) {
          if (!(error instanceof NoAnswer)) return;
        }
      }
    } finally {
      this.#greeting = false;
    }
  }

  #compare(epoch: string): void {
    if (this.#epoch && epoch && epoch !== this.#epoch) this.restarted();
  }
}
