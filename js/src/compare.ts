import { banner } from "./banner";
import { CompareCore } from "./compare/core";
import { mountCompare } from "./compare/player";
import { h } from "./dom";
import { keepKeys } from "./keys";
import type { Scope } from "./scope";
import { followTheme } from "./theme";
import { widget } from "./widget";

/** A factory, as the Studio is: whatever belongs to one widget lives in here. */
export default () => widget((model) => new CompareCore(model), build);

function build(core: CompareCore, scope: Scope): HTMLElement {
  const root = h("div", { class: "rushes" }, banner(core, scope));
  keepKeys(root, scope);
  mountCompare(root, core.place, scope);
  followTheme(root, scope);
  core.enter();
  return root;
}
