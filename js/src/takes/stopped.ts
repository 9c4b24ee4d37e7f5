import { h, say } from "../dom";
import { fieldOf } from "../form/rules";
import { icon } from "../icons";
import type { CardContext } from "./context";

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
