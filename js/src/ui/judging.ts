import type { MarkChanges, Marks, Take } from "../kernel/messages";
import { button, h } from "./dom";
import type { Scope } from "./scope";

export const UNMARKED: Marks = { pick: null, stars: null, tags: [], note: null };

export function marksOf(take: Take | undefined): Marks {
  return take?.marks ?? UNMARKED;
}

/** What a person writes instead of pressing a key. */
export type Written = "tags" | "note";

/**
 * What a key changes of takes: P picks, X rejects, 1 to 5 are stars; the same again takes it back, and 0 the
 * stars. T and N ask for a text. Null for every other key.
 */
export function judgement(key: string, takes: readonly Marks[]): MarkChanges | Written | null {
  const all = (is: (marks: Marks) => boolean) => takes.length > 0 && takes.every(is);
  if (key === "p" || key === "x") {
    const pick = key === "p";
    return { pick: all((marks) => marks.pick === pick) ? null : pick };
  }
  if (/^[0-5]$/.test(key)) {
    const stars = Number(key) || null;
    return { stars: all((marks) => marks.stars === stars) ? null : stars };
  }
  return key === "t" ? "tags" : key === "n" ? "note" : null;
}

/** Marks in words; "" where there are none. */
export function marksWords({ pick, stars, tags, note }: Marks): string {
  const picked = pick === null ? "" : pick ? "Picked" : "Rejected";
  return [picked, stars && `${stars} of 5 stars`, ...tags, note].filter(Boolean).join(", ");
}

/** Tags as a person writes them: with commas between, each once. */
export function tagsIn(text: string): string[] {
  const written = text.split(",").map((tag) => tag.trim());
  return [...new Set(written.filter(Boolean))];
}

/** A line in which tags or a note are written; Enter keeps them, Escape does not. */
export function writing(
  what: Written,
  marks: Marks,
  known: readonly string[],
  id: string,
  done: (changes: MarkChanges | null) => void,
  scope: Scope,
): HTMLElement {
  const tags = what === "tags";
  const label = tags ? "Tags, with commas between" : "Note";
  const input = h("input", {
    type: "text",
    class: "rs-input",
    maxlength: 4000,
    list: tags ? id : null,
    value: tags ? marks.tags.join(", ") : (marks.note ?? ""),
  });
  const keep = () => {
    const text = input.value.trim();
    done(tags ? { tags: tagsIn(text) } : { note: text || null });
  };
  scope.listen(input, "keydown", (event) => {
    const { key } = event as KeyboardEvent;
    if (key !== "Enter" && key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    if (key === "Enter") keep();
    else done(null);
  });
  const root = h(
    "div",
    { class: "rs-writing" },
    h("label", { class: "rs-aside" }, label, input),
    tags && h("datalist", { id }, ...known.map((tag) => h("option", { value: tag }))),
    button("Keep", keep, { title: "Enter" }),
    button("Back", () => done(null), { look: "ghost", title: "Escape" }),
  );
  // When it is in the page, and before the next key: what is typed next is text.
  queueMicrotask(() => input.focus({ preventScroll: true }));
  return root;
}
