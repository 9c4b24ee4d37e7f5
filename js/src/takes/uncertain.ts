import { button, h, put, say } from "../dom";
import { icon } from "../icons";
import type { Decision } from "../protocol";
import { ask } from "./ask";
import type { CardContext } from "./context";

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
