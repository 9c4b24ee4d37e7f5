import { signal } from "@preact/signals-core";
import { banner } from "./banner";
import { Core } from "./core";
import { h } from "./dom";
import { controls } from "./form/controls";
import { makeId } from "./ids";
import { keepKeys } from "./keys";
import { LiveRegion } from "./live";
import { Press } from "./press";
import type { Scope } from "./scope";
import { takesPane } from "./takes/list";
import { followTheme } from "./theme";
import type { View } from "./view";
import { Viewport } from "./viewport";
import { widget } from "./widget";

/**
 * A factory, because some hosts load this module once for all widgets of a page: whatever belongs to
 * one widget lives in here.
 */
export default () => widget((model) => new Core(model), build);

function build(core: Core, scope: Scope): HTMLElement {
  const prefix = `rs-${makeId().slice(0, 8)}`;
  const view: View = {
    core,
    scope,
    live: new LiveRegion(),
    viewport: new Viewport(scope),
    press: new Press(scope),
    id: (name) => `${prefix}-${name}`,
    audible: signal<string | null>(null),
    files: new Map(),
    prompt: { insert: () => {}, focus: () => {} },
  };
  const root = h(
    "div",
    { class: "rushes" },
    banner(core, scope),
    h("div", { class: "rs-body" }, controls(view), takesPane(view)),
    view.live.element,
  );
  scope.effect(() => root.classList.toggle("rs-dead", !core.usable.value));
  keepKeys(root, scope);
  view.press.watch(root);
  followTheme(root, scope);
  core.enter(scope);
  return root;
}
