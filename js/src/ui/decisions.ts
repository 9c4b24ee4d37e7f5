import type { Decision } from "../kernel/messages";
import { button, h, put } from "./dom";

/** Settles an uncertain take; `pressed` is the button. */
export type Decide = (action: Decision, pressed: HTMLButtonElement, remoteId?: string) => unknown;

/**
 * The ways out of an uncertain take: it may or may not exist, and cost money, at the service, so every
 * way is offered in words.
 *
 * @param sendAgain the words of the button that may cost money twice, with the price.
 */
export function decisions(decide: Decide, sendAgain: () => string): HTMLElement {
  const ways = h("div", { class: "rs-ways" });
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
    const yes = button(sendAgain(), () => decide("resubmit", yes));
    put(
      ways,
      h("p", { class: "rs-what" }, "If the first one arrived, you pay for both."),
      yes,
      back(),
    );
    yes.focus();
  };
  offer();
  return ways;
}
