import { computed, type ReadonlySignal, type Signal, signal } from "@preact/signals-core";
import { QUESTIONS } from "../compare/blind";
import type { Deck } from "../compare/deck";
import type { Choice, Question, Requests, Round, Take } from "../kernel/messages";
import { attribute, button, h, put } from "../ui/dom";
import type { Scope } from "../ui/scope";

/** How a voter judges two takes. */
export type Judgement = Requests["judge"]["body"];

/** Deals pairs of takes, and keeps the judgements. */
export interface Booth {
  /** What is judged now; null until that is known. */
  readonly round: ReadonlySignal<Round | null>;
  /** Why something was not kept. */
  readonly trouble: Signal<string>;
  judge(judgement: Judgement): Promise<void>;
}

const CHOICES: readonly [Choice, string, string][] = [
  ["left", "A", "a"],
  ["tie", "Tie", "t"],
  ["right", "B", "b"],
];

const KEYS = "A, T or B answers, Backspace takes the first answer back, Space plays.";

const MARKED = "The picture names its maker, so this judgement is not blind.";

/** The two takes of a round, for a player. */
export function takesOf(booth: Booth): ReadonlySignal<readonly Take[]> {
  return computed(() => booth.round.value?.takes ?? []);
}

/** Two questions about two takes, pair after pair; who made them is never said. */
export function asking(booth: Booth) {
  return (deck: Deck): { root: HTMLElement; asking: HTMLElement } => {
    const answers = signal<Partial<Record<Question, Choice>>>({});
    const busy = signal(false);
    const questions = h("div", { class: "rs-cmp-asking" });
    const root = h("section", { class: "rs-cmp-ballot", "aria-label": "Blind vote" }, questions);
    begin(deck, booth);

    /** The question that a key answers. */
    const open = () => QUESTIONS.find(([name]) => !answers.peek()[name])?.[0];

    async function answer(question: Question, choice: Choice): Promise<void> {
      const pair = deck.blind.pair.peek();
      if (!pair || busy.peek()) return;
      answers.value = { ...answers.peek(), [question]: choice };
      const { prompt, looks } = answers.peek();
      if (!prompt || !looks) return;
      const [left, right] = pair;
      busy.value = true;
      booth.trouble.value = "";
      try {
        await booth.judge({ left, right, prompt, looks });
        answers.value = {};
        deck.live.tell("Saved. The next pair.");
      } catch (error) {
        // The first answer stays, so that one key tries again.
        answers.value = { prompt };
        booth.trouble.value = `The judgement was not saved: ${(error as Error).message}`;
      } finally {
        busy.value = false;
      }
    }

    deck.scope.effect(() => {
      const round = booth.round.value;
      const pair = deck.blind.pair.value;
      if (!round || !pair) {
        put(questions);
        return;
      }
      const prompt = deck.take(pair[0])?.prompt ?? "";
      const marked = pair.some(
        (job) => deck.take(job)?.backend === "preview" && !deck.take(job)?.unmarked,
      );
      const focused = (root.getRootNode() as Document | ShadowRoot).activeElement;
      const inside = root.contains(focused);
      put(
        questions,
        h("header", {}, h("strong", {}, counted(round)), h("span", { class: "rs-aside" }, KEYS)),
        prompt && h("p", { class: "rs-cmp-asked", title: prompt }, prompt),
        h(
          "div",
          { class: "rs-cmp-questions" },
          ...QUESTIONS.map(([name, words]) =>
            h(
              "fieldset",
              { class: "rs-cmp-question", "data-question": name },
              h("legend", {}, words),
              h(
                "span",
                { class: "rs-cmp-choices" },
                ...CHOICES.map(([choice, text]) => {
                  const made = button(text, () => void answer(name, choice));
                  attribute(made, "aria-pressed", String(answers.value[name] === choice));
                  made.disabled = busy.value;
                  return made;
                }),
              ),
            ),
          ),
        ),
        booth.trouble.value && h("p", { class: "rs-error", role: "alert" }, booth.trouble.value),
        marked && h("p", { class: "rs-aside" }, MARKED),
        round.note && h("p", { class: "rs-aside" }, round.note),
      );
      if (inside && !root.contains(focused)) deck.root?.focus({ preventScroll: true });
    });

    // Its keys work wherever the focus in the player is.
    deck.vote = (key, target) => {
      if (!deck.blind.pair.peek()) return false;
      if (key === "Backspace") {
        answers.value = {};
        return true;
      }
      const choice = CHOICES.find(([, , letter]) => letter === key)?.[0];
      const about = target.closest<HTMLElement>("[data-question]")?.dataset.question ?? open();
      if (!choice || !about) return false;
      void answer(about as Question, choice);
      return true;
    };
    return { root, asking: questions };
  };
}

/** Play each pair from its beginning as soon as it is loaded. */
function begin(deck: Deck, booth: Booth): void {
  const { clock, scope } = deck;
  const still = window.matchMedia?.("(prefers-reduced-motion: reduce)").matches;
  scope.each(
    () => booth.round.value?.takes.map(({ job }) => job).join(),
    (_, own: Scope) => {
      clock.unmark();
      if (clock.playing.peek()) clock.pause();
      clock.seek(0);
      let begun = still;
      own.effect(() => {
        if (clock.end.value === 0 || begun) return;
        begun = true;
        own.later(0, () => {
          clock.seek(0);
          clock.play();
        });
      });
    },
  );
}

function counted({ cast, left }: Round): string {
  const done = cast === 1 ? "1 pair judged" : `${cast} pairs judged`;
  return `${done}, ${left} left`;
}

/** What is said where no pair is left, or none could be dealt. */
export function ended(booth: Booth, scope: Scope): HTMLElement {
  const root = h("p", { class: "rs-vote-end", role: "status" });
  scope.effect(() => {
    const round = booth.round.value;
    const trouble = booth.trouble.value;
    root.hidden = round ? round.takes.length > 0 : !trouble;
    if (!root.hidden) put(root, round && `${over(round)} ${round.note} `, trouble);
  });
  return root;
}

function over({ cast, more }: Round): string {
  if (more) return "The next pair is shown as soon as its takes are finished.";
  if (cast === 0) return "There are no two takes to judge.";
  return cast === 1 ? "You have judged the only pair." : `You have judged all ${cast} pairs.`;
}
