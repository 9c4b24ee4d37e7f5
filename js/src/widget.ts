import type { InitializeProps, Model, RenderProps } from "./host";
import { Scope } from "./scope";

/**
 * What a host runs of a widget.
 *
 * @param begin makes what all views of one widget share; it only listens.
 * @param build makes one view. Nothing is measured here: hosts render into elements that are not in
 * the page yet.
 */
export function widget<Core extends { end(): void }>(
  begin: (model: Model) => Core,
  build: (core: Core, scope: Scope) => HTMLElement,
) {
  let core: Core | undefined;

  return {
    /** A host drops every later message when this takes longer than two seconds. */
    initialize({ model, signal }: InitializeProps): () => void {
      const mine = begin(model);
      core = mine;
      const end = () => {
        mine.end();
        if (core === mine) core = undefined;
      };
      signal?.addEventListener("abort", end, { once: true });
      return end;
    },

    render({ model, el, signal }: RenderProps): () => void {
      core ??= begin(model);
      const scope = new Scope();
      const root = build(core, scope);
      el.append(root);
      scope.add(() => root.remove());
      const end = () => scope.end();
      signal?.addEventListener("abort", end, { once: true });
      return end;
    },
  };
}
