import { signal } from "@preact/signals-core";
import { mountCompare } from "../compare/player";
import type { Media } from "../kernel/media";
import type { CompareView } from "../kernel/messages";
import { h } from "../ui/dom";
import type { Scope } from "../ui/scope";
import { asking, type Booth, ended, takesOf } from "./ballot";

/** Put the player and its questions into an element. */
export function voting(root: HTMLElement, booth: Booth, media: Media, scope: Scope): void {
  const player = h("div", { class: "rs-vote" });
  const takes = takesOf(booth);
  scope.effect(() => {
    player.hidden = takes.value.length === 0;
  });
  root.append(player, ended(booth, scope));
  mountCompare(
    player,
    {
      takes,
      media,
      usable: signal(true),
      columns: signal(0),
      view: signal<CompareView>("grid"),
      blind: signal(true),
      ballot: asking(booth),
    },
    scope,
  );
}
