import type { BoardLayout, Take } from "../kernel/messages";
import { marksOf } from "../ui/judging";

export type Value = string | number | null;

const camel = (name: string) =>
  name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());

/** Columns that every take has, beside the axes, its parameters and its measures. */
const OWN: Readonly<Record<string, (take: Take) => Value>> = {
  state: ({ state }) => state,
  backend: ({ backend }) => backend ?? null,
  cost: ({ cost }) => cost?.amount ?? null,
  took: ({ took }) => took ?? null,
  seconds: ({ durationSeconds }) => durationSeconds ?? null,
  bytes: ({ bytes }) => bytes ?? null,
  seed: ({ seed }) => seed ?? null,
  created: ({ createdAt }) => createdAt,
  stars: (take) => marksOf(take).stars,
  pick: (take) => ({ true: 1, false: -1, null: 0 })[String(marksOf(take).pick)] ?? 0,
  tag: (take) => marksOf(take).tags.join(" ") || null,
  note: (take) => marksOf(take).note,
};

/** What a cell has in a column: of an axis, of its take, or a parameter. */
export function valueIn(
  layout: BoardLayout,
  cell: number,
  take: Take | undefined,
  name: string,
): Value {
  const axis = layout.axes.findIndex((each) => each.name === name);
  if (axis >= 0) return layout.axes[axis]?.values[layout.cells[cell]?.at[axis] ?? -1] ?? null;
  if (!take) return null;
  const own = OWN[name];
  if (own) return own(take);
  const measure = take.measures?.[name];
  if (measure !== undefined) return measure;
  const value = take.params[camel(name)];
  if (value === null || value === undefined) return null;
  return typeof value === "number" || typeof value === "string" ? value : JSON.stringify(value);
}

/** A question to a cell, in words of the search field. */
export type Test = (cell: number, take: Take | undefined) => boolean;

/**
 * Read a search: words that a cell has to have anywhere, and comparisons like `seed=7` or `cost<1.5`. A
 * word in quotes may hold spaces.
 */
export function parsed(text: string, layout: BoardLayout): Test {
  const words = text.match(/(?:[^\s"]|"[^"]*")+/g) ?? [];
  const tests = words.map((word) => test(word.replaceAll('"', ""), layout));
  return (cell, take) => tests.every((each) => each(cell, take));
}

function test(word: string, layout: BoardLayout): Test {
  const found = /^([a-z_]+)(<=|>=|=|<|>)(.+)$/i.exec(word);
  if (found) {
    const [, name = "", sign = "", wanted = ""] = found;
    return (cell, take) => holds(valueIn(layout, cell, take, name.toLowerCase()), sign, wanted);
  }
  const wanted = word.toLowerCase();
  return (cell, take) => hay(layout, cell, take).includes(wanted);
}

function holds(value: Value, sign: string, wanted: string): boolean {
  if (value === null) return false;
  if (sign === "=") {
    return typeof value === "number"
      ? value === Number(wanted)
      : value.toLowerCase().includes(wanted.toLowerCase());
  }
  const [own, limit] = [Number(value), Number(wanted)];
  if (Number.isNaN(own) || Number.isNaN(limit)) return false;
  const than = { "<": own < limit, ">": own > limit, "<=": own <= limit, ">=": own >= limit };
  return than[sign as keyof typeof than];
}

function hay(layout: BoardLayout, cell: number, take: Take | undefined): string {
  const at = layout.cells[cell]?.at ?? [];
  const axes = layout.axes.map(({ values }, axis) => values[at[axis] ?? -1] ?? "");
  const { tags, note } = marksOf(take);
  return [...axes, take?.prompt, take?.job, take?.providerTitle, take?.provider, ...tags, note]
    .join(" ")
    .toLowerCase();
}

/** Order cells by a column; a name that begins with `-` from the highest. What has no value comes last. */
export function ordered(
  name: string,
  layout: BoardLayout,
  take: (cell: number) => Take | undefined,
): (one: number, other: number) => number {
  const down = name.startsWith("-") ? -1 : 1;
  const column = name.replace(/^-/, "");
  const axis = layout.axes.findIndex((each) => each.name === column);
  const rank = (cell: number): Value =>
    // The order of an axis is the one that it was given in.
    axis >= 0 ? (layout.cells[cell]?.at[axis] ?? null) : valueIn(layout, cell, take(cell), column);
  return (one, other) => {
    const [a, b] = [rank(one), rank(other)];
    if (a === null || b === null) return Number(a === null) - Number(b === null);
    if (typeof a === "number" && typeof b === "number") return down * (a - b);
    return down * String(a).localeCompare(String(b), undefined, { numeric: true });
  };
}

/** The columns by which cells can be put in order: [name, title]. */
export function sortable(layout: BoardLayout, takes: readonly Take[]): [string, string][] {
  const axes = layout.axes.map(({ name, title }): [string, string] => [name, title]);
  const measures = new Set(takes.flatMap((take) => Object.keys(take.measures ?? {})));
  return [
    ["-stars", "most stars"],
    ["-pick", "picked first"],
    ...axes,
    ["cost", "lowest cost"],
    ["took", "fastest"],
    ["-created", "newest"],
    ...[...measures].sort().flatMap((name): [string, string][] => [
      [name, `${name} ↑`],
      [`-${name}`, `${name} ↓`],
    ]),
  ];
}
