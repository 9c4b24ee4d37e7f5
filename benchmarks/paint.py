"""How long the Studio's page takes from a snapshot of 200 takes to its first picture."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

from benchmarks.fresh import in_fresh_pages, samples
from benchmarks.row import Row

if TYPE_CHECKING:
    from benchmarks.scale import Scale

TAKES = 200

PAINT = """async traits => {
  const { default: factory } = await import('/static/studio.js');
  const model = {
    get: name => structuredClone(traits[name]), set() {}, save_changes() {}, on() {}, off() {},
    send() {},
  };
  const el = document.querySelector('#cell');
  const began = performance.now();
  const widget = factory();
  widget.initialize({ model });
  const initialized = performance.now() - began;
  widget.render({ model, el });
  const { port1, port2 } = new MessageChannel();
  const painted = new Promise(resolve => {
    // A message sent in a frame arrives when the frame is painted.
    port1.onmessage = () => resolve(performance.now() - began);
    requestAnimationFrame(() => port2.postMessage(null));
  });
  return [initialized, await painted, el.querySelectorAll('.rs-card').length];
}"""


def measure(scale: Scale) -> list[Row]:
    """Show a Studio in a fresh page, several times."""
    made = samples()
    takes = [made.take(f"t{number}") for number in range(TAKES)]
    traits = made.traits(_takes=takes)
    initialized, painted = [], []
    for first, then, cards in in_fresh_pages(PAINT, traits, scale.rounds):
        initialized.append(first)
        painted.append(then)
        assert cards == TAKES
    first, then = median(initialized[1:]), median(painted[1:])
    return [
        Row(
            measure=f"Studio with {TAKES} takes: `initialize`, first paint",
            ours=f"{first:.1f} ms, {then:.0f} ms",
            target="≤ 50 ms, ≤ 300 ms",
            met=first <= 50 and then <= 300,
            remark=(
                f"from the bundle's own code, median of {scale.rounds} pages; the first page of "
                f"the browser took {initialized[0]:.1f} ms, {painted[0]:.0f} ms"
            ),
            figures={"initialize_ms": initialized, "paint_ms": painted},
        )
    ]
