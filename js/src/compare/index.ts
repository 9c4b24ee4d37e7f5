import { computed, type ReadonlySignal, type Signal, signal } from "@preact/signals-core";
import { Channel } from "../kernel/channel";
import { type Model, trait, widget } from "../kernel/host";
import { Link, List } from "../kernel/link";
import { Media } from "../kernel/media";
import type { Take, Traits } from "../kernel/messages";
import { h } from "../ui/dom";
import { keepKeys } from "../ui/keys";
import { Scope } from "../ui/scope";
import { banner } from "../ui/status";
import { followTheme } from "../ui/theme";
import type { Place } from "./deck";
import { kernelOf } from "./deck";
import { mountCompare } from "./player";

/** What a Studio uses of this bundle. */
export { open } from "./guest";

/** A factory, as the Studio is: whatever belongs to one widget lives in here. */
export default () => widget((model) => new CompareCore(model), build);

function build(core: CompareCore, scope: Scope): HTMLElement {
  const root = h("div", { class: "rushes" }, banner(core, scope));
  keepKeys(root, scope);
  mountCompare(root, core.place, scope);
  followTheme(root, scope);
  core.enter();
  return root;
}

/** One comparison's half of the page, shared by all its views. */
export class CompareCore {
  readonly link: Link;
  readonly channel: Channel;
  readonly media: Media;
  readonly usable: ReadonlySignal<boolean>;
  readonly takes: Signal<readonly Take[]>;
  readonly place: Place;
  readonly #scope = new Scope();
  readonly #list: List;
  #greeted = false;

  constructor(model: Model) {
    const scope = this.#scope;
    this.link = new Link(model, scope);
    this.usable = computed(() => this.link.state.value !== "restarted");
    this.takes = signal<readonly Take[]>([]);
    this.channel = new Channel(model, {
      take: (take) => this.#patch(take),
      revised: (revision) => this.#list.follow(revision),
      heard: () => this.link.heard(),
      silence: () => this.link.silence(),
    });
    scope.add(() => this.channel.close());
    this.#list = new List(model, this.channel, scope, (takes) => {
      this.takes.value = takes;
    });
    this.media = new Media(model, this.channel);
    scope.add(() => this.media.close());
    // Nobody answers any more: open requests fail now instead of one by one.
    scope.effect(() => {
      if (!this.usable.value) this.channel.close();
    });
    this.place = {
      takes: this.takes,
      media: this.media,
      usable: this.usable,
      columns: kept(model, "columns", 0, scope),
      view: kept(model, "view", "grid", scope),
      blind: kept(model, "blind", false, scope),
      markers: kept(model, "markers", [], scope),
      ...kernelOf(this.channel),
    };
  }

  /** Greet the kernel when the first view appears. */
  enter(): void {
    if (this.#greeted) return;
    this.#greeted = true;
    void this.link.watch(this.channel, this.#scope, this.#list);
  }

  end(): void {
    this.#scope.end();
  }

  #patch(take: Take): void {
    const takes = this.takes.peek();
    if (!takes.some(({ job }) => job === take.job)) return;
    this.takes.value = takes.map((old) =>
      old.job === take.job ? { ...take, label: take.label ?? old.label } : old,
    );
  }
}

/** A signal that is a trait as well. */
function kept<K extends "columns" | "view" | "blind" | "markers">(
  model: Model,
  name: K,
  usual: Traits[K],
  scope: Scope,
): Signal<Traits[K]> {
  const value = trait(model, name, usual, scope);
  scope.effect(() => {
    const now = value.value;
    if (JSON.stringify(model.get(name)) === JSON.stringify(now)) return;
    model.set(name, now);
    model.save_changes();
  });
  return value;
}
