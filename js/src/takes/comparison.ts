import { computed, signal } from "@preact/signals-core";
import { mountCompare } from "../compare/player";
import { h } from "../dom";
import { makeId } from "../ids";
import type { CompareView, Take } from "../protocol";
import type { Scope } from "../scope";
import type { View } from "../view";

/** A film of nine takes is not made in a moment. */
const EXPORT_PATIENCE = 15 * 60_000;

/** The takes of the tray on one clock, above the cards, until `scope` ends. */
export function comparison({ core }: View, scope: Scope): HTMLElement {
  const { tray, shelf, channel, media, usable } = core;
  const root = h("div", { class: "rs-comparison" });
  const takes = computed(() =>
    named(tray.jobs.value.flatMap((job) => shelf.get(job)?.take.value ?? [])),
  );
  const jobs = () => [...tray.jobs.peek()];
  mountCompare(
    root,
    {
      takes,
      media,
      usable,
      columns: signal(0),
      view: signal<CompareView>("grid"),
      blind: signal(false),
      vote: async (vote) =>
        (await channel.ask("vote", { ...vote, key: makeId(), jobs: jobs() })).value,
      standings: async () => (await channel.ask("standings", { jobs: jobs() })).value,
      export: async (order, progress) =>
        (await channel.ask("export", order, { patience: EXPORT_PATIENCE, progress })).value,
    },
    scope,
  );
  return root;
}

/** Takes under names of their own: the provider's, with a number where there are several. */
function named(takes: readonly Take[]): Take[] {
  const counts = new Map<string, number>();
  return takes.map((take) => {
    const name = take.providerTitle || take.provider;
    const count = (counts.get(name) ?? 0) + 1;
    counts.set(name, count);
    return { ...take, label: count > 1 ? `${name} ${count}` : name };
  });
}
