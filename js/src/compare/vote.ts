import { signal } from "@preact/signals-core";
import type { Choice, Question, Standings } from "../kernel/messages";
import { attribute, button, h, put } from "../ui/dom";
import { QUESTIONS } from "./blind";
import type { Deck } from "./deck";

const CHOICES: readonly [Choice, string, string][] = [
  ["left", "A", "a"],
  ["tie", "Tie", "t"],
  ["right", "B", "b"],
];

const EMPTY =
  "No two of these takes have the same prompt, mode and inputs, so there is nothing to vote on. Compare takes of one prompt.";

const SHOWN = "Preview takes show their provider in the picture, so this vote is not blind.";

/** Two questions about the two takes, then their names and how the votes stand. */
export function ballot(deck: Deck): HTMLElement {
  const { scope, blind, place } = deck;
  const standings = signal<Standings>({ standings: [] });
  const trouble = signal("");
  const root = h("section", { class: "rs-cmp-ballot", "aria-label": "Blind vote" });

  async function cast(question: Question, choice: Choice): Promise<void> {
    const vote = blind.answer(question, choice);
    if (!vote) return;
    trouble.value = "";
    // An answer redraws the question; the keyboard continues in the next one.
    const next = root.querySelector<HTMLElement>(".rs-cmp-question:not([disabled]) button");
    (next ?? root.querySelector<HTMLElement>("button"))?.focus();
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

  scope.effect(() => {
    const { pair } = blind;
    root.hidden = !pair.value && !blind.empty;
    if (!pair.value) {
      put(root, blind.empty ? h("p", {}, EMPTY, " ", end()) : null);
      return;
    }
    const revealed = blind.revealed.value;
    const prompts = pair.value.map((job) => deck.take(job)?.prompt ?? "");
    const asked =
      prompts[0] === prompts[1]
        ? prompts.slice(0, 1)
        : prompts.map((prompt, side) => `${"AB".charAt(side)}: ${prompt}`);
    put(
      root,
      h(
        "header",
        {},
        h("strong", {}, blind.count > 1 ? `Pair ${blind.round} of ${blind.count}` : "Blind vote"),
        h(
          "span",
          { class: "rs-aside" },
          revealed ? "" : "Names appear after both answers. Keys here: A, T, B.",
        ),
      ),
      blind.count < blind.possible.value ? h("p", { class: "rs-aside" }, fewer()) : null,
      pair.value.some((job) => deck.take(job)?.backend === "preview")
        ? h("p", { class: "rs-aside" }, SHOWN)
        : null,
      ...asked.map((prompt) => prompt && h("p", { class: "rs-cmp-asked" }, prompt)),
      h("div", { class: "rs-cmp-questions" }, ...QUESTIONS.map(question)),
      revealed ? names(pair.value) : null,
      trouble.value ? h("p", { class: "rs-error", role: "alert" }, trouble.value) : null,
      ...(revealed ? [summary(standings.value), leftOut(standings.value)] : []),
    );
  });

  function fewer(): string {
    const many = blind.count === 1 ? "1 pair" : `${blind.count} pairs`;
    return `${many} of ${blind.possible.value}: only takes of one prompt, mode and inputs are judged, and no provider against itself where several are compared.`;
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

  scope.listen(root, "keydown", (event) => {
    const { key, ctrlKey, metaKey, altKey } = event as KeyboardEvent;
    if (ctrlKey || metaKey || altKey) return;
    const chosen = CHOICES.find(([, , letter]) => letter === key.toLowerCase());
    const focused = (event.target as Element).closest<HTMLElement>("[data-question]");
    const about = (focused?.dataset.question ??
      QUESTIONS.find(([name]) => !blind.answers.peek()[name])?.[0]) as Question | undefined;
    if (!chosen || !about) return;
    event.preventDefault();
    event.stopPropagation();
    void cast(about, chosen[0]);
  });
  return root;
}

/** How many votes are not counted, and why. */
function leftOut({ leftOut: count = 0 }: Standings): HTMLElement | null {
  if (count === 0) return null;
  const votes = count === 1 ? "1 vote is" : `${count} votes are`;
  const text = `${votes} left out: on takes of different prompts, modes or inputs.`;
  return h("p", { class: "rs-aside" }, text);
}

/** How every name did, question by question. */
function summary({ standings }: Standings): HTMLElement | null {
  if (standings.length === 0) return null;
  const percent = (share: number) => `${Math.round(share * 100)} %`;
  const titles: Record<Question, string> = { prompt: "Follows the prompt", looks: "Looks better" };
  const heads = ["Question", "Name", "Won", "Lost", "Tied", "Rate", "95 % interval"];
  return h(
    "div",
    { class: "rs-cmp-scroll", tabindex: 0, role: "group", "aria-label": "All votes so far" },
    h(
      "table",
      {},
      h("caption", {}, "All votes so far"),
      h("thead", {}, h("tr", {}, ...heads.map((name) => h("th", { scope: "col" }, name)))),
      h(
        "tbody",
        {},
        ...standings.map((row) =>
          h(
            "tr",
            {},
            h("td", {}, titles[row.question]),
            h("th", { scope: "row" }, row.name),
            h("td", {}, row.wins),
            h("td", {}, row.losses),
            h("td", {}, row.ties),
            h("td", {}, percent(row.rate)),
            h("td", {}, `${percent(row.low)} to ${percent(row.high)}`),
          ),
        ),
      ),
    ),
  );
}
