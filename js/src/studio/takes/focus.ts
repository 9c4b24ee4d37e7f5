import { signal } from "@preact/signals-core";
import type { Scope } from "../../ui/scope";

const STOPS = "button, a[href], input, select, textarea, summary, [tabindex]";

/**
 * Make a card one stop of the Tab key. Enter leads to what is in it and Escape back to it; Space plays.
 * A click inside leads there, too.
 */
export function oneStop(root: HTMLElement, scope: Scope): void {
  root.tabIndex = 0;
  const inside = signal(false);
  const seal = () => {
    for (const one of root.querySelectorAll<HTMLElement>(STOPS)) {
      if (inside.peek()) {
        if (one.dataset.rsTab === undefined) continue;
        if (one.dataset.rsTab === "") one.removeAttribute("tabindex");
        else one.tabIndex = Number(one.dataset.rsTab);
        delete one.dataset.rsTab;
      } else if (one.tabIndex >= 0) {
        one.dataset.rsTab = one.getAttribute("tabindex") ?? "";
        one.tabIndex = -1;
      }
    }
  };
  // A card is filled, and its parts change with its state.
  const observer = new MutationObserver(seal);
  observer.observe(root, { childList: true, subtree: true });
  scope.add(() => observer.disconnect());
  scope.effect(() => {
    inside.value;
    seal();
  });
  scope.listen(root, "focusin", (event) => {
    inside.value = event.target !== root;
  });
  scope.listen(root, "focusout", (event) => {
    const next = (event as FocusEvent).relatedTarget;
    if (!(next instanceof Node && root.contains(next))) inside.value = false;
  });
  scope.listen(root, "keydown", (event) => {
    const { key, ctrlKey, metaKey, altKey, shiftKey } = event as KeyboardEvent;
    if (ctrlKey || metaKey || altKey || shiftKey || event.defaultPrevented) return;
    if (key === "Escape" && event.target !== root) root.focus();
    else if (event.target !== root) return;
    else if (key === "Enter") {
      inside.value = true;
      root.querySelector<HTMLElement>(`:is(${STOPS}):not(:disabled, [tabindex="-1"])`)?.focus();
    } else if (key === " ") root.querySelector<HTMLElement>(".rs-start")?.click();
    else return;
    event.preventDefault();
  });
}

/** Let the arrow keys move between the cards of a pane. */
export function arrows(pane: HTMLElement, scope: Scope): void {
  scope.listen(pane, "keydown", (event) => {
    const { key, ctrlKey, metaKey, altKey, shiftKey } = event as KeyboardEvent;
    const from = event.target as HTMLElement;
    if (ctrlKey || metaKey || altKey || shiftKey || !from.matches(".rs-card")) return;
    const cards = [...pane.querySelectorAll<HTMLElement>(".rs-card")];
    const to = neighbour(cards, from, key);
    if (to === undefined) return;
    event.preventDefault();
    to.focus();
    to.scrollIntoView({ block: "nearest" });
  });
}

/** The card that a key leads to; up and down lead to the nearest one of another row. */
function neighbour(cards: HTMLElement[], from: HTMLElement, key: string): HTMLElement | undefined {
  const at = cards.indexOf(from);
  if (key === "ArrowLeft") return cards[at - 1];
  if (key === "ArrowRight") return cards[at + 1];
  if (key === "Home") return cards[0];
  if (key === "End") return cards.at(-1);
  if (key !== "ArrowUp" && key !== "ArrowDown") return undefined;
  const down = key === "ArrowDown";
  const own = from.getBoundingClientRect();
  let best: HTMLElement | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const card of cards) {
    const box = card.getBoundingClientRect();
    const away = down ? box.top - own.bottom : own.top - box.bottom;
    if (away < -1) continue;
    // A card of the same column is nearer than any beside it.
    const distance = away + 4 * Math.abs(box.left - own.left);
    if (distance < least) [best, least] = [card, distance];
  }
  return best;
}
