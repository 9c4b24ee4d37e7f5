import { computed } from "@preact/signals-core";
import { GAP, Sight } from "../compare/fit";
import type { Model } from "../kernel/host";
import { widget } from "../kernel/host";
import type { MarkChanges } from "../kernel/messages";
import { button, flip, h, put, say } from "../ui/dom";
import { glyph, PLAYER } from "../ui/icons";
import { writing } from "../ui/judging";
import { keepKeys } from "../ui/keys";
import { type Scope, whenResized } from "../ui/scope";
import { banner, turned } from "../ui/status";
import { perform } from "../ui/theatre";
import { followTheme } from "../ui/theme";
import { bar } from "./bar";
import { BoardCore } from "./core";
import { grid } from "./grid";
import { keyList, press } from "./keys";
import { solo } from "./solo";
import { transport } from "./transport";
import { View } from "./view";

/** A factory, as the Studio is: whatever belongs to one widget lives in here. */
export default () => widget((model: Model) => new BoardCore(model), build);

function build(core: BoardCore, scope: Scope): HTMLElement {
  const view = new View(core, scope);
  const pane = grid(view);
  const alone = solo(view);
  const nothing = h(
    "div",
    { class: "rs-bd-nothing" },
    h("p", {}, "No take matches."),
    button("Show all takes", () => view.clear()),
  );
  const steering = transport(view);
  const compared = theatre(view);
  const body = h(
    "div",
    { class: "rs-bd-body" },
    bar(view),
    pane,
    alone,
    nothing,
    written(view),
    steering,
  );
  const root = h(
    "div",
    { class: "rushes" },
    banner(core, scope),
    h("div", { class: "rs-board" }, body, compared, help(view), view.live.element),
  );
  roomFor(view, root, pane, [body.firstElementChild as HTMLElement, steering]);
  scope.effect(() => {
    const none = view.order.value.cells.length === 0;
    pane.classList.toggle("rs-bd-away", view.solo.value !== null || none);
    nothing.hidden = !none || view.solo.value !== null;
    body.hidden = view.compared.value.length > 0;
  });
  scope.effect(() => {
    const take = core.turned.value;
    if (take) turned(view.live, take);
  });
  // Off the screen nothing plays on.
  view.viewport.watch(root, scope, (near) => {
    view.near.value = near;
    if (!near && view.reel.clock.playing.peek()) view.reel.clock.pause();
  });
  scope.effect(() => root.classList.toggle("rs-dead", !core.usable.value));
  scope.listen(root, "keydown", (event) => press(view, event as KeyboardEvent));
  keepKeys(root, scope);
  followTheme(root, scope);
  core.enter();
  return root;
}

/** Pixels that are left free around what has to be seen together. */
const AIR = 44;
const LOWEST = 220;
/** What the grid is not for, as a rule: cells keep their size when a bar above them says something. */
const STEERED = 190;

/** Give the grid the height that the visible part of the page leaves beside what steers it. */
function roomFor(view: View, root: HTMLElement, pane: HTMLElement, beside: HTMLElement[]): void {
  const { scope } = view;
  const sight = new Sight(root, scope);
  const measure = () => {
    const rest = beside.reduce((sum, { offsetHeight }) => sum + offsetHeight + GAP, AIR);
    const high = Math.max(LOWEST, sight.height.peek() - rest);
    pane.parentElement?.style.setProperty("--rs-high-pane", `${high}px`);
    view.high.value = sight.height.peek() - STEERED;
  };
  scope.effect(() => {
    void sight.height.value;
    measure();
  });
  whenResized(beside, scope, measure);
}

/** Where cells are compared, in place of the board. */
function theatre(view: View): HTMLElement {
  const { core, scope } = view;
  const root = h("section", { class: "rs-theatre", "aria-label": "Comparison", hidden: true });
  scope.each(
    () => view.compared.value.join(),
    (key, part) => {
      root.hidden = key === "";
      put(root);
      if (key === "") return;
      const cells = view.compared.peek();
      const place = h("div", {});
      const close = () => {
        view.compared.value = [];
        view.focus();
      };
      const back = button("Back to the board", close, { title: "Escape" });
      put(root, h("div", { class: "rs-bd-line" }, back), place);
      const takes = computed(() =>
        cells.flatMap((cell) => {
          const take = view.take(cell);
          return take ? { ...take, label: view.name(cell) } : [];
        }),
      );
      const jobs = () => takes.peek().map(({ job }) => job);
      part.listen(root, "keydown", (event) => {
        // A list that is open in the player is closed first.
        if ((event as KeyboardEvent).key === "Escape" && !event.defaultPrevented) close();
      });
      part.later(0, () => back.focus({ preventScroll: true }));
      const { usable, media, channel, players } = core;
      void perform(place, players, { takes, usable, media, channel, jobs }, part);
    },
  );
  return root;
}

/** Where tags and notes are written, and what was refused. */
function written(view: View): HTMLElement {
  const root = h("div", { class: "rs-bd-written" });
  view.scope.each(
    () => view.writes.value,
    (what, part) => {
      const fault = h("p", { class: "rs-error", role: "alert" });
      part.effect(() => say(fault, view.fault.value));
      if (what === null) {
        put(root, fault);
        return;
      }
      const { marks, known } = view.writable();
      const done = (changes: MarkChanges | null) => {
        if (changes) view.mark(changes);
        view.writes.value = null;
        view.focus();
      };
      put(root, writing(what, marks, known, view.id("tags"), done, part), fault);
    },
  );
  return root;
}

function help(view: View): HTMLElement {
  const root = h(
    "div",
    { class: "rs-bd-help", role: "region", "aria-label": "Keys", tabindex: 0 },
    button(glyph(PLAYER.close), () => flip(view.helping), {
      look: "icon",
      "aria-label": "Close the list of keys",
    }),
    keyList(),
  );
  view.scope.effect(() => {
    root.hidden = !view.helping.value;
  });
  return root;
}
