import { type Child, h } from "../ui/dom";

/** A table with a scroll bar of its own where the page is narrow; the first cell of each row is its head. */
export function table(
  title: string,
  heads: readonly string[],
  rows: readonly (readonly Child[])[],
): HTMLElement {
  return h(
    "div",
    { class: "rs-cmp-scroll", tabindex: 0, role: "group", "aria-label": title },
    h(
      "table",
      {},
      h("caption", {}, title),
      h("thead", {}, row("col", heads)),
      h("tbody", {}, ...rows.map(([first, ...cells]) => row("row", [first, ...cells]))),
    ),
  );
}

function row(scope: "col" | "row", cells: readonly Child[]): HTMLElement {
  const heads = scope === "col" ? cells.length : 1;
  return h(
    "tr",
    {},
    ...cells.map((cell, i) =>
      cell !== "" && i < heads ? h("th", { scope }, cell) : h("td", {}, cell),
    ),
  );
}
