import { batch, computed, type ReadonlySignal, type Signal, signal } from "@preact/signals-core";
import type { Model } from "../host";
import type { ProviderForm, Settings as Snapshot, Values } from "../protocol";
import type { Scope } from "../scope";
import { servingBackend } from "./rules";

const WRITE_AFTER = 300;

/** What the form holds, kept in step with the `_settings` trait. */
export class Settings {
  readonly providers: Signal<ProviderForm[]>;
  readonly #provider = signal("");
  readonly #mode = signal("");
  readonly prompt = signal("");
  readonly values = signal<Values>({});

  /** The chosen provider's form; the first usable one where nothing valid is chosen. */
  readonly form: ReadonlySignal<ProviderForm | undefined>;
  /** The chosen mode; the form's first where the provider does not offer it. */
  readonly mode: ReadonlySignal<string>;
  readonly snapshot: ReadonlySignal<Snapshot>;

  readonly #model: Model;
  #written = "";

  constructor(model: Model, scope: Scope) {
    this.#model = model;
    this.providers = signal(list(model.get("_providers")));
    this.form = computed(() => {
      const forms = this.providers.value;
      return (
        forms.find((form) => form.id === this.#provider.value) ??
        forms.find((form) => servingBackend(form)) ??
        forms[0]
      );
    });
    this.mode = computed(() => {
      const modes = this.form.value?.modes ?? [];
      return modes.includes(this.#mode.value) ? this.#mode.value : (modes[0] ?? "");
    });
    this.snapshot = computed(() => ({
      provider: this.form.value?.id ?? "",
      mode: this.mode.value,
      prompt: this.prompt.value,
      values: this.values.value,
    }));
    this.#load();

    const providersChanged = () => {
      this.providers.value = list(model.get("_providers"));
    };
    const settingsChanged = () => {
      // Hosts echo what the page wrote; loading it would undo what was typed since.
      if (JSON.stringify(model.get("_settings")) !== this.#written) this.#load();
    };
    model.on("change:_providers", providersChanged);
    model.on("change:_settings", settingsChanged);
    scope.add(() => {
      model.off("change:_providers", providersChanged);
      model.off("change:_settings", settingsChanged);
    });
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
        this.#model.save_changes();
      });
    });
  }

  chooseProvider(id: string): void {
    this.#provider.value = id;
  }

  chooseMode(mode: string): void {
    this.#mode.value = mode;
  }

  set(name: string, value: unknown): void {
    const { [name]: _, ...rest } = this.values.peek();
    this.values.value = value === undefined ? rest : { ...rest, [name]: value };
  }

  /** Fill the form with the params of a take. */
  reuse(params: Values): void {
    const { provider, mode, prompt, clientRef: _, requestOrigin: __, ...values } = params;
    this.#fill({
      provider: String(provider ?? ""),
      mode: String(mode ?? ""),
      prompt: String(prompt ?? ""),
      values,
    });
  }

  #load(): void {
    this.#fill(this.#model.get("_settings") ?? {});
  }

  #fill(settings: Partial<Snapshot>): void {
    batch(() => {
      this.#provider.value = settings.provider ?? "";
      this.#mode.value = settings.mode ?? "";
      this.prompt.value = settings.prompt ?? "";
      this.values.value = { ...(settings.values ?? {}) };
    });
  }
}

function list<T>(value: T[] | undefined | null): T[] {
  return Array.isArray(value) ? value : [];
}
