// Written by scripts/page_messages.py from src/rushes/widgets/messages.py; change that one.

/** What page and kernel say to each other; docs/reference/widget-protocol.md describes it. */

export type Values = Record<string, unknown>;

export type TakeState = "queued" | "submitting" | "running" | "fetching" | "completed" | "failed" | "cancelled" | "uncertain";

export type FieldKind = "choice" | "integer" | "number" | "boolean" | "text" | "image" | "images" | "videos" | "audios" | "shots";

export type MediaPart = "video" | "poster";

export type Decision = "look-again" | "resolve" | "resubmit" | "abandon";

export type CompareView = "grid" | "wipe" | "difference" | "single";

export type Question = "prompt" | "looks";

export type Choice = "left" | "right" | "tie";

export type ExportKind = "side-by-side" | "contact-sheet" | "frames" | "page";

/** What the form holds. */
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

/** What is wrong with a request. */
export interface Problem {
  parameter: string | null;
  message: string;
  /** Which item of a list, from 0. */
  index?: number | null;
}

/** How far a take is. */
export interface Progress {
  text: string;
  fraction: number | null;
  estimated: boolean;
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
  /** What is known of the video, in words: its length, size, seed, price and time taken. */
  facts?: string[];
  /** What a comparison calls it. */
  label?: string;
  /** Of prompt and mode, and of the inputs; alike takes share both. Null where not known. */
  asked?: (string | null)[];
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

/** A parameter of a provider. */
export interface FormField {
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

/** A service that runs a provider's jobs. */
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
  /** What the service accepts and ignores, with what it does instead. */
  ignores?: Record<string, string>;
}

/** The form of a provider. */
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
  fields: FormField[];
  backends: Backend[];
}

/** A part of a video with a prompt of its own. */
export interface Scene {
  prompt: string;
  durationSeconds: number;
}

/** US dollars: what the Studios of this library may spend, and have spent. */
export interface Budget {
  limit: number;
  spent: number;
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

/** Which life of the kernel answers. */
export interface Greeting {
  epoch: string;
}

/** The job that was made. */
export interface Started {
  job: string;
}

/** What happened, in words. */
export interface Said {
  message: string;
}

/** The path of a file on the kernel's machine. */
export interface Located {
  path: string;
}

/** How many bytes of a file have arrived; with the last one, where it is kept. */
export interface Received {
  have: number;
  path: string | null;
}

/** What is known of a file on the kernel's machine. */
export interface Seen {
  name: string;
  bytes: number;
  width?: number | null;
  height?: number | null;
  seconds?: number | null;
}

/** A part of a file; its bytes come beside it. */
export interface Piece {
  offset: number;
  total: number;
  type: string;
}

/** What a request is expected to cost and to take. */
export interface Estimate {
  cost: Cost | null;
  seconds: number | null;
  basis: "history" | "catalog";
  problems: Problem[];
}

/** How the names that are compared did. */
export interface Standings {
  standings: Standing[];
  /** Votes on them that are not counted, because the two takes had different requests. */
  leftOut?: number;
}

/** A file that was made. */
export interface Exported {
  /** Where it is, in words. */
  path: string;
  file: MediaFile;
}

/** It is done. */
export interface Nothing {
}

/** Why a message was refused. */
export interface ReplyError {
  code?: string;
  message?: string;
  problems?: Problem[];
}

/** The one answer to a message. */
export interface Reply {
  kind: "reply";
  id: string;
  ok: boolean;
  value?: unknown;
  error?: ReplyError;
}

/** What a page gets when it opens, and shares with the kernel. */
export interface Traits {
  _providers: ProviderForm[];
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
  _epoch: string;
  _notice: string;
  columns: number;
  view: CompareView;
  blind: boolean;
}

/** A form as a page writes it; an older one lacks some of it, or has one `provider`. */
export interface WrittenForm {
  provider?: string | null;
  providers?: string[] | null;
  mode?: string | null;
  prompt?: string | null;
  values?: Values | null;
  count?: number | null;
  seedLocked?: boolean | null;
}

/** Brings the whole list to a page that has another revision of it. */
export interface Hello {
  revision?: number | null;
}

/** Make a take; one `key` is one take, however often the message arrives. */
export interface Submit {
  key: string;
  params: Values;
}

/** Estimate a request. */
export interface Ask {
  params: Values;
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

/** Make a failed take again. */
export interface Retry {
  job: string;
  key: string;
}

/** One piece of a take's file, for hosts that do not serve files. */
export interface Media {
  job: string;
  part: MediaPart;
  offset?: number;
}

/** One piece of a file; without bytes, to learn how much the kernel already has. */
export interface Upload {
  upload: string;
  field: string;
  name: string;
  size: number;
  offset: number;
}

/** What a take gives to a field: its last frame to an image, its file to a video. */
export interface Borrow {
  job: string;
  field: string;
}

/** What is known of a file on the kernel's machine, with a small picture of it. */
export interface Look {
  path: string;
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

/** Prefer one of two takes; a Studio says in `jobs` what it compares. */
export interface Vote {
  key: string;
  question: Question;
  left: string;
  right: string;
  choice: Choice;
  jobs?: string[] | null;
}

/** How the votes stand; a Studio says in `jobs` what it compares. */
export interface AskStandings {
  jobs?: string[] | null;
}

/** Make a file of a comparison. */
export interface Export {
  what: ExportKind;
  /** In the order shown. */
  jobs: string[];
  columns?: number;
  start?: number;
  end?: number | null;
  at?: number;
  /** Seconds of each take that have passed at 0. */
  offsets?: number[];
  audible?: string | null;
}

/** Each request with its body and the value of its reply. */
export interface Requests {
  hello: { body: Hello; value: Greeting };
  submit: { body: Submit; value: Started };
  estimate: { body: Ask; value: Estimate };
  cancel: { body: Cancel; value: Said };
  decide: { body: Decide; value: Said };
  retry: { body: Retry; value: Started };
  media: { body: Media; value: Piece };
  upload: { body: Upload; value: Received };
  borrow: { body: Borrow; value: Located };
  look: { body: Look; value: Seen };
  locate: { body: Locate; value: Located };
  hide: { body: Hide; value: Nothing };
  vote: { body: Vote; value: Standings };
  standings: { body: AskStandings; value: Standings };
  export: { body: Export; value: Exported };
}

export type RequestKind = keyof Requests;

export const unfinished: ReadonlySet<TakeState> = new Set<TakeState>([
  "queued",
  "submitting",
  "running",
  "fetching",
]);
