import { signal } from "@preact/signals-core";
import { makeId } from "../kernel/channel";
import { widget } from "../kernel/host";
import { h } from "../ui/dom";
import { keepKeys, Press } from "../ui/keys";
import { type Scope, Viewport } from "../ui/scope";
import { banner, LiveRegion } from "../ui/status";
import { followTheme } from "../ui/theme";
import { Core, type View } from "./core";
import { controls } from "./form/form";
import { takesPane } from "./takes/list";
import { theatre } from "./takes/theatre";
import { trayBar } from "./takes/tray-bar";

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
    writing: signal(null),
    files: new Map(),
    prompt: { insert: () => {}, focus: () => {} },
  };
  const bar = trayBar(view);
  const takes = takesPane(view, bar);
  const body = h("div", { class: "rs-body" }, controls(view), takes);
  const root = h(
    "div",
    { class: "rushes" },
    banner(core, scope),
    theatre(view, body, takes, bar),
    body,
    view.live.element,
  );
  scope.effect(() => root.classList.toggle("rs-dead", !core.usable.value));
  keepKeys(root, scope);
  view.press.watch(root);
  followTheme(root, scope);
  core.enter(scope);
  return root;
}
