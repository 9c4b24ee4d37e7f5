import { button, h, put } from "../dom";
import { icon } from "../icons";
import type { Control, FieldContext } from "./frame";
import { numberBox } from "./number";

/**
 * A seed with a dice and a lock; empty leaves the choice to the service. Without the lock every
 * take gets another seed.
 */
export function seed(context: FieldContext): Control {
  const { core } = context.view;
  const { seedLocked, values } = core.settings;
  const input = numberBox(context, "random");
  // A seed that somebody typed is meant to stay.
  input.addEventListener("input", () => {
    seedLocked.value = values.peek().seed !== undefined;
  });
  const roll = button(
    icon("dice"),
    () => {
      context.set(core.newSeed(core.settings.form.peek()));
    },
    { look: "icon", "aria-label": "Roll a seed", title: "Roll a seed" },
  );
  const lock = button(
    "",
    () => {
      seedLocked.value = !seedLocked.peek();
    },
    { look: "icon", "aria-label": "Keep the seed" },
  );
  const clear = button(
    icon("close"),
    () => {
      context.set(undefined);
      seedLocked.value = false;
    },
    { look: "icon", "aria-label": "Leave the seed open", title: "Leave the seed open" },
  );
  context.scope.effect(() => {
    clear.disabled = context.value() === undefined;
    lock.disabled = clear.disabled;
  });
  context.scope.effect(() => {
    const locked = seedLocked.value;
    put(lock, icon(locked ? "locked" : "open"));
    lock.setAttribute("aria-pressed", String(locked));
    lock.title = locked ? "The seed stays after a take" : "The next take gets another seed";
  });
  return { body: h("div", { class: "rs-row" }, input, roll, lock, clear), input, inline: true };
}
