// Written by scripts/page_messages.py from src/rushes/widgets/messages/; change that.

/** Messages of a comparison: the player, what it plays, and the files that it makes. */

import type { MediaFile } from "./take";

export type CompareView = "grid" | "wipe" | "difference" | "single";

export type ExportKind = "side-by-side" | "contact-sheet" | "frames" | "page";

/** What the kernel measured of a file. */
export interface ClipFacts {
  /** Timestamp of its first frame, in seconds of the file's own time. */
  start: number;
  seconds: number;
  fps: number;
  /** Whether each frame starts a multiple of ``1 / fps`` after the first one. */
  isSteady: boolean;
  /** As people write it, e.g. HEVC (H.265). */
  codec: string;
}

/** A file that was made. */
export interface Exported {
  /** Where it is, in words. */
  path: string;
  file: MediaFile;
}

/** The player that compares takes, as texts: its module and its style sheet. */
export interface Player {
  script: string;
  style: string;
}

/** Bring the player that compares takes: a Studio has it only when takes are compared. */
export interface AskPlayer {
}

/** Measure the file of a take that is compared. */
export interface AskClip {
  job: string;
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
