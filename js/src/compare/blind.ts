import { computed, type ReadonlySignal, type Signal, signal } from "@preact/signals-core";
import type { Question, Vote } from "../protocol";

export type Choice = Vote["choice"];

export const QUESTIONS: readonly [Question, string][] = [
  ["prompt", "Which follows the prompt better?"],
  ["looks", "Which looks better?"],
];

type Pair = readonly [string, string];

/** Judging without names: pairs in a random order, each with its sides shuffled. */
export class Blind {
  readonly #round = signal(0);
  readonly #pairs: ReadonlySignal<Pair[]>;
  readonly answers = signal<Partial<Record<Question, Choice>>>({});
  /** The two takes to be judged, left and right; null while names are shown. */
  readonly pair: ReadonlySignal<Pair | null>;
  readonly revealed = computed(() => QUESTIONS.every(([name]) => this.answers.value[name]));
  readonly #on: Signal<boolean>;

  constructor(jobs: ReadonlySignal<string[]>, on: Signal<boolean>, random = Math.random) {
    this.#on = on;
    // News about a take that is compared already must not deal the pairs anew.
    const names = computed(() => jobs.value.join("\n"));
    this.#pairs = computed(() => (on.value ? pairs(names.value.split("\n"), random) : []));
    this.pair = computed(() => this.#pairs.value[this.#round.value % this.count] ?? null);
  }

  get count(): number {
    return Math.max(1, this.#pairs.value.length);
  }

  /** Which pair of how many, from 1. */
  get round(): number {
    return (this.#round.value % this.count) + 1;
  }

  /** The letter that stands for a take as long as its name is hidden. */
  letter(job: string): string | null {
    const pair = this.pair.value;
    if (!pair || this.revealed.value) return null;
    const side = pair.indexOf(job);
    return side < 0 ? null : "AB".charAt(side);
  }

  get hidden(): boolean {
    return this.pair.value !== null && !this.revealed.value;
  }

  /** Answer a question; null when it was answered before, as an answer is not taken back. */
  answer(question: Question, choice: Choice): Vote | null {
    const pair = this.pair.peek();
    if (!pair || this.answers.peek()[question]) return null;
    this.answers.value = { ...this.answers.peek(), [question]: choice };
    return { question, left: pair[0], right: pair[1], choice };
  }

  next(): void {
    this.answers.value = {};
    this.#round.value += 1;
  }

  begin(): void {
    this.answers.value = {};
    this.#round.value = 0;
    this.#on.value = true;
  }

  end(): void {
    this.#on.value = false;
    this.answers.value = {};
  }
}

function pairs(jobs: string[], random: () => number): Pair[] {
  const all: Pair[] = [];
  jobs.forEach((left, i) => {
    for (const right of jobs.slice(i + 1)) all.push(random() < 0.5 ? [left, right] : [right, left]);
  });
  for (let i = all.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [all[i], all[j]] = [all[j] as Pair, all[i] as Pair];
  }
  return all;
}
