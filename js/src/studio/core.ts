import { computed, type ReadonlySignal, type Signal, signal } from "@preact/signals-core";
import { Channel, type Refusal } from "../kernel/channel";
import { Looks, Uploads } from "../kernel/files";
import type { Model } from "../kernel/host";
import { trait } from "../kernel/host";
import { Link, List } from "../kernel/link";
import { Media } from "../kernel/media";
import type {
  Budget,
  FormField,
  Library,
  MarkChanges,
  Marks,
  Problem,
  ProviderForm,
  SweepPlan,
  SweepState,
  Take,
  Values,
} from "../kernel/messages";
import { Players } from "../kernel/players";
import { money } from "../ui/format";
import { marksOf, type Written } from "../ui/judging";
import type { Press } from "../ui/keys";
import { Scope, type Viewport } from "../ui/scope";
import type { LiveRegion } from "../ui/status";
import {
  commonSettings,
  fieldOf,
  fieldsOf,
  headOf,
  problemsOf,
  requestsOf,
  servingBackend,
  startOf,
  unheeded,
  unheededByAll,
} from "./form/rules";
import { Settings } from "./form/settings";
import { askOf, canVary, promptsOf } from "./form/variations";
import {
  type Asked,
  asking,
  type Estimating,
  estimating,
  LARGEST_SEED,
  randomSeed,
  run,
  type Sending,
  submit,
  totals,
} from "./requests";
import { Shelf } from "./takes/shelf";
import { Tray } from "./takes/tray";

/** What the parts of one view of a Studio share. */
export interface View {
  core: Core;
  scope: Scope;
  live: LiveRegion;
  viewport: Viewport;
  press: Press;
  /** Unique ids for labels: a page may hold several views. */
  id(name: string): string;
  /** The job of the take that sounds; every other one is still. */
  audible: Signal<string | null>;
  /** The take whose tags or note are being written. */
  writing: Signal<{ job: string; what: Written } | null>;
  /** The fields of the form that take files, by name, in the form's order. */
  files: Map<string, { medium: string; take(files: readonly File[]): void }>;
  /** The prompt box, for what reaches into it from elsewhere. */
  prompt: { insert(text: string): void; focus(): void };
}

type Ask = NonNullable<ReturnType<typeof askOf>>;

/** What a problem with the money is about: a field that no form has. */
export const BUDGET = "budget";
const CENT = 0.01;

/** One model's half of the page, shared by all its views. Holds no job: the kernel does. */
export class Core {
  readonly settings: Settings;
  readonly shelf = new Shelf();
  readonly link: Link;
  readonly channel: Channel;
  readonly media: Media;
  readonly previews: Looks;
  readonly uploads: Uploads;
  readonly tray: Tray;
  readonly players: Players;
  /** The take that was last taken off the list. */
  readonly removed = signal<Take | null>(null);
  readonly notice: Signal<string>;
  readonly sending = signal<Sending>({ state: "idle" });

  /** Whether the kernel can still be asked for anything. */
  readonly usable: ReadonlySignal<boolean>;
  /** One request a provider. */
  readonly requests: ReadonlySignal<Values[]>;
  /** What is known to be wrong, the form's own findings first. */
  readonly problems: ReadonlySignal<Problem[]>;
  readonly estimate = signal<Estimating>({ values: [], pending: false, about: [] });
  /** The sweep that the form stands for; null where it is single takes. */
  readonly ask: ReadonlySignal<Ask | null>;
  /** The parameters that can be an axis now. */
  readonly varying: ReadonlySignal<FormField[]>;
  /** What the sweep would make. */
  readonly plan = signal<Asked<Ask, SweepPlan>>({
    answer: null,
    about: null,
    error: null,
    pending: false,
  });
  /** The sweeps that are not over. */
  readonly sweeps: Signal<SweepState[]>;
  /** What rewrites prompts; empty for nothing. */
  readonly rewriter: Signal<string>;
  /** The prompt before it was rewritten. */
  readonly original = signal<string | null>(null);
  readonly budget: Signal<Budget | null>;
  /** What is spent of a gateway's cap today; empty without one. */
  readonly allowance: Signal<string>;
  /** The folder whose takes are listed. */
  readonly library: Signal<Library | null>;
  /** Fields that the user has been at: a message at an untouched field would only nag. */
  readonly touched = signal<ReadonlySet<string>>(new Set());
  readonly attempted = signal(false);
  /** What the kernel said at the last click, until the field changes. */
  readonly #refused = signal<Problem[]>([]);
  readonly #remarks = signal<Problem[]>([]);
  readonly #own: ReadonlySignal<Problem[]>;
  readonly #list: List;

  readonly #scope = new Scope();
  #active: Scope | undefined;
  #views = 0;

