import { isWebKit, type Media, type Opened, probeVideo } from "../kernel/media";
import type { ClipFacts, MediaPart, Take } from "../kernel/messages";
import type { Scope } from "../ui/scope";
import { type Track, USUAL_FPS } from "./follower";

/** How long an open video waits for what is known of it, in milliseconds. */
const PATIENCE = 250;

/** What opening needs of the comparison. */
interface Around {
  readonly place: { media: Media; clip?(job: string): Promise<ClipFacts> };
  /** The file of a take that is shown. */
  part(take: Take): MediaPart;
}

/** A video that can be shown, and where its frames are. */
export interface Ready {
  found: Opened;
  track: Track;
}

/**
 * Open the video of a take. What the browser calls the beginning of its first frame is taken from
 * that frame, before anything is sought: a file's own time may start anywhere, and browsers read
 * edit lists differently. Where no frame is shown yet, the kernel's measure stands for it.
 */
export async function openTake(
  deck: Around,
  take: Take,
  video: HTMLVideoElement,
  scope: Scope,
  progress: (share: number) => void,
): Promise<Ready> {
  const { place } = deck;
  const measured = place.clip?.(take.job).catch(() => null) ?? Promise.resolve(null);
  const probe = probeVideo(video, scope.signal);
  let first = Promise.resolve<number | null>(null);
  const found = await place.media.open(
    take,
    deck.part(take),
    (url, patience) => {
      first = firstFrame(video, scope);
      return probe(url, patience);
    },
    scope,
    { signal: scope.signal, progress },
  );
  const [start, facts] = await Promise.all([soon(first, scope), soon(measured, scope)]);
  const track: Track = {
    length: facts?.seconds || take.durationSeconds || finite(video.duration),
    fps: facts?.fps || take.fps || USUAL_FPS,
    offset: 0,
    start: start ?? facts?.start,
    steady: facts?.isSteady,
  };
  return { found, track };
}

/** Tracks of takes whose videos may not be loaded. */
export function tracksOf(
  takes: readonly (Take | undefined)[],
  clock: { track(job: string): Track | undefined },
): Map<string, Track> {
  const tracks = new Map<string, Track>();
  for (const take of takes) {
    if (take?.state !== "completed" || !take.durationSeconds) continue;
    const { job, durationSeconds: length, fps } = take;
    tracks.set(job, { offset: 0, ...clock.track(job), length, fps: fps || USUAL_FPS });
  }
  return tracks;
}

function finite(seconds: number): number {
  return Number.isFinite(seconds) ? seconds : 0;
}

/** The time of the first frame that a video shows; null where browsers do not say it. */
function firstFrame(video: HTMLVideoElement, scope: Scope): Promise<number | null> {
  return new Promise((resolve) => {
    if (isWebKit || !video.requestVideoFrameCallback) {
      resolve(null);
      return;
    }
    // Before the source is set: a frame that was shown already is not announced.
    const handle = video.requestVideoFrameCallback((_, { mediaTime }) => resolve(mediaTime));
    scope.add(() => video.cancelVideoFrameCallback(handle));
  });
}

function soon<T>(promise: Promise<T | null>, scope: Scope): Promise<T | null> {
  return new Promise((resolve) => {
    const stop = scope.later(PATIENCE, () => resolve(null));
    void promise.then((value) => {
      stop();
      resolve(value);
    });
  });
}
