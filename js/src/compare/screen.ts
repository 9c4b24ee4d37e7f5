import type { Deck } from "./deck";

/** Whether the page may fill the screen; frames of other sites often may not. */
export function hasScreen(): boolean {
  return document.fullscreenEnabled === true;
}

/** Fill the screen with the comparison, or leave it. */
export function toggleScreen({ root, live }: Deck): void {
  if (!root) return;
  if (root.matches(":fullscreen")) {
    void document.exitFullscreen();
    return;
  }
  const refused = () => live.tell("This page cannot fill the screen.");
  if (hasScreen()) root.requestFullscreen().catch(refused);
  else refused();
}
