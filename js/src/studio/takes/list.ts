import {
  computed,
  type ReadonlySignal,
  type Signal,
  signal,
  untracked,
} from "@preact/signals-core";
import { type Take, unfinished } from "../../kernel/messages";
import { icon } from "../../ui/controls";
import { attribute, button, h, put, say } from "../../ui/dom";
import { literal } from "../../ui/format";
import { type Scope, Viewport } from "../../ui/scope";
import { turned } from "../../ui/status";
import type { View } from "../core";
import { servingBackend } from "../form/rules";
import { DENSITIES } from "../form/settings";
import { type Arrangement, arrange, type Batch } from "./arrange";
import { batchRow } from "./batch";
import { card, ratioOfTake } from "./card";
import { filters } from "./filters";
import { arrows, oneStop } from "./focus";
import { judging } from "./judge";
import type { Entry } from "./shelf";
import { sweeps } from "./sweeps";

/** Cards that are filled before the page says which of them can be seen. */
const AT_ONCE = 6;
/** How far from what can be seen a card is filled, and emptied again. */
const AROUND = "900px";
const TICK = 1000;

/**
 * The right side: every take. What needs the user comes first, then what is under way, then what is
 * done, newest first. Only cards that are near what can be seen hold anything.
 */
export function takesPane(view: View, tray: HTMLElement): HTMLElement {
  const { core, scope } = view;
  const { shelf } = core;
  const tick = signal(0);
  const minute = signal(0);
  scope.every(60_000, () => {
    minute.value += 1;
  });
  const around = new Viewport(scope, AROUND);
  const filter = filters(view);
  const count = h("span", { class: "rs-aside" });
  const density = densities(view);
  const nothing = h(
    "div",
    { class: "rs-empty-takes" },
    h("p", {}, "No take matches."),
    button("Show all takes", () => filter.clear()),
  );

  // Numbers, so that a change of a take that leaves them as they are causes no update.
  const all = computed(() => shelf.order.value.length);
  const counted = (is: (take: Take) => boolean) =>
    computed(
      () =>
        shelf.order.value.filter((job) => {
          const take = shelf.get(job)?.take.value;
          return take !== undefined && is(take);
        }).length,
    );
  const waiting = counted(({ state }) => unfinished.has(state));
  const uncertain = counted(({ state }) => state === "uncertain");
  const failed = counted(({ state }) => state === "failed");
  // A text, for the same reason.
  const arranged = computed(() => {
    minute.value;
    const takes = shelf.order.value.flatMap((job) => shelf.get(job)?.take.value ?? []);
    const found = arrange(takes.filter(filter.matches), Date.now() / 1000);
    return JSON.stringify({ ...found, cards: filter.ordered(found.cards) });
  });
  const order = computed(() => JSON.parse(arranged.value) as Arrangement);
  const matching = computed(
    () =>
      order.value.attention.length +
      order.value.cards.length +
      order.value.batches.reduce((sum, { moving }) => sum + moving.length, 0),
  );
  scope.effect(() => {
    const takes = all.value === 1 ? "1 take" : `${all.value} takes`;
    const some = filter.active.value ? `${matching.value} of ${takes}` : takes;
    const parts = [
      some,
      waiting.value > 0 && `${waiting.value} on the way`,
      uncertain.value > 0 && `${uncertain.value} uncertain`,
      failed.value > 0 && `${failed.value} failed`,
    ];
    say(count, all.value === 0 ? "" : parts.filter(Boolean).join(", "));
    filter.element.hidden = density.hidden = all.value === 0;
    nothing.hidden = all.value === 0 || matching.value > 0;
  });

  /** A card that is filled while it is near; what it needs of room it keeps. */
  function shell(entry: Entry, own: Scope, atOnce: boolean, masonry: Masonry): HTMLElement {
    const root = h("article", { class: "rs-card", "data-job": entry.job });
    masonry.reserve(root, ratioOfTake(entry.take.peek()));
    let inside: Scope | undefined;
    const fill = (near: boolean) => {
      if (near === (inside !== undefined) || (!near && isInUse(root))) return;
      root.classList.toggle("rs-far", !near);
      if (near) {
        const filled = own.child();
        inside = filled;
        untracked(() => card(root, view, entry, tick, minute, filled));
        masonry.follow(root, filled);
      } else {
        inside?.end();
        inside = undefined;
        put(root);
      }
    };
    root.classList.add("rs-far");
    oneStop(root, own);
    if (atOnce) fill(true);
    around.watch(root, own, fill);
    return root;
  }

  let known: ReadonlySet<string> | undefined;
  /** Cards in a grid, put in place one by one: moving one would stop its video. */
  function cards(name: string, read: () => readonly string[]): HTMLElement {
    const grid = h("div", { class: name });
    const masonry = new Masonry(grid, scope);
    const present = new Map<string, { element: HTMLElement; scope: Scope }>();
    scope.add(() => present.clear());
    scope.effect(() => {
      const jobs = read();
      const wanted = new Set(jobs);
      const left = leaving(grid, wanted);
      for (const [job, old] of present) {
        if (wanted.has(job)) continue;
        old.scope.end();
        old.element.remove();
        present.delete(job);
      }
      let before: Element | null = grid.firstElementChild;
      jobs.forEach((job, index) => {
        const here = present.get(job);
        if (here) {
          if (here.element === before) before = before.nextElementSibling;
          else grid.insertBefore(here.element, before);
          return;
        }
        const entry = shelf.get(job);
        if (!entry) return;
        const own = scope.child();
        const element = untracked(() => shell(entry, own, index < AT_ONCE, masonry));
        if (known && !known.has(job)) element.classList.add("rs-fresh");
        present.set(job, { element, scope: own });
        grid.insertBefore(element, before);
      });
      grid.hidden = jobs.length === 0;
      // A card that no longer matches takes the keyboard with it: the one in its place gets it.
      if (left >= 0) (grid.children[Math.min(left, jobs.length - 1)] as HTMLElement)?.focus();
    });
    scope.effect(() => attribute(grid, "data-density", core.settings.density.value));
    return grid;
  }

  const attention = cards("rs-grid rs-attention", () => order.value.attention);
  const grid = cards("rs-grid", () => order.value.cards);
  scope.effect(() => {
    const jobs = shelf.order.value;
    if (known && jobs[0] !== undefined && !known.has(jobs[0])) pane.scrollTop = 0;
    known = new Set(jobs);
  });

  // Screen readers learn of a take's turns whether its card is filled or not.
  const states = new Map<string, string>();
  scope.effect(() => {
    for (const job of shelf.order.value) {
      const take = shelf.get(job)?.take.value;
      if (!take) continue;
      const before = states.get(job);
      states.set(job, take.state);
      if (before !== undefined && before !== take.state) turned(view.live, take);
    }
  });

  // One clock for all cards, and only while something is under way and the kernel there.
  scope.each(
    () => waiting.value > 0 && core.usable.value,
    (running, part) => {
      if (running)
        part.every(TICK, () => {
          tick.value += 1;
        });
    },
  );

  const pane = h(
    "section",
    { class: "rs-takes", "aria-label": "Takes" },
    h(
      "header",
      { class: "rs-takes-head" },
      h(
        "div",
        { class: "rs-takes-line" },
        h("h3", { class: "rs-title" }, "Takes"),
        count,
        folder(view),
        density,
      ),
      filter.element,
    ),
    notices(view),
    emptyTakes(view),
    nothing,
    attention,
    sweeps(view),
    batches(view, () => order.value.batches, tick),
    grid,
    tray,
  );
  arrows(pane, scope);
  judging(pane, view);
  return pane;
}

