import type { Estimate, Problem, SweepPlan } from "../../kernel/messages";
import { button, h, linked, put, say } from "../../ui/dom";
import { costText, money, priced, roughly } from "../../ui/format";
import { BUDGET, type View } from "../core";
import { totals } from "../requests";
import { fieldOf } from "./rules";

/** What the take will cost and need, and the button that sends it. */
export function footer(view: View, generate: () => void): HTMLElement {
  const { core, scope } = view;
  const estimate = h("p", { class: "rs-estimate" });
  const basis = h("p", { class: "rs-basis" });
  const shares = h("table", { class: "rs-shares", "aria-label": "Estimate of each provider" });
  const spent = h("p", { class: "rs-basis" });
  const message = h("p", { class: "rs-send-message", role: "alert" });
  const label = h("span", {}, "Generate");
  const words = () => {
    const { answer, error } = core.plan.value;
    if (core.ask.value) {
      if (!answer || error) return "Generate";
      return [count(answer.takes), spanOf(answer)].filter(Boolean).join(" · ");
    }
    const takes = core.settings.count.value * core.settings.forms.value.length;
    return priced(takes > 1 ? `Generate ${takes} takes` : "Generate", costs());
  };
  /** What a press costs, as far as that is known. */
  const costs = () => {
    const { values } = core.estimate.value;
    const isKnown = values.length > 0 && values.every(({ problems }) => problems.length === 0);
    return (isKnown && totals(values, core.settings.count.value)) || new Map();
  };
  const missing = h("span", { class: "rs-missing", id: view.id("missing") });
  const send = button(label, generate, { look: "primary", "aria-describedby": view.id("missing") });
  const keys = /Mac|iPhone|iPad/.test(navigator.platform) ? "⌘ Enter" : "Ctrl Enter";
  send.title = keys;
  send.append(missing);

  scope.effect(() => {
    if (core.ask.value) {
      const { answer, pending } = core.plan.value;
      estimate.classList.toggle("rs-pending", pending);
      put(estimate, answer ? aside(answer) : pending ? "Counting …" : "No estimate yet");
      say(basis, "");
      return;
    }
    const { values, pending } = core.estimate.value;
    estimate.classList.toggle("rs-pending", pending);
    if (values.length === 0) {
      put(estimate, pending ? "Estimating …" : "No estimate yet");
      say(basis, "");
      return;
    }
    const takes = core.settings.count.value * core.settings.forms.value.length;
    const seconds = longest(values);
    put(
      estimate,
      takes > 1 && h("span", {}, `${takes} takes · `),
      h("b", {}, priceText(values, core.settings.count.value)),
      seconds !== null && h("span", {}, ` · ${roughly(seconds)}`),
    );
    say(basis, basisText(values));
  });
  scope.effect(() => {
    const { values, about } = core.ask.value ? { values: [], about: [] } : core.estimate.value;
    const count = core.settings.count.value;
    const lines = values.map((value, index) => {
      const title = core.settings.providers.value.find(({ id }) => id === about[index]?.provider);
      const seconds = typeof value.seconds === "number" ? roughly(value.seconds) : "";
      return h(
        "tr",
        {},
        h("th", { scope: "row" }, title?.title ?? String(about[index]?.provider)),
        h("td", {}, seconds),
        h("td", {}, `${count > 1 ? `${count} × ` : ""}${each(value)}`),
      );
    });
    put(shares, ...(lines.length > 1 ? lines : []));
  });
  scope.effect(() => {
    const budget = core.budget.value;
    const own = budget
      ? `${money(budget.spent)} of the budget of ${money(budget.limit)} is spent.`
      : "";
    const today = core.allowance.value && `${core.allowance.value}.`;
    say(spent, [own, today].filter(Boolean).join(" "));
  });
  scope.effect(() => {
    const sending = core.sending.value;
    const busy = sending.state === "sending" || sending.state === "unconfirmed";
    send.disabled = busy;
    say(label, busy ? "Sending …" : words());
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
    put(message, ...linked(text));
  });
  return h(
    "div",
    { class: "rs-footer" },
    h("div", { class: "rs-estimates" }, shares, estimate, basis, spent),
    message,
    send,
  );
}

function count(takes: number): string {
  return takes === 1 ? "1 take" : `${takes} takes`;
}

/** What there is to say besides how many takes there are and what they cost. */
function aside({ takes, made, seconds }: SweepPlan): string {
  if (made === takes) return "All of them exist; change something to make others.";
  const exist =
    made === 1 ? "1 of them exists and costs nothing" : `${made} of them exist and cost nothing`;
  return [made > 0 && exist, typeof seconds === "number" && roughly(seconds)]
    .filter(Boolean)
    .join(" · ");
}

/** What a sweep costs, from the lowest to the highest. */
function spanOf({ low, high }: SweepPlan): string {
  if (low === null || high === null) return "price not known";
  if (high === 0) return "";
  return money(low) === money(high) ? money(high) : `${money(low)} to ${money(high)}`;
}

/** What all takes cost together; takes of different currencies have a sum each. */
function priceText(values: Estimate[], count: number): string {
  // A request that is not complete has no price yet.
  if (values.some(({ problems }) => problems.length > 0)) return "No estimate yet";
  const sums = totals(values, count);
  if (sums === null) return "Price not known";
  const [only] = values;
  if (only?.cost && values.length === 1 && count === 1) {
    return costText({ ...only.cost, estimated: true });
  }
  const parts = [...sums].filter(([, sum]) => sum > 0).map(([name, sum]) => money(sum, name));
  return parts.length > 0 ? `about ${parts.join(" + ")}` : "free";
}

function each({ cost }: Estimate): string {
  if (!cost) return "price not known";
  return cost.amount > 0 ? money(cost.amount, cost.currency) : "free";
}

/** Takes are made side by side, so the slowest one counts. */
function longest(values: Estimate[]): number | null {
  const known = values.map(({ seconds }) => seconds).filter((value) => typeof value === "number");
  return known.length > 0 ? Math.max(...known) : null;
}

function basisText(values: Estimate[]): string {
  const dates = values.flatMap(({ cost }) => cost?.date ?? []).sort();
  const price = dates.length > 0 ? `price of ${dates[0]}` : "";
  const own = values.some(({ basis }) => basis === "history");
  const time = longest(values) === null ? "" : own ? "time of your earlier takes" : "typical time";
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
  if (!field) return name === BUDGET ? "over the budget" : problem.message;
  const given = view.core.requests.value.some((request) => request[field.name] !== undefined);
  return `${given ? "check" : "needs"} ${field.label.toLowerCase()}`;
}
