import { computed } from "@preact/signals-core";
import { h, put } from "../../ui/dom";
import type { Scope } from "../../ui/scope";
import { perform } from "../../ui/theatre";
import type { View } from "../core";

/**
 * Where the takes of the tray are compared. While it is open it has the whole width, and `body`, the
 * form and the takes, is folded; closed again, everything stands where it stood.
 */
export function theatre(
  view: View,
  body: HTMLElement,
  pane: HTMLElement,
  bar: HTMLElement,
): HTMLElement {
  const { core, scope } = view;
  const root = h("section", { class: "rs-theatre", "aria-label": "Comparison", hidden: true });
  scope.listen(root, "keydown", (event) => {
    // A list that is open in the player is closed first.
    if ((event as KeyboardEvent).key !== "Escape" || event.defaultPrevented) return;
    core.tray.open.value = false;
  });
  scope.each(
    () => core.tray.open.value,
    (open, part) => {
      if (!open) return;
      const back = whereItStood(body);
      const place = h("div", {});
      body.hidden = true;
      root.hidden = false;
      put(root, bar, place);
      part.add(() => {
        root.hidden = true;
        put(root);
        body.hidden = false;
        pane.append(bar);
        back();
        // The button that was pressed has moved with its bar, and lost the focus.
        if (!scope.ended)
          bar.querySelector<HTMLElement>(".rs-tray-go")?.focus({ preventScroll: true });
      });
      part.later(0, () => {
        bar.querySelector<HTMLElement>(".rs-tray-go")?.focus({ preventScroll: true });
        root.scrollIntoView({ block: "nearest" });
      });
      void show(view, place, part);
    },
  );
  return root;
}

/** The takes of the tray, side by side. */
function show({ core }: View, place: HTMLElement, part: Scope): Promise<void> {
  const { tray, shelf, channel, media, usable, players } = core;
  const takes = computed(() =>
    tray.jobs.value.flatMap((job) => {
      const take = shelf.get(job)?.take.value;
      return take ? { ...take, label: tray.names.value[job] } : [];
    }),
  );
  const jobs = () => [...tray.jobs.peek()];
  return perform(place, players, { takes, usable, media, channel, jobs }, part);
}

/** Remembers how far everything is scrolled, and returns what restores it. */
function whereItStood(body: HTMLElement): () => void {
  const scrolled: [Element, number][] = [...body.children].map((pane) => [pane, pane.scrollTop]);
  let node: Node | null = body;
  while (node) {
    if (node instanceof Element && node.scrollTop > 0) scrolled.push([node, node.scrollTop]);
    node = node.parentNode ?? (node as Partial<ShadowRoot>).host ?? null;
  }
  return () => {
    for (const [element, top] of scrolled) element.scrollTop = top;
  };
}
