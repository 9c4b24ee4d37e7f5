import type { Model, RawBuffer } from "./host";
import type { Moved, Problem, Reply, RequestKind, Requests, Rest, Take } from "./messages";

/** No reply in time. The request may still be waiting in a busy kernel. */
export class NoAnswer extends Error {
  override name = "NoAnswer";
  constructor() {
    super("The kernel is busy or gone.");
  }
}

/** The kernel said no. */
export class Refusal extends Error {
  override name = "Refusal";
  readonly code: string;
  readonly problems: Problem[];
  constructor(error: Reply["error"]) {
    super(error?.message || "The kernel refused without a reason.");
    this.code = error?.code ?? "";
    this.problems = error?.problems ?? [];
  }
}

/** The page no longer listens: the widget was removed or its kernel restarted. */
export class Closed extends Error {
  override name = "Closed";
  constructor() {
    super("The kernel restarted. Run this cell again.");
  }
}

export interface Answer<K extends RequestKind> {
  value: Requests[K]["value"];
  buffers: Uint8Array[];
}

/** How a request is made, where the usual does not do. */
export interface Manner {
  /** Milliseconds without a word until it is given up. */
  patience?: number;
  buffers?: ArrayBufferView[];
  /** Called with the fraction done, 0 to 1, where the kernel says so. */
  progress?(fraction: number): void;
}

interface Open {
  resolve(answer: { value: unknown; buffers: Uint8Array[] }): void;
  reject(error: Error): void;
  timer: ReturnType<typeof setTimeout>;
  /** Restart the time limit. */
  patient(): void;
  progress: Manner["progress"];
}

export interface ChannelEvents {
  /** A take is new or another one. */
  take(take: Take): void;
  /** That made this revision of the list. */
  revised?(revision: number): void;
  /** Takes are as far as this, and else the same. */
  moved?(takes: Moved[]): void;
  /** Takes came that are older than those that the page has got. */
  rest?(rest: Rest): void;
  /** Something arrived, so the kernel lives. */
  heard(): void;
  /** A request ran out of time. */
  silence(): void;
}

export const PATIENCE = 10_000;

const LONGEST = 60_000;

/**
 * Ask again, each time with more patience, until there is an answer. `silence` is called for every
 * try without one; false from it is the end.
 */
export async function insist<T>(
  ask: (patience: number) => Promise<T>,
  silence: () => unknown,
): Promise<T> {
  for (let patience = PATIENCE; ; patience = Math.min(LONGEST, patience * 2)) {
    try {
      return await ask(patience);
    } catch (error) {
      if (!(error instanceof NoAnswer) || silence() === false) throw error;
    }
  }
}

/** One listener and one map of open requests for all messages of a model. */
export class Channel {
  #open = new Map<string, Open>();
  #closed = false;
  readonly #model: Model;
  readonly #events: ChannelEvents;

  constructor(model: Model, events: ChannelEvents) {
    this.#model = model;
    this.#events = events;
    model.on("msg:custom", this.#receive);
  }

  /**
   * Send a request and wait for its reply.
   *
   * Rejects with `NoAnswer`, `Refusal` or `Closed`.
   */
  ask<K extends RequestKind>(
    kind: K,
    body: Requests[K]["body"],
    { patience = PATIENCE, buffers = [], progress }: Manner = {},
  ): Promise<Answer<K>> {
    if (this.#closed) return Promise.reject(new Closed());
    const id = makeId();
    return new Promise<Answer<K>>((resolve, reject) => {
      const wait = () =>
        setTimeout(() => {
          this.#open.delete(id);
          this.#events.silence();
          reject(new NoAnswer());
        }, patience);
      const open: Open = {
        resolve: resolve as Open["resolve"],
        reject,
        progress,
        timer: wait(),
        patient() {
          clearTimeout(open.timer);
          open.timer = wait();
        },
      };
      this.#open.set(id, open);
      if (buffers.length > 0) this.#model.send({ kind, id, ...body }, undefined, buffers);
      else this.#model.send({ kind, id, ...body });
    });
  }

  /** Stop listening and give up every open request. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#model.off("msg:custom", this.#receive);
    for (const { reject, timer } of this.#open.values()) {
      clearTimeout(timer);
      reject(new Closed());
    }
    this.#open.clear();
  }

  #receive = (message: unknown, buffers?: RawBuffer[]): void => {
    if (typeof message !== "object" || message === null) return;
    const { kind } = message as { kind?: unknown };
    if (kind === "reply") {
      this.#events.heard();
      this.#settle(message as Reply, (buffers ?? []).map(toBytes));
    } else if (kind === "progress") {
      this.#events.heard();
      const { id, fraction } = message as { id: string; fraction: number };
      const open = this.#open.get(id);
      open?.patient();
      open?.progress?.(fraction);
    } else if (kind === "moved") {
      this.#events.heard();
      this.#events.moved?.((message as { takes: Moved[] }).takes);
    } else if (kind === "rest") {
      this.#events.heard();
      this.#events.rest?.(message as Rest);
    } else if (kind === "take") {
      this.#events.heard();
      const { take, revision } = message as { take?: Take; revision?: number };
      if (take?.job) this.#events.take(take);
      if (typeof revision === "number") this.#events.revised?.(revision);
    }
  };

  #settle(reply: Reply, buffers: Uint8Array[]): void {
    const open = this.#open.get(reply.id);
    if (!open) return;
    this.#open.delete(reply.id);
    clearTimeout(open.timer);
    if (reply.ok) open.resolve({ value: reply.value, buffers });
    else open.reject(new Refusal(reply.error));
  }
}

/** A view may show a part of a larger buffer; its bare `.buffer` would hold its neighbours too. */
export function toBytes(raw: RawBuffer): Uint8Array {
  if (ArrayBuffer.isView(raw)) return new Uint8Array(raw.buffer, raw.byteOffset, raw.byteLength);
  return new Uint8Array(raw);
}

/** Random ids. `crypto.randomUUID` is missing on hosts served over plain http. */
export function makeId(): string {
  const bytes = new Uint8Array(12);
  if (globalThis.crypto?.getRandomValues) {
    globalThis.crypto.getRandomValues(bytes);
  } else {
    for (let i = 0; i < bytes.length; i++) bytes[i] = Math.floor(Math.random() * 256);
  }
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
