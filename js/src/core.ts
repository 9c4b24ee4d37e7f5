import { computed, type ReadonlySignal, type Signal, signal } from "@preact/signals-core";
import { Channel } from "./channel";
import { type Estimating, estimating } from "./estimate";
import { fieldOf, paramsOf, problemsOf } from "./form/rules";
import { Settings } from "./form/settings";
import type { Model } from "./host";
import { randomSeed } from "./ids";
import { Link } from "./link";
import { Media } from "./media";
import type { Problem, Take, Values } from "./protocol";
import { Scope } from "./scope";
import { type Sending, submit } from "./submit";
import { Shelf } from "./takes/shelf";

/** One model's half of the page, shared by all its views. Holds no job: the kernel does. */
export class Core {
  readonly settings: Settings;
  readonly shelf = new Shelf();
  readonly link: Link;
  readonly channel: Channel;
  readonly media: Media;
  readonly notice: Signal<string>;
  readonly sending = signal<Sending>({ state: "idle" });

  /** Whether the kernel can still be asked for anything. */
  readonly usable: ReadonlySignal<boolean>;
  readonly params: ReadonlySignal<Values | null>;
  /** What is known to be wrong, the form's own findings first. */
  readonly problems: ReadonlySignal<Problem[]>;
  readonly estimate = signal<Estimating>({ value: null, pending: false, about: null });
  /** Fields that the user has been at: a message at an untouched field would only nag. */
  readonly touched = signal<ReadonlySet<string>>(new Set());
  readonly attempted = signal(false);
  /** What the kernel said at the last click, until the field changes. */
  readonly #refused = signal<Problem[]>([]);
  readonly #own: ReadonlySignal<Problem[]>;

  readonly #scope = new Scope();
  #active: Scope | undefined;
  #views = 0;

  constructor(model: Model) {
    this.settings = new Settings(model, this.#scope);
    this.link = new Link(model, this.#scope);
    this.usable = computed(() => this.link.state.value !== "restarted");
    this.notice = signal(model.get("_notice") ?? "");
    this.shelf.replace(model.get("_takes") ?? []);
    const takesChanged = () => this.shelf.replace(model.get("_takes") ?? []);
    const noticeChanged = () => {
      this.notice.value = model.get("_notice") ?? "";
    };
    model.on("change:_takes", takesChanged);
    model.on("change:_notice", noticeChanged);
    this.#scope.add(() => {
      model.off("change:_takes", takesChanged);
      model.off("change:_notice", noticeChanged);
    });

    this.channel = new Channel(model, {
      take: (take) => this.shelf.patch(take),
      heard: () => this.link.heard(),
      silence: () => this.link.silence(),
    });
    this.#scope.add(() => this.channel.close());
    this.media = new Media(model, this.channel);
    this.#scope.add(() => this.media.close());
    // Nobody answers any more: open requests fail now instead of one by one.
    this.#scope.effect(() => {
      if (!this.usable.value) this.channel.close();
    });

    const { settings } = this;
    this.params = computed(() => {
      const form = settings.form.value;
      return form ? paramsOf(form, settings.snapshot.value) : null;
    });
    this.#own = computed(() => {
      const form = settings.form.value;
      return form ? problemsOf(form, settings.snapshot.value) : [];
    });
    this.#scope.each(
      () => `${settings.form.value?.id} ${settings.mode.value}`,
      () => {
        this.#refused.value = [];
        this.touched.value = new Set();
        this.attempted.value = false;
      },
    );
    this.problems = computed(() => {
      const own = this.#own.value;
      const named = new Set(own.map(fieldOf));
      const told = [...this.#refused.value, ...this.#told()];
      const seen = new Set<string>();
      const fresh = told.filter((problem) => {
        const text = `${fieldOf(problem)} ${problem.message}`;
        if (named.has(fieldOf(problem)) || seen.has(text)) return false;
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
      const estimate = estimating(this.channel, this.params, live, active);
      active.effect(() => {
        this.estimate.value = estimate.value;
      });
      void this.link.watch(this.channel, active);
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

  /** What the kernel finds wrong, but for fields that have changed since it was asked. */
  #told(): Problem[] {
    const { value, about } = this.estimate.value;
    const now = this.params.value;
    return (value?.problems ?? []).filter((problem) => {
      const name = fieldOf(problem);
      return name === null || JSON.stringify(about?.[name]) === JSON.stringify(now?.[name]);
    });
  }

  /** The problem to show at a field now. */
  shown(name: string): string | null {
    const visible = this.attempted.value || this.touched.value.has(name);
    const refused = this.#refused.value.find((problem) => fieldOf(problem) === name);
    if (refused) return refused.message;
    if (!visible) return null;
    return this.problems.value.find((problem) => fieldOf(problem) === name)?.message ?? null;
  }

  touch(name: string): void {
    if (!this.touched.peek().has(name)) {
      this.touched.value = new Set([...this.touched.peek(), name]);
    }
  }

  /** A field changed: what was said about its old value is void. */
  changed(name: string): void {
    const rest = this.#refused.peek().filter((problem) => fieldOf(problem) !== name);
    if (rest.length !== this.#refused.peek().length) this.#refused.value = rest;
    if (this.sending.peek().state === "refused") this.sending.value = { state: "idle" };
  }

  set(name: string, value: unknown): void {
    this.settings.set(name, value);
    this.changed(name);
  }

  /** Put a take's settings into the form, with what went wrong at its field. */
  reuse(take: Take): void {
    this.settings.reuse(take.params);
    const { error } = take;
    this.#refused.value =
      take.state === "failed" && error?.parameter
        ? [{ parameter: error.parameter, message: error.message }]
        : [];
  }

  /** Send what the form holds. False when something is missing; the fields then say what. */
  async generate(): Promise<boolean> {
    this.attempted.value = true;
    const params = this.params.peek();
    const { value: estimate, pending } = this.estimate.peek();
    // Findings about older params do not count: the kernel judges these ones when they arrive.
    const told = pending ? [] : (estimate?.problems ?? []);
    if (!params || this.#own.peek().length > 0 || told.length > 0) return false;
    await submit(this.channel, params, this.sending);
    const { value } = this.sending;
    this.#refused.value = value.state === "refused" ? value.problems : [];
    if (value.state === "idle") {
      this.attempted.value = false;
      this.touched.value = new Set();
    }
    return true;
  }

  /** The params of a take with another seed, where its provider takes one. */
  reseeded(take: Take): Values {
    const { seed: _, clientRef: __, ...params } = take.params;
    const form = this.settings.providers.peek().find(({ id }) => id === take.provider);
    const field = form?.fields.find(({ name }) => name === "seed");
    if (!field) return params;
    return { ...params, seed: randomSeed(field.min ?? undefined, field.max ?? undefined) };
  }
}
