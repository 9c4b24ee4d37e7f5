import type { Channel } from "./channel";
import type { Looked } from "./protocol";

export interface Look {
  facts: Looked;
  /** A small picture of the file, where there is something to see. */
  picture: Blob | null;
}

/** What is known of files on the kernel's machine, each asked for once. */
export class Looks {
  readonly #channel: Channel;
  readonly #known = new Map<string, Promise<Look>>();

  constructor(channel: Channel) {
    this.#channel = channel;
  }

  at(path: string): Promise<Look> {
    let look = this.#known.get(path);
    if (!look) {
      look = this.#channel.ask("look", { path }).then(({ value, buffers: [bytes] }) => ({
        facts: value,
        picture: bytes ? new Blob([bytes as BlobPart], { type: "image/jpeg" }) : null,
      }));
      this.#known.set(path, look);
      // A file that is not there yet may come.
      look.catch(() => this.#known.delete(path));
    }
    return look;
  }
}
