import type { FormField, Settings, SweepAsk, Values } from "../../kernel/messages";

/** What varies in a form: prompts, variables of a prompt, and parameters that are an axis. */

type Asked = Omit<SweepAsk, "id">;

/** `{name}`, and not `{{name}}`, which stands for braces. */
const VARIABLE = /(?<!\{)\{\s*([\p{L}_][\p{L}\p{N}_]*)\s*\}(?!\})/gu;

/** The variables of a prompt, in the order in which they first occur. */
export function variablesOf(prompt: string): string[] {
  return [...new Set([...prompt.matchAll(VARIABLE)].map(([, name]) => name as string))];
}

/** The lines of a text that hold anything. */
export function linesOf(text: string): string[] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean);
}

/** The prompts that a form holds: one, or one per line. */
export function promptsOf({ prompt, lines }: Pick<Settings, "prompt" | "lines">): string[] {
  const several = lines ? linesOf(prompt) : [];
  return several.length > 1 ? several : [prompt.trim()];
}

/** Parameters that can be an axis: those with plain values. */
export function canVary({ kind, name }: FormField): boolean {
  return ["choice", "integer", "number", "boolean", "text"].includes(kind) && name !== "seed";
}

/** The sweep that a form stands for; null where it is one take, or the same one several times. */
export function askOf(
  requests: readonly Values[],
  fields: readonly FormField[],
  settings: Settings,
): Asked | null {
  const prompts = promptsOf(settings);
  const names = [
    ...variablesOf(settings.prompt),
    ...fields.filter(canVary).map(({ name }) => name),
  ];
  const axes = Object.fromEntries(
    names.flatMap((name) => {
      const values = settings.axes?.[name] ?? [];
      return values.length > 0 ? [[name, values]] : [];
    }),
  );
  if (requests.length === 0 || (prompts.length === 1 && Object.keys(axes).length === 0))
    return null;
  return {
    requests: requests.map(({ prompt: _, ...request }) => request),
    prompts,
    axes,
    count: settings.count,
  };
}
