import { computed, signal, untracked } from "@preact/signals-core";
import { button, h, put, say } from "../dom";
import { unfinished } from "../protocol";
import type { Scope } from "../scope";
import type { View } from "../view";
import { card } from "./card";
import { Masonry } from "./masonry";

/** Cards made at once; a page of two hundred opens as fast as one of twenty. */
const PAGE = 24;
const TICK = 1000;

/** The right side: every take, newest first. */
export function takesPane(view: View): HTMLElement {
  const { core, scope } = view;
  const { shelf } = core;
  const limit = signal(PAGE);
  const tick = signal(0);
  const minute = signal(0);
  scope.every(60_000, () => {
    minute.value += 1;
  });
  const count = h("span", { class: "rs-aside" });
  const notice = h("p", { class: "rs-notice" });
  const grid = h("div", { class: "rs-grid" });
  const more = button("", () => {
    limit.value += PAGE;
  });
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
  const masonry = new Masonry(grid, scope);
  const cards = new Map<string, { element: HTMLElement; scope: Scope }>();
  scope.add(() => cards.clear());

  const states = computed(() => {
    const jobs = shelf.order.value;
    const waiting = jobs.filter((job) =>
      unfinished.has(shelf.get(job)?.take.value.state ?? "failed"),
    );
    return { all: jobs.length, waiting: waiting.length };
  });
  scope.effect(() => {
    const { all, waiting } = states.value;
    const takes = all === 1 ? "1 take" : `${all} takes`;
    say(count, all === 0 ? "" : waiting > 0 ? `${takes}, ${waiting} on the way` : takes);
  });
  scope.effect(() => {
    put(notice, core.notice.value);
  });

  let known: ReadonlySet<string> | undefined;
  scope.effect(() => {
    const order = shelf.order.value;
    const shown = order.slice(0, limit.value);
    const wanted = new Set(shown);
    for (const [job, old] of cards) {
      if (wanted.has(job)) continue;
      old.scope.end();
      old.element.remove();
      cards.delete(job);
    }
    // Cards are put in place one by one: moving one would stop its video.
    let before: Element | null = grid.firstElementChild;
    for (const job of shown) {
      const present = cards.get(job);
      if (present) {
        if (present.element === before) before = before.nextElementSibling;
        else grid.insertBefore(present.element, before);
        continue;
      }
      const entry = shelf.get(job);
      if (!entry) continue;
      const own = scope.child();
      const element = untracked(() => card(view, entry, tick, minute, own));
      if (known && !known.has(job)) element.classList.add("rs-fresh");
      masonry.follow(element, own);
      cards.set(job, { element, scope: own });
      grid.insertBefore(element, before);
    }
    if (known && order[0] !== undefined && !known.has(order[0])) pane.scrollTop = 0;
    known = new Set(order);
    empty.hidden = order.length > 0;
    const rest = order.length - shown.length;
    more.hidden = rest <= 0;
    say(
      more,
      rest === 1 ? "Show 1 earlier take" : `Show ${Math.min(rest, PAGE)} of ${rest} earlier takes`,
    );
  });

  // One clock for all cards, and only while something is under way and the kernel there.
  scope.each(
    () => states.value.waiting > 0 && core.usable.value,
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
    h("header", { class: "rs-takes-head" }, h("h3", { class: "rs-title" }, "Takes"), count),
    notice,
    empty,
    grid,
    more,
  );
  return pane;
}
