import { batch, computed, type ReadonlySignal, signal } from "@preact/signals-core";
import type { Model } from "../../kernel/host";
import { observe, trait } from "../../kernel/host";
import type {
  ProviderForm,
  Settings as Snapshot,
  Values,
  WrittenForm,
} from "../../kernel/messages";
import { formsOf } from "../../kernel/pool";
import type { Scope } from "../../ui/scope";
import { blend, requestsOf, servingBackend } from "./rules";

const WRITE_AFTER = 300;

/** How large cards can be; the page keeps it with the form. */
export const DENSITIES = ["strip", "small", "large"] as const;
export type Density = (typeof DENSITIES)[number];
const USUAL: Density = "small";

/** Of one provider, with one click. */
export const MOST_TAKES = 8;

/** What the form holds, kept in step with the `_settings` trait. */
export class Settings {
  readonly providers: ReadonlySignal<ProviderForm[]>;
  readonly #chosen = signal<readonly string[]>([]);
  readonly #mode = signal("");
  readonly prompt = signal("");
  readonly values = signal<Values>({});
  readonly count = signal(1);
  readonly seedLocked = signal(false);
  readonly density = signal<Density>(USUAL);
  /** The values of what varies. */
  readonly axes = signal<Readonly<Record<string, unknown[]>>>({});
  /** Whether each line is a prompt. */
  readonly lines = signal(false);

  /** The chosen providers that can be used; the first usable one where none is. */
  readonly chosen: ReadonlySignal<ProviderForm[]>;
  /** The chosen mode; the first one that is offered where no chosen provider offers it. */
  readonly mode: ReadonlySignal<string>;
  /** Those of the chosen providers that offer the mode: each makes a take. */
  readonly forms: ReadonlySignal<ProviderForm[]>;
  /** The form of all of them together. */
  readonly form: ReadonlySignal<ProviderForm | undefined>;
  readonly snapshot: ReadonlySignal<Snapshot>;

  readonly #model: Model;
  #written = "";

  constructor(model: Model, scope: Scope) {
    this.#model = model;
    const sent = trait(model, "_providers", { forms: [], parts: [] }, scope);
    this.providers = computed(() => formsOf(sent.value));
    this.chosen = computed(() => {
      const forms = this.providers.value;
      const usable = forms.filter((form) => servingBackend(form));
      const chosen = usable.filter(({ id }) => this.#chosen.value.includes(id));
      return chosen.length > 0 ? chosen : [...usable, ...forms].slice(0, 1);
    });
    this.mode = computed(() => {
      const modes = this.chosen.value.flatMap((form) => form.modes);
      return modes.includes(this.#mode.value) ? this.#mode.value : (modes[0] ?? "");
    });
    this.forms = computed(() =>
      this.chosen.value.filter(({ modes }) => modes.includes(this.mode.value)),
    );
    this.form = computed(() => blend(this.forms.value, this.mode.value) ?? this.chosen.value[0]);
    this.snapshot = computed(() => ({
      providers: this.chosen.value.map(({ id }) => id),
      mode: this.mode.value,
      prompt: this.prompt.value,
      values: this.values.value,
      count: this.count.value,
      seedLocked: this.seedLocked.value,
      density: this.density.value,
      axes: this.axes.value,
      lines: this.lines.value,
    }));
    this.#load();

    const settingsChanged = () => {
      // Hosts echo what the page wrote; loading it would undo what was typed since.
      if (JSON.stringify(model.get("_settings")) !== this.#written) this.#load();
    };
    observe(model, "change:_settings", settingsChanged, scope);
  }

  /** Write changes to the trait while `scope` lives, not oftener than needed. */
  keep(scope: Scope): void {
    this.#written = JSON.stringify(this.snapshot.peek());
    let stop = () => {};
    scope.effect(() => {
      const text = JSON.stringify(this.snapshot.value);
      stop();
      if (text === this.#written) return;
      stop = scope.later(WRITE_AFTER, () => {
        this.#written = text;
        this.#model.set("_settings", JSON.parse(text) as Snapshot);
        this.#model.set("_requests", requestsOf(this.forms.peek(), this.snapshot.peek()));
        this.#model.save_changes();
      });
    });
  }

  /** Choose these providers and no other. */
  choose(ids: readonly string[]): void {
    this.#chosen.value = ids;
  }

  /** Choose a provider as well, or no longer; the last one stays. */
  toggle(id: string): void {
    const chosen = this.chosen.peek().map((form) => form.id);
    const rest = chosen.filter((other) => other !== id);
    if (rest.length === chosen.length) {
      this.choose(this.#meets(id) ? [...chosen, id] : [id]);
    } else if (rest.length > 0) {
      this.choose(rest);
    }
  }

  /** Whether a provider can take part as long as no other mode is chosen. */
  standing(form: ProviderForm): "joins" | "replaces" | "lacks the mode" {
    if (form.modes.includes(this.mode.value)) return "joins";
    return this.#meets(form.id) ? "lacks the mode" : "replaces";
  }

  /** Whether a provider shares a mode with those that are chosen. */
  #meets(id: string): boolean {
    const form = this.providers.value.find((other) => other.id === id);
    const modes = new Set(this.chosen.value.flatMap((other) => other.modes));
    return form?.modes.some((mode) => modes.has(mode)) ?? false;
  }

  chooseMode(mode: string): void {
    this.#mode.value = mode;
  }

  set(name: string, value: unknown): void {
    const { [name]: _, ...rest } = this.values.peek();
    this.values.value = value === undefined ? rest : { ...rest, [name]: value };
  }

  /** Set the values of what varies; nothing stops it from varying. */
  vary(name: string, values: unknown[] | undefined): void {
    const { [name]: _, ...rest } = this.axes.peek();
    this.axes.value = values === undefined ? rest : { ...rest, [name]: values };
  }

  /** Fill the form with the params of a take. */
  reuse(params: Values): void {
    // The same settings again are a take of their own, and not once more the final of a draft.
    const {
      provider,
      mode,
      prompt,
      clientRef: _,
      requestOrigin: __,
      finalOf: ___,
      ...values
    } = params;
    this.#fill({
      ...this.snapshot.peek(),
      providers: [String(provider ?? "")],
      mode: String(mode ?? ""),
      prompt: String(prompt ?? ""),
      values,
      seedLocked: values.seed !== undefined,
      axes: {},
      lines: false,
    });
  }

  #load(): void {
    this.#fill(this.#model.get("_settings") ?? {});
  }

  #fill({ provider, ...settings }: WrittenForm): void {
    batch(() => {
      this.#chosen.value = settings.providers ?? (provider ? [provider] : []);
      this.#mode.value = settings.mode ?? "";
      this.prompt.value = settings.prompt ?? "";
      this.values.value = { ...(settings.values ?? {}) };
      this.count.value = Math.min(MOST_TAKES, Math.max(1, Math.round(settings.count ?? 1)));
      this.seedLocked.value = settings.seedLocked ?? false;
      this.axes.value = { ...(settings.axes ?? {}) };
      this.lines.value = settings.lines ?? false;
      this.density.value = DENSITIES.find((name) => name === settings.density) ?? USUAL;
    });
  }
}
