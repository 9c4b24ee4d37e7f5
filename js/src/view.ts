import { signal } from "@preact/signals-core";
import { banner } from "./banner";
import type { Core } from "./core";
import { h } from "./dom";
import { controls } from "./form/controls";
import { makeId } from "./ids";
import { keepKeys } from "./keys";
import { LiveRegion } from "./live";
import { Press } from "./press";
import type { Scope } from "./scope";
import { takesPane } from "./takes/list";
import { followTheme } from "./theme";
import { Viewport } from "./viewport";

/** What the parts of one view share. */
export interface View {
  core: Core;
  scope: Scope;
  live: LiveRegion;
  viewport: Viewport;
  press: Press;
  /** Unique ids for labels: a page may hold several views. */
  id(name: string): string;
  /** The job of the take that sounds; every other one is still. */
  audible: ReturnType<typeof signal<string | null>>;
  /** The fields of the form that take files, by name, in the form's order. */
  files: Map<string, { medium: string; take(files: readonly File[]): void }>;
  /** The prompt box, for what reaches into it from elsewhere. */
  prompt: { insert(text: string): void; focus(): void };
}

/** Build a Studio. Nothing is measured here: hosts render into elements that are not in the page yet. */
export function studioView(core: Core, scope: Scope): HTMLElement {
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
  return root;
}
