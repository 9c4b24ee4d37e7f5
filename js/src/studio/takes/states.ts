import { computed } from "@preact/signals-core";
import type { Decision, Take } from "../../kernel/messages";
import { icon } from "../../ui/controls";
import { attribute, button, h, put, say } from "../../ui/dom";
import { clock } from "../../ui/format";
import { fieldOf } from "../form/rules";
import { ask, type CardContext } from "./context";

const words: Partial<Record<Take["state"], string>> = {
  queued: "Queued",
  submitting: "Sending",
  running: "Rendering",
  fetching: "Downloading",
};

/** The frame of a take under way: state in words, progress, and the time since the click. */
export function waiting({ view, entry, scope, tick }: CardContext): HTMLElement {
  const { take } = entry;
  const state = h("span", { class: "rs-state" });
  const text = h("span", { class: "rs-progress-text" });
  const time = h("span", { class: "rs-elapsed" });
  const bar = h("div", { class: "rs-bar", role: "progressbar", "aria-label": "Progress" }, h("i"));

  scope.effect(() => say(state, words[take.value.state] ?? ""));
  const progress = computed(() => take.value.progress ?? null);
  scope.effect(() => {
    if (!view.core.usable.value) {
      say(text, "It continues without this page.");
      return;
    }
    const now = progress.value;
    const honest = now?.estimated && now.text && !/estimat/i.test(now.text) ? " (estimated)" : "";
    say(text, now?.text ? `${now.text}${honest}` : "");
  });
  scope.effect(() => {
    const fraction = progress.value?.fraction;
    const known = typeof fraction === "number";
    const percent = known ? Math.round(Math.min(1, Math.max(0, fraction)) * 100) : null;
    bar.style.setProperty("--rs-done", `${percent ?? 0}%`);
    bar.classList.toggle("rs-unknown", !known);
    bar.classList.toggle("rs-estimated", known && progress.value?.estimated === true);
    attribute(bar, "aria-valuenow", percent);
  });
  scope.effect(() => {
    tick.value;
    const { elapsed } = take.value;
    if (!view.core.usable.value) return;
    say(
      time,
      typeof elapsed === "number" ? clock(elapsed + Date.now() / 1000 - entry.heardAt) : "",
    );
  });
  return h(
    "div",
    { class: "rs-slate" },
    h("div", { class: "rs-slate-line" }, state, time),
    text,
    bar,
  );
}

/** The frame of a failed or cancelled take: what happened and what to do next. */
export function stopped({ view, entry, scope }: CardContext): HTMLElement {
  const title = h("span", { class: "rs-state" });
  const mark = icon("warn");
  const text = h("p", { class: "rs-what" });
  const where = h("p", { class: "rs-where" });
  const label = (parameter: string) => {
    const form = view.core.settings.providers.value.find(
      ({ id }) => id === entry.take.value.provider,
    );
    const name = fieldOf({ parameter, message: "" });
    if (name === "prompt") return "Prompt";
    return form?.fields.find((field) => field.name === name)?.label ?? parameter;
  };
  scope.effect(() => {
    const { state, error } = entry.take.value;
    const failed = state === "failed";
    mark.style.display = failed ? "" : "none";
    say(title, failed ? "Failed" : "Cancelled");
    say(text, error?.message ?? (failed ? "No reason was given." : ""));
    say(where, error?.parameter ? `Concerns: ${label(error.parameter)}` : "");
  });
  return h(
    "div",
    { class: "rs-slate rs-message" },
    h("div", { class: "rs-slate-line" }, h("span", { class: "rs-mark" }, mark, title)),
    text,
    where,
  );
}

/**
 * The frame of a take whose sending broke off: it may or may not exist, and cost money, at the
 * service. Only the user can settle it, so every way out is offered in words.
 */
export function uncertain(context: CardContext): HTMLElement {
  const { view, entry, scope } = context;
  const text = h("p", { class: "rs-what" });
  const ways = h("div", { class: "rs-ways" });
  scope.effect(() => {
    const { backend, error } = entry.take.value;
    const who = backend || "the service";
    say(
      text,
      error?.message ?? `The connection broke while sending. ${who} may have started this job.`,
    );
  });

  const decide = (action: Decision, pressed: HTMLButtonElement, remoteId?: string) => {
    const body = { job: entry.job, action, ...(remoteId ? { remoteId } : {}) };
    const answer = view.core.channel.ask("decide", body).then(({ value }) => value.message);
    return ask(context, answer, pressed);
  };
  const offer = () => {
    const look = button("Look again", () => decide("look-again", look), {
      title: "Ask the service once more whether it has this job",
    });
    const found = button("I found it …", () => askForId(), {
      title: "You see the job in the service's own list: give its id",
    });
    const again = button("Send again …", () => warn(), {
      title: "Send it a second time; if the first one arrived, both are billed",
    });
    const quit = button("Give up", () => decide("abandon", quit), {
      title: "Stop following it; it may still be billed",
    });
    put(ways, look, found, again, quit);
  };
  const back = () =>
    button(
      "Back",
      () => {
        offer();
        ways.querySelector("button")?.focus();
      },
      { look: "ghost" },
    );
  const askForId = () => {
    const input = h("input", {
      type: "text",
      class: "rs-input",
      "aria-label": "Id of the job at the service",
      placeholder: "job id at the service",
      spellcheck: "false",
    });
    const use = button("Use it", () => decide("resolve", use, input.value.trim()));
    use.disabled = true;
    input.addEventListener("input", () => {
      use.disabled = input.value.trim() === "";
    });
    input.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !use.disabled) use.click();
    });
    put(ways, input, use, back());
    input.focus();
  };
  const warn = () => {
    const yes = button("Send again", () => decide("resubmit", yes));
    const cost = entry.take.peek().cost?.text;
    const price = cost ? `, ${cost} each` : "";
    put(
      ways,
      h("p", { class: "rs-what" }, `If the first one arrived, you pay for both${price}.`),
      yes,
      back(),
    );
    yes.focus();
  };
  offer();
  scope.effect(() => {
    ways.inert = !view.core.usable.value;
  });
  return h(
    "div",
    { class: "rs-slate rs-message" },
    h(
      "div",
      { class: "rs-slate-line" },
      h("span", { class: "rs-mark" }, icon("warn"), h("span", { class: "rs-state" }, "Uncertain")),
    ),
    text,
    ways,
  );
}
