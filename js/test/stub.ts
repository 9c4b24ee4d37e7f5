import type { Listener, Model } from "../src/kernel/host";
import type { FormField, ProviderForm, Reply, Take, Traits } from "../src/kernel/messages";

interface Sent {
  kind: string;
  id: string;
  [name: string]: unknown;
}

/** A model whose kernel is the test. */
export class StubModel implements Model {
  traits: Partial<Traits>;
  sent: Sent[] = [];
  saves = 0;
  comm_live?: boolean = true;
  widget_manager?: Model["widget_manager"];
  #listeners = new Map<string, Set<Listener>>();

  constructor(traits: Partial<Traits> = {}) {
    this.traits = { _epoch: "first", ...traits };
  }
  get<K extends keyof Traits>(name: K): Traits[K] | undefined {
    return this.traits[name];
  }
  set<K extends keyof Traits>(name: K, value: Traits[K]): void {
    this.traits[name] = value;
  }
  save_changes(): void {
    this.saves += 1;
  }
  send(content: unknown): void {
    this.sent.push(content as Sent);
  }
  on(name: string, callback: Listener): void {
    if (!this.#listeners.has(name)) this.#listeners.set(name, new Set());
    this.#listeners.get(name)?.add(callback);
  }
  off(name: string, callback: Listener): void {
    this.#listeners.get(name)?.delete(callback);
  }
  emit(name: string, ...args: unknown[]): void {
    for (const listener of this.#listeners.get(name) ?? []) listener(...(args as never[]));
  }
  push<K extends keyof Traits>(name: K, value: Traits[K]): void {
    this.traits[name] = value;
    this.emit(`change:${name}`);
  }
  tell(content: unknown, buffers: unknown[] = []): void {
    this.emit("msg:custom", content, buffers);
  }
  reply(to: Sent | undefined, rest: Omit<Reply, "kind" | "id">, buffers: unknown[] = []): void {
    this.tell({ kind: "reply", id: to?.id, ...rest }, buffers);
  }
  asked(kind: string): Sent[] {
    return this.sent.filter((message) => message.kind === kind);
  }
  get listening(): number {
    return [...this.#listeners.values()].reduce((all, set) => all + set.size, 0);
  }
}

export function makeTake(more: Partial<Take> = {}): Take {
  return {
    job: "one",
    state: "running",
    provider: "seedance-2.0",
    mode: "text-to-video",
    params: {},
    createdAt: 0,
    ...more,
  };
}

export function makeField(name: string, kind: string, more: Partial<FormField> = {}): FormField {
  return { name, kind, label: name, modes: ["text-to-video"], ...more };
}

export function makeForm(fields: FormField[], more: Partial<ProviderForm> = {}): ProviderForm {
  return {
    id: "seedance-2.0",
    title: "Seedance 2.0",
    modes: ["text-to-video", "image-to-video"],
    fields,
    backends: [{ name: "fal", configured: true, chosen: true }],
    ...more,
  };
}

export function settled(): Promise<void> {
  return new Promise((resolve) => queueMicrotask(() => queueMicrotask(resolve)));
}