  constructor(model: Model) {
    this.settings = new Settings(model, this.#scope);
    this.link = new Link(model, this.#scope);
    this.usable = computed(() => this.link.state.value !== "restarted");
    this.notice = trait(model, "_notice", "", this.#scope);
    this.library = trait(model, "_library", null, this.#scope);
    this.budget = trait(model, "_budget", null, this.#scope);
    this.allowance = trait(model, "_allowance", "", this.#scope);
    this.sweeps = trait(model, "_sweeps", [], this.#scope);
    this.rewriter = trait(model, "_rewriter", "", this.#scope);
    this.channel = new Channel(model, {
      take: (take) => this.shelf.patch(take),
      revised: (revision) => this.#list.follow(revision),
      rest: (rest) => this.shelf.extend(rest),
      moved: (takes) => this.shelf.move(takes),
      heard: () => this.link.heard(),
      silence: () => this.link.silence(),
    });
    this.#scope.add(() => this.channel.close());
    this.#list = new List(model, this.channel, this.#scope, (takes) => this.shelf.replace(takes));
    this.media = new Media(model, this.channel);
    this.#scope.add(() => this.media.close());
    this.tray = new Tray(model, this.shelf, this.#scope);
    this.players = new Players(this.channel);
    this.previews = new Looks(this.channel);
    this.uploads = new Uploads(this.channel);
    this.#scope.add(() => this.uploads.close());
    // Nobody answers any more: open requests fail now instead of one by one.
    this.#scope.effect(() => {
      if (!this.usable.value) this.channel.close();
    });

    const { settings } = this;
    this.requests = computed(() => requestsOf(settings.forms.value, settings.snapshot.value));
    this.varying = computed(() => {
      const form = settings.form.value;
      const fields = form ? fieldsOf(form, settings.mode.value).filter(canVary) : [];
      return fields.filter(({ name }) => unheededByAll(settings.forms.value, name) === undefined);
    });
    this.ask = computed(() =>
      askOf(this.requests.value, this.varying.value, settings.snapshot.value),
    );
    this.#own = computed(() => {
      const forms = settings.forms.value;
      const found = settings.snapshot.value;
      const [longest = ""] = promptsOf(found).sort((a, b) => b.length - a.length);
      const common = commonSettings(forms, { ...found, prompt: longest });
      const sending = this.#sending();
      // What is on its way is not missing.
      const coming = new Set(sending.map(fieldOf));
      const wrong = named(forms, (form) => problemsOf(form, common));
      return [...wrong.filter((problem) => !coming.has(fieldOf(problem))), ...sending];
    });
    this.#scope.each(
      () => `${settings.form.value?.id} ${settings.mode.value}`,
      () => {
        this.#refused.value = [];
        this.#remarks.value = [];
        this.touched.value = new Set();
        this.attempted.value = false;
      },
    );
    this.problems = computed(() => {
      const own = this.#own.value;
      const wrong = new Set(own.map(fieldOf));
      const known = [...this.#refused.value, ...this.#found(), ...this.#overspent()];
      const seen = new Set<string>();
      const fresh = known.filter((problem) => {
        const text = `${problem.parameter} ${problem.index ?? ""} ${problem.message}`;
        if (wrong.has(fieldOf(problem)) || seen.has(text)) return false;
        seen.add(text);
        return true;
      });
      return [...own, ...fresh];
    });
  }

  /** Begin the work that only a visible widget needs; it ends with its last view. */
  enter(view: Scope): void {
    this.#views += 1;
    if (!this.#active) {
      const active = this.#scope.child();
      this.#active = active;
      this.settings.keep(active);
      const live = computed(() => this.link.state.value === "live");
      const single = computed(() => (this.ask.value ? [] : this.requests.value));
      const estimate = estimating(this.channel, single, live, active);
      const plan = asking(
        computed(() => (live.value ? this.ask.value : null)),
        async (ask) => (await this.channel.ask("sweep", ask)).value,
        active,
        // What a sweep has made costs nothing once more.
        () => this.sweeps.value.map(({ name }) => name),
      );
      active.effect(() => {
        this.estimate.value = estimate.value;
        this.plan.value = plan.value;
      });
      void this.link.watch(this.channel, active, this.#list);
    }
    view.add(() => {
      this.#views -= 1;
      if (this.#views > 0) return;
      this.#active?.end();
      this.#active = undefined;
    });
  }

  end(): void {
    this.#scope.end();
  }

  /** What the kernel finds wrong with what the form stands for now. */
  #found(): Problem[] {
    const ask = this.ask.value;
    if (!ask) return this.#problems();
    const { error, about } = this.plan.value;
    if (!error || JSON.stringify(about) !== JSON.stringify(ask)) return [];
    const { problems = [] } = error as Partial<Refusal>;
    return problems.length > 0 ? problems : [{ parameter: null, message: error.message }];
  }

  /** What the kernel finds wrong, except in fields that have changed since it was asked. */
  #problems(): Problem[] {
    const { values, about } = this.estimate.value;
    const now = this.requests.value;
    return named(this.settings.forms.value, (form) => {
      const index = about.findIndex((request) => request.provider === form.id);
      const then = about[index];
      const request = now.find(({ provider }) => provider === form.id);
      if (!then || !request || then.mode !== request.mode) return [];
      return (values[index]?.problems ?? []).filter((problem) => {
        const name = fieldOf(problem);
        return name === null || JSON.stringify(then[name]) === JSON.stringify(request[name]);
      });
    });
  }

  /** Files without which the request is not complete yet. */
  #sending(): Problem[] {
    const fields = this.settings.form.value?.fields ?? [];
    return this.uploads.open.value
      .filter(
        ({ field, error }) => error.value === null && fields.some((f) => f.name === headOf(field)),
      )
      .map(({ field, name }) => ({ parameter: field, message: `${name} is still being sent.` }));
  }

  /** That the takes would cost more than the budget still holds. */
  #overspent(): Problem[] {
    const budget = this.budget.value;
    const { values, pending } = this.estimate.value;
    const { answer, pending: planning } = this.plan.value;
    const ask = this.ask.value;
    if (!budget || (ask ? planning || !answer : pending || values.length === 0)) return [];
    const sum = ask
      ? (answer?.high ?? 0)
      : (totals(values, this.settings.count.value)?.get("USD") ?? 0);
    const left = Math.max(0, budget.limit - budget.spent);
    if (sum <= left + CENT / 100) return [];
    const message = `About ${money(sum)}, and ${money(left)} of the budget of ${money(budget.limit)} is left. Make fewer or shorter takes, or raise budget= in the cell.`;
    return [{ parameter: BUDGET, message }];
  }

  /** The problem to show at a field now. */
  shown(name: string): string | null {
    return this.wrongs(name)[0]?.message ?? null;
  }

  /** All problems to show at a field now. */
  wrongs(name: string): Problem[] {
    const visible = this.attempted.value || this.touched.value.has(name);
    const about = (problem: Problem) => fieldOf(problem) === name;
    const remarks = this.#remarks.value.filter(about);
    if (remarks.length > 0) return remarks;
    const refused = this.#refused.value.filter(about);
    if (refused.length > 0) return refused;
    return visible ? this.problems.value.filter(about) : [];
  }

  /** Say something at a field until it changes; unlike a problem it holds nothing back. */
  remark(name: string, message: string): void {
    const others = this.#remarks.peek().filter(({ parameter }) => parameter !== name);
    this.#remarks.value = [...others, { parameter: name, message }];
  }

  touch(name: string): void {
    if (!this.touched.peek().has(name)) {
      this.touched.value = new Set([...this.touched.peek(), name]);
    }
  }

  /** A field changed: what was said about its old value is void. */
  changed(name: string): void {
    const remarks = this.#remarks.peek().filter((remark) => fieldOf(remark) !== name);
    if (remarks.length !== this.#remarks.peek().length) this.#remarks.value = remarks;
    const rest = this.#refused.peek().filter((problem) => fieldOf(problem) !== name);
    if (rest.length !== this.#refused.peek().length) this.#refused.value = rest;
    if (this.sending.peek().state === "refused") this.sending.value = { state: "idle" };
  }

  set(name: string, value: unknown): void {
    this.settings.set(name, value);
    this.changed(name);
    // What another value limits is seen at once, and not only after a visit.
    for (const form of this.settings.forms.peek())
      for (const field of form.fields)
        if (field.limits?.some(({ when }) => name in when)) this.touch(field.name);
  }

  /** Put a take's settings into the form, with what went wrong at its field. */
  reuse(take: Take): void {
    this.settings.reuse(take.params);
    this.original.value = null;
    const { error } = take;
    this.#refused.value =
      take.state === "failed" && error?.parameter
        ? [{ parameter: error.parameter, message: error.message }]
        : [];
  }

  /** Send what the form holds. False when something is missing; the fields then say what. */
  async generate(): Promise<boolean> {
    this.attempted.value = true;
    const { settings } = this;
    // Findings about older params do not count: the kernel judges these ones when they arrive.
    const ask = this.ask.peek();
    const isOld = ask ? this.plan.peek().pending : this.estimate.peek().pending;
    const known = isOld ? [] : [...this.#found(), ...this.#overspent()];
    const requests = this.requests.peek();
    if (requests.length === 0 || this.#own.peek().length > 0 || known.length > 0) return false;
    if (ask) {
      const problems = await run(this.channel, ask, this.sending);
      if (problems === null) this.#sent();
      else this.#refused.value = problems;
      return true;
    }
    const original = this.original.peek() ?? undefined;
    const jobs = await submit(this.channel, this.#batch(requests), this.sending, original);
    if (jobs === null) return true;
    const { value } = this.sending;
    const refusals = value.state === "refused" ? value.refusals : [];
    this.#refused.value = named(settings.forms.peek(), (form) =>
      refusals
        .filter(({ request }) => request.provider === form.id)
        .flatMap(({ problems }) => problems),
    );
    if (value.state === "idle") this.#sent();
    // Without a lock, the next take is another one.
    if (jobs.length > 0 && !settings.seedLocked.peek() && settings.values.peek().seed !== undefined)
      settings.set("seed", this.newSeed(settings.form.peek()));
    return true;
  }

  /** What was pressed was sent; nothing is missing any more. */
  #sent(): void {
    this.attempted.value = false;
    this.touched.value = new Set();
  }

  /** As many requests of each provider as takes are wanted; no two of a provider share a seed. */
  #batch(requests: Values[]): Values[] {
    const count = this.settings.count.peek();
    if (count === 1) return requests;
    const forms = this.settings.forms.peek();
    return Array.from({ length: count }, (_, take) => take).flatMap((take) =>
      requests.map((request) => {
        const form = forms.find(({ id }) => id === request.provider);
        const field = form?.fields.find(({ name }) => name === "seed");
        if (!form || !field || unheeded(form, "seed") !== undefined) return request;
        const { seed } = request;
        if (typeof seed !== "number") return { ...request, seed: this.newSeed(form) };
        const max = field.max ?? LARGEST_SEED;
        return { ...request, seed: seed + take > max ? seed - take : seed + take };
      }),
    );
  }

  newSeed(form: ProviderForm | undefined): number {
    const field = form?.fields.find(({ name }) => name === "seed");
    return randomSeed(field?.min ?? undefined, Math.min(field?.max ?? LARGEST_SEED, LARGEST_SEED));
  }

  /** Fill the form with a take's settings, starting from its last frame. */
  async continueFrom(take: Take): Promise<void> {
    const { value } = await this.channel.ask("borrow", { job: take.job, field: "image" });
    const usable = this.settings.providers.peek().filter((form) => servingBackend(form));
    const forms = [...usable.filter(({ id }) => id === take.provider), ...usable];
    const [start] = forms.flatMap((form) => startOf(form) ?? []);
    if (!start) throw new Error("No provider that can be used starts from an image.");
    const { settings } = this;
    settings.reuse({ ...take.params, provider: start.form.id, mode: start.mode });
    settings.set(start.field.name, value.path);
    // The next part of a story is not the same one once more.
    settings.set("seed", undefined);
  }

  /** Take a take off the list, or put it back. */
  async hide(take: Take, hidden: boolean): Promise<void> {
    await this.channel.ask("hide", { job: take.job, hidden });
    this.removed.value = hidden ? take : null;
  }

  /** Judge a take: shown at once, and durable when this resolves. */
  async mark(job: string, changes: MarkChanges): Promise<Marks> {
    const before = marksOf(this.shelf.get(job)?.take.peek());
    const settle = this.shelf.judge(job, { ...before, ...changes } as Marks);
    try {
      const { value } = await this.channel.ask("mark", { job, changes });
      settle(value);
      return value;
    } catch (error) {
      settle(before);
      throw error;
    }
  }

  /** Whether a provider heeds a seed where it is served now. */
  seeds(provider: string): boolean {
    const form = this.settings.providers.value.find(({ id }) => id === provider);
    const takesSeed = form?.fields.some(({ name }) => name === "seed") ?? false;
    return form !== undefined && takesSeed && unheeded(form, "seed") === undefined;
  }

  /** The params of a take with another seed, where its provider heeds one. */
  reseeded(take: Take): Values {
    const { seed: _, clientRef: __, finalOf: ___, ...params } = take.params;
    if (!this.seeds(take.provider)) return params;
    const form = this.settings.providers.peek().find(({ id }) => id === take.provider);
    return { ...params, seed: this.newSeed(form) };
  }
}

/**
 * The problems of several forms, each once. One that only some have begins with their titles, because
 * the field that shows it belongs to all.
 */
function named(forms: readonly ProviderForm[], find: (form: ProviderForm) => Problem[]): Problem[] {
  const found = new Map<string, { problem: Problem; titles: string[] }>();
  for (const form of forms) {
    for (const problem of find(form)) {
      const text = JSON.stringify(problem);
      const known = found.get(text);
      if (known) known.titles.push(form.title);
      else found.set(text, { problem, titles: [form.title] });
    }
  }
  return [...found.values()].map(({ problem, titles }) =>
    titles.length === forms.length
      ? problem
      : { ...problem, message: `${titles.join(" and ")}: ${problem.message}` },
  );
}
