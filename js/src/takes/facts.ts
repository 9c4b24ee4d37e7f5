import { h, put } from "../dom";
import { clock, costText, modeTitle } from "../format";
import type { Take } from "../protocol";
import type { CardContext } from "./context";

/** One line of measured facts; of a take under way, what is expected. */
export function facts(line: HTMLElement, { entry, scope }: CardContext): void {
  scope.effect(() => {
    const parts = factsOf(entry.take.value);
    put(line, ...parts.map((part) => h("span", {}, part)));
  });
}

export function factsOf(take: Take): string[] {
  const seconds = take.durationSeconds ?? take.params?.durationSeconds;
  return [
    [modeTitle(take.mode), take.backend].filter(Boolean).join(" · "),
    typeof seconds === "number" ? `${Number(seconds.toFixed(1))} s` : "",
    take.width && take.height ? `${take.width}×${take.height}` : "",
    typeof take.seed === "number" ? `seed ${take.seed}` : "",
    take.cost ? costText(take.cost) : "",
    take.took ? `took ${clock(take.took)}` : "",
  ].filter(Boolean);
}
