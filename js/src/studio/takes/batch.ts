import { computed, type ReadonlySignal, signal } from "@preact/signals-core";
import { type Take, unfinished } from "../../kernel/messages";
import { icon } from "../../ui/controls";
import { attribute, button, h, put, say } from "../../ui/dom";
import { clock, money, priced, roughly } from "../../ui/format";
import type { Scope } from "../../ui/scope";
import type { View } from "../core";
import { again } from "../requests";
import { type Batch, isInLine, sums, tally } from "./arrange";
import { timeOf } from "./states";

/** Rows of takes under way that are shown until the others are asked for. */
const SHOWN = 5;

/**
 * A batch in one row: how much of it is done, what is left of time and money, and what can be done
 * with all of it; below it the takes under way in slim rows.
 */
export function batchRow(
  view: View,
  batch: ReadonlySignal<Batch>,
  tick: ReadonlySignal<number>,
  scope: Scope,
): HTMLElement {
  const { core } = view;
  const title = h("strong", { class: "rs-batch-title" });
  const words = h("span", { class: "rs-batch-words" });
  const money_ = h("span", { class: "rs-batch-money" });
  const bar = h(
    "div",
    { class: "rs-bar", role: "progressbar", "aria-label": "Progress of the batch" },
    h("i"),
  );
  const remark = h("p", { class: "rs-remark" });
  const takes = (jobs: readonly string[]): Take[] =>
    jobs.flatMap((job) => core.shelf.get(job)?.take.value ?? []);
  const cancel = button("Cancel all", () => each(cancel, batch.peek().moving, cancelOne));
  const retry = button("", () => each(retry, batch.peek().failed, retryOne));
  const ways = h("div", { class: "rs-batch-ways" }, retry, cancel);

  async function each(
    pressed: HTMLButtonElement,
    jobs: readonly string[],
    act: (job: string) => Promise<unknown>,
  ): Promise<void> {
    pressed.disabled = true;
    say(remark, "");
    const outcomes = await Promise.allSettled(jobs.map(act));
    pressed.disabled = false;
    const reasons = outcomes.flatMap((outcome) =>
      outcome.status === "rejected" ? [(outcome.reason as Error).message] : [],
    );
    say(remark, [...new Set(reasons)].join(" "));
  }
  const cancelOne = (job: string) => core.channel.ask("cancel", { job });
  const retryOne = (job: string) => again(core.channel, job, signal({ state: "idle" }));

  scope.effect(() => {
    tick.value;
    const all = takes(batch.value.jobs);
    const sum = tally(all, Date.now() / 1000);
    const prompts = new Set(all.map(({ prompt }) => prompt ?? ""));
    say(
      title,
      prompts.size === 1 ? `${sum.total} takes: ${[...prompts][0]}` : `${sum.total} takes`,
    );
    const moving = sum.rendering + sum.inLine;
    say(
      words,
      [
        `${sum.done} of ${sum.total} done`,
        sum.rendering > 0 && `${sum.rendering} rendering`,
        sum.inLine > 0 && `${sum.inLine} in line`,
        sum.uncertain > 0 && `${sum.uncertain} uncertain`,
        sum.failed > 0 && `${sum.failed} failed`,
        sum.cancelled > 0 && `${sum.cancelled} cancelled`,
        moving > 0 && sum.left !== null && `${roughly(sum.left)} left (estimated)`,
      ]
        .filter(Boolean)
        .join(" · "),
    );
    const costs = [...sum.cost].filter(([, amount]) => amount > 0);
    say(
      money_,
      costs
        .map(
          ([name, amount]) => `${money(sum.spent.get(name) ?? 0, name)} of ${money(amount, name)}`,
        )
        .join(" + "),
    );
    const percent = Math.round((sum.done / Math.max(1, sum.total)) * 100);
    bar.style.setProperty("--rs-done", `${percent}%`);
    attribute(bar, "aria-valuenow", percent);
    attribute(bar, "aria-valuetext", words.textContent ?? "");
    cancel.hidden = moving === 0;
    retry.hidden = sum.failed === 0;
    say(retry, priced(`Retry ${sum.failed} failed`, sums(takes(batch.value.failed))));
  });
  scope.effect(() => {
    ways.inert = !core.usable.value;
  });

  const every = signal(false);
  const rows = h("ul", { class: "rs-slims" });
  const more = button(
    "",
    () => {
      every.value = !every.peek();
    },
    { look: "ghost" },
  );
  const shown = computed(() =>
    batch.value.moving.slice(0, every.value ? undefined : SHOWN).join("\n"),
  );
  const made = new Map<string, { row: HTMLElement; scope: Scope }>();
  scope.effect(() => {
    const jobs = shown.value === "" ? [] : shown.value.split("\n");
    for (const [job, old] of made) {
      if (jobs.includes(job)) continue;
      old.scope.end();
      made.delete(job);
    }
    const found = jobs.map((job) => {
      let known = made.get(job);
      if (!known) {
        const own = scope.child();
        known = { row: slimRow(view, job, tick, own), scope: own };
        made.set(job, known);
      }
      return known.row;
    });
    // Rows hold no video, so they may be moved.
    if (
      found.some((row, index) => rows.children[index] !== row) ||
      rows.children.length !== found.length
    )
      put(rows, ...found);
  });
  scope.effect(() => {
    const hidden = batch.value.moving.length - SHOWN;
    more.hidden = hidden <= 0;
    say(more, every.value ? "Show fewer" : `${hidden} more in line`);
    more.setAttribute("aria-expanded", String(every.value));
  });
  return h(
    "section",
    { class: "rs-batch", "aria-label": "Takes that were asked for together" },
    h("div", { class: "rs-batch-head" }, title, ways),
    bar,
    h("div", { class: "rs-batch-line" }, words, money_),
    remark,
    rows,
    more,
  );
}

