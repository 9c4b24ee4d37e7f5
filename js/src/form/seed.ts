import { button, h } from "../dom";
import { icon } from "../icons";
import { randomSeed } from "../ids";
import type { Control, FieldContext } from "./frame";
import { numberBox } from "./number";

/** A seed with a dice; empty leaves the choice to the service. */
export function seed(context: FieldContext): Control {
  const { field } = context;
  const input = numberBox(context, "random");
  const roll = button(
    icon("dice"),
    () => context.set(randomSeed(field.min ?? undefined, field.max ?? undefined)),
    { look: "icon", "aria-label": "Roll a seed", title: "Roll a seed" },
  );
  const clear = button(icon("close"), () => context.set(undefined), {
    look: "icon",
    "aria-label": "Leave the seed open",
    title: "Leave the seed open",
  });
  context.scope.effect(() => {
    clear.disabled = context.value() === undefined;
  });
  return { body: h("div", { class: "rs-row" }, input, roll, clear), input, inline: true };
}
