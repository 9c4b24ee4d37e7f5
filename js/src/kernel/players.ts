import type { Host } from "../compare/guest";
import type { Channel } from "./channel";

/** The comparison's own bundle, as the kernel sends it. */
export interface Player {
  open(el: HTMLElement, host: Host): () => void;
  style: string;
}

/** How a module is made of its text: from a blob, as hosts load the Studio itself. */
async function fromText(script: string): Promise<unknown> {
  const url = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
  try {
    return await import(url);
  } finally {
    URL.revokeObjectURL(url);
  }
}

/** Loads the player when takes are first compared, once for all views of a Studio. */
export class Players {
  readonly #channel: Channel;
  readonly #load: (script: string) => Promise<unknown>;
  #loading: Promise<Player> | undefined;

  constructor(channel: Channel, load = fromText) {
    this.#channel = channel;
    this.#load = load;
  }

  /** Rejects with what to say; the next call tries again. */
  get(): Promise<Player> {
    this.#loading ??= this.#fetch().catch((error: unknown) => {
      this.#loading = undefined;
      throw error;
    });
    return this.#loading;
  }

  async #fetch(): Promise<Player> {
    const { value } = await this.#channel.ask("player", {});
    let loaded: Partial<Player>;
    try {
      loaded = (await this.#load(value.script)) as Partial<Player>;
    } catch (error) {
      throw new Error(
        `This page does not let the player be loaded (${(error as Error).message}). compare(…) in a cell of its own shows these takes.`,
      );
    }
    if (typeof loaded.open !== "function") {
      throw new Error("The kernel has another version of rushes than this page. Reload the page.");
    }
    return { open: loaded.open, style: value.style };
  }
}
