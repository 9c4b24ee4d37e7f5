import type {
  Backend,
  FormField,
  FormLimit,
  Problem,
  ProviderForm,
  Scene,
  Settings,
  Values,
} from "../../kernel/messages";
import { modeTitle } from "../../ui/format";

/** What a form's values mean: which fields show, what is sent, what is missing. */

/** The values of the form, for all providers. */
export type Held = Pick<Settings, "mode" | "prompt" | "values">;

/** The backend that will serve the provider, or undefined when none is configured. */
export function servingBackend(form: ProviderForm): Backend | undefined {
  const configured = form.backends.filter((backend) => backend.configured);
  return configured.find((backend) => backend.chosen) ?? configured[0];
}

/** The fields of a mode. */
export function fieldsOf(form: ProviderForm, mode: string): FormField[] {
  return form.fields
    .filter((field) => !field.modes?.length || field.modes.includes(mode))
    .map((field) => (field.inModes?.[mode] ? { ...field, ...field.inModes[mode] } : field));
}

/** Kinds of fields that take files. */
const media = new Set(["image", "video", "audio", "images", "videos", "audios"]);

/** The first mode of a provider that needs an image and no other file, with its field. */
export function startOf(
  form: ProviderForm,
): { form: ProviderForm; mode: string; field: FormField } | undefined {
  for (const mode of form.modes) {
    const needed = fieldsOf(form, mode).filter(
      ({ kind, required }) => media.has(kind) && required?.includes(mode),
    );
    const [field] = needed;
    if (field?.kind === "image" && needed.length === 1) return { form, mode, field };
  }
  return undefined;
}

/** Why the serving backend does not take a field, or undefined when it does. */
export function refusal(form: ProviderForm, name: string): string | undefined {
  return servingBackend(form)?.refuses?.[name];
}

/** Why the serving backend does not heed a field, or undefined when it does. */
export function unheeded(form: ProviderForm, name: string): string | undefined {
  return refusal(form, name) ?? servingBackend(form)?.ignores?.[name];
}

export function isRanged(field: FormField): boolean {
  return typeof field.min === "number" && typeof field.max === "number";
}

/**
 * The value of a field: the one that was set where the field can hold it, else its default.
 * A value set for one provider may not fit the next one; it is kept, and used again on return.
 */
export function standing(field: FormField, values: Values): unknown {
  const fitted = fitTo(field, values[field.name]);
  return fitted === undefined ? fitTo(field, field.default) : fitted;
}

/** What the catalog uses in a mode when a field is left open, where that is not always the same. */
export function usualOf(field: FormField, mode: string): unknown {
  return field.usualModes?.includes(mode) ? field.usual : undefined;
}

function fitTo(field: FormField, value: unknown): unknown {
  if (value === null || value === undefined) return undefined;
  switch (field.kind) {
    case "choice":
      return field.choices?.includes(String(value)) ? value : undefined;
    case "integer":
    case "number": {
      if (typeof value !== "number" || !Number.isFinite(value)) return undefined;
      // Only a slider hides an impossible value; a box shows it with its problem.
      if (!isRanged(field) || field.name === "seed") return value;
      return Math.min(field.max as number, Math.max(field.min as number, value));
    }
    case "boolean":
      return typeof value === "boolean" ? value : undefined;
    case "images":
    case "videos":
    case "audios": {
      if (!Array.isArray(value)) return undefined;
      const items = value.map((item) => String(item).trim()).filter(Boolean);
      return items.length > 0 ? items : undefined;
    }
    case "shots":
      return Array.isArray(value) && value.length > 0 ? value : undefined;
    case "object":
      return isObject(value) ? objectOf(field, value) : undefined;
    case "objects": {
      if (!Array.isArray(value)) return undefined;
      const rows = value.filter(isObject).map((row) => objectOf(field, row));
      return rows.length > 0 ? rows : undefined;
    }
    default: {
      const text = typeof value === "string" ? value : JSON.stringify(value);
      return text.trim() === "" ? undefined : text;
    }
  }
}

