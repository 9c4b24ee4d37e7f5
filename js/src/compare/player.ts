import { button, flip, h } from "../ui/dom";
import { glyph, PLAYER } from "../ui/icons";
import { type Scope, whenResized } from "../ui/scope";
import { Deck, type Place } from "./deck";
import { differences } from "./differences";
import { GAP, Sight, stick } from "./fit";
import { written } from "./judge";
import { keyList, press } from "./keys";
import { stage } from "./stage";
import { strips } from "./strips";
import { toolbar } from "./toolbar";
import { transport } from "./transport";
import { ballot } from "./vote";

const LOOSE = "Playing here, takes may be a quarter of a second apart; paused, they are exact.";

/**
 * Put a comparison into an element that stands under `.rushes`, until `scope` ends.
 *
 * Nothing is left behind: no video, timer, listener or blob.
 */
export function mountCompare(el: HTMLElement, place: Place, scope: Scope): void {
  const deck = new Deck(place, scope);
  const empty = h("p", { class: "rs-cmp-empty" }, "Choose two takes or more.");
  const tools = toolbar(deck);
  // They hang on it, however many lines it has.
  tools.append(help(deck), written(deck));
  const pictures = stage(deck);
  const steering = transport(deck);
  const voting = (place.ballot ?? ballot)(deck);
  const loose = h("p", { class: "rs-aside" }, LOOSE);
  // Last, so that nothing moves when it appears.
  const parts = h(
    "div",
    { class: "rs-cmp-parts" },
    pictures,
    steering,
    voting.root,
    strips(deck),
    differences(deck),
    loose,
  );
  scope.effect(() => {
    loose.hidden = !deck.clock.loose.value;
  });
  const root = h(
    "div",
    { class: "rs-compare", role: "group", tabindex: 0, "aria-label": "Comparison of takes" },
    tools,
    empty,
    parts,
    deck.live.element,
  );
  deck.root = root;
  scope.effect(() => {
    const none = place.takes.value.length === 0;
    empty.hidden = !none;
    parts.hidden = none;
  });
  scope.listen(root, "keydown", (event) => press(deck, event as KeyboardEvent));
  scope.listen(root, "pointerover", (event) => {
    deck.pointed = (event.target as Element).closest<HTMLElement>("[data-job]")?.dataset.job;
  });
  // The keys are to work after whatever was pressed: a button that keeps the focus would take Space.
  scope.listen(root, "pointerup", (event) => {
    const at = event.target as Element;
    if (!at.closest("input, select, a, .rs-cmp-menu, [tabindex='0']:not(.rs-compare)")) {
      root.focus({ preventScroll: true });
    }
  });
  const sight = new Sight(root, scope);
  const beside = [tools, steering, voting.asking];
  // What closes it again in a Studio or a board.
  const way = el.matches(".rs-theatre > *") && el.previousElementSibling;
  if (way) beside.push(way as HTMLElement);
  roomFor(deck, sight, pictures, beside);
  stick(steering, pictures, sight, scope);
  // Off the screen nothing plays on.
  deck.viewport.watch(root, scope, (near) => {
    if (!near && deck.clock.playing.peek()) deck.clock.pause();
  });
  el.append(root);
  scope.add(() => root.remove());
}

/** Pixels that are left free above and below what has to be seen together. */
const AIR = 20;
/** A lower stage shows nothing; then one has to scroll. */
const LOWEST = 140;

/** Give the stage the height that the visible part of the page leaves beside what steers it. */
function roomFor(deck: Deck, sight: Sight, pictures: HTMLElement, beside: HTMLElement[]): void {
  const measure = () => {
    const seen = sight.height.peek() - 2 * AIR;
    const height = beside.reduce((rest, element) => rest - tall(element), seen);
    deck.room.value = { width: pictures.clientWidth, height: Math.max(LOWEST, height) };
  };
  const tall = ({ offsetHeight }: HTMLElement) => (offsetHeight ? offsetHeight + GAP : 0);
  deck.scope.effect(() => {
    void sight.height.value;
    measure();
  });
  whenResized([pictures, ...beside], deck.scope, measure);
}

function help(deck: Deck): HTMLElement {
  const root = h(
    "div",
    { class: "rs-cmp-help", role: "region", "aria-label": "Keys", tabindex: 0 },
    button(glyph(PLAYER.close), () => flip(deck.helping), {
      look: "icon",
      "aria-label": "Close the list of keys",
    }),
    keyList(),
  );
  deck.scope.effect(() => {
    root.hidden = !deck.helping.value;
  });
  return root;
}
