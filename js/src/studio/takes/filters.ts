import { computed, type ReadonlySignal, signal } from "@preact/signals-core";
import { type Marks, type Take, unfinished } from "../../kernel/messages";
import { choice } from "../../ui/controls";
import { h } from "../../ui/dom";
import { modeTitle } from "../../ui/format";
import { marksOf } from "../../ui/judging";
import type { View } from "../core";

export interface Filters {
  element: HTMLElement;
  /** Whether anything is asked for. */
  active: ReadonlySignal<boolean>;
  matches(take: Take): boolean;
  /** Put jobs, newest first, into the order that is asked for. */
  ordered(jobs: readonly string[]): readonly string[];
  clear(): void;
}

const DAY = 86_400;

/** When a take was asked for: the seconds of today that have passed, and whole days before. */
const times: [days: string, title: string][] = [
  ["0", "Today"],
  ["7", "Last 7 days"],
  ["30", "Last 30 days"],
];

/** What comes first, as a number that is lower; takes without one come last. */
const orders: Record<string, (take: Take) => number | null | undefined> = {
  "Oldest first": ({ createdAt }) => createdAt,
  "Most stars": (take) => -(marksOf(take).stars ?? 0) || null,
  "Lowest cost": ({ cost }) => cost?.amount,
  Fastest: ({ took }) => took,
};

const states: Record<string, string> = {
  waiting: "On the way",
  completed: "Done",
  uncertain: "Uncertain",
  failed: "Failed",
  cancelled: "Cancelled",
};

const judgements: Record<string, (marks: Marks) => boolean> = {
  Picked: ({ pick }) => pick === true,
  Rejected: ({ pick }) => pick === false,
  "Not rejected": ({ pick }) => pick !== false,
  "Not judged": ({ pick, stars }) => pick === null && stars === null,
  ...Object.fromEntries(
    [5, 4, 3, 2, 1].map((least) => [
      least === 5 ? "5 stars" : least === 1 ? "1 star or more" : `${least} stars or more`,
      ({ stars }: Marks) => (stars ?? 0) >= least,
    ]),
  ),
};

/** Narrows the takes by what they are and when they were made, and puts them in order. */
export function filters(view: View): Filters {
  const { core, scope } = view;
  const text = signal("");
  const provider = signal("");
  const mode = signal("");
  const state = signal("");
  const mark = signal("");
  const tag = signal("");
  const since = signal("");
  const sort = signal("");
  /** By job, for the present order: a card stays where it is while it is judged. */
  let ranks = new Map<string, number>();
  let ranked = "";
  const search = h("input", {
    type: "search",
    class: "rs-input",
    placeholder: "Search prompts, tags and notes",
    "aria-label": "Search takes by their text",
    oninput: () => {
      text.value = search.value.trim().toLowerCase();
    },
  });

  const select = (
    label: string,
    chosen: typeof text,
    options: () => [value: string, title: string][],
  ) => choice(label, chosen, options, scope, label);

  /** The takes themselves are read only when their list changes. */
  const takes = computed(() =>
    core.shelf.order.value.flatMap((job) => core.shelf.get(job)?.take.peek() ?? []),
  );
  const tags = computed(() => {
    const all = core.shelf.order.value.flatMap(
      (job) => marksOf(core.shelf.get(job)?.take.value).tags,
    );
    return [...new Set(all)].sort();
  });
  const byTag = select("All tags", tag, () => tags.value.map((name) => [name, name]));
  byTag.classList.add("rs-by-tag");
  const isTagged = computed(() => tags.value.length > 0 || tag.value !== "");
  scope.effect(() => {
    byTag.hidden = !isTagged.value;
  });
  const choices = [text, provider, mode, state, mark, tag, since];
  const element = h(
    "div",
    { class: "rs-filters", role: "search", "aria-label": "Filter takes" },
    search,
    select("All providers", provider, () => [
      ...new Map(takes.value.map((take) => [take.provider, take.providerTitle || take.provider])),
    ]),
    select("All modes", mode, () => [
      ...new Map(takes.value.map((take) => [take.mode, modeTitle(take.mode)])),
    ]),
    select("All states", state, () => Object.entries(states)),
    select("All marks", mark, () => Object.keys(judgements).map(twice)),
    byTag,
    select("Any time", since, () => times),
    choice("Newest first", sort, () => Object.keys(orders).map(twice), scope, "Order of the takes"),
  );
  function rank(job: string): number {
    const known = ranks.get(job);
    if (known !== undefined) return known;
    const take = core.shelf.get(job)?.take.peek();
    const found = (take && orders[sort.value]?.(take)) ?? Number.POSITIVE_INFINITY;
    if (take && !unfinished.has(take.state)) ranks.set(job, found);
    return found;
  }
  return {
    element,
    active: computed(() => choices.some(({ value }) => value !== "")),
    matches: (take) =>
      (provider.value === "" || take.provider === provider.value) &&
      (mode.value === "" || take.mode === mode.value) &&
      (state.value === "" || state.value === group(take)) &&
      (judgements[mark.value]?.(marksOf(take)) ?? true) &&
      (tag.value === "" || marksOf(take).tags.includes(tag.value)) &&
      (since.value === "" || take.createdAt >= today() - Number(since.value) * DAY) &&
      (text.value === "" || words(take).includes(text.value)),
    ordered: (jobs) => {
      if (sort.value !== ranked) {
        ranked = sort.value;
        ranks = new Map();
      }
      return ranked === "" ? jobs : [...jobs].sort((one, other) => rank(one) - rank(other) || 0);
    },
    clear: () => {
      for (const choice of choices) choice.value = "";
      search.value = "";
    },
  };
}

/** The midnight before now, in seconds. */
function today(): number {
  return new Date().setHours(0, 0, 0, 0) / 1000;
}

function twice(name: string): [string, string] {
  return [name, name];
}

function group({ state }: Take): string {
  return unfinished.has(state) ? "waiting" : state;
}

function words(take: Take): string {
  const scenes = JSON.stringify(take.params?.multiPrompt ?? "");
  const { tags, note } = marksOf(take);
  return `${take.prompt ?? ""} ${scenes} ${take.job} ${take.seed ?? ""} ${tags.join(" ")} ${note ?? ""}`.toLowerCase();
}
