import type { ReadonlySignal } from "@preact/signals-core";
import type { Scope } from "../scope";
import type { View } from "../view";
import type { Entry } from "./shelf";

/** What every part of a card works with. */
export interface CardContext {
  view: View;
  entry: Entry;
  scope: Scope;
  /** Counts seconds while any take is unfinished. */
  tick: ReadonlySignal<number>;
  /** Counts minutes. */
  minute: ReadonlySignal<number>;
}
