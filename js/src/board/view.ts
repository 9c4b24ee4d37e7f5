import { computed, type ReadonlySignal, type Signal, signal } from "@preact/signals-core";
import { makeId } from "../kernel/channel";
import type { MarkChanges, Take } from "../kernel/messages";
import { judgement, marksOf, type Written } from "../ui/judging";
import { type Scope, Viewport } from "../ui/scope";
import { LiveRegion } from "../ui/status";
import type { BoardCore } from "./core";
import { ordered, parsed } from "./filter";
import { fitting, nameOf, otherAxes, type Plan, planned, type Sizes, sized } from "./plan";
import { Reel } from "./reel";

/** Pixels: the widths of a picture that a person can choose. */
export const WIDTHS = { S: 120, M: 200, L: 320 } as const;

/** How many rows of each are seen at once where there is more room: not quite whole ones say that more follow. */
const ROWS = { S: 4.5, M: 2.5, L: 1.2 } as const;

export type Size = keyof typeof WIDTHS;

/** How many takes can be compared at once. */
export const FEWEST = 2;
export const MOST = 9;

/** Narrower than this, heads of rows stand over their rows. */
const NARROW = 620;
const HEAD = 132;

/** What the parts of one view of a board share. */
export class View {
  readonly core: BoardCore;
  readonly scope: Scope;
  readonly live = new LiveRegion();
  readonly viewport: Viewport;
  readonly reel: Reel;
  /** Pixels that the pane is wide. */
  readonly room = signal(0);
  /** Pixels that it may be high. */
  readonly high = signal(0);
  readonly size: Signal<Size> = signal("M");
  readonly search = signal("");
  readonly state = signal("");
  readonly judged = signal("");
  readonly sort = signal("");
  /** By axis: which value is shown, null for all of them folded; without an entry the first one. */
  readonly steps = signal<Readonly<Record<string, number | null>>>({});
  /** Of places that hold several cells: the one that was turned to. */
  readonly fronts = signal<Readonly<Record<string, number>>>({});
  readonly cursor = signal(-1);
  readonly selected = signal<ReadonlySet<number>>(new Set());
  /** The cell that is shown alone. */
  readonly solo = signal<number | null>(null);
  /** The cells that are compared. */
  readonly compared = signal<readonly number[]>([]);
  readonly helping = signal(false);
  /** Whether tags or a note are being written. */
  readonly writes = signal<Written | null>(null);
  /** Why the last judgement was refused. */
  readonly fault = signal("");
  /** Whether the board is on the screen. */
  readonly near = signal(true);
  /** Cells on the screen. */
  readonly inView = signal<ReadonlySet<number>>(new Set());
  readonly plan: ReadonlySignal<Plan>;
  readonly sizes: ReadonlySignal<Sizes>;
  /** Whether heads of rows stand over them. */
  readonly over: ReadonlySignal<boolean>;
  /** Whether less than everything is shown. */
  readonly filtered: ReadonlySignal<boolean>;
  /** Every cell that is in front, in reading order, and where it stands. */
  readonly order: ReadonlySignal<{ cells: number[]; at: ReadonlyMap<number, [number, number]> }>;
  /** Where a selection by arrows began. */
  anchor: number | null = null;
  /** Brings a cell into view. */
  reveal: (cell: number) => void = () => {};
  /** Gives the grid the focus. */
  focus: () => void = () => {};
  readonly #prefix = `rs-${makeId().slice(0, 8)}`;