/** A row for each batch that is under way or needs the user. */
function batches(
  view: View,
  read: () => readonly Batch[],
  tick: ReadonlySignal<number>,
): HTMLElement {
  const { scope } = view;
  const root = h("div", { class: "rs-batches" });
  const present = new Map<string, { row: HTMLElement; batch: Signal<Batch>; scope: Scope }>();
  scope.effect(() => {
    const now = read();
    for (const [key, old] of present) {
      if (now.some((batch) => batch.key === key)) continue;
      old.scope.end();
      present.delete(key);
    }
    const rows = now.map((batch) => {
      let known = present.get(batch.key);
      if (known) known.batch.value = batch;
      else {
        const own = scope.child();
        const held = signal(batch);
        known = { row: untracked(() => batchRow(view, held, tick, own)), batch: held, scope: own };
        present.set(batch.key, known);
      }
      return known.row;
    });
    if (rows.length !== root.children.length || rows.some((row, at) => root.children[at] !== row))
      put(root, ...rows);
  });
  return root;
}

/** The folder whose takes these are. */
function folder({ core, scope }: View): HTMLElement {
  const root = h("span", { class: "rs-folder" });
  scope.effect(() => {
    const path = core.library.value?.path ?? "";
    put(root, path && h("bdi", {}, path));
    root.title = path ? `The takes of the folder ${path}` : "";
  });
  return root;
}

