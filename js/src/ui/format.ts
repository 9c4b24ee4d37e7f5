import type { Cost, Values } from "../kernel/messages";

/** `7 s`, `1 min 05 s`, `2 h 03 min`. */
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes} min ${pad(whole % 60)} s`;
  return `${Math.floor(minutes / 60)} h ${pad(minutes % 60)} min`;
}

/** A length of time, rounded so that it does not look exact: `about 40 s`, `about 2 min`. */
export function roughly(seconds: number): string {
  if (seconds < 90) return `about ${Math.max(5, Math.round(seconds / 5) * 5)} s`;
  return `about ${Math.round(seconds / 60)} min`;
}

/** How much of a time is left: `6 days left`, `5 h left`, `12 min left`. */
export function remaining(seconds: number): string {
  const days = Math.floor(seconds / 86_400);
  if (days > 0) return `${days} ${days === 1 ? "day" : "days"} left`;
  const hours = Math.floor(seconds / 3600);
  return hours > 0 ? `${hours} h left` : `${Math.max(1, Math.floor(seconds / 60))} min left`;
}

/** `0:07` as on a player. */
export function timecode(seconds: number): string {
  const whole = Number.isFinite(seconds) ? Math.max(0, Math.floor(seconds)) : 0;
  return `${Math.floor(whole / 60)}:${pad(whole % 60)}`;
}

export function megabytes(bytes: number): string {
  const mb = bytes / 1_000_000;
  if (mb < 0.1) return `${Math.ceil(bytes / 1000)} kB`;
  return `${mb < 10 ? mb.toFixed(1) : Math.round(mb)} MB`;
}

export function money(amount: number, currency = "USD"): string {
  const digits = amount !== 0 && Math.abs(amount) < 0.1 ? 3 : 2;
  try {
    return new Intl.NumberFormat("en-US", {
      style: "currency",
      currency,
      minimumFractionDigits: digits,
      maximumFractionDigits: digits,
    }).format(amount);
  } catch {
    // Not a currency code, e.g. "credits".
    return `${Number(amount.toFixed(digits))} ${currency}`;
  }
}

export function rate(perSecond: number, currency = "USD"): string {
  if (perSecond === 0) return "free";
  const digits = 3;
  try {
    const text = new Intl.NumberFormat("en-US", {
      style: "currency",
      currency,
      minimumFractionDigits: 2,
      maximumFractionDigits: digits,
    }).format(perSecond);
    return `${text}/s`;
  } catch {
    return `${Number(perSecond.toFixed(digits))} ${currency}/s`;
  }
}

export function costText(cost: Cost): string {
  if (cost.text) return cost.text;
  const text = money(cost.amount, cost.currency);
  return cost.estimated ? `about ${text}` : text;
}

/** A button's words with what a press costs. */
export function priced(label: string, costs: ReadonlyMap<string, number>): string {
  const sum = [...costs].filter(([, amount]) => amount > 0);
  return [label, sum.map(([name, amount]) => money(amount, name)).join(" + ")]
    .filter(Boolean)
    .join(" · ");
}

/** `just now`, `4 min ago`, `3 h ago`, else the day. */
export function ago(unix: number, now: number): string {
  const seconds = now - unix;
  if (seconds < 60) return "just now";
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ago`;
  return new Date(unix * 1000).toLocaleDateString(undefined, { month: "short", day: "numeric" });
}

/** A short name of a mode: `text-to-video` is `Text`. */
export function modeTitle(mode: string): string {
  const short = mode.replace(/-to-video$/, "").replaceAll("-", " ");
  return short.charAt(0).toUpperCase() + short.slice(1);
}

/** `16:9` as a number, or null when it is not a ratio. */
export function ratioOf(text: unknown): number | null {
  const match = /^(\d+(?:\.\d+)?)\s*[:/x×]\s*(\d+(?:\.\d+)?)$/.exec(String(text ?? "").trim());
  if (!match) return null;
  const [width, height] = [Number(match[1]), Number(match[2])];
  return width > 0 && height > 0 ? width / height : null;
}

function pad(value: number): string {
  return String(value).padStart(2, "0");
}

const keywords = () =>
  (
    "False None True and as assert async await break class continue def del elif else except finally " +
    "for from global if import in is lambda nonlocal not or pass raise return try while with yield"
  ).split(" ");

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
    if (/^[a-z_][a-z0-9_]*$/.test(name) && !keywords().includes(name)) {
      named.push(`${name}=${literal(value)}`);
    } else {
      others.push(`${JSON.stringify(name)}: ${literal(value)}`);
    }
  }
  if (others.length > 0) named.push(`**{${others.join(", ")}}`);
  return `await gen.generate(\n${named.map((line) => `    ${line},\n`).join("")})`;
}