  constructor(core: BoardCore, scope: Scope) {
    this.core = core;
    this.scope = scope;
    this.viewport = new Viewport(scope, "0px");
    this.reel = new Reel(this);
    this.filtered = computed(() =>
      [this.search, this.state, this.judged].some(({ value }) => value !== ""),
    );
    const shown = computed(() => {
      // Only what is asked for depends on what the takes are.
      if (this.filtered.value) void core.changes.value;
      const test = parsed(this.search.value, core.known);
      const [state, judged] = [this.state.value, this.judged.value];
      return (cell: number) => {
        const take = core.cell(cell).peek();
        return (
          (state === "" || groupOf(take) === state) &&
          (judged === "" || isJudged(take, judged)) &&
          test(cell, take)
        );
      };
    });
    this.plan = computed(() => {
      const { rows = [], columns = [] } = core.arrangement.value;
      const sort = this.sort.value;
      if (sort) void core.changes.value;
      const layout = core.known;
      const room = this.room.value;
      return planned({
        layout,
        rows,
        columns,
        steps: this.stepsOf(rows, columns),
        shows: shown.value,
        compare: sort ? ordered(sort, layout, (cell) => core.cell(cell).peek()) : null,
        across: fitting(room, Math.min(room, WIDTHS[this.size.value])),
      });
    });
    this.over = computed(() => this.room.value < NARROW);
    this.sizes = computed(() =>
      sized(
        this.plan.value,
        (cell) => core.ratio(cell),
        {
          wide: this.room.value,
          high: this.high.value,
          head: core.arrangement.value.rows?.length ? HEAD : 0,
          over: this.over.value,
        },
        WIDTHS[this.size.value],
        ROWS[this.size.value],
      ),
    );
    this.order = computed(() => {
      const at = new Map<number, [number, number]>();
      const cells: number[] = [];
      this.plan.value.places.forEach((row, down) => {
        row.forEach((place, across) => {
          const cell = this.front(place);
          if (cell === undefined) return;
          at.set(cell, [down, across]);
          cells.push(cell);
        });
      });
      return { cells, at };
    });
    // Somewhere the keys begin; from a cell that is filtered out the cursor moves to the first one.
    scope.effect(() => {
      const { cells, at } = this.order.value;
      if (!at.has(this.cursor.peek())) this.cursor.value = cells[0] ?? -1;
    });
  }

  /** Unique ids: a page may hold several boards. */
  id(name: string | number): string {
    return `${this.#prefix}-${name}`;
  }

  take(cell: number): Take | undefined {
    return this.core.cell(cell).value;
  }

  /** What a cell is called. */
  name(cell: number): string {
    return nameOf(this.core.known, cell) || `Take ${cell + 1}`;
  }

  /** The values that are shown of the axes that are neither rows nor columns. */
  stepsOf(rows: readonly string[], columns: readonly string[]): Record<string, number | null> {
    const chosen = this.steps.value;
    return Object.fromEntries(
      otherAxes(this.core.known, rows, columns).map(({ name }) => [name, chosen[name] ?? null]),
    );
  }

  /** The cell of a place that is seen: the one that was turned to, or the best one. */
  front(place: readonly number[]): number | undefined {
    if (place.length < 2) return place[0];
    const turned = this.fronts.value[place.join()];
    if (turned !== undefined) return turned;
    void this.core.changes.value;
    return [...place].sort((one, other) => this.#worth(other) - this.#worth(one))[0];
  }

  /** Turn to another cell of the place in which a cell stands. */
  turn(cell: number, by: number): void {
    const [row, column] = this.order.peek().at.get(cell) ?? [-1, -1];
    const place = this.plan.peek().places[row]?.[column] ?? [];
    if (place.length < 2) return;
    const next = place[(place.indexOf(cell) + by + place.length) % place.length] as number;
    this.fronts.value = { ...this.fronts.peek(), [place.join()]: next };
    this.cursor.value = next;
  }

  /** Picked before not, more stars before fewer, finished before not, earlier before later. */
  #worth(cell: number): number {
    const take = this.core.cell(cell).peek();
    if (!take) return -1;
    const { pick, stars } = marksOf(take);
    const judged = (pick === true ? 100 : pick === false ? -100 : 0) + 10 * (stars ?? 0);
    return judged + (take.state === "completed" ? 2 : take.state === "failed" ? 0 : 1);
  }

  /** Move the cursor by rows and columns, past places without a cell. */
  move(down: number, across: number): void {
    const { at } = this.order.peek();
    const { places } = this.plan.peek();
    let [row, column] = at.get(this.cursor.peek()) ?? [0, 0];
    for (;;) {
      row += down;
      column += across;
      const line = places[row];
      if (!line || column < 0) return;
      if (column >= line.length) {
        if (!down || column >= (places[0]?.length ?? 0)) return;
        continue;
      }
      const cell = this.front(line[column] ?? []);
      if (cell === undefined) continue;
      this.go(cell);
      return;
    }
  }

  go(cell: number | undefined): void {
    if (cell === undefined) return;
    this.cursor.value = cell;
    this.reveal(cell);
  }

  /** Take a cell into the selection, or out of it. */
  toggle(cell: number): void {
    const next = new Set(this.selected.peek());
    if (!next.delete(cell)) next.add(cell);
    this.selected.value = next;
  }

