import { attribute, flip, h, put, say } from "../ui/dom";
import { glyph, PLAYER, toggle, tool } from "../ui/icons";
import { SPEEDS } from "./clock";
import type { Deck } from "./deck";
import { bar, drawnPosition } from "./track";

/** Play, step, scrub, loop, mark, pace: what drives the clock. */
export function transport(deck: Deck): HTMLElement {
  const { clock, scope } = deck;
  const position = drawnPosition(deck);
  const play = tool(PLAYER.play, () => clock.toggle(), "Play", "Space");
  const code = h("b", {});
  const seconds = h("span", {});
  const frames = h("span", { class: "rs-cmp-frames" });
  const loop = tool(PLAYER.loop, () => flip(clock.loop), "Loop", "R");
  const from = toggle(
    "In",
    () => clock.mark("from"),
    () => clock.from.value !== null,
    scope,
    {
      title: "The loop begins here (I)",
    },
  );
  const to = toggle(
    "Out",
    () => clock.mark("to"),
    () => clock.to.value !== null,
    scope,
    {
      title: "The loop ends here (O)",
    },
  );
  const mark = toggle(
    "Mark",
    () => deck.mark(),
    () => deck.marker(position.value) !== undefined,
    scope,
    {
      title: "Marker here, or none (M)",
    },
  );
  const strips = toggle(
    "Strips",
    () => flip(deck.strips),
    () => deck.strips.value,
    scope,
    {
      title: "A strip and an offset for each take (S)",
    },
  );
  const speed = h(
    "select",
    {
      class: "rs-input rs-cmp-speed",
      "aria-label": "Speed",
      onchange: () => clock.pace(Number(speed.value)),
    },
    ...SPEEDS.map((value) => h("option", { value }, `${value}×`)),
  );
  const root = h(
    "div",
    { class: "rs-cmp-transport" },
    bar(deck),
    h(
      "div",
      { class: "rs-cmp-buttons" },
      tool(PLAYER.back, () => clock.frames(-1), "One frame back", "←"),
      play,
      tool(PLAYER.on, () => clock.frames(1), "One frame forward", "→"),
      h("span", { class: "rs-cmp-time" }, code, seconds, frames),
      h("span", { class: "rs-cmp-gap" }),
      from,
      to,
      loop,
      mark,
      speed,
      strips,
    ),
  );

  scope.effect(() => {
    const playing = clock.playing.value;
    put(play, glyph(playing ? PLAYER.pause : PLAYER.play));
    attribute(play, "aria-label", playing ? "Pause" : "Play");
    play.title = `${playing ? "Pause" : "Play"} (Space)`;
  });
  scope.effect(() => attribute(loop, "aria-pressed", String(clock.loop.value)));
  scope.effect(() => {
    play.disabled = mark.disabled = clock.end.value === 0;
  });
  scope.effect(() => {
    const now = position.value;
    say(code, deck.timecode(now));
    say(seconds, `${now.toFixed(2)} / ${clock.end.value.toFixed(2)} s`);
    say(frames, `frame ${deck.frame(now)}`);
  });
  scope.effect(() => {
    speed.value = String(clock.speed.value);
  });
  return root;
}
