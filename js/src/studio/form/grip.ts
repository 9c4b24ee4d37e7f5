import { icon } from "../../ui/controls";
import { button } from "../../ui/dom";

/** What a grip moves. */
export interface Grip {
  /** The list whose children are the rows. */
  rows: HTMLElement;
  index: number;
  length: number;
  /** What a row is, e.g. `Image`. */
  noun: string;
  move(from: number, to: number): void;
  live: { tell(text: string): void };
  /** Move once, when the row is dropped: for rows that are built again when they move. */
  atDrop?: boolean;
}

/** Moves its row: by the arrow keys, or dragged. */
export function grip({ rows, index, length, noun, move, live, atDrop }: Grip): HTMLButtonElement {
  const made = button(icon("grip"), () => {}, {
    look: "icon",
    class: "rs-button rs-icon rs-mover",
    "aria-label": `Move ${noun.toLowerCase()} ${index + 1} of ${length} with the arrow keys`,
    title: "Drag, or press the arrow keys",
    disabled: length < 2,
  });
  made.addEventListener("keydown", (event) => {
    const by = { ArrowUp: -1, ArrowLeft: -1, ArrowDown: 1, ArrowRight: 1 }[event.key];
    if (!by) return;
    event.preventDefault();
    const to = Math.min(length - 1, Math.max(0, index + by));
    if (to !== index) move(index, to);
    rows.children[to]?.querySelector<HTMLElement>(".rs-mover")?.focus();
    live.tell(`${noun} ${index + 1} is now ${noun.toLowerCase()} ${to + 1}.`);
  });
  let at = index;
  const mark = (to: number) => {
    for (const child of rows.children)
      child.classList.toggle("rs-moving", child === rows.children[to]);
  };
  made.addEventListener("pointerdown", (event) => {
    if (length < 2) return;
    at = index;
    made.setPointerCapture(event.pointerId);
    mark(at);
  });
  made.addEventListener("pointermove", (event) => {
    if (!made.hasPointerCapture(event.pointerId)) return;
    const boxes = [...rows.children].map((child) => child.getBoundingClientRect());
    const to = boxes.findIndex((box) => event.clientY < box.bottom);
    const next = to < 0 ? length - 1 : to;
    if (next === at) return;
    if (!atDrop) move(at, next);
    mark(next);
    at = next;
  });
  made.addEventListener("lostpointercapture", () => {
    mark(-1);
    if (atDrop && at !== index) move(index, at);
  });
  return made;
}

/** A list with an item at another place. */
export function moved<T>(items: readonly T[], from: number, to: number): T[] {
  const made = [...items];
  if (to < 0 || to >= made.length) return made;
  made.splice(to, 0, ...made.splice(from, 1));
  return made;
}
