import {
  computed,
  type ReadonlySignal,
  type Signal,
  signal,
  untracked,
} from "@preact/signals-core";
import type { Choice, Question, Take, Vote } from "../kernel/messages";

/** An answer; the sender adds the key. */
export type Judgement = Omit<Vote, "key" | "jobs">;

export const QUESTIONS: readonly [Question, string][] = [
  ["prompt", "Which follows the prompt better?"],
  ["looks", "Which looks better?"],
];

export type Pair = readonly [string, string];

/** What decides whether two takes can be judged. */
export type Asked = Pick<Take, "job" | "provider" | "asked">;

/** Judging without names: pairs in a random order, each with its sides shuffled. */
export class Blind {
  readonly #round = signal(0);
  readonly #pairs: ReadonlySignal<Pair[]>;
  readonly answers = signal<Partial<Record<Question, Choice>>>({});
  /** The two takes to be judged, left and right; null while names are shown. */
  readonly pair: ReadonlySignal<Pair | null>;
  readonly revealed = computed(() => QUESTIONS.every(([name]) => this.answers.value[name]));
  /** Pairs there would be if every take could be judged against every other. */
  readonly possible: ReadonlySignal<number>;
  readonly #on: Signal<boolean>;

  constructor(
    jobs: ReadonlySignal<string[]>,
    on: Signal<boolean>,
    random = Math.random,
    find: (job: string) => Asked | undefined = () => undefined,
  ) {
    this.#on = on;
    // News about a take that is compared already must not deal the pairs again.
    const names = computed(() => jobs.value.join("\n"));
    this.possible = computed(() => (jobs.value.length * (jobs.value.length - 1)) / 2);
    this.#pairs = computed(() => {
      if (!on.value) return [];
      const all = names.value.split("\n");
      return dealt(pairs(untracked(() => all.map((job) => find(job) ?? mereFile(job)))), random);
    });
    this.pair = computed(() => this.#pairs.value[this.#round.value % this.count] ?? null);
  }

  get count(): number {
    return Math.max(1, this.#pairs.value.length);
  }

  /** Whether there is nothing to judge, as no two takes were asked for the same. */
  get empty(): boolean {
    return this.#on.value && this.possible.value > 0 && this.#pairs.value.length === 0;
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
  answer(question: Question, choice: Choice): Judgement | null {
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

/**
 * The takes that may be judged against each other: of one prompt, mode and inputs, else the better
 * prompt wins; and where providers are compared, of two of them. The kernel refuses other votes.
 */
export function pairs(takes: readonly Asked[]): Pair[] {
  const alike = takes.flatMap((left, i) =>
    takes
      .slice(i + 1)
      .filter((right) => isAlike(left, right))
      .map((right) => [left, right] as const),
  );
  const isSame = ([left, right]: readonly [Asked, Asked]) =>
    left.provider !== "" && left.provider === right.provider;
  const betweenProviders = alike.some(
    ([left, right]) => left.provider && right.provider && left.provider !== right.provider,
  );
  return alike
    .filter((both) => !(betweenProviders && isSame(both)))
    .map(([left, right]) => [left.job, right.job]);
}

/** Whether two takes were asked for the same, as far as that is known. */
function isAlike({ asked: one }: Asked, { asked: other }: Asked): boolean {
  if (!one || !other) return true;
  return one.every((part, i) => part === null || other[i] === null || part === other[i]);
}

/** A file without metadata. */
function mereFile(job: string): Asked {
  return { job, provider: "" };
}

/** Pairs in a random order, each with its sides shuffled. */
function dealt(pairs: readonly Pair[], random: () => number): Pair[] {
  const all = pairs.map(([left, right]): Pair => (random() < 0.5 ? [left, right] : [right, left]));
  for (let i = all.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [all[i], all[j]] = [all[j] as Pair, all[i] as Pair];
  }
  return all;
}