/** An object as it is sent: what is filled in, of the fields that the provider has. */
function objectOf(field: FormField, row: Values): Values {
  const given = (field.fields ?? []).flatMap((part) => {
    const value = fitTo(part, row[part.name]);
    return value === undefined || value === "" ? [] : [[part.name, value]];
  });
  return Object.fromEntries(given);
}

export function isObject(value: unknown): value is Values {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The request that the form stands for, in the contract's camelCase. */
export function paramsOf(form: ProviderForm, settings: Held): Values {
  const params: Values = { provider: form.id, mode: settings.mode };
  if (settings.prompt.trim() !== "") params.prompt = settings.prompt.trim();
  for (const field of fieldsOf(form, settings.mode)) {
    if (unheeded(form, field.name) !== undefined) continue;
    const value = standing(field, settings.values);
    if (value !== undefined) params[field.name] = value;
  }
  return params;
}

/** What is wrong with a request as far as the form itself can tell. The kernel judges the rest. */
export function problemsOf(form: ProviderForm, settings: Held): Problem[] {
  const params = paramsOf(form, settings);
  const problems: Problem[] = [];
  const prompt = settings.prompt.trim();
  if (form.promptLimit && prompt.length > form.promptLimit) {
    const over = prompt.length - form.promptLimit;
    problems.push({ parameter: "prompt", message: `${over} characters over the limit.` });
  }
  if (prompt === "" && promptNeeded(form, settings.mode, params)) {
    problems.push({ parameter: "prompt", message: "Say what the video shows." });
  }
  let references = 0;
  for (const field of fieldsOf(form, settings.mode)) {
    const value = params[field.name];
    if (isList(field) && Array.isArray(value)) references += value.length;
    const message = judge(form, field, value, settings, params);
    if (message) problems.push({ parameter: field.name, message });
    else if (field.fields) problems.push(...judgeObjects(field, value));
  }
  if (form.maxReferences && references > form.maxReferences) {
    const lists = fieldsOf(form, settings.mode).filter(isList);
    const last = lists.findLast((field) => params[field.name] !== undefined);
    problems.push({
      parameter: last?.name ?? null,
      message: `${references} references in all; ${form.title} takes at most ${form.maxReferences}.`,
    });
  }
  return problems;
}

/** Whether a request lacks a prompt without one; the catalog says so. */
export function promptNeeded(form: ProviderForm, mode: string, params: Values): boolean {
  const { promptModes, promptUnless } = form;
  const standIn = promptUnless && params[promptUnless] !== undefined;
  return !standIn && (promptModes?.includes(mode) ?? false);
}

function judge(
  form: ProviderForm,
  field: FormField,
  value: unknown,
  settings: Held,
  params: Values,
): string | null {
  if (value === undefined) {
    return field.required?.includes(settings.mode) ? `${field.label} is needed.` : null;
  }
  const wrong = judgeValue(field, value);
  if (wrong) return wrong;
  const limit = limitsOn(form, field, params).find((each) => !within(each, value));
  if (limit) return limitText(form, field, limit);
  if (field.kind === "shots") return judgeShots(value as Scene[], params.durationSeconds);
  return null;
}

/** What is wrong in the objects of a field, each at the field of the object that it is about. */
function judgeObjects(field: FormField, value: unknown): Problem[] {
  const isList = Array.isArray(value);
  const rows = (isList ? value : [value]).filter(isObject);
  return rows.flatMap((row, at) => {
    const place = { parameter: field.name, ...(isList && { index: at }) };
    const labels = (names: readonly string[]) =>
      names.map((name) => `“${partOf(field, name)?.label ?? name}”`).join(" or ");
    const found: Problem[] = [];
    for (const part of field.fields ?? []) {
      const message = judgePart(part, row);
      if (message) found.push({ ...place, part: part.name, message });
    }
    for (const group of field.oneOf ?? []) {
      const count = group.filter((name) => row[name] !== undefined).length;
      if (count === 0) found.push({ ...place, message: `It needs ${labels(group)}.` });
      if (count > 1) found.push({ ...place, message: `Only one of ${labels(group)}.` });
    }
    for (const part of field.fields ?? []) {
      const others = part.needsOneOf ?? [];
      const isAlone = others.length > 0 && others.every((name) => row[name] === undefined);
      if (row[part.name] !== undefined && isAlone) {
        found.push({ ...place, part: part.name, message: `It needs ${labels(others)} as well.` });
      }
    }
    return found;
  });
}

function partOf(field: FormField, name: string): FormField | undefined {
  return field.fields?.find((part) => part.name === name);
}

function judgePart(part: FormField, row: Values): string | null {
  const value = row[part.name] ?? part.default;
  if (value === undefined || value === null)
    return part.required ? `${part.label} is needed.` : null;
  return judgeValue(part, value);
}

/** What is wrong with one value, whatever the others are. */
function judgeValue(field: FormField, value: unknown): string | null {
  if (typeof value === "number") {
    if (field.kind === "integer" && !Number.isInteger(value)) return "A whole number is needed.";
    if (typeof field.min === "number" && value < field.min) return `At least ${field.min}.`;
    if (typeof field.max === "number" && value > field.max) return `At most ${field.max}.`;
  }
  if (typeof value === "string" && field.maxLength && value.length > field.maxLength) {
    return `${value.length - field.maxLength} characters over the limit.`;
  }
  if (Array.isArray(value) && field.maxItems && value.length > field.maxItems) {
    return `At most ${field.maxItems}.`;
  }
  return null;
}

/** The limits of a field that hold beside the other values of a request. */
export function limitsOn(form: ProviderForm, field: FormField, params: Values): FormLimit[] {
  return (field.limits ?? []).filter(({ when }) =>
    Object.entries(when).every(([name, wanted]) => {
      const other = form.fields.find((each) => each.name === name);
      const value = params[name] ?? (other && usualOf(other, String(params.mode)));
      if (typeof wanted === "boolean" && other?.kind !== "boolean")
        return (value !== undefined) === wanted;
      return Array.isArray(wanted) ? wanted.includes(value) : value === wanted;
    }),
  );
}

/** Whether a value is within a limit. */
export function within({ min, max, step, choices }: FormLimit, value: unknown): boolean {
  if (choices) return choices.includes(String(value));
  if (step && (Number(value) - (min ?? 0)) % step !== 0) return false;
  return !(Number(value) < (min ?? -Infinity) || Number(value) > (max ?? Infinity));
}

/** `With resolution 1440p or 2160p: at most 10 seconds.` */
export function limitText(form: ProviderForm, field: FormField, limit: FormLimit): string {
  const { min, max, choices } = limit;
  const when = Object.entries(limit.when).map(([name, wanted]) => {
    if (name === "mode") return `from ${modeTitle(String(wanted)).toLowerCase()}`;
    const label = form.fields.find((each) => each.name === name)?.label.toLowerCase() ?? name;
    if (typeof wanted === "boolean") return wanted ? `with ${label}` : `without ${label}`;
    return `with ${label} ${Array.isArray(wanted) ? wanted.join(" or ") : wanted}`;
  });
  const range =
    min === undefined
      ? `at most ${max}`
      : max === undefined
        ? `at least ${min}`
        : min === max
          ? min
          : `${min} to ${max}`;
  const left = choices ? choices.join(", ") : [range, field.unit].filter(Boolean).join(" ");
  const said = `${when.join(" and ")}: ${left}.`;
  return said.charAt(0).toUpperCase() + said.slice(1);
}

/** What the chosen providers leave of a field now: sentences, and what all who have it exclude. */
export function narrowed(
  forms: readonly ProviderForm[],
  name: string,
  settings: Held,
): { texts: string[]; isOut(value: unknown): boolean } {
  const common = commonSettings(forms, settings);
  const found = forms.flatMap((form) => {
    const field = fieldsOf(form, settings.mode).find((each) => each.name === name);
    return field ? [{ form, field, on: limitsOn(form, field, paramsOf(form, common)) }] : [];
  });
  const several = forms.length > 1;
  return {
    texts: found.flatMap(({ form, field, on }) =>
      on.map((limit) => `${several ? `${form.title}: ` : ""}${limitText(form, field, limit)}`),
    ),
    isOut: (value) =>
      found.length > 0 && found.every(({ on }) => on.some((limit) => !within(limit, value))),
  };
}

function judgeShots(shots: Scene[], total: unknown): string | null {
  const empty = shots.findIndex((shot) => !String(shot?.prompt ?? "").trim());
  if (empty >= 0) return `Shot ${empty + 1} has no prompt.`;
  const sum = shots.reduce((all, shot) => all + shot.durationSeconds, 0);
  if (typeof total === "number" && sum !== total) {
    return `The shots last ${sum} s, the video ${total} s.`;
  }
  return null;
}

export function isList(field: FormField): boolean {
  return field.kind === "images" || field.kind === "videos" || field.kind === "audios";
}

/** The field that a problem is about: `multi_prompt[1].prompt` is about `multiPrompt`. */
export function fieldOf(problem: Problem): string | null {
  return problem.parameter ? headOf(problem.parameter) : null;
}

/** The form's name of the field that a name, or a name inside of it, belongs to. */
export function headOf(name: string): string {
  const head = name.split(/[.[]/, 1)[0] ?? name;
  return head.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** One form for several providers: every field once, as wide as the widest of them. */

/** The form of all chosen providers together; of one alone, its own. */
export function blend(forms: readonly ProviderForm[], mode: string): ProviderForm | undefined {
  const [first] = forms;
  if (!first || forms.length === 1) return first;
  const fields = new Map<string, FormField>();
  for (const form of forms) {
    for (const field of fieldsOf(form, mode)) {
      const known = fields.get(field.name);
      fields.set(field.name, known ? wider(known, field) : field);
    }
  }
  return {
    id: forms.map(({ id }) => id).join(" + "),
    title: forms.map(({ title }) => title).join(" and "),
    modes: [...new Set(forms.flatMap(({ modes }) => modes))],
    promptLimit: smallest(forms.map(({ promptLimit }) => promptLimit)),
    maxReferences: smallest(forms.map(({ maxReferences }) => maxReferences)),
    fields: [...fields.values()],
    backends: [],
  };
}

/** A field that takes what either of two fields takes. */
function wider(one: FormField, other: FormField): FormField {
  if (one.kind !== other.kind) return one;
  const both = { ...one };
  both.default ??= other.default;
  both.help ??= other.help;
  // What holds for one provider alone is not what holds for both.
  if (one.usual !== other.usual) delete both.usualModes;
  both.required = [...new Set([...(one.required ?? []), ...(other.required ?? [])])];
  if (one.choices && other.choices) {
    both.choices = [...new Set([...one.choices, ...other.choices])];
  }
  both.min = widest(Math.min, one.min, other.min);
  both.max = widest(Math.max, one.max, other.max);
  both.maxLength = widest(Math.max, one.maxLength, other.maxLength);
  both.maxItems = widest(Math.max, one.maxItems, other.maxItems);
  if (one.formats && other.formats) {
    const all = [...one.formats, ...other.formats].map((format) => [format.name, format] as const);
    both.formats = [...new Map(all).values()];
  }
  // Each provider's own form judges by them.
  delete both.limits;
  if (one.fields && other.fields) {
    const parts = [...other.fields, ...one.fields].map((part) => [part.name, part] as const);
    both.fields = [...new Map(parts).values()];
    if (JSON.stringify(one.oneOf) !== JSON.stringify(other.oneOf)) delete both.oneOf;
  }
  both.maxMegabytes = widest(Math.max, one.maxMegabytes, other.maxMegabytes);
  return both;
}

type Limit = number | null | undefined;

/** Without a limit on one side there is none on both. */
function widest(pick: (a: number, b: number) => number, one: Limit, other: Limit): Limit {
  return typeof one === "number" && typeof other === "number" ? pick(one, other) : null;
}

function smallest(limits: Limit[]): number | null {
  const known = limits.filter((limit): limit is number => typeof limit === "number");
  return known.length > 0 ? Math.min(...known) : null;
}

/** The request to each provider: the values of the common form that each one takes. */
export function requestsOf(forms: readonly ProviderForm[], settings: Held): Values[] {
  const common = commonSettings(forms, settings);
  return forms.map((form) => {
    const params = paramsOf(form, common);
    // Services take either one prompt or scenes; the prompt is for those without scenes.
    const scenes = form.fields.find(({ kind }) => kind === "shots");
    if (forms.length > 1 && scenes && params[scenes.name] !== undefined) delete params.prompt;
    return params;
  });
}

/** Settings in which the common form's defaults are spelled out, so that they hold for everyone. */
export function commonSettings(forms: readonly ProviderForm[], settings: Held): Held {
  const form = blend(forms, settings.mode);
  if (!form || forms.length === 1) return settings;
  const values = { ...settings.values };
  for (const field of form.fields) {
    const value = standing(field, settings.values);
    if (value !== undefined) values[field.name] = value;
  }
  return { ...settings, values };
}

/** Why no provider heeds a field, or undefined when one does. */
export function unheededByAll(forms: readonly ProviderForm[], name: string): string | undefined {
  const takers = forms.filter((form) => form.fields.some((field) => field.name === name));
  const advice = takers.map((form) => unheeded(form, name));
  if (takers.length === 0 || advice.includes(undefined)) return undefined;
  const [only, ...others] = [...new Set(advice)];
  return others.length === 0 ? only : `${takers.map(({ title }) => title).join(", ")} ignore it.`;
}

/** What one of several providers does otherwise than the form says. */
export interface Exception {
  /** Of the providers that do so. */
  title: string;
  /** Labels of the fields that it does not take, or does not heed. */
  without: string[];
  /** What it does instead, in words. */
  instead: string[];
}

/** Which providers do not do what the common form says, each once, with all of it. */
export function exceptions(forms: readonly ProviderForm[], settings: Held): Exception[] {
  const common = blend(forms, settings.mode);
  if (!common || forms.length < 2) return [];
  const { values } = commonSettings(forms, settings);
  const shown = common.fields.filter(({ name }) => unheededByAll(forms, name) === undefined);
  const found = forms.flatMap((form) => {
    const own = new Map(fieldsOf(form, settings.mode).map((field) => [field.name, field]));
    const without: string[] = [];
    const instead: string[] = [];
    for (const { name, label, unit } of shown) {
      const field = own.get(name);
      if (!field || unheeded(form, name) !== undefined) {
        without.push(label.toLowerCase());
        continue;
      }
      const value = standing(field, values);
      if (value !== undefined && differs(value, values[name]))
        instead.push(
          [label.toLowerCase(), value, field.unit ?? unit].filter((word) => word != null).join(" "),
        );
    }
    return without.length + instead.length > 0 ? [{ title: form.title, without, instead }] : [];
  });
  // Those that do the same share a line.
  const lines = new Map<string, Exception>();
  for (const one of found) {
    const key = JSON.stringify([one.without, one.instead]);
    const known = lines.get(key);
    lines.set(key, known ? { ...known, title: `${known.title} and ${one.title}` } : one);
  }
  return [...lines.values()];
}

/** How many of the providers heed a field, where not all of them do. */
export function takers(
  forms: readonly ProviderForm[],
  mode: string,
  name: string,
): readonly string[] | null {
  const all = forms.filter(
    (form) =>
      fieldsOf(form, mode).some((field) => field.name === name) &&
      unheeded(form, name) === undefined,
  );
  return all.length > 0 && all.length < forms.length ? all.map(({ title }) => title) : null;
}

function differs(one: unknown, other: unknown): boolean {
  return typeof one !== "object" && one !== other;
}
