import { Core } from "./core";
import type { InitializeProps, RenderProps } from "./host";
import { Scope } from "./scope";
import { studioView } from "./view";

/**
 * The widget. A factory, because some hosts load this module once for all widgets of a page: whatever
 * belongs to one widget lives in here.
 */
export default function studio() {
  let core: Core | undefined;

  return {
    /** Only listens. A host drops every later message when this takes longer than two seconds. */
    initialize({ model, signal }: InitializeProps): () => void {
      const mine = new Core(model);
      core = mine;
      const end = () => {
        mine.end();
        if (core === mine) core = undefined;
      };
      signal?.addEventListener("abort", end, { once: true });
      return end;
    },

    render({ model, el, signal }: RenderProps): () => void {
      core ??= new Core(model);
      const scope = new Scope();
      const root = studioView(core, scope);
      core.enter(scope);
      el.append(root);
      scope.add(() => root.remove());
      const end = () => scope.end();
      signal?.addEventListener("abort", end, { once: true });
      return end;
    },
  };
}
