/** What the page and the kernel say to each other; docs/reference/widget-protocol.md describes it. */

export type Values = Record<string, unknown>;

export interface Settings {
  /** Ids of the chosen providers. */
  providers: string[];
  mode: string;
  prompt: string;
  values: Values;
  /** Takes to make of each provider. */
  count: number;
  /** Whether the seed stays as it is after a take. */
  seedLocked: boolean;
}

export interface Problem {
  parameter: string | null;
  message: string;
  /** Which item of a list, from 0. */
  index?: number | null;
}

export interface Progress {
  text: string;
  fraction: number | null;
  estimated: boolean;
}

export interface Cost {
  amount: number;
  currency: string;
  estimated?: boolean;
  date?: string;
  text?: string;
}

export interface MediaFile {
  path?: string | null;
  url?: string | null;
  type?: string;
}

export interface TakeError {
  code: string;
  message: string;
  parameter?: string | null;
}

export type TakeState =
  | "queued"
  | "submitting"
  | "running"
  | "fetching"
  | "completed"
  | "failed"
  | "cancelled"
  | "uncertain";

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
  /** What is known of the video, in words: its length, size, seed, price and time taken. */
  facts?: string[];
  /** What a comparison calls it. */
  label?: string;
  /** Of prompt and mode, and of the inputs; alike takes share both. Null where not known. */
  asked?: readonly (string | null)[];
}

/** How far a take is. */
export interface Moved {
  job: string;
  progress: Progress | null;
  elapsed: number;
}

export type FieldKind =
  | "choice"
  | "integer"
  | "number"
  | "boolean"
  | "text"
  | "image"
  | "images"
  | "videos"
  | "audios"
  | "shots";

export interface Field {
  name: string;
  label: string;
  /** A `FieldKind`, or one that a newer kernel knows and this page does not. */
  kind: string;
  default?: unknown;
  required?: string[];
  modes?: string[];
  help?: string | null;
  unit?: string | null;
  choices?: string[];
  min?: number | null;
  max?: number | null;
  step?: number | null;
  maxLength?: number | null;
  maxItems?: number | null;
  maxMegabytes?: number | null;
}

export interface Backend {
  name: string;
  configured: boolean;
  chosen: boolean;
  reason?: string | null;
  perSecond?: number | null;
  currency?: string;
  priceDate?: string | null;
  typicalSeconds?: number | null;
  refuses?: Record<string, string>;
  /** What the backend takes and does not heed, with what it does instead. */
  ignores?: Record<string, string>;
}

export interface ProviderForm {
  id: string;
  title: string;
  modes: string[];
  promptLimit?: number | null;
  /** The modes that need a prompt. */
  promptModes?: string[];
  /** The field that stands in for it. */
  promptUnless?: string | null;
  maxReferences?: number | null;
  fields: Field[];
  backends: Backend[];
}

export interface Shot {
  prompt: string;
  durationSeconds: number;
}

export interface Estimate {
  cost: (Cost & { source?: string }) | null;
  seconds: number | null;
  basis: "history" | "catalog";
  problems: Problem[];
}

/** US dollars: what Studios of this library may spend, and have. */
export interface Budget {
  limit: number;
  spent: number;
}

export type MediaPart = "video" | "poster";

export type Decision = "look-again" | "resolve" | "resubmit" | "abandon";

export type CompareView = "grid" | "wipe" | "difference" | "single";

export type Question = "prompt" | "looks";

export interface Vote {
  question: Question;
  /** Jobs of the two takes. */
  left: string;
  right: string;
  choice: "left" | "right" | "tie";
}

/** How one name did in one question; rate and interval from 0 to 1. */
export interface Standing {
  name: string;
  question: Question;
  wins: number;
  losses: number;
  ties: number;
  rate: number;
  low: number;
  high: number;
}

/** How the names that are compared did. */
export interface Standings {
  standings: Standing[];
  /** Votes on them that are not counted, as the two takes were not asked for the same. */
  leftOut?: number;
}

export type ExportKind = "side-by-side" | "contact-sheet" | "frames" | "page";

export interface ExportOrder {
  what: ExportKind;
  /** Jobs, in the order shown. */
  jobs: string[];
  columns: number;
  start: number;
  end: number;
  at: number;
  /** Seconds of each take that have passed at 0. */
  offsets: number[];
  audible: string | null;
}

export interface Exported {
  /** Where it is, in words. */
  path: string;
  file: MediaFile;
}

/** Each request with its body and the value of its reply. */
export interface Requests {
  /** Brings the whole list to a page that has another revision of it. */
  hello: { body: { revision?: number }; value: { epoch: string } };
  submit: { body: { key: string; params: Values }; value: { job: string } };
  estimate: { body: { params: Values }; value: Estimate };
  cancel: { body: { job: string }; value: { message: string } };
  decide: {
    body: { job: string; action: Decision; remoteId?: string };
    value: { message: string };
  };
  retry: { body: { job: string; key: string }; value: { job: string } };
  /** One piece of a file; without bytes, to learn how much the kernel already has. */
  upload: {
    body: { upload: string; field: string; name: string; size: number; offset: number };
    value: { have: number; path: string | null };
  };
  /** What a take gives to a field: its last frame to an image, its file to a video. */
  borrow: { body: { job: string; field: string }; value: { path: string } };
  /** What is known of a file of the kernel's machine, with a small picture of it. */
  look: { body: { path: string }; value: Looked };
  /** Where a take's file is on the kernel's machine. */
  locate: { body: { job: string }; value: { path: string } };
  /** Take a finished take off the list, or put it back. Its file stays. */
  hide: { body: { job: string; hidden: boolean }; value: object };
  media: {
    body: { job: string; part: MediaPart; offset: number };
    value: { offset: number; total: number; type: string };
  };
  /** The Studio says in `jobs` what it compares; a comparison's own widget knows. */
  vote: { body: Vote & { key: string; jobs?: string[] }; value: Standings };
  standings: { body: { jobs?: string[] }; value: Standings };
  export: { body: ExportOrder; value: Exported };
}

export interface Looked {
  name: string;
  bytes: number;
  width?: number | null;
  height?: number | null;
  seconds?: number | null;
}

export type RequestKind = keyof Requests;

export interface Reply {
  kind: "reply";
  id: string;
  ok: boolean;
  value?: unknown;
  error?: { code?: string; message?: string; problems?: Problem[] };
}

export interface Traits {
  _providers: ProviderForm[];
  _takes: Take[];
  /** Of the list of takes: another one after each change. */
  _revision: number;
  _settings: (Partial<Settings> & { provider?: string }) | null;
  /** The requests that the form stands for, one a provider. */
  _requests: Values[];
  /** Jobs of the takes in the tray. */
  _selected: string[];
  /** What those are called, by job. */
  _names: Record<string, string>;
  _budget: Budget | null;
  _epoch: string;
  _notice: string;
  columns: number;
  view: CompareView;
  blind: boolean;
}

export const unfinished: ReadonlySet<TakeState> = new Set([
  "queued",
  "submitting",
  "running",
  "fetching",
]);
