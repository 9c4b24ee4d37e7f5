import { batch, computed, type ReadonlySignal, type Signal, signal } from "@preact/signals-core";
import { Channel } from "../kernel/channel";
import { type Model, trait } from "../kernel/host";
import { Link, List } from "../kernel/link";
import { Media } from "../kernel/media";
import type {
  Arrangement,
  BoardLayout,
  MarkChanges,
  Marks,
  Moved,
  Rest,
  SweepStanding,
  Take,
} from "../kernel/messages";
import { Players } from "../kernel/players";
import { UNMARKED } from "../ui/judging";
import { Scope } from "../ui/scope";

const NOTHING: BoardLayout = { title: "", axes: [], cells: [] };

/** One board's half of the page, shared by all its views. Holds no job: the kernel does. */
export class BoardCore {
  readonly link: Link;
  readonly channel: Channel;
  readonly media: Media;
  readonly players: Players;
  /** Whether the kernel can still be asked for anything. */
  readonly usable: ReadonlySignal<boolean>;
  readonly layout: Signal<BoardLayout | null>;
  readonly arrangement: Signal<Arrangement>;
  readonly sweep: Signal<SweepStanding | null>;
  /** Counts the changes of takes, apart from their progress. */
  readonly changes = signal(0);
  /** The take that turned last, for who cannot see it. */
  readonly turned = signal<Take | null>(null);
  readonly #cells = new Map<number, Signal<Take | undefined>>();
  readonly #places = new Map<string, number>();
  readonly #scope = new Scope();
  readonly #list: List;
  #greeted = false;

  constructor(model: Model) {
    const scope = this.#scope;
    this.link = new Link(model, scope);
    this.usable = computed(() => this.link.state.value !== "restarted");
    this.layout = trait(model, "_board", null, scope);
    this.sweep = trait(model, "_sweep", null, scope);
    const arrangement = trait(model, "_arrangement", null, scope);
    this.arrangement = signal(arrangement.peek() ?? {});
    scope.effect(() => {
      this.arrangement.value = arrangement.value ?? {};
    });
    scope.effect(() => {
      const now = this.arrangement.value;
      if (JSON.stringify(model.get("_arrangement") ?? {}) === JSON.stringify(now)) return;
      model.set("_arrangement", now);
      model.save_changes();
    });
    this.channel = new Channel(model, {
      take: (take) => this.#take([take]),
      revised: (revision) => this.#list.follow(revision),
      rest: ({ takes }: Rest) => this.#take(takes),
      moved: (takes) => this.#move(takes),
      heard: () => this.link.heard(),
      silence: () => this.link.silence(),
    });
    scope.add(() => this.channel.close());
    this.#list = new List(model, this.channel, scope, (takes) => this.#take(takes));
    this.media = new Media(model, this.channel);
    scope.add(() => this.media.close());
    this.players = new Players(this.channel);
    // Nobody answers any more: open requests fail now instead of one by one.
    scope.effect(() => {
      if (!this.usable.value) this.channel.close();
    });
  }

  get known(): BoardLayout {
    return this.layout.value ?? NOTHING;
  }

  /** The take in a cell; undefined as long as there is none. A signal of its own wakes its cell alone. */
  cell(number: number): Signal<Take | undefined> {
    let found = this.#cells.get(number);
    if (!found) {
      found = signal<Take | undefined>(undefined);
      this.#cells.set(number, found);
    }
    return found;
  }

  /** Width by height, as it was expected: cells do not move when takes arrive. */
  ratio(number: number): number {
    return this.known.cells[number]?.ratio || 16 / 9;
  }

  /** The cells whose take is of some kind. */
  which(is: (take: Take) => boolean): number[] {
    const found: number[] = [];
    for (const [number, { value }] of this.#cells) if (value && is(value)) found.push(number);
    return found;
  }

  /** Greet the kernel when the first view appears. */
  enter(): void {
    if (this.#greeted) return;
    this.#greeted = true;
    void this.link.watch(this.channel, this.#scope, this.#list);
  }

  /** Judge a take: shown at once, and durable when this resolves. */
  async mark(take: Take, changes: MarkChanges): Promise<void> {
    const now = { ...UNMARKED, ...take.marks, ...changes } as Marks;
    this.patch({ ...take, marks: now });
    const { value } = await this.channel.ask("mark", { job: take.job, changes });
    const place = this.#places.get(take.job);
    const shown = place === undefined ? undefined : this.cell(place).peek();
    if (shown?.job === take.job) this.patch({ ...shown, marks: value });
  }

  end(): void {
    this.#scope.end();
  }

  /** Take over a take at once, before the kernel confirms it. */
  patch(take: Take): void {
    this.#take([take]);
  }

  #take(takes: readonly Take[]): void {
    batch(() => {
      let changed = false;
      for (const take of takes) {
        if (typeof take.cell !== "number") continue;
        const cell = this.cell(take.cell);
        const before = cell.peek();
        if (JSON.stringify(before) === JSON.stringify(take)) continue;
        if (before && before.job !== take.job) this.#places.delete(before.job);
        this.#places.set(take.job, take.cell);
        if (before && before.state !== take.state) this.turned.value = take;
        cell.value = take;
        changed = true;
      }
      if (changed) this.changes.value += 1;
    });
  }

  #move(takes: Moved[]): void {
    batch(() => {
      for (const moved of takes) {
        const place = this.#places.get(moved.job);
        const cell = place === undefined ? undefined : this.cell(place);
        const take = cell?.peek();
        if (cell && take) cell.value = { ...take, ...moved };
      }
    });
  }
}
