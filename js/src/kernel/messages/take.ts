// Written by scripts/page_messages.py from src/rushes/widgets/messages/; change that.

/** Messages about one take: what a card shows of it, its files, its marks. */

import type { Values } from "./envelope";

export type TakeState = "queued" | "submitting" | "running" | "fetching" | "completed" | "failed" | "cancelled" | "uncertain";

export type MediaPart = "video" | "poster" | "unmarked";

export type Decision = "look-again" | "resolve" | "resubmit" | "abandon";

/** How far a take is. */
export interface Progress {
  text: string;
  fraction: number | null;
  estimated: boolean;
  /** How many are ahead in the service's line, where it says so. */
  position?: number | null;
}

/** An amount of money, with its words. */
export interface Cost {
  amount: number;
  currency: string;
  estimated?: boolean;
  date?: string;
  source?: string;
  text?: string;
}

/** Where a file is found. */
export interface MediaFile {
  /** Relative to the notebook. */
  path?: string | null;
  url?: string | null;
  type?: string;
}

/** Why a take failed, or is uncertain. */
export interface TakeError {
  code: string;
  message: string;
  parameter?: string | null;
}

/** What a person thinks of a take. */
export interface Marks {
  /** Picked or rejected; null for neither. */
  pick: boolean | null;
  stars: number | null;
  tags: string[];
  note: string | null;
}

/** A resolution in which a draft can be rendered in full. */
export interface Final {
  resolution: string;
  cost?: Cost | null;
}

/** A draft that its service can still render in full. */
export interface Draft {
  /** When the service forgets it, unix seconds. */
  until: number;
  finals: Final[];
}

/** A job as a card shows it. */
export interface Take {
  job: string;
  state: TakeState;
  provider: string;
  providerTitle?: string;
  mode: string;
  backend?: string;
  prompt?: string | null;
  params: Values;
  createdAt: number;
  width?: number | null;
  height?: number | null;
  progress?: Progress | null;
  elapsed?: number | null;
  durationSeconds?: number | null;
  fps?: number | null;
  seed?: number | null;
  took?: number | null;
  bytes?: number | null;
  cost?: Cost | null;
  video?: MediaFile | null;
  poster?: MediaFile | null;
  error?: TakeError | null;
  notes?: string[];
  /** The job whose take it is made from. */
  parent?: string | null;
  /** Where it is one that can be rendered in full. */
  draft?: Draft;
  /** What is known of the video, in words: its length, size, seed, price and time taken. */
  facts?: string[];
  /** What a comparison calls it. */
  label?: string;
  /** Whether it is known by its files alone: the journal has no such job in this library. */
  found?: boolean;
  /** What the same request costs once more, where that is not its `cost`. */
  again?: Cost;
  /** The same video without a provider's name in the picture, for a blind vote. */
  unmarked?: MediaFile | null;
  /** Of prompt and mode, and of the inputs; alike takes share both. Null where not known. */
  asked?: (string | null)[];
  /** Where there are any. */
  marks?: Marks | null;
  /** What was measured and scored of it, by column; on a board. */
  measures?: Record<string, number>;
  /** Its place among the cells of a board. */
  cell?: number;
}

/** How far a take is, and nothing else of it has changed. */
export interface Moved {
  job: string;
  progress: Progress | null;
  elapsed: number;
}

/** Takes that are older than those in the trait; `jobs` are all that there are, in order. */
export interface Rest {
  takes: Take[];
  jobs: string[];
}

/** The path of a file on the kernel's machine. */
export interface Located {
  path: string;
}

/** A part of a file; its bytes come beside it. */
export interface Piece {
  offset: number;
  total: number;
  type: string;
}

/** How loud a take is; beside it a byte for each span, the loudest sample from 0 to 255. */
export interface Loudness {
  /** Spans a second. */
  rate: number;
  /** Seconds of the take before the first span. */
  start: number;
}

/** What was measured of a take along its length. */
export interface Measures {
  /** Curves as an SVG image in a `data:` URL, as wide as the take is long. */
  picture: string;
  /** How long that is. */
  seconds: number;
  /** What each curve is, from above. */
  lanes: string[];
  /** The values of the whole take, and its cuts, freezes, black and silence. */
  text: string;
}

/** Cancel a job. */
export interface Cancel {
  job: string;
}

/** Settle an uncertain job. */
export interface Decide {
  job: string;
  action: Decision;
  remoteId?: string | null;
}

/** One piece of a take's file, for hosts that do not serve files. */
export interface Media {
  job: string;
  part: MediaPart;
  offset?: number;
}

/** Where a take's file is on the kernel's machine. */
export interface Locate {
  job: string;
}

/** Remove a finished take from the list, or restore it. Its file stays. */
export interface Hide {
  job: string;
  hidden: boolean;
}

/** Marks that change; those that are left out stay as they are. */
export interface MarkChanges {
  pick?: boolean | null;
  stars?: number | null;
  tags?: string[] | null;
  note?: string | null;
}

/** Judge a take. Its marks are durable when the reply has them. */
export interface Mark {
  job: string;
  changes: MarkChanges;
}

/** How loud a take is along its length. */
export interface Peaks {
  job: string;
}

/** Measure a take; this takes about as long as playing it, and is done once. */
export interface AskMeasures {
  job: string;
}
