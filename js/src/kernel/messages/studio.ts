// Written by scripts/page_messages.py from src/rushes/widgets/messages/; change that.

/** Messages of a Studio: its form, and the requests, prompts and files in it. */

import type { Problem, Values } from "./envelope";
import type { Axes } from "./sweep";
import type { Cost } from "./take";

export type FieldKind = "choice" | "integer" | "number" | "boolean" | "text" | "image" | "video" | "audio" | "images" | "videos" | "audios" | "shots" | "object" | "objects";

export type Density = "strip" | "small" | "large";

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
  density: Density;
  /** What varies: by variable of the prompt or parameter, its values. */
  axes?: Record<string, unknown[]>;
  /** Whether each line is a prompt. */
  lines?: boolean;
}

/** A format of files. */
export interface FormFormat {
  name: string;
  /** Media types and endings of names, as for a file dialog. */
  accept: string;
}

/** What is left of a field's range beside other values. */
export interface FormLimit {
  /** By field, or `mode`, its value, or several; for a field of another kind true and false say
whether it is given. */
  when: Values;
  min?: number;
  max?: number;
  step?: number;
  choices?: string[];
}

/** A parameter of a provider. */
export interface FormField {
  name: string;
  label: string;
  /** A `FieldKind`, or one that a newer kernel knows and this page does not. */
  kind: string;
  default?: unknown;
  /** What the catalog uses in `usualModes` when the field is left open. */
  usual?: unknown;
  usualModes?: string[];
  /** By mode, what is otherwise there, e.g. `default`, `min` and `max`. */
  inModes?: Record<string, Values>;
  required?: string[];
  /** Where only some of the provider's modes have it. */
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
  formats?: FormFormat[];
  limits?: FormLimit[];
  /** Of an object, or of each object of a list. */
  fields?: FormField[];
  /** Groups of fields of which every object has exactly one. */
  oneOf?: string[][];
  /** Other fields of the object of which one is given along with it. */
  needsOneOf?: string[];
}

/** A service that runs a provider's jobs. */
export interface Backend {
  name: string;
  configured?: boolean;
  chosen?: boolean;
  reason?: string | null;
  perSecond?: number | null;
  currency?: string;
  priceDate?: string | null;
  refuses?: Record<string, string>;
  /** What the service accepts and ignores, with what it does instead. */
  ignores?: Record<string, string>;
}

/** The form of a provider. */
export interface ProviderForm {
  id: string;
  title: string;
  vendor?: string;
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

/** The forms of all providers, each a `ProviderForm`, with what they have in common apart. */
export interface Providers {
  forms: unknown[];
  /** What `{"$": number}` in a form, or in a later part, stands for. */
  parts: unknown[];
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

/** The folder whose takes are shown. */
export interface Library {
  /** Relative to the notebook, if it can be. */
  path: string;
  /** Where the latest take of this machine is, when there is none here. */
  elsewhere: string | null;
}

/** The job that was made. */
export interface Started {
  job: string;
}

/** A model that was added, and what became of its schema. */
export interface Added {
  provider: string;
  title: string;
  modes: string[];
  /** Its file on the kernel's machine. */
  path: string;
  /** By field of the service, the parameter and its values in words. */
  understood: Record<string, string>;
  /** By field of the service, why it is not offered. */
  leftOut: Record<string, string>;
  /** What a person has to check. */
  check: string[];
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

/** What a request is expected to cost and to take. */
export interface Estimate {
  cost: Cost | null;
  seconds: number | null;
  basis: "history" | "catalog";
  problems: Problem[];
}

/** Earlier prompts, newest first. */
export interface Recalled {
  prompts: EarlierPrompt[];
}

/** A prompt, with its name and version if it has one. */
export interface EarlierPrompt {
  text: string;
  name?: string;
}

/** What became of a prompt. */
export interface Rewritten {
  text: string;
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
  density?: Density | null;
  axes?: Axes | null;
  lines?: boolean | null;
}

/** Make a take; one `key` is one take, however often the message arrives. */
export interface Submit {
  key: string;
  params: Values;
  /** The prompt before it was rewritten, if it was. */
  original?: string | null;
}

/** Estimate a request. */
export interface Ask {
  params: Values;
}

/** Bring earlier prompts that contain a text. */
export interface Recall {
  text?: string;
}

/** Make another prompt of a prompt; nothing is sent to a video model. */
export interface Rewrite {
  text: string;
}

/** Make a failed take again. */
export interface Retry {
  job: string;
  key: string;
}

/** Render a draft in full; it is one take, however often the message arrives. */
export interface Finalize {
  job: string;
  resolution: string;
  key: string;
}

/** Add a model of a service, from the schema that the service publishes. */
export interface Add {
  address: string;
  /** Whether a file of the user's that describes it is replaced. */
  replace?: boolean;
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
