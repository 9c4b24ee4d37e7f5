import type { Host } from "../compare/guest";
import { Closed, NoAnswer } from "../kernel/channel";
import type { Players } from "../kernel/players";
import { button, h, put } from "./dom";
import type { Scope } from "./scope";

/** Load the player that compares takes and show it in a place until `part` ends, or say why there is none. */
export async function perform(
  place: HTMLElement,
  players: Players,
  host: Host,
  part: Scope,
): Promise<void> {
  const say = (text: string, ...more: HTMLElement[]) =>
    put(
      place,
      h("div", { class: "rs-theatre-missing", role: "status" }, h("p", {}, text), ...more),
    );
  const slow = part.later(400, () => say("Opening the player …"));
  try {
    const player = await players.get();
    if (part.ended) return;
    put(place);
    dress(place, player.style, part);
    part.add(player.open(place, host));
  } catch (error) {
    if (part.ended) return;
    const gone = error instanceof NoAnswer || error instanceof Closed;
    say(
      gone ? `The player cannot be loaded. ${error.message}` : (error as Error).message,
      button("Try again", () => void perform(place, players, host, part)),
    );
  } finally {
    slow();
  }
}

/** Add a style sheet to the page, or to the shadow tree that `place` stands in, until `part` ends. */
function dress(place: HTMLElement, text: string, part: Scope): void {
  const tree = place.getRootNode() as Document | ShadowRoot;
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(text);
  tree.adoptedStyleSheets = [...tree.adoptedStyleSheets, sheet];
  part.add(() => {
    tree.adoptedStyleSheets = tree.adoptedStyleSheets.filter((other) => other !== sheet);
  });
}
