import type { Values } from "./protocol";

const keywords = new Set(
  (
    "False None True and as assert async await break class continue def del elif else except finally " +
    "for from global if import in is lambda nonlocal not or pass raise return try while with yield"
  ).split(" "),
);

/** `durationSeconds` as `duration_seconds`. */
export function snake(name: string): string {
  return name.replace(/([a-z0-9])([A-Z])/g, "$1_$2").toLowerCase();
}

/** A JSON value as a Python literal; the keys of objects become snake_case. */
export function literal(value: unknown): string {
  if (value === null || value === undefined) return "None";
  if (value === true) return "True";
  if (value === false) return "False";
  if (typeof value === "number") return Number.isFinite(value) ? String(value) : "None";
  // Every escape that JSON writes means the same in Python.
  if (typeof value === "string") return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(literal).join(", ")}]`;
  const pairs = Object.entries(value as object).map(
    ([key, item]) => `${JSON.stringify(snake(key))}: ${literal(item)}`,
  );
  return `{${pairs.join(", ")}}`;
}

/** The call that makes the same take from a cell. */
export function generateCall(params: Values): string {
  const { provider, mode, prompt, ...rest } = params;
  const ordered = { provider, mode, prompt, ...rest };
  const given = Object.entries(ordered).filter(
    ([, value]) => value !== null && value !== undefined,
  );
  const named: string[] = [];
  const others: string[] = [];
  for (const [key, value] of given) {
    const name = snake(key);
    if (/^[a-z_][a-z0-9_]*$/.test(name) && !keywords.has(name)) {
      named.push(`${name}=${literal(value)}`);
    } else {
      others.push(`${JSON.stringify(name)}: ${literal(value)}`);
    }
  }
  if (others.length > 0) named.push(`**{${others.join(", ")}}`);
  return `await gen.generate(\n${named.map((line) => `    ${line},\n`).join("")})`;
}
