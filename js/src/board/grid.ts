import { untracked } from "@preact/signals-core";
import { attribute, h, put, say } from "../ui/dom";
import { type Scope, whenResized } from "../ui/scope";
import { cell } from "./cell";
import { GAP, type Plan, type Sizes, touching } from "./plan";
import type { View } from "./view";

/** Pixels beyond what is seen in which rows are filled. */
const AROUND = 240;

interface Filled {
  element: HTMLElement;
  scope: Scope;
}

/** The grid. Only the cells that are seen, and those next to them, are in the page. */
export function grid(view: View): HTMLElement {
  const { scope, core } = view;
  const heads = h("div", { class: "rs-bd-heads", role: "row" });
  const canvas = h("div", { class: "rs-bd-canvas", role: "presentation" });
  const root = h(
    "div",
    {
      class: "rs-bd-pane",
      role: "grid",
      tabindex: 0,
      "aria-label": "Takes",
      "aria-multiselectable": "true",
    },
    heads,
    canvas,
  );
  const rows = new Map<number, Filled & { head: HTMLElement }>();
  const cells = new Map<number, Filled>();
  scope.add(() => {
    rows.clear();
    cells.clear();
  });

  let plan: Plan;
  let sizes: Sizes;
  let wait = 0;

  function place(): void {
    wait = 0;
    if (view.room.peek() === 0) return;
    const { scrollTop, scrollLeft, clientHeight, clientWidth } = root;
    const top = heads.hidden ? 0 : heads.offsetHeight;
    const [from, to] = [scrollTop, scrollTop + clientHeight - top];
    const [first, last] = touching(sizes.tops, from - AROUND, to + AROUND);
    const step = sizes.width + GAP;
    const columns = plan.columns.length;
    const left = Math.max(0, Math.floor((scrollLeft - AROUND) / step));
    const right = Math.min(
      columns - 1,
      Math.floor((scrollLeft + clientWidth - sizes.head + AROUND) / step),
    );
    const wanted = new Map<number, [row: number, column: number]>();
    const seen = new Set<number>();
    const [firstSeen, lastSeen] = touching(sizes.tops, from, to);
    for (let row = first; row <= last; row++) {
      const line = plan.places[row] ?? [];
      for (let column = left; column <= right; column++) {
        const number = view.front(line[column] ?? []);
        if (number === undefined) continue;
        wanted.set(number, [row, column]);
        const [begin, end] = [column * step, column * step + sizes.width];
        const across = end > scrollLeft && begin < scrollLeft + clientWidth - sizes.head;
        if (row >= firstSeen && row <= lastSeen && across) seen.add(number);
      }
    }
    drop(cells, (number) => !wanted.has(number));
    drop(rows, (row) => row < first || row > last);
    for (let row = first; row <= last; row++) line(row);
    for (const [number, [row, column]] of wanted) stand(number, row, column);
    const before = view.inView.peek();
    if (!view.near.peek()) seen.clear();
    if (seen.size !== before.size || [...seen].some((number) => !before.has(number))) {
      view.inView.value = seen;
    }
  }

  function line(row: number): void {
    let made = rows.get(row);
    if (!made) {
      const head = h("div", { class: "rs-bd-rowhead", role: "rowheader" });
      const element = h("div", { class: "rs-bd-row", role: "row", "aria-rowindex": row + 2 }, head);
      made = { element, head, scope: scope.child() };
      rows.set(row, made);
      canvas.append(element);
    }
    const { element, head } = made;
    element.style.transform = `translateY(${sizes.tops[row] ?? 0}px)`;
    element.style.height = `${(sizes.tops[row + 1] ?? 0) - (sizes.tops[row] ?? 0)}px`;
    say(head, plan.rows[row] ?? "");
    head.title = plan.rows[row] ?? "";
    head.hidden = plan.wall || !plan.rows[row];
  }

  function stand(number: number, row: number, column: number): void {
    let made = cells.get(number);
    if (!made) {
      const own = scope.child();
      const folded = () => {
        const [down, across] = view.order.value.at.get(number) ?? [-1, -1];
        return view.plan.value.places[down]?.[across]?.length ?? 1;
      };
      made = { element: untracked(() => cell(view, number, folded, own)), scope: own };
      cells.set(number, made);
    }
    const { element } = made;
    const home = rows.get(row)?.element;
    // A video that is moved in the page stops, so only what stands wrong is moved.
    if (home && element.parentElement !== home) home.append(element);
    const height = sizes.heights[row] ?? 0;
    const { style } = element;
    style.left = `${sizes.head + column * (sizes.width + GAP)}px`;
    style.width = `${sizes.width}px`;
    style.setProperty("--rs-high", `${height}px`);
    const ratio = core.ratio(number);
    const wide = Math.min(sizes.width, height * ratio);
    style.setProperty("--rs-wide", `${Math.round(wide)}px`);
    style.setProperty("--rs-tall-frame", `${Math.round(wide / ratio)}px`);
    attribute(element, "aria-colindex", column + 1 + (sizes.head > 0 ? 1 : 0));
  }

  function soon(): void {
    wait ||= requestAnimationFrame(place);
  }
  scope.add(() => cancelAnimationFrame(wait));

  scope.effect(() => {
    plan = view.plan.value;
    sizes = view.sizes.value;
    // What is in front of a place depends on what the takes are.
    void view.order.value;
    // Hosts build views before they are in the page.
    if (view.room.value === 0) return;
    const width = sizes.head + plan.columns.length * (sizes.width + GAP) - GAP;
    canvas.style.width = heads.style.width = `${Math.max(0, width)}px`;
    canvas.style.height = `${sizes.tops.at(-1) ?? 0}px`;
    root.classList.toggle("rs-bd-over", view.over.value);
    root.style.setProperty("--rs-head", `${Math.max(0, sizes.head - GAP)}px`);
    attribute(root, "aria-rowcount", plan.rows.length + 1);
    attribute(root, "aria-colcount", plan.columns.length + (sizes.head > 0 ? 1 : 0));
    heads.hidden = plan.wall || plan.columns.every((title) => title === "");
    untracked(() => {
      head();
      place();
    });
  });

  function head(): void {
    const { rows: down = [], columns: across = [] } = core.arrangement.peek();
    const corner = [down, across]
      .filter(({ length }) => length > 0)
      .map((names) => names.join(", "));
    put(
      heads,
      sizes.head > 0 &&
        h("div", { class: "rs-bd-corner", role: "columnheader" }, corner.join(" / ")),
      ...plan.columns.map((title, column) => {
        const made = h("div", { class: "rs-bd-colhead", role: "columnheader" }, title);
        made.title = title;
        made.style.left = `${sizes.head + column * (sizes.width + GAP)}px`;
        made.style.width = `${sizes.width}px`;
        return made;
      }),
    );
  }

  scope.effect(() => {
    const at = view.cursor.value;
    attribute(root, "aria-activedescendant", view.order.value.at.has(at) ? view.id(at) : null);
  });
  root.addEventListener("scroll", soon, { passive: true });
  scope.add(() => root.removeEventListener("scroll", soon));
  whenResized([root], scope, () => {
    const width = root.clientWidth;
    if (width > 0) view.room.value = width;
    soon();
  });
  scope.effect(() => {
    void view.near.value;
    soon();
  });
  view.focus = () => root.focus({ preventScroll: true });
  view.reveal = (number) => {
    const at = view.order.peek().at.get(number);
    if (!at) return;
    const [row, column] = at;
    const top = heads.hidden ? 0 : heads.offsetHeight;
    const [begin, end] = [sizes.tops[row] ?? 0, sizes.tops[row + 1] ?? 0];
    if (begin < root.scrollTop) root.scrollTop = begin;
    else if (end > root.scrollTop + root.clientHeight - top)
      root.scrollTop = end - root.clientHeight + top;
    const left = column * (sizes.width + GAP);
    const room = root.clientWidth - sizes.head;
    if (left < root.scrollLeft) root.scrollLeft = left;
    else if (left + sizes.width > root.scrollLeft + room)
      root.scrollLeft = left + sizes.width - room;
    place();
  };
  return root;
}

function drop<K>(filled: Map<K, Filled>, isOld: (key: K) => boolean): void {
  for (const [key, { element, scope }] of filled) {
    if (!isOld(key)) continue;
    scope.end();
    element.remove();
    filled.delete(key);
  }
}
