/** The part of the host's widget model that is used, with what only some hosts have as optional. */

import type { Traits } from "./protocol";

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
