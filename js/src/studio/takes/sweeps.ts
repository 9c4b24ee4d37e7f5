import type { Steering, SweepState } from "../../kernel/messages";
import { attribute, button, h, put, say } from "../../ui/dom";
import type { Scope } from "../../ui/scope";
import type { View } from "../core";

/** A row for each sweep that is not over: how far it is, and what can be done with it. */
export function sweeps(view: View): HTMLElement {
  const { core, scope } = view;
  const root = h("div", { class: "rs-batches" });
  scope.each(
    () => core.sweeps.value.map(({ name }) => name).join("\n"),
    (names, part) => {
      const rows = names === "" ? [] : names.split("\n");
      put(root, ...rows.map((name) => row(view, name, part)));
      root.hidden = rows.length === 0;
    },
  );
  return root;
}

function row(view: View, name: string, scope: Scope): HTMLElement {
  const { core } = view;
  const remark = h("p", { class: "rs-remark" });
  const words = h("span", { class: "rs-batch-words" });
  const title = name.replace(/ #[0-9a-f]{6}$/, "");
  const bar = h(
    "div",
    { class: "rs-bar", role: "progressbar", "aria-label": `Progress of ${title}` },
    h("i"),
  );
  const act = (label: string, action: Steering, is: (sweep: SweepState) => boolean) => {
    const pressed = button(label, () => {
      pressed.disabled = true;
      say(remark, "");
      core.channel
        .ask("steer", { name, action })
        .catch((error: Error) => say(remark, error.message))
        .finally(() => {
          pressed.disabled = false;
        });
    });
    scope.effect(() => {
      const now = core.sweeps.value.find((sweep) => sweep.name === name);
      pressed.hidden = !now || !is(now);
    });
    return pressed;
  };
  const ways = h(
    "div",
    { class: "rs-batch-ways" },
    act("Retry failed", "retry", ({ failed }) => failed > 0),
    act("Pause", "pause", ({ state, waiting }) => state === "running" && waiting > 0),
    act("Resume", "resume", ({ state, waiting }) => state !== "running" && waiting > 0),
    act("Cancel all", "cancel", ({ state }) => state !== "cancelled"),
  );
  scope.effect(() => {
    const now = core.sweeps.value.find((sweep) => sweep.name === name);
    if (!now) return;
    say(words, now.words);
    const percent = Math.round(now.fraction * 100);
    bar.style.setProperty("--rs-done", `${percent}%`);
    attribute(bar, "aria-valuenow", percent);
    attribute(bar, "aria-valuetext", now.words);
  });
  scope.effect(() => {
    ways.inert = !core.usable.value;
  });
  return h(
    "section",
    { class: "rs-batch rs-sweep", "aria-label": `Sweep: ${title}` },
    h("div", { class: "rs-batch-head" }, h("strong", { class: "rs-batch-title" }, title), ways),
    bar,
    h("div", { class: "rs-batch-line" }, words),
    remark,
  );
}
