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

/** Every service takes seeds up to here. */
export const LARGEST_SEED = 2_147_483_647;

/** A seed between the two bounds, both included. */
export function randomSeed(min = 0, max = LARGEST_SEED): number {
  return Math.floor(min + Math.random() * (max - min + 1));
}
