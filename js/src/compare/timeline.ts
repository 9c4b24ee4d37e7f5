/** Where a take stands on the common clock; all times in seconds. */

export interface Track {
  /** Length of the take. */
  length: number;
  /** Frames a second. */
  fps: number;
  /** How much of the take has passed when the common clock stands at 0. */
  offset: number;
}

export const USUAL_FPS = 24;

/** On what a take shows at a moment: not begun, under way, or over and holding its last frame. */
export type Hold = "first" | "none" | "last";

export function holdAt(position: number, track: Track): Hold {
  const time = position + track.offset;
  if (time < 0) return "first";
  return time >= track.length - 0.25 / track.fps ? "last" : "none";
}

/** Number of the frame that a take shows at a moment of the common clock. */
export function frameAt(position: number, track: Track): number {
  const last = Math.max(0, Math.round(track.length * track.fps) - 1);
  // Halves of a thousandth of a frame come from adding up, not from anybody's wish.
  const frame = Math.floor((position + track.offset) * track.fps + 1e-4);
  return Math.min(last, Math.max(0, frame));
}

/** The middle of a frame: its edges are rounded differently by every browser. */
export function middleOf(frame: number, fps: number): number {
  return (frame + 0.5) / fps;
}

/** Where a video is to be sought, so that it shows what the clock says. */
export function targetAt(position: number, track: Track): number {
  return middleOf(frameAt(position, track), track.fps);
}

/** When the last of the takes is over. */
export function endOf(tracks: readonly Track[]): number {
  return Math.max(0, ...tracks.map(({ length, offset }) => length - offset));
}

/** A step is a frame of the take with the most of them a second; the others follow on their own. */
export function stepOf(tracks: readonly Track[]): number {
  return 1 / Math.max(1, ...tracks.map(({ fps }) => fps));
}

/** The moment one step on or back: always the middle of a frame of the leading grid. */
export function stepped(position: number, step: number, by: number, end: number): number {
  const last = Math.max(0, Math.round(end / step) - 1);
  const now = Math.floor(position / step + 1e-4);
  return (Math.min(last, Math.max(0, now + by)) + 0.5) * step;
}

/** Farther off than this, a video is sought; nearer, it is nudged. */
export const FAR = 0.35;
const NEAR = 0.008;
const FASTEST_NUDGE = 0.2;

/**
 * The playback rate that brings a video back within about half a second.
 *
 * @param late seconds by which the video is behind (below 0: ahead).
 */
export function nudged(late: number, rate: number): number {
  if (Math.abs(late) < NEAR) return rate;
  const share = Math.min(FASTEST_NUDGE, Math.max(-FASTEST_NUDGE, (2 * late) / rate));
  // Steps of one hundredth: every change of the rate costs the browser some work.
  return Math.min(16, Math.max(0.0625, rate * (1 + Math.round(share * 100) / 100)));
}