/** A take under way in one line. */
function slimRow(view: View, job: string, tick: ReadonlySignal<number>, scope: Scope): HTMLElement {
  const { core } = view;
  const entry = core.shelf.get(job);
  const name = h("span", { class: "rs-slim-name" });
  const text = h("span", { class: "rs-slim-text" });
  const time = h("span", { class: "rs-elapsed" });
  const bar = h("div", { class: "rs-bar", "aria-hidden": "true" }, h("i"));
  const stop = button(
    icon("close"),
    () => {
      stop.disabled = true;
      core.channel.ask("cancel", { job }).then(
        ({ value }) => view.live.tell(value.message),
        (error: Error) => {
          stop.disabled = false;
          if (entry) entry.remark.value = error.message;
        },
      );
    },
    { look: "icon" },
  );
  const root = h("li", { class: "rs-slim", "data-job": job }, name, text, bar, time, stop);
  if (!entry) return root;
  scope.effect(() => {
    const take = entry.take.value;
    const who = take.providerTitle || take.provider;
    attribute(root, "data-state", take.state);
    say(name, typeof take.seed === "number" ? `${who} · seed ${take.seed}` : who);
    const remark = entry.remark.value;
    say(text, remark || take.progress?.text || "");
    text.title = take.prompt ?? "";
    const fraction = take.progress?.fraction;
    bar.style.setProperty("--rs-done", `${Math.round((fraction ?? 0) * 100)}%`);
    bar.classList.toggle("rs-estimated", take.progress?.estimated === true);
    bar.style.visibility = isInLine(take) || typeof fraction !== "number" ? "hidden" : "";
    stop.setAttribute("aria-label", `Cancel ${who}`);
  });
  scope.effect(() => {
    tick.value;
    if (unfinished.has(entry.take.value.state)) say(time, timeOf(entry, clock));
  });
  scope.effect(() => {
    stop.inert = !core.usable.value;
  });
  return root;
}
