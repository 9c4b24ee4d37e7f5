import { signal } from "@preact/signals-core";
import { Channel } from "../kernel/channel";
import { type Model, widget } from "../kernel/host";
import { Link } from "../kernel/link";
import { Media } from "../kernel/media";
import type { Round } from "../kernel/messages";
import { h } from "../ui/dom";
import { keepKeys } from "../ui/keys";
import { Scope } from "../ui/scope";
import { banner } from "../ui/status";
import { followTheme } from "../ui/theme";
import type { Booth, Judgement } from "./ballot";
import { voting } from "./stand";

/** A factory, as the Studio is: whatever belongs to one widget lives in here. */
export default () => widget((model) => new VoteCore(model), build);

/** Milliseconds between two questions for a pair while takes are being made. */
const PAUSE = 3000;

function build(core: VoteCore, scope: Scope): HTMLElement {
  const root = h("div", { class: "rushes" }, banner(core, scope));
  keepKeys(root, scope);
  polling(core, scope);
  voting(root, core, core.media, scope);
  followTheme(root, scope);
  core.enter();
  return root;
}

/** Ask for a pair now and then while there is none and takes are being made. */
function polling(core: VoteCore, scope: Scope): void {
  scope.every(PAUSE, () => {
    const round = core.round.peek();
    if (round?.more && round.takes.length === 0) void core.deal();
  });
}

/** One ballot's half of the page, shared by all its views. */
export class VoteCore implements Booth {
  readonly link: Link;
  readonly channel: Channel;
  readonly media: Media;
  readonly round = signal<Round | null>(null);
  readonly trouble = signal("");
  readonly #scope = new Scope();
  #greeted = false;

  constructor(model: Model) {
    const scope = this.#scope;
    this.link = new Link(model, scope);
    this.channel = new Channel(model, {
      take: () => {},
      heard: () => this.link.heard(),
      silence: () => this.link.silence(),
    });
    scope.add(() => this.channel.close());
    this.media = new Media(model, this.channel);
    scope.add(() => this.media.close());
    scope.effect(() => {
      if (this.link.state.value === "restarted") this.channel.close();
    });
  }

  /** Greet the kernel and ask for the first pair when the first view appears. */
  enter(): void {
    if (this.#greeted) return;
    this.#greeted = true;
    void this.link.watch(this.channel, this.#scope);
    void this.deal();
  }

  async deal(): Promise<void> {
    try {
      this.round.value = (await this.channel.ask("deal", {})).value;
    } catch (error) {
      this.trouble.value = (error as Error).message;
    }
  }

  async judge(judgement: Judgement): Promise<void> {
    this.round.value = (await this.channel.ask("judge", judgement)).value;
  }

  end(): void {
    this.#scope.end();
  }
}
