import type { ReadonlySignal } from "@preact/signals-core";
import { h, put } from "./dom";
import type { LinkState } from "./link";
import type { Scope } from "./scope";

const texts: Record<Exclude<LinkState, "live">, string> = {
  restarted:
    "The kernel restarted. Run this cell again: every take is safe in the journal and running ones go on.",
  silent:
    "The kernel is busy or gone. What you ask for waits until it answers. If it was restarted, run this cell again: every take is safe in the journal.",
};

/** Says at the top when the kernel does not answer. */
export function banner(
  core: { link: { state: ReadonlySignal<LinkState> } },
  scope: Scope,
): HTMLElement {
  const root = h("div", { class: "rs-banner-place", role: "alert" });
  scope.effect(() => {
    const state = core.link.state.value;
    if (state === "live") put(root);
    else put(root, h("p", { class: `rs-banner rs-${state}` }, texts[state]));
  });
  return root;
}
