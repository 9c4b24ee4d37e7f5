import type { BoardAxis, BoardLayout } from "../kernel/messages";

/** Where the cells stand: rows and columns of places, each with the cells that share it. */
export interface Plan {
  rows: string[];
  columns: string[];
  /** By row and column; more than one where an axis is folded. */
  places: (readonly number[])[][];
  /** Whether rows and columns mean nothing: cells in reading order. */
  wall: boolean;
}

/** What the plan is made of; all but the layout can be changed on the page. */
export interface Ordering {
  layout: BoardLayout;
  rows: readonly string[];
  columns: readonly string[];
  /** By the name of an axis that is neither: which value is shown, or null for all of them in one place. */
  steps: Readonly<Record<string, number | null>>;
  /** Whether a cell is shown. */
  shows(cell: number): boolean;
  /** Sorts the cells of a wall; lower first. */
  compare: ((one: number, other: number) => number) | null;
  /** How many stand side by side in a wall. */
  across: number;
}

const BETWEEN = " · ";

/** The axes that are neither rows nor columns. */
export function otherAxes(
  { axes }: BoardLayout,
  rows: readonly string[],
  columns: readonly string[],
): BoardAxis[] {
  return axes.filter(({ name }) => !rows.includes(name) && !columns.includes(name));
}

/** The values that distinguish a cell; `names` are the axes that are named, in that order. */
export function nameOf(
  { axes, cells }: BoardLayout,
  cell: number,
  names: readonly string[] = axes.map(({ name }) => name),
): string {
  const at = cells[cell]?.at ?? [];
  return names
    .flatMap((wanted) => {
      const axis = axes.findIndex(({ name }) => name === wanted);
      return axes[axis]?.values[at[axis] ?? -1] ?? [];
    })
    .join(BETWEEN);
}

/** Arrange the cells: in a grid by the axes, or as a wall. */
export function planned(order: Ordering): Plan {
  const { layout, rows, columns, compare } = order;
  if (compare || (rows.length === 0 && columns.length === 0)) return wall(order);
  const fixed = otherAxes(layout, rows, columns);
  const index = new Map(layout.axes.map(({ name }, at) => [name, at]));
  const keys = (names: readonly string[]) => names.map((name) => index.get(name) ?? -1);
  const [down, across, rest] = [keys(rows), keys(columns), fixed.map(({ name }) => name)];
  const lines = new Map<string, { title: string; cells: Map<string, number[]>; sort: number[] }>();
  const heads = new Map<string, { title: string; sort: number[] }>();
  layout.cells.forEach(({ at }, cell) => {
    if (rest.some((name) => isElsewhere(order.steps[name], at[index.get(name) ?? -1]))) return;
    if (!order.shows(cell)) return;
    const [row, column] = [down, across].map((axes) => axes.map((axis) => at[axis] ?? 0));
    const [rowKey, columnKey] = [String(row), String(column)];
    let line = lines.get(rowKey);
    if (!line) {
      line = { title: nameOf(layout, cell, rows), cells: new Map(), sort: row ?? [] };
      lines.set(rowKey, line);
    }
    if (!heads.has(columnKey))
      heads.set(columnKey, { title: nameOf(layout, cell, columns), sort: column ?? [] });
    const place = line.cells.get(columnKey);
    if (place) place.push(cell);
    else line.cells.set(columnKey, [cell]);
  });
  const bySort = (one: { sort: number[] }, other: { sort: number[] }) =>
    one.sort.reduce((found, value, at) => found || value - (other.sort[at] ?? 0), 0);
  const sorted = [...lines.values()].sort(bySort);
  const titled = [...heads].sort(([, one], [, other]) => bySort(one, other));
  return {
    wall: false,
    rows: sorted.map(({ title }) => title),
    columns: titled.map(([, { title }]) => title),
    places: sorted.map(({ cells }) => titled.map(([key]) => cells.get(key) ?? [])),
  };
}

function isElsewhere(step: number | null | undefined, at: number | undefined): boolean {
  return typeof step === "number" && step !== at;
}

