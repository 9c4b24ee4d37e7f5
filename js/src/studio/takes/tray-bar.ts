import { computed, signal } from "@preact/signals-core";
import { kernelOf } from "../../compare/deck";
import { mountCompare } from "../../compare/player";
import type { CompareView, Take } from "../../kernel/messages";
import { icon } from "../../ui/controls";
import { button, h, put, say } from "../../ui/dom";
import type { Scope } from "../../ui/scope";
import type { View } from "../core";
import { FEWEST, MOST } from "./tray";

/** What is put together for comparing, the button that compares it, and the place where it shows. */
export function trayBar(view: View): { bar: HTMLElement; place: HTMLElement } {
  const { core, scope } = view;
  const { tray, shelf } = core;
  const chosen = h("ul", { class: "rs-tray-takes", "aria-label": "Takes to compare" });
  const hint = h("span", { class: "rs-aside" });
  const compare = button("", () => {
    tray.open.value = !tray.open.peek();
  });
  const clear = button("Clear", () => tray.clear(), { look: "ghost" });
  const bar = h("div", { class: "rs-tray" }, chosen, hint, clear, compare);
  const place = h("div", { class: "rs-compare-place" });

  scope.each(
    () => tray.jobs.value.join("\n"),
    (_, part) => {
      const takes = tray.jobs.peek().flatMap((job) => shelf.get(job)?.take.peek() ?? []);
      bar.hidden = takes.length === 0;
      put(chosen, ...takes.map((take) => thumb(take, part)));
      say(hint, takes.length < FEWEST ? "Add another take" : `${takes.length} / ${MOST}`);
      compare.disabled = takes.length < FEWEST;
    },
  );
  scope.effect(() => {
    say(compare, tray.open.value ? "Close" : "Compare");
    compare.setAttribute("aria-expanded", String(tray.open.value));
  });
  scope.each(
    () => String(tray.open.value),
    (open, part) => {
      put(place, open === "true" && comparison(view, part));
      if (open === "true") part.later(0, () => place.scrollIntoView({ block: "nearest" }));
    },
  );

  function thumb(take: Take, part: Scope): HTMLElement {
    const picture = core.media.picture(take, part);
    const name = `${take.providerTitle || take.provider}: ${take.prompt || take.mode}`;
    const remove = button(picture, () => tray.toggle(take.job), {
      class: "rs-button rs-pick",
      "aria-label": `Take out ${name}`,
      title: name,
    });
    remove.append(icon("close"));
    return h("li", {}, remove);
  }
  return { bar, place };
}

/** The takes of the tray on one clock, above the cards, until `scope` ends. */
export function comparison({ core }: View, scope: Scope): HTMLElement {
  const { tray, shelf, channel, media, usable } = core;
  const root = h("div", { class: "rs-comparison" });
  const takes = computed(() =>
    tray.jobs.value.flatMap((job) => {
      const take = shelf.get(job)?.take.value;
      return take ? { ...take, label: tray.names.value[job] } : [];
    }),
  );
  mountCompare(
    root,
    {
      takes,
      media,
      usable,
      columns: signal(0),
      view: signal<CompareView>("grid"),
      blind: signal(false),
      ...kernelOf(channel, () => [...tray.jobs.peek()]),
    },
    scope,
  );
  return root;
}
