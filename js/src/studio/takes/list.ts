import { computed, type ReadonlySignal, signal, untracked } from "@preact/signals-core";
import { type Take, unfinished } from "../../kernel/messages";
import { button, h, put, say } from "../../ui/dom";
import { modeTitle } from "../../ui/format";
import { type Scope, Viewport } from "../../ui/scope";
import type { View } from "../core";
import { card, ratioOfTake } from "./card";
import type { Entry } from "./shelf";
import { trayBar } from "./tray-bar";

/** Cards that are filled before the page says which of them can be seen. */
const AT_ONCE = 6;
/** How far from what can be seen a card is filled, and emptied again. */
const AROUND = "900px";
const TICK = 1000;

/** The right side: every take, newest first. Only cards that are near what can be seen hold anything. */
export function takesPane(view: View): HTMLElement {
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
  const grid = h("div", { class: "rs-grid" });
  const empty = h(
    "div",
    { class: "rs-empty-takes" },
    h("p", {}, "No takes yet."),
    h(
      "p",
      { class: "rs-help" },
      "Write a prompt and press Generate. The take appears here at once, with its progress.",
    ),
  );
  const nothing = h(
    "div",
    { class: "rs-empty-takes" },
    h("p", {}, "No take matches."),
    button("Show all takes", () => filter.clear()),
  );
  const masonry = new Masonry(grid, scope);
  const cards = new Map<string, { element: HTMLElement; scope: Scope }>();
  scope.add(() => cards.clear());

  // Numbers, so that a change of a take that leaves both as they are causes no update.
  const all = computed(() => shelf.order.value.length);
  const waiting = computed(
    () =>
      shelf.order.value.filter((job) =>
        unfinished.has(shelf.get(job)?.take.value.state ?? "failed"),
      ).length,
  );
  // A text, for the same reason.
  const matching = computed(() => {
    const jobs = shelf.order.value;
    if (!filter.active.value) return jobs.join("\n");
    return jobs
      .filter((job) => {
        const take = shelf.get(job)?.take.value;
        return take && filter.matches(take);
      })
      .join("\n");
  });
  const shown = computed(() => (matching.value === "" ? [] : matching.value.split("\n")));
  scope.effect(() => {
    const takes = all.value === 1 ? "1 take" : `${all.value} takes`;
    const some = filter.active.value ? `${shown.value.length} of ${takes}` : takes;
    const moving = waiting.value > 0 ? `, ${waiting.value} on the way` : "";
    say(count, all.value === 0 ? "" : `${some}${moving}`);
    filter.element.hidden = all.value === 0;
    empty.hidden = all.value > 0;
    nothing.hidden = all.value === 0 || shown.value.length > 0;
  });

  /** A card that is filled while it is near; what it needs of room it keeps. */
  function shell(entry: Entry, own: Scope, atOnce: boolean): HTMLElement {
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
    if (atOnce) fill(true);
    around.watch(root, own, fill);
    let state = entry.take.peek().state;
    own.effect(() => {
      const now = entry.take.value;
      if (now.state !== state) view.live.turned(now);
      state = now.state;
    });
    return root;
  }

  let known: ReadonlySet<string> | undefined;
  scope.effect(() => {
    const jobs = shown.value;
    const wanted = new Set(jobs);
    for (const [job, old] of cards) {
      if (wanted.has(job)) continue;
      old.scope.end();
      old.element.remove();
      cards.delete(job);
    }
    // Cards are put in place one by one: moving one would stop its video.
    let before: Element | null = grid.firstElementChild;
    jobs.forEach((job, index) => {
      const present = cards.get(job);
      if (present) {
        if (present.element === before) before = before.nextElementSibling;
        else grid.insertBefore(present.element, before);
        return;
      }
      const entry = shelf.get(job);
      if (!entry) return;
      const own = scope.child();
      const element = untracked(() => shell(entry, own, index < AT_ONCE));
      if (known && !known.has(job)) element.classList.add("rs-fresh");
      cards.set(job, { element, scope: own });
      grid.insertBefore(element, before);
    });
    const order = shelf.order.peek();
    if (known && order[0] !== undefined && !known.has(order[0])) pane.scrollTop = 0;
    known = new Set(order);
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

  const tray = trayBar(view);
  const pane = h(
    "section",
    { class: "rs-takes", "aria-label": "Takes" },
    h(
      "header",
      { class: "rs-takes-head" },
      h("div", { class: "rs-takes-line" }, h("h3", { class: "rs-title" }, "Takes"), count),
      filter.element,
    ),
    tray.place,
    notices(view),
    empty,
    nothing,
    grid,
    tray.bar,
  );
  return pane;
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
    const words = "The take is off this list; its file stays in the library. ";
    put(removed, h("p", { class: "rs-notice" }, words, undo));
    // The button that had the focus is gone with its card.
    untracked(() => scope.later(0, () => undo.focus({ preventScroll: true })));
  });
  return h("div", { class: "rs-notices" }, news, removed);
}

