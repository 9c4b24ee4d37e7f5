import { attribute, flip, h, put, say } from "../ui/dom";
import { toggle } from "../ui/icons";
import type { Scope } from "../ui/scope";
import type { Deck } from "./deck";
import { filmstrip } from "./strip";
import { drawnPosition } from "./track";

const LONGEST_SHIFT = 30;

/** For each take a strip under the bar, on the same clock, and where the take begins on it. */
export function strips(deck: Deck): HTMLElement {
  const { scope } = deck;
  const root = h("section", { class: "rs-cmp-strips", "aria-label": "Strips of all takes" });
  scope.each(
    () => (deck.strips.value ? deck.shown.value.join("\n") : ""),
    (jobs, own) => {
      root.hidden = jobs === "";
      root.replaceChildren(
        deck.place.measure
          ? toggle(
              "Measure",
              () => flip(deck.measured),
              () => deck.measured.value,
              own,
              {
                title: "Motion, detail, light, loudness, cuts …; none of it measures quality",
              },
            )
          : "",
        ...(jobs ? jobs.split("\n") : []).map((job) => row(deck, job, own)),
      );
    },
  );
  return root;
}

function row(deck: Deck, job: string, scope: Scope): HTMLElement {
  const name = h("strong", { class: "rs-cmp-name" });
  const head = h("div", { class: "rs-cmp-head" });
  const shift = h("input", {
    type: "number",
    class: "rs-input",
    step: 0.01,
    min: -LONGEST_SHIFT,
    max: LONGEST_SHIFT,
    value: deck.offsets.peek()[job] ?? 0,
    title: "Seconds that are skipped; below 0 it begins later",
  });
  shift.addEventListener("change", () => {
    const value = Number.isFinite(shift.valueAsNumber) ? shift.valueAsNumber : 0;
    const offset = Math.min(LONGEST_SHIFT, Math.max(-LONGEST_SHIFT, value));
    shift.value = String(offset);
    deck.shift(job, offset);
  });
  scope.effect(() => {
    const text = deck.title(job);
    say(name, text);
    attribute(shift, "aria-label", `Offset of ${text} in seconds`);
  });
  const position = drawnPosition(deck);
  scope.effect(() => {
    const end = deck.clock.end.value;
    head.style.left = `${end ? Math.min(1, position.value / end) * 100 : 0}%`;
  });
  return h(
    "div",
    { class: "rs-cmp-row" },
    name,
    h("label", { class: "rs-cmp-shift" }, "Offset", shift, "s"),
    h(
      "div",
      { class: "rs-cmp-film" },
      filmstrip(deck, () => job, scope),
      head,
    ),
    chart(deck, job, scope),
  );
}

/** What is measured of a take, under its strip and on the same clock; the kernel draws it. */
function chart(deck: Deck, job: string, scope: Scope): HTMLElement {
  const { measured, clock, offsets, place } = deck;
  const root = h("div", { class: "rs-cmp-chart" });
  scope.each(
    () => measured.value,
    (on, own) => {
      put(root, on && "Measuring …");
      if (!on) return;
      place.measure?.(job).then(
        ({ picture, seconds, lanes, text }) => {
          const image = h("img", { src: picture, alt: "" });
          put(root, h("div", {}, image, ...lanes.map((lane) => h("span", {}, lane))), text);
          own.effect(() => {
            const share = 100 / (clock.end.value || 1);
            image.style.left = `${-(offsets.value[job] ?? 0) * share}%`;
            image.style.width = `${seconds * share}%`;
          });
        },
        (error) => put(root, error.message),
      );
    },
  );
  return root;
}