function wall({ layout, shows, compare, across }: Ordering): Plan {
  const cells = layout.cells.map((_, cell) => cell).filter(shows);
  if (compare) cells.sort((one, other) => compare(one, other) || one - other);
  const wide = Math.max(1, Math.min(across, cells.length));
  const places: number[][][] = [];
  for (let at = 0; at < cells.length; at += wide) {
    places.push(cells.slice(at, at + wide).map((cell) => [cell]));
  }
  return {
    wall: true,
    rows: places.map(() => ""),
    columns: Array.from({ length: wide }, () => ""),
    places,
  };
}

/** Pixels: how large everything is. */
export interface Sizes {
  /** Of a picture's box. */
  width: number;
  /** Of the picture's box in each row. */
  heights: number[];
  /** Where each row begins, and at last where the last one ends. */
  tops: number[];
  /** Of the column with the heads of the rows. */
  head: number;
}

export const GAP = 8;
/** What stands under each picture of a wall. */
export const CAPTION = 20;
/** The largest height of a picture as a multiple of its width. */
const TALLEST = 1.4;
/** The least width of a column as a share of the usual one: its head has to fit. */
const HEADED = 0.75;
/** A head over its row, where there is no room beside it. */
export const OVER = 24;

/** How many of a width fit beside each other. */
export function fitting(room: number, width: number): number {
  return Math.max(1, Math.floor((room + GAP) / (width + GAP)));
}

/** What a plan is laid out in, in pixels. */
export interface Room {
  wide: number;
  /** What is seen of it at once; 0 as long as nobody knows. */
  high: number;
  /** Of the heads of rows; 0 where there are none. */
  head: number;
  /** Whether these stand over their rows. */
  over: boolean;
}

/**
 * The sizes of a plan in a room.
 *
 * @param wanted the width of a picture, if there is room; all columns share what is left.
 * @param rows how many of them are seen at once where pictures can be larger than that.
 */
export function sized(
  plan: Plan,
  ratio: (cell: number) => number,
  { wide, high, head, over }: Room,
  wanted: number,
  rows = 1,
): Sizes {
  const beside = plan.wall || over || head === 0 ? 0 : head + GAP;
  const columns = Math.max(1, plan.columns.length);
  const extra = GAP + (plan.wall ? CAPTION : over ? OVER : 0);
  const ratios = plan.places.flat(2).map(ratio);
  if (ratios.length === 0) ratios.push(USUAL);
  const [narrowest, widest] = [Math.min(...ratios), Math.max(...ratios)];
  // Where all pictures are tall, and limited in height, their columns are as narrow as they are.
  const tall = Math.min(TALLEST, 1 / narrowest);
  const used = Math.min(1, Math.max(HEADED, tall * widest));
  const least = wanted * used;
  const share = Math.floor((wide - beside + GAP) / columns - GAP);
  /** The width at which so many rows are seen at once. */
  const seen = (count: number) => Math.floor(((high / count - extra) * used) / tall);
  // What fits is made to fill the room; what does not is scrolled.
  const usual = Math.round(least * 1.6);
  const all = seen(plan.places.length);
  const width =
    share >= least
      ? Math.min(share, all >= usual ? all : Math.max(usual, seen(rows)))
      : Math.max(LEAST, Math.min(least, wide - beside));
  const box = width / used;
  const heights = plan.places.map((row) => {
    const each = row.flat().map((cell) => box / ratio(cell));
    const tallest = each.length > 0 ? Math.max(...each) : box / USUAL;
    return Math.round(Math.min(box * TALLEST, tallest));
  });
  const tops = [0];
  for (const height of heights) tops.push((tops.at(-1) ?? 0) + height + extra);
  return { width, heights, tops, head: beside };
}

const LEAST = 64;
const USUAL = 16 / 9;

/** The first and last of ascending edges that touch a span; [0, -1] where none does. */
export function touching(tops: readonly number[], from: number, to: number): [number, number] {
  const count = tops.length - 1;
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((tops[middle + 1] ?? 0) <= from) low = middle + 1;
    else high = middle;
  }
  let last = low - 1;
  while (last + 1 < count && (tops[last + 1] ?? 0) < to) last += 1;
  return [low, last];
}
