// Written by scripts/page_messages.py from src/rushes/widgets/messages/; change that.

/** Messages of votes: on takes that are compared, and in a bake-off. */

import type { Take } from "./take";

export type Question = "prompt" | "looks";

export type Choice = "left" | "right" | "tie";

/** How one name did in one question; rate and interval from 0 to 1. */
export interface Standing {
  name: string;
  /** What a page calls it. */
  title?: string;
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
  /** Votes on them that are not counted, because the two takes had different requests. */
  leftOut?: number;
}

/** Two takes of a bake-off to be judged next; nothing in them says who made them. */
export interface Round {
  /** Two, in no order; none if none are left. */
  takes: Take[];
  /** Pairs that this voter has judged. */
  cast: number;
  /** Pairs that they have not judged. */
  left: number;
  /** Whether takes are still being made. */
  more: boolean;
  /** What it would take to decide more, in words. */
  note: string;
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

/** Choose the next two takes of a bake-off. */
export interface Deal {
}

/** Judge the two takes of a round, and choose the next ones. */
export interface Judge {
  left: string;
  right: string;
  /** Which follows the prompt better. */
  prompt: Choice;
  /** Which looks better. */
  looks: Choice;
}

/** How the votes stand; a Studio says in `jobs` what it compares. */
export interface AskStandings {
  jobs?: string[] | null;
}
