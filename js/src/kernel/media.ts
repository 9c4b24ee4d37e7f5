import { h, isWebUrl, safeUrl } from "../ui/dom";
import type { Scope } from "../ui/scope";
import type { Channel } from "./channel";
import type { Model } from "./host";
import type { MediaFile, MediaPart, Take } from "./messages";

/** Where a picture or video came from. */
export type Source = "host" | "provider" | "kernel";

/** In words. */
export const sourceTitles: Record<Source, string> = {
  host: "from the notebook's folder",
  provider: "from the provider's link",
  kernel: "through the kernel",
};

export interface Opened {
  url: string;
  source: Source;
}

/** Try a URL in the element that will show it; resolves when it plays there, within milliseconds. */
export type Probe = (url: string, patience?: number) => Promise<void>;

export interface OpenOptions {
  /** Called while bytes come through the kernel: 0 to 1. */
  progress?(fraction: number): void;
  /** Do not use the kernel: for pictures that were not requested yet. */
  cheap?: boolean;
  /** Stops the search. */
  signal?: AbortSignal;
}

const CHUNK_PATIENCE = 30_000;
/** Some files are made when they are first asked for. */
const RENDER_PATIENCE = 120_000;
const CODEC_PATIENCE = 3000;

/** Milliseconds that a source has; and once more, when no other source has the file. */
const PATIENCE = 8000;
const LONGEST = 60_000;

/** A file came, and the browser cannot show it. */
export class NoDecoder extends Error {}

/** Nothing came in time: on a busy machine the source may only be slow. */
export class NoAnswer extends Error {}

/**
 * Finds a way to the bytes of a take, in order: the host's own file server, the provider's link, and
 * chunks through the kernel. Which of them works depends on the host, and no host says so: each is
 * tried, and the one that worked is tried first from then on.
 */
export class Media {
  readonly #model: Model;
  readonly #channel: Channel;
  readonly #blobs = new Map<string, Blobs>();
  #winner: Source | undefined;

  constructor(model: Model, channel: Channel) {
    this.#model = model;
    this.#channel = channel;
  }

  /**
   * Open a part of a take with the first source that passes `probe`.
   *
   * Blobs made for it are freed when `scope` and every other user of them has ended.
   */
  async open(
    take: Take,
    part: MediaPart,
    probe: Probe,
    scope: Scope,
    options: OpenOptions = {},
  ): Promise<Opened> {
    const tried = new Map<Source, string>();
    const slow: Source[] = [];
    for (const sources of [this.#order(), slow]) {
      for (const source of sources) {
        if (scope.ended || options.signal?.aborted) break;
        if (source === "kernel" && options.cheap) continue;
        try {
          const url = await this.#url(source, take, part, scope, options);
          if (url === null) continue;
          await probe(url, sources === slow ? LONGEST : PATIENCE);
          // Only a source that beat another one, or the best one, says something about the host.
          if (tried.size > 0 || source === "host") this.#winner = source;
          return { url, source };
        } catch (error) {
          // Another source has the same bytes.
          if (error instanceof NoDecoder) throw await this.undecodable(take, part);
          if (error instanceof NoAnswer && sources !== slow) slow.push(source);
          tried.set(source, `${sourceTitles[source]} (${(error as Error).message})`);
        }
      }
    }
    const what = take[part]?.path ?? part;
    throw new Error(
      tried.size > 0
        ? `${what} cannot be opened ${[...tried.values()].join(", ")}.`
        : `There is no ${part}.`,
    );
  }

  /** A picture that shows a take as soon as it is found. */
  picture(take: Take, scope: Scope): HTMLImageElement {
    const picture = h("img", { alt: "" });
    void this.open(take, "poster", probeImage(picture, scope.signal), scope).catch(() => {});
    return picture;
  }

  /** Free everything that is still open. */
  close(): void {
    for (const blob of this.#blobs.values()) blob.free();
    this.#blobs.clear();
  }

  #order(): Source[] {
    const order: Source[] = ["host", "provider", "kernel"];
    const first = this.#winner;
    return first ? [first, ...order.filter((source) => source !== first)] : order;
  }

  /** What to do about a file that came, and that the browser cannot show, or not to its end. */
  async undecodable({ job, ...parts }: Take, part: MediaPart): Promise<Error> {
    const codec = await this.#channel.ask("clip", { job }, { patience: CODEC_PATIENCE }).then(
      ({ value }) => value.codec,
      () => null,
    );
    const path = parts[part]?.path;
    const why = `cannot decode ${codec ? `its ${codec}` : "it"}`;
    const way = path
      ? `rushes.media.fit(${JSON.stringify(path)}) makes a copy that plays.`
      : "Download it; rushes.media.fit(path) then makes a copy that plays.";
    return new Error(`${path ?? "The video"} cannot be played: this browser ${why}. ${way}`);
  }

