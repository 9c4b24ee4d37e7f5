import type { Field } from "../protocol";
import type { View } from "../view";
import { frame } from "./frame";
import { MOST_TAKES } from "./settings";
import { slider } from "./slider";

/** How many takes one click makes of each provider. */
export function countField(view: View): HTMLElement {
  const { core, scope } = view;
  const field: Field = {
    name: "count",
    label: "Takes",
    kind: "integer",
    min: 1,
    max: MOST_TAKES,
    default: 1,
  };
  const context = {
    view,
    field,
    scope,
    id: view.id("count"),
    value: () => core.settings.count.value,
    set: (value: unknown) => {
      core.settings.count.value = Number(value);
      core.changed("count");
    },
    left: () => {},
  };
  const aside = () => {
    const count = core.settings.count.value;
    return core.settings.forms.value.length > 1 ? `${count} each` : String(count);
  };
  return frame(context, { ...slider(context), aside });
}
