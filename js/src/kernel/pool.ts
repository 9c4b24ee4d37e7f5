import type { ProviderForm, Providers } from "./messages";

/** The key of an object that stands for a part, with what is otherwise in it. */
const PART = "$";

/** The forms as they were before the kernel took out what they have in common. */
export function formsOf({ forms, parts }: Providers): ProviderForm[] {
  const made: unknown[] = [];
  const fill = (from: unknown): unknown => {
    if (typeof from !== "object" || from === null) return from;
    if (Array.isArray(from)) return from.map(fill);
    const { [PART]: part, ...own } = from as Record<string, unknown>;
    const keys = Object.entries(own).map(([key, each]) => [key, fill(each)] as const);
    if (typeof part !== "number") return Object.fromEntries(keys);
    if (keys.length === 0) return made[part];
    const all = Object.entries({ ...(made[part] as object), ...Object.fromEntries(keys) });
    return Object.fromEntries(all.filter(([, each]) => each !== null));
  };
  for (const part of parts) made.push(fill(part));
  return fill(forms) as ProviderForm[];
}
