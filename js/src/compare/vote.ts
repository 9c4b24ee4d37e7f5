import { signal } from "@preact/signals-core";
import type { Choice, Question, Standings } from "../kernel/messages";
import { attribute, button, h, put } from "../ui/dom";
import { QUESTIONS } from "./blind";
import type { Deck } from "./deck";
import { table } from "./table";

const CHOICES: readonly [Choice, string, string][] = [
  ["left", "A", "a"],
  ["tie", "Tie", "t"],
  ["right", "B", "b"],
];

const EMPTY = "A blind vote needs two takes with the same prompt, mode and inputs.";

const SHOWN = "The picture names its provider: this vote is not blind.";

/** Two questions about the two takes, then their names and how the votes stand. */
export function ballot(deck: Deck): { root: HTMLElement; asking: HTMLElement } {
  const { scope, blind, place } = deck;
  const standings = signal<Standings>({ standings: [] });
  const trouble = signal("");
  // What is asked stays where it is when the answers are known.
  const asking = h("div", { class: "rs-cmp-asking" });
  const outcome = h("div", { class: "rs-cmp-outcome" });
  const root = h(
    "section",
    { class: "rs-cmp-ballot", "aria-label": "Blind vote" },
    asking,
    outcome,
  );

  async function cast(question: Question, choice: Choice): Promise<void> {
    const vote = blind.answer(question, choice);
    if (!vote) return;
    trouble.value = "";
    if (blind.revealed.peek()) {
      const names = [vote.left, vote.right].map((job) => deck.title(job));
      deck.live.tell(`A was ${names[0]}, B was ${names[1]}.`);
    }
    try {
      const found = await place.vote?.(vote);
      if (found) standings.value = found;
    } catch (error) {
      trouble.value = `The vote was not saved: ${(error as Error).message}`;
    }
  }

  scope.each(
    () => place.blind.value && place.usable.value,
    (on) => {
      if (!on) return;
      place.standings?.().then(
        (found) => {
          standings.value = found;
        },
        () => {}, // Votes can be cast all the same.
      );
    },
  );

  /** Draw again what is asked; the keyboard continues in what is asked next. */
  function redraw(draw: () => void): void {
    const active = () => (root.getRootNode() as Document | ShadowRoot).activeElement;
    const inside = root.contains(active());
    draw();
    if (!inside || root.contains(active())) return;
    const next = root.hidden ? deck.root : root.querySelector<HTMLElement>("button:enabled");
    next?.focus({ preventScroll: true });
  }

  scope.effect(() => redraw(draw));

  function draw(): void {
    const { pair } = blind;
    root.hidden = !pair.value && !blind.empty;
    if (!pair.value) {
      put(asking, blind.empty ? h("p", {}, EMPTY, " ", end()) : null);
      put(outcome);
      return;
    }
    const revealed = blind.revealed.value;
    const prompts = pair.value.map((job) => deck.take(job)?.prompt ?? "");
    const asked =
      prompts[0] === prompts[1]
        ? prompts.slice(0, 1)
        : prompts.map((prompt, side) => `${"AB".charAt(side)}: ${prompt}`);
    const keys = revealed ? "" : "Names appear after both answers. Keys: A, T, B.";
    put(
      asking,
      h(
        "header",
        {},
        h("strong", {}, `Pair ${blind.round} of ${blind.count}`),
        h("span", { class: "rs-aside" }, keys),
      ),
      ...asked.map((prompt) => prompt && h("p", { class: "rs-cmp-asked", title: prompt }, prompt)),
      h("div", { class: "rs-cmp-questions" }, ...QUESTIONS.map(question)),
    );
    put(
      outcome,
      revealed ? names(pair.value) : null,
      trouble.value ? h("p", { class: "rs-error", role: "alert" }, trouble.value) : null,
      ...(revealed ? [summary(standings.value), leftOut(standings.value)] : []),
      blind.count < blind.possible.value ? h("p", { class: "rs-aside" }, fewer()) : null,
      pair.value.some(isMarked) ? h("p", { class: "rs-aside" }, SHOWN) : null,
    );
  }

  /** Whether the picture itself says who made it. */
  function isMarked(job: string): boolean {
    const take = deck.take(job);
    return take?.backend === "preview" && !take.unmarked;
  }

  function fewer(): string {
    const many = blind.count === 1 ? "1 pair" : `${blind.count} pairs`;
    return `${many} of ${blind.possible.value}: same prompt, mode and inputs, two providers.`;
  }

  function end(): HTMLElement {
    return button("End the vote", () => blind.end());
  }

  function question([name, words]: readonly [Question, string]): HTMLElement {
    const answer = blind.answers.value[name];
    const set = h(
      "fieldset",
      { class: "rs-cmp-question", "data-question": name, disabled: answer !== undefined },
      h("legend", {}, words),
      h(
        "span",
        { class: "rs-cmp-choices" },
        ...CHOICES.map(([choice, text]) => {
          const made = button(text, () => void cast(name, choice));
          attribute(made, "aria-pressed", String(answer === choice));
          return made;
        }),
      ),
    );
    return set;
  }

  function names([left, right]: readonly [string, string]): HTMLElement {
    return h(
      "p",
      { class: "rs-cmp-names" },
      h(
        "span",
        {},
        "A is ",
        h("strong", {}, deck.title(left)),
        ", B is ",
        h("strong", {}, deck.title(right)),
        ".",
      ),
      blind.round < blind.count ? button("Next pair", () => blind.next()) : null,
      end(),
    );
  }

  // Its keys work wherever the focus in the comparison is.
  deck.vote = (key, target) => {
    if (!blind.pair.peek()) return false;
    if (key === "n" && blind.revealed.peek() && blind.round < blind.count) {
      blind.next();
      return true;
    }
    const chosen = CHOICES.find(([, , letter]) => letter === key);
    const asked = target.closest<HTMLElement>("[data-question]")?.dataset.question;
    const about = (asked ?? QUESTIONS.find(([name]) => !blind.answers.peek()[name])?.[0]) as
      | Question
      | undefined;
    if (!chosen || !about || blind.revealed.peek()) return false;
    void cast(about, chosen[0]);
    return true;
  };
  return { root, asking };
}

/** How many votes are not counted, and why. */
function leftOut({ leftOut: count = 0 }: Standings): HTMLElement | null {
  if (count === 0) return null;
  const votes = count === 1 ? "1 vote is" : `${count} votes are`;
  const text = `${votes} left out: prompt, mode or inputs differ.`;
  return h("p", { class: "rs-aside" }, text);
}

/** How every name did, question by question. */
function summary({ standings }: Standings): HTMLElement | null {
  if (standings.length === 0) return null;
  const percent = (share: number) => `${Math.round(share * 100)} %`;
  const titles: Record<Question, string> = { prompt: "Follows the prompt", looks: "Looks better" };
  return table(
    "All votes so far",
    ["Name", "Question", "Won", "Lost", "Tied", "Rate", "95 % interval"],
    standings.map((row) => [
      row.title ?? row.name,
      titles[row.question],
      row.wins,
      row.losses,
      row.ties,
      percent(row.rate),
      `${percent(row.low)} to ${percent(row.high)}`,
    ]),
  );
}
