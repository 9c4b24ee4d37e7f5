/** One form for several providers: every field once, as wide as the widest of them. */

import type { Field, ProviderForm, Values } from "../protocol";
import { fieldsOf, type Held, paramsOf, refusal, servingBackend, standing } from "./rules";

/** The form of all chosen providers together; of one alone, its own. */
export function blend(forms: readonly ProviderForm[], mode: string): ProviderForm | undefined {
  const [first] = forms;
  if (!first || forms.length === 1) return first;
  const fields = new Map<string, Field>();
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
function wider(one: Field, other: Field): Field {
  if (one.kind !== other.kind) return one;
  const both = { ...one };
  both.default ??= other.default;
  both.help ??= other.help;
  both.required = [...new Set([...(one.required ?? []), ...(other.required ?? [])])];
  if (one.choices && other.choices) {
    both.choices = [...new Set([...one.choices, ...other.choices])];
  }
  both.min = widest(Math.min, one.min, other.min);
  both.max = widest(Math.max, one.max, other.max);
  both.maxLength = widest(Math.max, one.maxLength, other.maxLength);
  both.maxItems = widest(Math.max, one.maxItems, other.maxItems);
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

/** The request to each provider: what the common form stands at, as far as each one takes it. */
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

/** Why nobody takes a field, or undefined when somebody does. */
export function refusedByAll(forms: readonly ProviderForm[], name: string): string | undefined {
  const takers = forms.filter((form) => form.fields.some((field) => field.name === name));
  const advice = takers.map((form) => refusal(form, name));
  return takers.length > 0 && advice.every((text) => text !== undefined) ? advice[0] : undefined;
}

/** What some of several providers do with a field that the others take, in sentences. */
export function exceptions(forms: readonly ProviderForm[], settings: Held, name: string): string[] {
  const isTaken = forms.some((form) => form.fields.some((field) => field.name === name));
  if (!isTaken || refusedByAll(forms, name) !== undefined) return [];
  const several = forms.length > 1;
  const { values } = commonSettings(forms, settings);
  const said: string[] = [];
  const ignoring: string[] = [];
  for (const form of forms) {
    const field = fieldsOf(form, settings.mode).find((item) => item.name === name);
    if (!field) {
      ignoring.push(form.title);
      continue;
    }
    const advice = refusal(form, name);
    const ignored = servingBackend(form)?.ignores?.[name];
    const own = standing(field, values);
    if (advice !== undefined) said.push(`${form.title}: ${advice}`);
    else if (ignored && own === undefined) said.push(`Ignored by ${form.title}.`);
    else if (ignored) said.push(several ? `${form.title}: ${ignored}` : ignored);
    else if (several && own !== undefined && differs(own, values[name])) {
      const unit = field.unit ? ` ${field.unit}` : "";
      said.push(`${form.title} takes ${String(own)}${unit} instead.`);
    }
  }
  if (ignoring.length > 0) said.unshift(`Not taken by ${ignoring.join(" and ")}.`);
  return said;
}

function differs(one: unknown, other: unknown): boolean {
  return typeof one !== "object" && one !== other;
}
