import { button, h, put, say } from "../dom";
import { costText, roughly } from "../format";
import type { Problem } from "../protocol";
import type { View } from "../view";
import { fieldOf } from "./rules";

/** What the take will cost and need, and the button that sends it. */
export function footer(view: View, generate: () => void): HTMLElement {
  const { core, scope } = view;
  const estimate = h("p", { class: "rs-estimate" });
  const basis = h("p", { class: "rs-basis" });
  const message = h("p", { class: "rs-send-message", role: "alert" });
  const label = h("span", {}, "Generate");
  const missing = h("span", { class: "rs-missing", id: view.id("missing") });
  const send = button(label, generate, { look: "primary", "aria-describedby": view.id("missing") });
  const keys = /Mac|iPhone|iPad/.test(navigator.platform) ? "⌘ Enter" : "Ctrl Enter";
  send.title = keys;
  send.append(missing);

  scope.effect(() => {
    const { value, pending } = core.estimate.value;
    estimate.classList.toggle("rs-pending", pending);
    if (!value) {
      put(estimate, pending ? "Estimating …" : "No estimate yet");
      say(basis, "");
      return;
    }
    // A request that is not complete has no price yet.
    const none = value.problems.length > 0 ? "No estimate yet" : "Price not known";
    const cost = value.cost ? costText({ ...value.cost, estimated: true }) : null;
    put(
      estimate,
      cost === null ? none : h("b", {}, cost),
      typeof value.seconds === "number" && h("span", {}, ` · ${roughly(value.seconds)}`),
    );
    say(basis, basisText(value));
  });
  scope.effect(() => {
    const sending = core.sending.value;
    const busy = sending.state === "sending" || sending.state === "unconfirmed";
    send.disabled = busy;
    say(label, busy ? "Sending …" : "Generate");
    const [problem] = busy ? [] : core.problems.value;
    say(missing, problem ? short(view, problem) : "");
    // Not disabled: a press leads to the first field that lacks something.
    send.classList.toggle("rs-lacking", problem !== undefined);
  });
  scope.effect(() => {
    const sending = core.sending.value;
    const said = sending.state === "refused" || sending.state === "unconfirmed";
    // A problem that belongs to no field has only this place.
    const homeless = core.problems.value.find((problem) => !hasField(view, problem));
    const text = said ? sending.message : core.attempted.value ? (homeless?.message ?? "") : "";
    message.classList.toggle("rs-warned", sending.state === "unconfirmed");
    say(message, text);
  });
  return h(
    "div",
    { class: "rs-footer" },
    h("div", { class: "rs-estimates" }, estimate, basis),
    message,
    send,
  );
}

function basisText(value: {
  cost: { date?: string } | null;
  basis: string;
  seconds: number | null;
}): string {
  const price = value.cost?.date ? `price of ${value.cost.date}` : "";
  const time =
    typeof value.seconds !== "number"
      ? ""
      : value.basis === "history"
        ? "time of your earlier takes"
        : "typical time";
  return [price, time].filter(Boolean).join(", ");
}

function hasField(view: View, problem: Problem): boolean {
  const name = fieldOf(problem);
  return (
    name === "prompt" ||
    (view.core.settings.form.value?.fields.some((field) => field.name === name) ?? false)
  );
}

function short(view: View, problem: Problem): string {
  const name = fieldOf(problem);
  if (name === "prompt") {
    return view.core.settings.prompt.value.trim() === "" ? "needs a prompt" : "check the prompt";
  }
  const field = view.core.settings.form.value?.fields.find((item) => item.name === name);
  if (!field) return problem.message;
  const given = view.core.params.value?.[field.name] !== undefined;
  return `${given ? "check" : "needs"} ${field.label.toLowerCase()}`;
}
