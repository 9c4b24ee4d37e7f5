import { signal } from "@preact/signals-core";
import { Media, type Opened, type OpenOptions, type Probe } from "../kernel/media";
import type { Choice, MediaPart, Question, Round, Take } from "../kernel/messages";
import { button, h, put } from "../ui/dom";
import { Scope } from "../ui/scope";
import { followTheme } from "../ui/theme";
import type { Booth, Judgement } from "./ballot";
import { voting } from "./stand";

/** What the page was made with. */
interface Asked {
  format: string;
  version: number;
  bakeoff: string;
  /** Names this page among all that were made. */
  page: string;
  prompts: string[];
  /** Numbers of films by take. */
  films: Record<string, number>;
  pairs: Dealt[];
}

interface Dealt {
  takes: [string, string];
  prompt: number;
  /** A number for each two providers. */
  group: number;
}

interface Vote {
  left: string;
  right: string;
  question: Question;
  choice: Choice;
  at: number;
}

interface Kept {
  voter: string;
  votes: Vote[];
}

const LONGEST_NAME = 100;

/** Films that are inside the page; one is decoded when it is shown, and freed afterwards. */
class Embedded extends Media {
  readonly #films: Record<string, number>;

  constructor(films: Record<string, number>) {
    // Nothing of the page's films comes from a kernel.
    super(null as never, null as never);
    this.#films = films;
  }

  override async open(
    take: Take,
    part: MediaPart,
    probe: Probe,
    scope: Scope,
    _: OpenOptions = {},
  ): Promise<Opened> {
    const film = document.getElementById(`film-${this.#films[take.job]}`);
    if (part !== "video" || !film) throw new Error("There is no such film.");
    const bytes = Uint8Array.from(atob(film.textContent ?? ""), (char) => char.charCodeAt(0));
    const url = URL.createObjectURL(new Blob([bytes], { type: film.dataset.type ?? "video/mp4" }));
    scope.add(() => URL.revokeObjectURL(url));
    await probe(url);
    return { url, source: "host" };
  }

  override undecodable(): Promise<Error> {
    return Promise.resolve(
      new Error("This browser cannot decode the video; open the page in another one."),
    );
  }
}

/** Deals every pair once: first the two providers, and the prompt, that were shown least. */
class Page implements Booth {
  readonly round = signal<Round | null>(null);
  readonly trouble = signal("");
  readonly kept = signal<Kept>({ voter: "", votes: [] });
  readonly #asked: Asked;

  constructor(asked: Asked) {
    this.#asked = asked;
    try {
      const found = JSON.parse(localStorage.getItem(this.#place) ?? "null") as Kept | null;
      if (found && Array.isArray(found.votes)) this.kept.value = found;
    } catch {
      // Without a memory a reload begins again.
    }
  }

  get #place(): string {
    return `rushes-votes-${this.#asked.page}`;
  }

  keep(kept: Kept): void {
    this.kept.value = kept;
    try {
      localStorage.setItem(this.#place, JSON.stringify(kept));
    } catch {
      // As above.
    }
  }

  deal(): void {
    const judged = new Set(this.kept.peek().votes.map(({ left, right }) => key([left, right])));
    const { pairs, prompts } = this.#asked;
    const shown = pairs.filter(({ takes }) => judged.has(key(takes)));
    const count = (of: (pair: Dealt) => number, value: number) =>
      shown.filter((pair) => of(pair) === value).length;
    const left = pairs
      .filter(({ takes }) => !judged.has(key(takes)))
      .map((pair) => ({
        pair,
        order: [
          count(({ group }) => group, pair.group),
          count(({ prompt }) => prompt, pair.prompt),
          Math.random(),
        ],
      }))
      .sort(({ order: a }, { order: b }) => {
        const first = a.findIndex((value, i) => value !== b[i]);
        return first < 0 ? 0 : (a[first] as number) - (b[first] as number);
      });
    const next = left[0]?.pair;
    this.round.value = {
      takes: next ? next.takes.map((job) => take(job, prompts[next.prompt] ?? "")) : [],
      cast: shown.length,
      left: left.length,
      more: false,
      note: next ? "" : "Save your votes and send the file back. Thank you!",
    };
  }

  async judge({ left, right, prompt, looks }: Judgement): Promise<void> {
    const at = Date.now() / 1000;
    const { voter, votes } = this.kept.peek();
    this.keep({
      voter,
      votes: [
        ...votes,
        { left, right, question: "prompt", choice: prompt, at },
        { left, right, question: "looks", choice: looks, at },
      ],
    });
    this.deal();
  }

  /** Save the file of votes. */
  save(): void {
    const { format, version, bakeoff } = this.#asked;
    const text = JSON.stringify({ format, version, bakeoff, ...this.kept.peek() }, null, 1);
    const url = URL.createObjectURL(new Blob([text], { type: "application/json" }));
    const name = this.kept.peek().voter.replace(/[^\p{L}\p{N}_-]+/gu, "-");
    h("a", { href: url, download: `votes-${name}.json` }).click();
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
  }
}

function key(takes: readonly string[]): string {
  return [...takes].sort().join("\n");
}

function take(job: string, prompt: string): Take {
  return {
    job,
    prompt,
    state: "completed",
    provider: "",
    mode: "",
    params: {},
    createdAt: 0,
    video: {},
  };
}

function begin(root: HTMLElement, asked: Asked): void {
  const scope = new Scope();
  const page = new Page(asked);
  const stand = h("div", {});
  const name = h("input", {
    class: "rs-input",
    id: "voter",
    maxlength: LONGEST_NAME,
    autocomplete: "name",
    required: true,
  });
  name.value = page.kept.peek().voter;
  const many = asked.pairs.length === 1 ? "1 pair" : `${asked.pairs.length} pairs`;
  const form = h(
    "form",
    {
      class: "rs-vote-form",
      onsubmit: (event: Event) => {
        event.preventDefault();
        const voter = name.value.trim();
        if (!voter) return;
        page.keep({ ...page.kept.peek(), voter });
        form.remove();
        page.deal();
        voting(stand, page, new Embedded(asked.films), scope);
        stand.querySelector<HTMLElement>(".rs-compare")?.focus({ preventScroll: true });
      },
    },
    h("h1", {}, asked.bakeoff),
    h(
      "p",
      {},
      `${many} of takes. For each pair, say which take follows the prompt better and which looks better; their makers are not named. Stop whenever you like, and send back the file that "Save" gives you.`,
    ),
    h("label", { for: "voter" }, "Your name"),
    h(
      "span",
      { class: "rs-vote-begin" },
      name,
      button("Begin", () => {}, { type: "submit", look: "primary" }),
    ),
  );
  const save = button("", () => page.save());
  scope.effect(() => {
    const count = page.kept.value.votes.length / 2;
    save.hidden = count === 0 || page.round.value === null;
    // At the end it is what there is to do.
    const isOver = page.round.value?.left === 0;
    save.classList.toggle("rs-primary", isOver);
    save.classList.toggle("rs-plain", !isOver);
    put(save, count === 1 ? "Save 1 judgement" : `Save ${count} judgements`);
  });
  put(root, form, stand, h("div", { class: "rs-vote-save" }, save));
  followTheme(root, scope);
}

const root = document.getElementById("vote");
const data = document.getElementById("asked")?.textContent;
if (root && data) begin(root, JSON.parse(data) as Asked);
