import { signal } from "@preact/signals-core";
import { h } from "../dom";
import type { Take } from "../protocol";
import type { Scope } from "../scope";
import type { View } from "../view";
import { ratioOfTake } from "./card";
import { player } from "./player";

/**
 * Two to nine takes beside each other. The one place where the tray shows what it holds: whatever
 * it returns stands above the cards until `scope` ends.
 */
export function comparison(view: View, takes: readonly Take[], scope: Scope): HTMLElement {
  // A finished take has nothing that counts on.
  const still = signal(0);
  const frames = takes.flatMap((take) => {
    const entry = view.core.shelf.get(take.job);
    if (!entry) return [];
    const frame = h(
      "div",
      { class: "rs-frame" },
      player({ view, entry, scope, tick: still, minute: still }),
    );
    frame.style.setProperty("--rs-ratio", ratioOfTake(take).toFixed(4));
    const name = take.providerTitle || take.provider;
    return [h("figure", {}, frame, h("figcaption", {}, name))];
  });
  return h("div", { class: "rs-comparison" }, ...frames);
}
