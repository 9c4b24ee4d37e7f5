// Written by scripts/page_messages.py from src/rushes/widgets/messages/; change that.

/** What a page and the kernel say to each other; docs/reference/widget-protocol.md describes it. */

import type { Arrangement, BoardLayout, Sheet } from "./board";
import type { AskClip, AskPlayer, ClipFacts, CompareView, Export, Exported, Player } from "./compare";
import type { Greeting, Hello, Nothing, Said, Values } from "./envelope";
import type { Add, Added, Ask, Borrow, Budget, Estimate, Finalize, Library, Look, Providers, Recall, Recalled, Received, Retry, Rewrite, Rewritten, Seen, Started, Submit, Upload, WrittenForm } from "./studio";
import type { PlanSweep, RunSweep, Steer, SweepPlan, SweepStanding, SweepState } from "./sweep";
import type { AskMeasures, Cancel, Decide, Hide, Locate, Located, Loudness, Mark, Marks, Measures, Media, Peaks, Piece, Take, TakeState } from "./take";
import type { AskStandings, Deal, Judge, Round, Standings, Vote } from "./voting";
export type * from "./board";
export type * from "./compare";
export type * from "./envelope";
export type * from "./studio";
export type * from "./sweep";
export type * from "./take";
export type * from "./voting";

/** What a page gets when it opens, and shares with the kernel. */
export interface Traits {
  _providers: Providers;
  _takes: Take[];
  /** Of the list of takes: another one after each change. */
  _revision: number;
  _settings: WrittenForm | null;
  /** The requests that the form stands for, one a provider. */
  _requests: Values[];
  /** Jobs of the takes in the tray. */
  _selected: string[];
  /** What those are called, by job. */
  _names: Record<string, string>;
  _budget: Budget | null;
  /** What is spent of a gateway's cap today; empty without one. */
  _allowance: string;
  _library: Library | null;
  _epoch: string;
  _notice: string;
  /** Those that are not over, newest first. */
  _sweeps: SweepState[];
  /** What rewrites prompts here; empty for nothing. */
  _rewriter: string;
  _board: BoardLayout | null;
  _arrangement: Arrangement | null;
  _sweep: SweepStanding | null;
  columns: number;
  view: CompareView;
  blind: boolean;
  markers: number[];
}

/** Each request with its body and the value of its reply. */
export interface Requests {
  hello: { body: Hello; value: Greeting };
  cancel: { body: Cancel; value: Said };
  decide: { body: Decide; value: Said };
  media: { body: Media; value: Piece };
  locate: { body: Locate; value: Located };
  hide: { body: Hide; value: Nothing };
  mark: { body: Mark; value: Marks };
  peaks: { body: Peaks; value: Loudness };
  measure: { body: AskMeasures; value: Measures };
  submit: { body: Submit; value: Started };
  estimate: { body: Ask; value: Estimate };
  recall: { body: Recall; value: Recalled };
  rewrite: { body: Rewrite; value: Rewritten };
  retry: { body: Retry; value: Started };
  finalize: { body: Finalize; value: Started };
  add: { body: Add; value: Added };
  upload: { body: Upload; value: Received };
  borrow: { body: Borrow; value: Located };
  look: { body: Look; value: Seen };
  sweep: { body: PlanSweep; value: SweepPlan };
  run: { body: RunSweep; value: SweepPlan };
  steer: { body: Steer; value: Nothing };
  player: { body: AskPlayer; value: Player };
  clip: { body: AskClip; value: ClipFacts };
  export: { body: Export; value: Exported };
  vote: { body: Vote; value: Standings };
  standings: { body: AskStandings; value: Standings };
  deal: { body: Deal; value: Round };
  judge: { body: Judge; value: Round };
  sheet: { body: Sheet; value: Exported };
}

export type RequestKind = keyof Requests;

export const unfinished: ReadonlySet<TakeState> = new Set<TakeState>([
  "queued",
  "submitting",
  "running",
  "fetching",
]);