/** What stands there before there is a take, and where else takes are. */
function emptyTakes({ core, scope }: View): HTMLElement {
  const { shelf } = core;
  const root = h("div", { class: "rs-empty-takes" });
  scope.effect(() => {
    root.hidden = shelf.order.value.length > 0 || core.sweeps.value.length > 0;
    const path = core.library.value?.path;
    const elsewhere = core.library.value?.elsewhere;
    const usable = core.settings.chosen.value.some((form) => servingBackend(form));
    put(
      root,
      h("p", {}, path ? `No takes in ${path} yet.` : "No takes yet."),
      h(
        "p",
        { class: "rs-help" },
        usable
          ? "Write a prompt and press Generate. The take appears here at once, with its progress."
          : "No provider can be used here yet. The list of providers says what each one needs.",
      ),
      elsewhere &&
        h(
          "p",
          { class: "rs-help" },
          "The latest take of this machine is in another folder: ",
          h("code", { class: "rs-code" }, `Studio(library=${literal(elsewhere)})`),
          " shows it.",
        ),
    );
  });
  return root;
}

/** How large the cards are. */
function densities({ core, scope, id }: View): HTMLElement {
  const { density } = core.settings;
  const root = h(
    "fieldset",
    { class: "rs-densities" },
    h("legend", { class: "rs-offscreen" }, "Size of the cards"),
  );
  for (const name of DENSITIES) {
    const input = h("input", {
      type: "radio",
      class: "rs-offscreen",
      name: id("density"),
      value: name,
      "aria-label": name,
      onchange: () => {
        density.value = name;
      },
    });
    root.append(h("label", { class: "rs-density", title: `${name} cards` }, input, icon(name)));
    scope.effect(() => {
      input.checked = density.value === name;
    });
  }
  return root;
}

/** News of the kernel, and the way back of what was removed. */
function notices(view: View): HTMLElement {
  const { core, scope } = view;
  const news = h("div", {});
  const removed = h("div", {});
  scope.effect(() => {
    const { value } = core.notice;
    put(news, value !== "" && h("p", { class: "rs-notice" }, value));
  });
  scope.effect(() => {
    const take = core.removed.value;
    put(removed);
    if (!take) return;
    const undo = button("Undo", () => void core.hide(take, false).catch(() => {}), {
      look: "ghost",
    });
    const words = "The take was removed from this list; its file stays in the library. ";
    put(removed, h("p", { class: "rs-notice" }, words, undo));
    // The button that had the focus is gone with its card.
    untracked(() => scope.later(0, () => undo.focus({ preventScroll: true })));
  });
  return h("div", { class: "rs-notices" }, news, removed);
}

/** The place of the card that has the focus, if it leaves the grid; else -1. */
function leaving(grid: HTMLElement, wanted: ReadonlySet<string>): number {
  const { activeElement } = grid.getRootNode() as Document | ShadowRoot;
  const cards = [...grid.children] as HTMLElement[];
  const at = cards.findIndex((card) => card.contains(activeElement));
  return at >= 0 && !wanted.has(cards[at]?.dataset.job ?? "") ? at : -1;
}

/** Whether the user is at a card: it is not emptied then. */
function isInUse(root: HTMLElement): boolean {
  const { activeElement } = root.getRootNode() as Document | ShadowRoot;
  return root.contains(activeElement) || root.querySelector("details[open]") !== null;
}

/** Height of a grid row; must be the same as in the stylesheet. */
const ROW = 4;
const GAP = 12;
/** A usual card, until it is measured. */
const WIDTH = 280;
const TALLEST_FRAME = 420;
const UNDER_FRAME = 126;

/**
 * Lets cards of different heights stand without holes: each spans as many thin rows as it is high.
 * Done with spans and not by moving cards between columns, because a moved video stops.
 */
export class Masonry {
  readonly #observer: ResizeObserver | undefined;

  constructor(grid: HTMLElement, scope: Scope) {
    if (typeof ResizeObserver !== "function") return;
    const observer = new ResizeObserver((entries) => {
      for (const entry of entries) {
        const height = entry.borderBoxSize[0]?.blockSize ?? entry.contentRect.height;
        if (height > 0) span(entry.target as HTMLElement, height);
      }
    });
    this.#observer = observer;
    grid.classList.add("rs-measured");
    scope.add(() => observer.disconnect());
  }

  /** Give an empty card the room that it will about need. */
  reserve(card: HTMLElement, ratio: number): void {
    if (this.#observer) span(card, Math.min(TALLEST_FRAME, WIDTH / ratio) + UNDER_FRAME);
  }

  follow(card: HTMLElement, scope: Scope): void {
    this.#observer?.observe(card);
    scope.add(() => this.#observer?.unobserve(card));
  }
}

function span({ style }: HTMLElement, height: number): void {
  const rows = `span ${Math.ceil((height + GAP) / ROW)}`;
  if (style.gridRowEnd !== rows) style.gridRowEnd = rows;
}
