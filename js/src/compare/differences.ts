import type { Take } from "../kernel/messages";
import { h, put } from "../ui/dom";
import { clock, megabytes } from "../ui/format";
import type { Deck } from "./deck";
import { table } from "./table";

/** Which parameters the takes do not share, and how their prompts differ. */
export function differences(deck: Deck): HTMLElement {
  const root = h("div", { class: "rs-cmp-differences" });
  deck.scope.effect(() => {
    root.hidden = deck.blind.hidden;
    if (root.hidden) {
      put(root);
      return;
    }
    const takes = deck.shown.value.flatMap((job) => deck.take(job) ?? []);
    const both = takes.length > 1;
    put(root, prompts(deck, takes), both && unlike(deck, takes), both && facts(deck, takes));
  });
  return root;
}

/** Names of parameters with one text for each take, where not all texts are the same. */
export function differing(takes: readonly Take[]): [string, string[]][] {
  const names = new Set(takes.flatMap(({ params }) => Object.keys(params ?? {})));
  for (const name of ["prompt", "clientRef", "requestOrigin"]) names.delete(name);
  const rows: [string, string[]][] = [...names].map((name) => [
    name,
    takes.map(({ params }) => text(params?.[name])),
  ]);
  const measured = MEASURED.map(([name, tell]): [string, string[]] => [
    name,
    takes.map((take) => text(tell(take))),
  ]);
  return [
    ...rows.filter(([name, values]) => name !== "seed" && new Set(values).size > 1),
    // What a take lacks that has not arrived is not a difference.
    ...measured.filter(
      ([, values]) =>
        new Set(values.filter((value, i) => value !== NONE || takes[i]?.state === "completed"))
          .size > 1,
    ),
  ];
}

const NONE = "–";

/** What is known of a finished take, beside what was asked for. */
const MEASURED: readonly [string, (take: Take) => unknown][] = [
  ["backend", ({ backend }) => backend],
  ["size", ({ width, height }) => width && height && `${width}×${height}`],
  ["length", ({ durationSeconds }) => durationSeconds && `${Number(durationSeconds.toFixed(2))} s`],
  ["frames a second", ({ fps }) => fps && Number(fps.toFixed(3))],
  ["seed", ({ seed, params }) => seed ?? params?.seed],
  ["cost", ({ cost }) => cost?.text],
  ["time taken", ({ took }) => took && clock(took)],
];

/** Of these no difference is worth a line, but it is worth a column. */
const BESIDE: typeof MEASURED = [["file", ({ bytes }) => bytes && megabytes(bytes)]];

function text(value: unknown): string {
  if (value === null || value === undefined || value === "") return NONE;
  if (typeof value === "boolean") return value ? "yes" : "no";
  return typeof value === "string" ? value : JSON.stringify(value);
}

function unlike(deck: Deck, takes: readonly Take[]): HTMLElement {
  const rows = differing(takes);
  if (rows.length === 0) return h("p", { class: "rs-aside" }, "No parameter differs.");
  return table(
    "What differs",
    ["", ...takes.map(({ job }) => deck.title(job))],
    rows.map(([name, values]) => [spaced(name), ...values]),
  );
}

/** What is known of each take, a column for each kind of fact. */
function facts(deck: Deck, takes: readonly Take[]): HTMLElement {
  const columns = [...MEASURED, ...BESIDE].map(([name, tell]) => [
    name,
    ...takes.map((take) => text(tell(take))),
  ]);
  const found = columns.filter(([, ...texts]) => texts.some((text) => text !== NONE));
  return table(
    "Facts",
    ["", ...found.map(([name = ""]) => name)],
    takes.map(({ job }, i) => [deck.title(job), ...found.map((texts) => texts[i + 1])]),
  );
}

/** `aspectRatio` as people write it. */
function spaced(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

function prompts(deck: Deck, takes: readonly Take[]): HTMLElement | null {
  const [first, ...others] = takes;
  if (!first || takes.every(({ prompt }) => (prompt ?? "") === (first.prompt ?? ""))) {
    const shared = first?.prompt;
    return shared
      ? h(
          "div",
          { class: "rs-cmp-prompt" },
          h("span", { class: "rs-label" }, "Prompt"),
          h("p", {}, shared),
        )
      : null;
  }
  const diffs = others.map((other) => wordDiff(first.prompt ?? "", other.prompt ?? ""));
  // With one other take both show what they lack; with more, each is held against the first.
  const base: Piece[] =
    diffs.length === 1 && diffs[0] ? diffs[0][0] : [{ text: first.prompt ?? "", changed: false }];
  const parts = [base, ...diffs.map(([, right]) => right)];
  return h(
    "div",
    { class: "rs-cmp-prompts" },
    h("span", { class: "rs-label" }, "Prompts, differences marked"),
    ...takes.map(({ job }, index) =>
      h(
        "p",
        {},
        h("strong", {}, deck.title(job)),
        " ",
        ...(parts[index] ?? []).map(({ text: words, changed }) =>
          changed && words.trim() ? h("mark", {}, words) : words,
        ),
      ),
    ),
  );
}

/** A part of a text, and whether the other text lacks it. */
export interface Piece {
  text: string;
  changed: boolean;
}

const MOST_WORDS = 1500;

/** Both texts in pieces of words: what they share (longest common subsequence) and what not. */
export function wordDiff(left: string, right: string): [Piece[], Piece[]] {
  const a = words(left);
  const b = words(right);
  if (a.length > MOST_WORDS || b.length > MOST_WORDS) {
    const changed = left !== right;
    return [[{ text: left, changed }], [{ text: right, changed }]];
  }
  const common = shared(a, b);
  return [pieces(a, common.left), pieces(b, common.right)];
}

/** Words with the space after them, so that joined they are the text again. */
function words(text: string): string[] {
  return text.match(/\s+|[\p{L}\p{N}_'’-]+\s*|[^\s\p{L}\p{N}]\s*/gu) ?? [];
}

function shared(a: string[], b: string[]): { left: Set<number>; right: Set<number> } {
  const [x, y] = [a.map((word) => word.trim()), b.map((word) => word.trim())];
  const width = b.length + 1;
  const table = new Uint16Array((a.length + 1) * width);
  const at = (i: number, j: number) => table[i * width + j] ?? 0;
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      table[i * width + j] =
        x[i] === y[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const [left, right] = [new Set<number>(), new Set<number>()];
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    if (x[i] === y[j]) {
      left.add(i++);
      right.add(j++);
    } else if (at(i + 1, j) >= at(i, j + 1)) i++;
    else j++;
  }
  return { left, right };
}

function pieces(all: string[], kept: Set<number>): Piece[] {
  const found: Piece[] = [];
  all.forEach((text, index) => {
    const changed = !kept.has(index);
    const last = found.at(-1);
    if (last && last.changed === changed) last.text += text;
    else found.push({ text, changed });
  });
  return found;
}

/** One line of what is known of a take: who made it, at what price, how big. */
export function factsOf({ label, providerTitle, provider, backend, facts = [], fps, bytes }: Take) {
  const model = providerTitle || provider;
  return [
    model === label ? "" : model,
    backend ?? "",
    ...facts,
    fps ? `${Number(fps.toFixed(2))} fps` : "",
    bytes ? megabytes(bytes) : "",
  ].filter(Boolean);
}
