import { clock, costText, megabytes } from "../format";
import type { Take } from "../protocol";

/** One line of what is known of a take: who made it, at what price, how big. */
export function factsOf(take: Take): string[] {
  const { label, providerTitle, provider, backend } = take;
  const model = providerTitle || provider;
  return [
    model === label ? "" : model,
    backend ?? "",
    typeof take.durationSeconds === "number" ? `${Number(take.durationSeconds.toFixed(2))} s` : "",
    take.width && take.height ? `${take.width}×${take.height}` : "",
    take.fps ? `${Number(take.fps.toFixed(2))} fps` : "",
    typeof take.seed === "number" ? `seed ${take.seed}` : "",
    take.cost ? costText(take.cost) : "",
    take.took ? `took ${clock(take.took)}` : "",
    take.bytes ? megabytes(take.bytes) : "",
  ].filter(Boolean);
}