  async #url(
    source: Source,
    take: Take,
    part: MediaPart,
    scope: Scope,
    options: OpenOptions,
  ): Promise<string | null> {
    const file = take[part];
    if (!file) return null;
    if (source === "host") return this.hostUrl(file);
    if (source === "provider") {
      return file.url && isWebUrl(file.url) ? safeUrl(file.url) : null;
    }
    return this.#blob(take.job, part, file, scope, options);
  }

  /**
   * Where the host serves a file, or null: hosts that cannot return the path unchanged, or have no
   * such method.
   */
  async hostUrl(file: MediaFile): Promise<string | null> {
    if (!file.path) return null;
    const path = encodePath(file.path);
    const url = await this.#model.widget_manager?.resolveUrl?.(path);
    if (typeof url !== "string" || url === path || url === file.path) return voilaUrl(path);
    const absolute = new URL(url, document.baseURI);
    return /^https?:$/.test(absolute.protocol) ? absolute.href : null;
  }

  async #blob(
    job: string,
    part: MediaPart,
    file: MediaFile,
    scope: Scope,
    options: OpenOptions,
  ): Promise<string> {
    const name = `${part} ${job}`;
    let blob = this.#blobs.get(name);
    if (!blob) {
      blob = new Blobs(this.#pull(job, part, file, () => blob?.free.called ?? false, options));
      this.#blobs.set(name, blob);
    }
    const mine = blob;
    mine.users += 1;
    const leave = () => {
      mine.users -= 1;
      if (mine.users > 0) return;
      mine.free();
      if (this.#blobs.get(name) === mine) this.#blobs.delete(name);
    };
    const forget = scope.add(leave);
    try {
      return await mine.url;
    } catch (error) {
      forget();
      leave();
      throw error;
    }
  }

  async #pull(
    job: string,
    part: MediaPart,
    file: MediaFile,
    stopped: () => boolean,
    options: OpenOptions,
  ): Promise<Blob> {
    const chunks: Uint8Array[] = [];
    let offset = 0;
    for (;;) {
      const { value, buffers } = await this.#channel.ask(
        "media",
        { job, part, offset },
        { patience: part === "unmarked" ? RENDER_PATIENCE : CHUNK_PATIENCE },
      );
      if (stopped()) throw new Error("no longer wanted");
      const chunk = buffers[0];
      if (value.offset !== offset || !chunk || (chunk.length === 0 && offset < value.total)) {
        throw new Error("the kernel sent a wrong piece");
      }
      chunks.push(chunk);
      offset += chunk.length;
      options.progress?.(value.total > 0 ? offset / value.total : 1);
      if (offset >= value.total) {
        return new Blob(chunks as BlobPart[], { type: mediaType(value.type || file.type, part) });
      }
    }
  }
}

/** One object URL with its users. */
class Blobs {
  users = 0;
  readonly url: Promise<string>;
  #made: string | undefined;
  readonly free: (() => void) & { called?: boolean };

