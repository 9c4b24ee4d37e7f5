import { attribute, button } from "./dom";
import type { Scope } from "./scope";

const SVG = "http://www.w3.org/2000/svg";

/** What every player has. */
export const PLAYER = {
  play: "M5 3.2v9.6L13 8z",
  pause: "M4.5 3h2.5v10H4.5zM9 3h2.5v10H9z",
  sound: "M2 6v4h2.6L8 13V3L4.6 6zM10 5.2a4 4 0 0 1 0 5.6M11.8 3.4a6.5 6.5 0 0 1 0 9.2",
  silent: "M2 6v4h2.6L8 13V3L4.6 6zM10.5 6l4 4M14.5 6l-4 4",
  expand: "M2.5 6v-3.5H6M10 2.5h3.5V6M13.5 10v3.5H10M6 13.5H2.5V10",
  close: "M4 4l8 8M12 4l-8 8",
  plus: "M8 3v10M3 8h10",
  minus: "M3 8h10",
  back: "M10.5 3.5L5.5 8l5 4.5M3.5 3.5v9",
  on: "M5.5 3.5l5 4.5-5 4.5M12.5 3.5v9",
  loop: "M3 9V6.5A2 2 0 0 1 5 4.5h7.5M10.5 2.5l2 2-2 2M13 7v2.5a2 2 0 0 1-2 2H3.5M5.5 13.5l-2-2 2-2",
} as const;

const FILLED: readonly string[] = [PLAYER.play, PLAYER.pause];

/** A decorative 16 px picture; the control around it carries the name. */
export function glyph(shape: string): SVGSVGElement {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("class", FILLED.includes(shape) ? "rs-glyph rs-filled" : "rs-glyph");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", shape);
  svg.append(path);
  return svg;
}

/** A button with a picture, or a letter; its key is in the hint. */
export function tool(
  shape: string,
  press: () => void,
  label: string,
  key: string,
): HTMLButtonElement {
  const face = shape.length > 1 ? glyph(shape) : shape;
  return button(face, press, { look: "icon", "aria-label": label, title: `${label} (${key})` });
}

/** A quiet button that looks pressed as long as `on` says so. */
export function toggle(
  text: string,
  press: () => void,
  on: () => boolean,
  scope: Scope,
  more: Record<string, string> = {},
): HTMLButtonElement {
  const made = button(text, press, { look: "ghost", ...more });
  scope.effect(() => attribute(made, "aria-pressed", String(on())));
  return made;
}
