import { type Signal, signal } from "@preact/signals-core";
import { Scope } from "../ui/scope";
import type { Traits } from "./messages";

/** The part of the host's widget model that is used, with what only some hosts have as optional. */

export type Listener = (...args: never[]) => void;

export interface Model {
  get<K extends keyof Traits>(name: K): Traits[K] | undefined;
  set<K extends keyof Traits>(name: K, value: Traits[K]): void;
  save_changes(): void;
  send(content: unknown, callbacks?: unknown, buffers?: ArrayBufferView[]): void;
  on(name: string, callback: Listener): void;
  off(name: string, callback: Listener): void;
  /** Not forwarded by every version of the host. */
  comm_live?: boolean;
  widget_manager?: {
    /** JupyterLab and Notebook have it; others return their input, or lack it. */
    resolveUrl?(url: string): Promise<string>;
  };
}

/** Listen to a model while `scope` lives. */
export function observe(model: Model, event: string, listener: Listener, scope: Scope): void {
  model.on(event, listener);
  scope.add(() => model.off(event, listener));
}

/** A trait as a signal that follows it. */
export function trait<K extends keyof Traits>(
  model: Model,
  name: K,
  usual: Traits[K],
  scope: Scope,
): Signal<Traits[K]> {
  const read = () => model.get(name) ?? usual;
  const value = signal(read());
  const changed = () => {
    value.value = read();
  };
  observe(model, `change:${name}`, changed, scope);
  return value;
}

/** Buffers arrive as a DataView, a Uint8Array or an ArrayBuffer, depending on the host. */
export type RawBuffer = ArrayBuffer | ArrayBufferView;

export interface InitializeProps {
  model: Model;
  /** Absent before anywidget 0.11. */
  signal?: AbortSignal;
}

export interface RenderProps extends InitializeProps {
  el: HTMLElement;
}

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