  constructor(bytes: Promise<Blob>) {
    this.free = () => {
      this.free.called = true;
      if (this.#made) URL.revokeObjectURL(this.#made);
      this.#made = undefined;
    };
    this.url = bytes.then((blob) => {
      if (this.free.called) throw new Error("no longer wanted");
      this.#made = URL.createObjectURL(blob);
      return this.#made;
    });
    // The users handle the failure; without one it would be reported as unhandled.
    this.url.catch(() => {});
  }
}

/** A type from a service could name a document; only media types are let through. */
function mediaType(type: string | undefined, part: MediaPart): string {
  if (type && /^(video|image|audio)\/[\w.+-]+$/.test(type) && type !== "image/svg+xml") return type;
  return part === "poster" ? "image/jpeg" : "video/mp4";
}

export function encodePath(path: string): string {
  return path.replaceAll("\\", "/").split("/").map(encodeURIComponent).join("/");
}

/**
 * Whether the browser is WebKit. The times that it gives for frames are those of the file before its
 * edit list, so they are not those that are sought; and each change of the rate stops a video.
 */
export const isWebKit = /^Apple/.test(globalThis.navigator?.vendor ?? "");

/** A video must tell its length within the time. */
export function probeVideo(video: HTMLVideoElement, signal?: AbortSignal): Probe {
  return (url, patience) => probeElement(video, "loadedmetadata", url, patience, signal);
}

export function probeImage(image: HTMLImageElement, signal?: AbortSignal): Probe {
  return (url, patience) => probeElement(image, "load", url, patience, signal);
}

function probeElement(
  element: HTMLVideoElement | HTMLImageElement,
  ready: "loadedmetadata" | "load",
  url: string,
  patience = LONGEST,
  signal?: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = (settle: () => void) => {
      clearTimeout(timer);
      element.removeEventListener(ready, good);
      element.removeEventListener("error", bad);
      signal?.removeEventListener("abort", aborted);
      settle();
    };
    const fail =
      (why: string, Kind: new (why: string) => Error = Error) =>
      () =>
        end(() => reject(new Kind(why)));
    const refused = fail("refused or not readable");
    const bad = () => {
      if (ready === "load") refused();
      else
        void answers(url).then((came) => (came ? end(() => reject(new NoDecoder())) : refused()));
    };
    // Of a file whose pictures it cannot decode a browser plays the sound.
    const good = () => ((element as HTMLVideoElement).videoWidth === 0 ? bad() : end(resolve));
    const aborted = fail("no longer wanted");
    const timer = setTimeout(fail("no answer", NoAnswer), patience);
    if (signal?.aborted) {
      aborted();
      return;
    }
    element.addEventListener(ready, good);
    element.addEventListener("error", bad);
    signal?.addEventListener("abort", aborted);
    element.src = url;
  });
}

/** Whether a file comes from a URL: then what failed is the decoder. */
async function answers(url: string): Promise<boolean> {
  try {
    const { ok, headers, body } = await fetch(url, { headers: { Range: "bytes=0-0" } });
    // Not the rest of it, where a server sends all.
    void body?.cancel();
    return ok && !/text|json/.test(headers.get("Content-Type") ?? "");
  } catch {
    return false;
  }
}

const APP = "voila/";
const PAGE = `${APP}render/`;

/**
 * Where Voila serves a file beside the notebook that it shows, or null when this is not a page of Voila.
 *
 * It serves names that its `file_allowlist` has, pictures by default, and refuses others. Its widget
 * manager does not know.
 */
export function voilaUrl(path: string): string | null {
  const config = document.getElementById("jupyter-config-data")?.textContent;
  if (!config) return null;
  const { appUrl, baseUrl } = JSON.parse(config) as { appUrl?: string; baseUrl?: string };
  if (appUrl !== APP || !baseUrl) return null;
  // Of several notebooks each has a page under its own path; of one, the page is the root.
  const [, notebook = ""] = location.pathname.split(baseUrl + PAGE);
  const folder = notebook.slice(0, notebook.lastIndexOf("/") + 1);
  return new URL(`${baseUrl}${APP}files/${folder}${path}`, location.href).href;
}
