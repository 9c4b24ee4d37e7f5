import type { Channel } from "./channel";
import type { Model } from "./host";
import type { Take } from "./protocol";
import type { Scope } from "./scope";

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
    model.on("change:_takes", changed);
    scope.add(() => model.off("change:_takes", changed));
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
