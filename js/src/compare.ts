import { banner } from "./banner";
import { CompareCore } from "./compare/core";
import { mountCompare } from "./compare/player";
import { h } from "./dom";
import type { InitializeProps, RenderProps } from "./host";
import { keepKeys } from "./keys";
import { Scope } from "./scope";
import { followTheme } from "./theme";

/** The widget. A factory, as the Studio is: whatever belongs to one widget lives in here. */
export default function compare() {
  let core: CompareCore | undefined;

  return {
    /** Only listens. A host drops every later message when this takes longer than two seconds. */
    initialize({ model, signal }: InitializeProps): () => void {
      const mine = new CompareCore(model);
      core = mine;
      const end = () => {
        mine.end();
        if (core === mine) core = undefined;
      };
      signal?.addEventListener("abort", end, { once: true });
      return end;
    },

    render({ model, el, signal }: RenderProps): () => void {
      core ??= new CompareCore(model);
      const scope = new Scope();
      const root = h("div", { class: "rushes" }, banner(core, scope));
      keepKeys(root, scope);
      mountCompare(root, core.place, scope);
      followTheme(root, scope);
      core.enter();
      el.append(root);
      scope.add(() => root.remove());
      const end = () => scope.end();
      signal?.addEventListener("abort", end, { once: true });
      return end;
    },
  };
}