  /** Select everything between two cells. */
  span(from: number, to: number): void {
    const { at } = this.order.peek();
    const [one, other] = [at.get(from), at.get(to)];
    if (!one || !other) return;
    const [top, bottom] = [one[0], other[0]].sort((a, b) => a - b) as [number, number];
    const [left, right] = [one[1], other[1]].sort((a, b) => a - b) as [number, number];
    const inside = [...at].filter(
      ([, [row, column]]) => row >= top && row <= bottom && column >= left && column <= right,
    );
    this.selected.value = new Set(inside.map(([cell]) => cell));
  }

  /** How many rows are on the screen. */
  rowsInView(): number {
    const { at } = this.order.peek();
    return new Set([...this.inView.peek()].map((cell) => at.get(cell)?.[0])).size;
  }

  /** The next larger or smaller size. */
  grow(by: number): void {
    const names = Object.keys(WIDTHS) as Size[];
    const next = names[names.indexOf(this.size.peek()) + by];
    if (next) this.size.value = next;
  }

  /** Compare what is selected, or the row or the column of the cursor. */
  compare(): void {
    const cells = this.reel.chosen();
    if (cells.length < FEWEST || cells.length > MOST) {
      this.live.tell(
        `Select ${FEWEST} to ${MOST} finished takes to compare them; ${cells.length} are selected.`,
      );
      return;
    }
    this.reel.stop();
    this.solo.value = null;
    this.compared.value = cells;
  }

  /** The finished takes that are judged: what is selected, or the one of the cursor. */
  #judged(): Take[] {
    const some = this.selected.peek();
    const cells = some.size > 0 && this.solo.peek() === null ? [...some] : [this.cursor.peek()];
    return cells.flatMap((cell) => {
      const take = this.core.cell(cell).peek();
      return take?.state === "completed" ? [take] : [];
    });
  }

  /** Judge by a key; false where the key is for something else. */
  judge(key: string): boolean {
    const takes = this.#judged();
    const said = judgement(key, takes.map(marksOf));
    if (said === null) return false;
    if (takes.length === 0) this.live.tell("Only finished takes can be judged.");
    else if (typeof said === "string") this.writes.value = said;
    else this.mark(said);
    return true;
  }

  /** Say something of the takes that are judged; what the kernel refuses is taken back. */
  mark(changes: MarkChanges): void {
    for (const take of this.#judged()) {
      const before = marksOf(take);
      this.core.mark(take, changes).catch((error: Error) => {
        this.core.patch({ ...take, marks: before });
        this.live.tell(error.message);
        this.fault.value = error.message;
      });
    }
    this.fault.value = "";
    const marks = marksOf(this.core.cell(this.cursor.peek()).peek());
    const { pick, stars } = marks;
    const words = [
      pick === true ? "picked" : pick === false ? "rejected" : "",
      stars ? `${stars} stars` : "",
      marks.tags.join(", "),
    ];
    this.live.tell(words.filter(Boolean).join(", ") || "not judged");
  }

  /** What a person may write of the takes that are judged, and what stands there. */
  writable(): { marks: ReturnType<typeof marksOf>; known: string[] } {
    const [first] = this.#judged();
    const takes = this.core.which(() => true).map((cell) => this.core.cell(cell).peek());
    const known = [...new Set(takes.flatMap((take) => marksOf(take).tags))].sort();
    return { marks: marksOf(first), known };
  }

  clear(): void {
    for (const asked of [this.search, this.state, this.judged]) asked.value = "";
  }
}

export const STATES: readonly [string, string][] = [
  ["done", "Done"],
  ["waiting", "On the way"],
  ["empty", "Not started"],
  ["uncertain", "Uncertain"],
  ["failed", "Failed"],
];

/** What a cell is about, in one of a few words. */
export function groupOf(take: Take | undefined): string {
  if (!take) return "empty";
  if (take.state === "completed") return "done";
  if (take.state === "uncertain") return "uncertain";
  return take.state === "failed" || take.state === "cancelled" ? "failed" : "waiting";
}

export const JUDGED: readonly [string, string][] = [
  ["picked", "Picked"],
  ["kept", "Not rejected"],
  ["rejected", "Rejected"],
  ["open", "Not judged"],
  ["1", "★ or more"],
  ["2", "★★ or more"],
  ["3", "★★★ or more"],
  ["4", "★★★★ or more"],
  ["5", "★★★★★"],
];

function isJudged(take: Take | undefined, asked: string): boolean {
  const { pick, stars, tags } = marksOf(take);
  if (asked === "picked") return pick === true;
  if (asked === "kept") return pick !== false;
  if (asked === "rejected") return pick === false;
  if (asked === "open") return pick === null && stars === null && tags.length === 0;
  return (stars ?? 0) >= Number(asked);
}
