import type { Field } from "../protocol";
import type { Scope } from "../scope";
import type { View } from "../view";
import { choice } from "./choice";
import { type Control, type FieldContext, frame } from "./frame";
import { image } from "./image";
import { mediaList } from "./media-list";
import { number } from "./number";
import { standing } from "./rules";
import { seed } from "./seed";
import { shots } from "./shots";
import { slider } from "./slider";
import { text } from "./text";
import { toggle } from "./toggle";

/** Build the field for a parameter. A kind that this page does not know becomes a text box. */
export function fieldView(view: View, field: Field, scope: Scope): HTMLElement {
  const { core } = view;
  const context: FieldContext = {
    view,
    field,
    scope,
    id: view.id(field.name),
    value: () => standing(field, core.settings.values.value),
    set: (value) => core.set(field.name, value),
    left: () => view.press.after(() => core.touch(field.name)),
  };
  return frame(context, control(context));
}

function control(context: FieldContext): Control {
  const { field } = context;
  switch (field.kind) {
    case "choice":
      return choice(context);
    case "integer":
    case "number":
      if (field.name === "seed") return seed(context);
      return typeof field.min === "number" && typeof field.max === "number"
        ? slider(context)
        : number(context);
    case "boolean":
      return toggle(context);
    case "image":
      return image(context);
    case "images":
    case "videos":
    case "audios":
      return mediaList(context);
    case "shots":
      return shots(context);
    default:
      return text(context);
  }
}
