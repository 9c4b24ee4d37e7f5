import type { ReadonlySignal } from "@preact/signals-core";
import type { LinkState } from "../kernel/link";
import type { Take } from "../kernel/messages";
import { h, put } from "./dom";
import { modeTitle } from "./format";
import type { Scope } from "./scope";

const texts: Record<Exclude<LinkState, "live">, string> = {
  restarted:
    "The kernel restarted. Run this cell again: every take is safe in the journal and running ones continue.",
  silent:
    "The kernel is busy or gone. What you ask for waits until it answers. If it restarted, run this cell again: every take is safe in the journal.",
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

const words: Partial<Record<Take["state"], string>> = {
  queued: "is queued",
  running: "is rendering",
  completed: "is done",
  failed: "failed",
  cancelled: "was cancelled",
  uncertain: "is uncertain and needs a decision",
};

/**
 * What a screen reader hears: a take's turns, never its progress, and one polite region for all
 * cards, because regions that appear with their text are not read.
 */
export class LiveRegion {
  readonly element = h("p", { class: "rs-offscreen", role: "status", "aria-live": "polite" });

  tell(text: string): void {
    this.element.textContent = text;
  }
}

/** Tell that a take has turned into another state. */
export function turned(live: LiveRegion, take: Take): void {
  const word = words[take.state];
  if (!word) return;
  const reason = take.state === "failed" && take.error ? `: ${take.error.message}` : "";
  const name = take.providerTitle || take.provider;
  live.tell(`The ${modeTitle(take.mode).toLowerCase()} take by ${name} ${word}${reason}`);
}
