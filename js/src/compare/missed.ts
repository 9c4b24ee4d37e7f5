import { type ReadonlySignal, signal } from "@preact/signals-core";
import { isWebKit } from "../kernel/media";
import type { Scope } from "../ui/scope";
import type { Clock } from "./clock";
import { frameAt } from "./follower";

/** Milliseconds after a seek in which the browser says which frame it shows. */
const SAID = 150;

/**
 * Whether a video that stands still shows a later frame than was asked for. Chromium seeks by the times at which frames are
 * decoded: in fragments with B-frames it comes to the key frame behind those that it was to show.
 */
export function missed(
  clock: Clock,
  job: string,
  video: HTMLVideoElement,
  scope: Scope,
): ReadonlySignal<boolean> {
  const found = signal(false);
  if (isWebKit || !video.requestVideoFrameCallback) return found;
  let shown = Number.NaN;
  let handle = 0;
  const watch = () => {
    video.cancelVideoFrameCallback(handle);
    handle = video.requestVideoFrameCallback((_, { mediaTime }) => {
      shown = mediaTime;
      // While many play, asking for each of their frames would cost some of them.
      if (video.paused) watch();
    });
  };
  watch();
  scope.listen(video, "pause", watch);
  scope.add(() => video.cancelVideoFrameCallback(handle));
  let stop = () => {};
  scope.listen(video, "seeking", () => {
    stop();
    found.value = false;
  });
  scope.listen(video, "seeked", () => {
    stop();
    stop = scope.later(SAID, () => {
      const track = clock.track(job);
      if (!track || track.steady === false || !video.paused || video.seeking) return;
      const frame = Math.round((shown - (track.start ?? 0)) * track.fps);
      found.value = frame > frameAt(clock.position.peek(), track);
    });
  });
  return found;
}
