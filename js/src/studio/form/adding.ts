import { NoAnswer, Refusal } from "../../kernel/channel";
import type { Added } from "../../kernel/messages";
import { attribute, button, h, put, say } from "../../ui/dom";
import { modeTitle } from "../../ui/format";
import type { View } from "../core";

/** Seconds that the kernel may take: it asks the service, and the service may be slow. */
const PATIENCE = 60_000;

const NOT_CONFIRMED = "Not confirmed: the kernel is busy or gone. Press Add again when it is back.";

/** A button that opens a field for the id of a model; its service is asked when Add is pressed. */
export function addModel(view: View): HTMLElement {
  const { core } = view;
  const id = view.id("add");
  const input = h("input", {
    type: "text",
    id,
    class: "rs-input",
    placeholder: "fal:fal-ai/some/model",
    spellcheck: "false",
    autocomplete: "off",
    "aria-describedby": `${id}-help ${id}-error`,
  });
  const help = h(
    "p",
    { class: "rs-help", id: `${id}-help` },
    "A service and its id of the model, like runway:gen4.5. Add asks the service for its schema; nothing is billed.",
  );
  const error = h("p", { class: "rs-error", id: `${id}-error` });
  const send = button("Add", () => void add());
  const replace = button("Replace my file", () => void add(true), { hidden: true });
  const outcome = h("div", { class: "rs-added", tabindex: "-1", role: "group", hidden: true });
  const panel = h(
    "div",
    { class: "rs-field", hidden: true },
    h("label", { class: "rs-label", for: id }, "Model to add"),
    h("div", { class: "rs-row" }, input, send),
    help,
    error,
    replace,
    outcome,
  );
  const open = button(
    "Add a model…",
    () => {
      panel.hidden = !panel.hidden;
      attribute(open, "aria-expanded", String(!panel.hidden));
      if (!panel.hidden) input.focus();
    },
    { look: "ghost", "aria-expanded": "false" },
  );
  const fail = (words: string) => {
    put(error, words);
    panel.classList.toggle("rs-wrong", words !== "");
    attribute(input, "aria-invalid", words ? "true" : null);
  };

  async function add(again = false): Promise<void> {
    const address = input.value.trim();
    replace.hidden = true;
    outcome.hidden = true;
    fail(address ? "" : "Write the service and its id of the model, e.g. fal:fal-ai/some/model.");
    if (!address || send.disabled) return input.focus();
    send.disabled = true;
    say(send, "Asking…");
    try {
      const body = { address, replace: again };
      const { value } = await core.channel.ask("add", body, { patience: PATIENCE });
      input.value = "";
      put(outcome, ...said(value));
      outcome.hidden = false;
      core.settings.choose([value.provider]);
      outcome.focus();
      const chip = panel.parentElement?.parentElement?.querySelector(".rs-chip input:checked");
      chip?.parentElement?.scrollIntoView({ block: "nearest" });
    } catch (reason) {
      const problems = reason instanceof Refusal ? reason.problems : [];
      const taken = problems.find(({ parameter }) => parameter === "replace");
      const words = taken ? `${taken.message}.` : (reason as Error).message;
      fail(reason instanceof NoAnswer ? NOT_CONFIRMED : words);
      replace.hidden = !taken;
      input.focus();
    } finally {
      send.disabled = false;
      say(send, "Add");
    }
  }
  input.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    void add();
  });
  return h("div", { class: "rs-adding" }, open, panel);
}

/** What became of a model's schema. */
function said({ title, modes, path, understood, leftOut, check }: Added): HTMLElement[] {
  const found: HTMLElement[] = [
    h("p", {}, h("b", {}, title), ` is added and chosen: ${modes.map(modeTitle).join(", ")}.`),
    h("p", {}, "Please check:"),
    h("ul", {}, ...check.map((words) => h("li", {}, words))),
  ];
  if (check.length === 0) found.splice(1);
  for (const [words, rows] of [
    ["understood", understood],
    ["left out", leftOut],
  ] as const) {
    const fields = Object.entries(rows).flatMap(([name, text]) => [
      h("dt", {}, name),
      h("dd", {}, text),
    ]);
    const summary = h("summary", {}, `${fields.length / 2} ${words}`);
    if (fields.length > 0) found.push(h("details", {}, summary, h("dl", {}, ...fields)));
  }
  found.push(h("p", { class: "rs-help" }, path));
  return found;
}
