import type { Take } from "../../kernel/messages";
import { icon } from "../../ui/controls";
import { button, h, put, say } from "../../ui/dom";
import type { Scope } from "../../ui/scope";
import type { View } from "../core";
import { FEWEST, MOST } from "./tray";

/** What is put together for comparing, and the button that compares it. */
export function trayBar(view: View): HTMLElement {
  const { core, scope } = view;
  const { tray, shelf } = core;
  const chosen = h("ul", { class: "rs-tray-takes", "aria-label": "Takes to compare" });
  const hint = h("span", { class: "rs-aside" });
  const compare = button(
    "",
    () => {
      tray.open.value = !tray.open.peek();
    },
    { class: "rs-button rs-plain rs-tray-go" },
  );
  const clear = button("Clear", () => tray.clear(), { look: "ghost" });
  const bar = h("div", { class: "rs-tray" }, chosen, hint, clear, compare);

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
  return bar;
}