/** Whether the user is at a card: it is not emptied then. */
function isInUse(root: HTMLElement): boolean {
  const { activeElement } = root.getRootNode() as Document | ShadowRoot;
  return root.contains(activeElement) || root.querySelector("details[open]") !== null;
}

export interface Filters {
  element: HTMLElement;
  /** Whether anything is asked for. */
  active: ReadonlySignal<boolean>;
  matches(take: Take): boolean;
  clear(): void;
}

const states: Record<string, string> = {
  waiting: "On the way",
  completed: "Done",
  uncertain: "Uncertain",
  failed: "Failed",
  cancelled: "Cancelled",
};

/** Narrows the takes by their text, provider, mode and state. */
export function filters(view: View): Filters {
  const { core, scope } = view;
  const text = signal("");
  const provider = signal("");
  const mode = signal("");
  const state = signal("");
  const search = h("input", {
    type: "search",
    class: "rs-input",
    placeholder: "Search prompts",
    "aria-label": "Search takes by their text",
    oninput: () => {
      text.value = search.value.trim().toLowerCase();
    },
  });

  /** Of what the takes have; a choice that none has any more stays until it is taken back. */
  function select(
    label: string,
    chosen: typeof text,
    options: () => [value: string, title: string][],
  ): HTMLSelectElement {
    const box = h("select", {
      class: "rs-input",
      "aria-label": label,
      onchange: () => {
        chosen.value = box.value;
      },
    });
    const shown = computed(() => JSON.stringify(options()));
    scope.each(
      () => shown.value,
      (json) => {
        const known = new Map<string, string>(JSON.parse(json));
        const held = chosen.peek();
        if (held && !known.has(held)) known.set(held, held);
        put(
          box,
          h("option", { value: "" }, label),
          ...[...known].map(([value, title]) => h("option", { value }, title)),
        );
        box.value = held;
      },
    );
    scope.effect(() => {
      box.value = chosen.value;
    });
    return box;
  }

  /** The takes themselves are read only when their list changes. */
  const takes = computed(() =>
    core.shelf.order.value.flatMap((job) => core.shelf.get(job)?.take.peek() ?? []),
  );
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
  );
  return {
    element,
    active: computed(() => [text, provider, mode, state].some(({ value }) => value !== "")),
    matches: (take) =>
      (provider.value === "" || take.provider === provider.value) &&
      (mode.value === "" || take.mode === mode.value) &&
      (state.value === "" || state.value === group(take)) &&
      (text.value === "" || words(take).includes(text.value)),
    clear: () => {
      for (const choice of [text, provider, mode, state]) choice.value = "";
      search.value = "";
    },
  };
}

function group({ state }: Take): string {
  return unfinished.has(state) ? "waiting" : state;
}

function words(take: Take): string {
  const scenes = JSON.stringify(take.params?.multiPrompt ?? "");
  return `${take.prompt ?? ""} ${scenes} ${take.job} ${take.seed ?? ""}`.toLowerCase();
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
