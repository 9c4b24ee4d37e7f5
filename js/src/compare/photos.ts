import { type Media, probeVideo } from "../kernel/media";
import type { Take } from "../kernel/messages";
import { h } from "../ui/dom";
import type { Scope } from "../ui/scope";
import { type Track, targetAt } from "./follower";

/** Pixels; the strip is lower, and what is shown over the bar as high. */
export const HEIGHT = 90;

/** One picture of a take, at a moment of the clock. */
export interface Photo {
  at: number;
  picture: HTMLCanvasElement;
}

/** A sight of the take that is wanted. */
export interface Wanted {
  album: string;
  take: Take;
  part: "video" | "unmarked";
  track: Track;
  /** Of the common clock, in order. */
  moments: readonly number[];
  /** How far from its moment a picture may be that was taken before. */
  near: number;
}

/**
 * Small pictures of takes, each taken once. A video of its own takes them, one take after the other, and
 * is emptied afterwards: decoders are few.
 */
export class Photos {
  readonly #media: Media;
  readonly #scope: Scope;
  readonly #albums = new Map<string, Photo[]>();
  #queue: Promise<unknown> = Promise.resolve();

  constructor(media: Media, scope: Scope) {
    this.#media = media;
    this.#scope = scope;
  }

  /** The picture of a take that is nearest to a moment, if one is as near as that. */
  nearest(album: string, moment: number, near = Infinity): Photo | undefined {
    let best: Photo | undefined;
    for (const photo of this.#albums.get(album) ?? []) {
      const apart = Math.abs(photo.at - moment);
      if (apart <= near && apart < Math.abs((best?.at ?? Infinity) - moment)) best = photo;
    }
    return best;
  }

  /** Take the pictures that are lacking until `scope` ends; `taken` is called after each. */
  take(wanted: Wanted, scope: Scope, taken: () => void): void {
    const { album, moments, near } = wanted;
    const lacking = moments.filter((at) => !this.nearest(album, at, near));
    if (lacking.length === 0) return;
    // A strip without pictures works as well.
    this.#queue = this.#queue
      .then(() => (scope.ended ? undefined : this.#shoot(wanted, lacking, scope, taken)))
      .catch(() => {});
  }

  async #shoot(
    { album, take, part, track }: Wanted,
    moments: readonly number[],
    scope: Scope,
    taken: () => void,
  ): Promise<void> {
    const mine = scope.child();
    const forget = this.#scope.add(() => mine.end());
    const { signal } = mine;
    const video = h("video", { preload: "auto" });
    video.muted = true;
    mine.add(() => {
      forget();
      video.removeAttribute("src");
      video.load();
    });
    const photos = this.#albums.get(album) ?? [];
    this.#albums.set(album, photos);
    try {
      await this.#media.open(take, part, probeVideo(video, signal), mine, { signal });
      for (const at of moments) {
        await sought(video, targetAt(at, track), mine);
        if (mine.ended || video.error) return;
        const picture = h("canvas");
        picture.height = HEIGHT;
        picture.width = Math.round((HEIGHT * video.videoWidth) / Math.max(1, video.videoHeight));
        const { width, height } = picture;
        picture.getContext("2d")?.drawImage(video, 0, 0, width, height);
        photos.push({ at, picture });
        taken();
      }
    } finally {
      mine.end();
    }
  }
}

/** Show a moment; returns when it is shown, or no longer wanted. */
async function sought(video: HTMLVideoElement, time: number, scope: Scope): Promise<void> {
  const wait = scope.child();
  await new Promise<void>((resolve) => {
    wait.add(resolve);
    for (const type of ["seeked", "error"]) wait.listen(video, type, () => wait.end());
    video.currentTime = time;
  });
}

/** The middles of as many pictures as fit side by side into a width; the last one may be cut. */
export function moments(width: number, picture: number, end: number): number[] {
  const count = Math.min(MOST, Math.max(1, Math.ceil(width / picture)));
  const span = (end * picture) / width;
  return Array.from({ length: count }, (_, i) => (i + 0.5) * span);
}

/** Narrow pictures on a wide screen would take long. */
const MOST = 80;
