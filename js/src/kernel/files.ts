import { type ReadonlySignal, type Signal, signal } from "@preact/signals-core";
import { megabytes } from "../ui/format";
import { type Channel, insist, makeId } from "./channel";
import type { FormField, Seen } from "./messages";

/** Bytes of a file in one message; hosts close a connection over larger ones. */
export const PIECE = 1 << 20;
const MEGABYTE = 1_000_000;

/** A file on its way to the kernel. */
export interface Upload {
  readonly id: string;
  readonly field: string;
  readonly name: string;
  /** How much of it has arrived, 0 to 1. */
  readonly fraction: ReadonlySignal<number>;
  /** Why it stopped, or null while it is sent. */
  readonly error: ReadonlySignal<string | null>;
  /** Go on where it stopped; absent where that would not help. */
  again?(): void;
  /** Give it up. */
  drop(): void;
}

/** What a field takes: `image`, `video` or `audio`. */
export function mediumOf(kind: string): string {
  return kind.replace(/s$/, "");
}

/** Sends files to the kernel piece by piece; each is kept there by its content. */
export class Uploads {
  readonly open: Signal<readonly Upload[]> = signal([]);
  readonly #channel: Channel;
  #closed = false;

  constructor(channel: Channel) {
    this.#channel = channel;
  }

  /** Send a file for a field; `done` gets its path on the kernel's machine. */
  add(file: File, field: FormField, done: (path: string) => void): void {
    const fraction = signal(0);
    const error = signal<string | null>(unfit(file, field));
    let dropped = false;
    const gone = () => dropped || this.#closed;
    const upload: Upload = {
      id: makeId(),
      field: field.name,
      name: file.name || "pasted",
      fraction,
      error,
      drop: () => {
        dropped = true;
        this.open.value = this.open.peek().filter((other) => other !== upload);
      },
    };
    this.open.value = [...this.open.peek(), upload];
    if (error.peek() !== null) return;
    const send = async () => {
      error.value = null;
      try {
        const path = await this.#send(file, field, fraction, gone);
        if (path === null || gone()) return;
        upload.drop();
        done(path);
      } catch (reason) {
        error.value = (reason as Error).message;
      }
    };
    upload.again = () => void send();
    void send();
  }

  of(field: string): Upload[] {
    return this.open.value.filter((upload) => upload.field === field);
  }

  close(): void {
    this.#closed = true;
  }

  /** The kept file's path, or null when nobody wants it any more. */
  async #send(
    file: File,
    field: FormField,
    fraction: Signal<number>,
    gone: () => boolean,
  ): Promise<string | null> {
    const body = {
      // The same file again resumes where it stopped.
      upload: [file.name, file.size, file.lastModified, field.kind].join("\n"),
      field: field.kind,
      name: file.name || "pasted",
      size: file.size,
    };
    let have = 0;
    // Without bytes at first: the kernel says how much it has.
    let piece: Uint8Array[] = [];
    while (!gone()) {
      const { value } = await insist(
        (patience) =>
          this.#channel.ask("upload", { ...body, offset: have }, { patience, buffers: piece }),
        () => {
          piece = [];
          return !gone();
        },
      );
      if (value.path !== null) return value.path;
      have = value.have;
      fraction.value = have / file.size;
      piece = [new Uint8Array(await file.slice(have, have + PIECE).arrayBuffer())];
    }
    return null;
  }
}

/** Why a file need not be sent at all. The kernel judges by the content, the page by the name. */
function unfit(file: File, field: FormField): string | null {
  const medium = mediumOf(field.kind);
  const formats = field.formats ?? [{ name: medium, accept: `${medium}/*` }];
  const taken = formats.flatMap(({ accept }) => accept.split(","));
  const [major, ending] = [file.type.split("/")[0], /\.[^.]*$/.exec(file.name)?.[0].toLowerCase()];
  const isKnown = ["image", "video", "audio"].includes(major ?? "");
  if (isKnown && ![file.type, `${major}/*`, ending ?? ""].some((name) => taken.includes(name))) {
    return `Accepted: ${formats.map(({ name }) => name).join(", ")}.`;
  }
  if (file.size === 0) return "This file is empty.";
  const most = field.maxMegabytes;
  if (most && file.size > most * MEGABYTE) {
    return `${megabytes(file.size)}; the maximum is ${most} MB.`;
  }
  return null;
}

export interface Look {
  facts: Seen;
  /** A small picture of the file, where there is something to see. */
  picture: Blob | null;
}

/** What is known of files on the kernel's machine, each asked for once. */
export class Looks {
  readonly #channel: Channel;
  readonly #known = new Map<string, Promise<Look>>();

  constructor(channel: Channel) {
    this.#channel = channel;
  }

  at(path: string): Promise<Look> {
    let look = this.#known.get(path);
    if (!look) {
      look = this.#channel.ask("look", { path }).then(({ value, buffers: [bytes] }) => ({
        facts: value,
        picture: bytes ? new Blob([bytes as BlobPart], { type: "image/jpeg" }) : null,
      }));
      this.#known.set(path, look);
      // A file that is not there yet may come.
      look.catch(() => this.#known.delete(path));
    }
    return look;
  }
}
