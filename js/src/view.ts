import type { Signal } from "@preact/signals-core";
import type { Core } from "./core";
import type { LiveRegion } from "./live";
import type { Press } from "./press";
import type { Scope } from "./scope";
import type { Viewport } from "./viewport";

/** What the parts of one view of a Studio share. */
export interface View {
  core: Core;
  scope: Scope;
  live: LiveRegion;
  viewport: Viewport;
  press: Press;
  /** Unique ids for labels: a page may hold several views. */
  id(name: string): string;
  /** The job of the take that sounds; every other one is still. */
  audible: Signal<string | null>;
  /** The fields of the form that take files, by name, in the form's order. */
  files: Map<string, { medium: string; take(files: readonly File[]): void }>;
  /** The prompt box, for what reaches into it from elsewhere. */
  prompt: { insert(text: string): void; focus(): void };
}
