import { h } from "./dom";
import { modeTitle } from "./format";
import type { Take } from "./protocol";

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

  turned(take: Take): void {
    const word = words[take.state];
    if (!word) return;
    const reason = take.state === "failed" && take.error ? `: ${take.error.message}` : "";
    const name = take.providerTitle || take.provider;
    this.tell(`The ${modeTitle(take.mode).toLowerCase()} take by ${name} ${word}${reason}`);
  }
}
