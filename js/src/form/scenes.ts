/** Arithmetic of scenes: whole seconds that always add up to the video's length. */

import type { Shot } from "../protocol";

/** The scenes stretched or cut to `total`, from the last one backwards; each keeps a second. */
export function fitted(shots: readonly Shot[], total: number): Shot[] {
  const out = shots.slice(0, Math.max(1, total)).map((shot) => ({ ...shot }));
  let rest = total - sum(out);
  for (let i = out.length - 1; i >= 0 && rest !== 0; i--) {
    const shot = out[i] as Shot;
    const next = Math.max(1, shot.durationSeconds + rest);
    rest -= next - shot.durationSeconds;
    shot.durationSeconds = next;
  }
  return out;
}

/** Halve the longest scene, or null when every scene has but one second. */
export function split(shots: readonly Shot[]): Shot[] | null {
  let longest = 0;
  shots.forEach((shot, index) => {
    if (shot.durationSeconds > (shots[longest]?.durationSeconds ?? 0)) longest = index;
  });
  const shot = shots[longest];
  if (!shot || shot.durationSeconds < 2) return null;
  const second = Math.floor(shot.durationSeconds / 2);
  return [
    ...shots.slice(0, longest),
    { ...shot, durationSeconds: shot.durationSeconds - second },
    { prompt: "", durationSeconds: second },
    ...shots.slice(longest + 1),
  ];
}

/** Take a scene out; its neighbour before it (for the first, after it) gets its time. */
export function without(shots: readonly Shot[], index: number): Shot[] {
  const gone = shots[index];
  const heir = index > 0 ? index - 1 : 1;
  return shots
    .map((shot, at) =>
      at === heir && gone
        ? { ...shot, durationSeconds: shot.durationSeconds + gone.durationSeconds }
        : shot,
    )
    .filter((_, at) => at !== index);
}

/** Move the border after scene `index` by whole seconds, as far as both neighbours allow. */
export function moved(shots: readonly Shot[], index: number, by: number): Shot[] {
  const before = shots[index];
  const after = shots[index + 1];
  if (!before || !after) return [...shots];
  const step = Math.max(1 - before.durationSeconds, Math.min(after.durationSeconds - 1, by));
  return shots.map((shot, at) => {
    if (at === index) return { ...shot, durationSeconds: shot.durationSeconds + step };
    if (at === index + 1) return { ...shot, durationSeconds: shot.durationSeconds - step };
    return shot;
  });
}

export function sum(shots: readonly Shot[]): number {
  return shots.reduce((all, shot) => all + shot.durationSeconds, 0);
}
