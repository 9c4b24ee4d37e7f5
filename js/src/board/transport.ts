import { computed } from "@preact/signals-core";
import { attribute, button, flip, h, put, say } from "../ui/dom";
import { glyph, PLAYER, tool } from "../ui/icons";
import type { Reach } from "./reel";
import { MOST } from "./reel";
import type { View } from "./view";

const REACHES: readonly [Reach, string, string][] = [
  ["row", "Row", "R"],
  ["column", "Column", "C"],
  ["view", "In view", "V"],
];

/** Times a second that the position is drawn while it moves. */
const OFTEN = 12;

/** What plays, and where it is: always in sight under the grid. */
export function transport(view: View): HTMLElement {
  const { reel, scope } = view;
  const { clock } = reel;
  const play = tool(PLAYER.play, () => reel.toggle(), "Play", "Space");
  const time = h("span", { class: "rs-bd-time" });
  const what = h("span", { class: "rs-aside" });
  const loop = tool(PLAYER.loop, () => flip(clock.loop), "Loop", "L");
  const scrub = h("input", {
    type: "range",
    class: "rs-scrub",
    min: 0,
    step: "any",
    value: 0,
    "aria-label": "Position",
    oninput: () => clock.seek(scrub.valueAsNumber),
  });
  const reaches = h(
    "div",
    { class: "rs-bd-reach", role: "group", "aria-label": "What Space plays" },
    ...REACHES.map(([reach, title, key]) => {
      const made = button(
        title,
        () => {
          reel.reach.value = reach;
        },
        { look: "ghost", title: `Space plays this (${key})` },
      );
      scope.effect(() => attribute(made, "aria-pressed", String(reel.reach.value === reach)));
      return made;
    }),
  );
  const position = computed(() => {
    const { value } = clock.position;
    return clock.playing.value ? Math.floor(value * OFTEN) / OFTEN : value;
  });
  scope.effect(() => {
    const playing = clock.playing.value;
    put(play, glyph(playing ? PLAYER.pause : PLAYER.play));
    attribute(play, "aria-label", playing ? "Pause" : "Play");
    play.title = `${playing ? "Pause" : "Play"} (Space)`;
  });
  scope.effect(() => attribute(loop, "aria-pressed", String(clock.loop.value)));
  scope.effect(() => {
    const end = clock.end.value;
    scrub.max = String(end || 1);
    scrub.disabled = end === 0;
    const now = Math.min(position.value, end);
    scrub.valueAsNumber = now;
    scrub.style.setProperty("--rs-filled", `${end ? (100 * now) / end : 0}%`);
    attribute(scrub, "aria-valuetext", `${now.toFixed(1)} of ${end.toFixed(1)} seconds`);
    say(time, `${now.toFixed(2)} / ${end.toFixed(2)} s`);
    time.style.visibility = end ? "" : "hidden";
  });
  scope.effect(() => {
    const cast = reel.cast.value.length;
    const some = view.selected.value.size;
    const seen = reel.screened.value.size;
    const most = cast > MOST && seen >= MOST ? `, ${MOST} at once` : "";
    say(what, cast > 1 ? `${cast} takes on one clock${most}` : some > 0 ? `${some} selected` : "");
    reaches.hidden = some > 0 || view.solo.value !== null;
  });
  return h(
    "div",
    { class: "rs-bd-transport", role: "group", "aria-label": "Playing" },
    tool(PLAYER.back, () => clock.frames(-1), "One frame back", ","),
    play,
    tool(PLAYER.on, () => clock.frames(1), "One frame forward", "."),
    scrub,
    time,
    loop,
    reaches,
    what,
  );
}
