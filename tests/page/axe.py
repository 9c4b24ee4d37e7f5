"""axe-core in a page, and the page's themes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Page

THEMES = ["light", "dark"]

AXE = Path(__file__).parents[2] / "js" / "node_modules" / "axe-core" / "axe.min.js"
RUN = """async (part) => {
  const {violations} = await axe.run(part, {
    runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    // Rules of a whole page, which the widget is not.
    rules: {region: {enabled: false}, "page-has-heading-one": {enabled: false},
            "heading-order": {enabled: false}},
  });
  return violations.flatMap(({id, nodes}) =>
    nodes.map(({html, failureSummary}) => `${id}: ${html} ${failureSummary}`));
}"""


def dress(page: Page, theme: str) -> None:
    """Give a page a theme, without motion: colours are judged when they have settled."""
    page.emulate_media(reduced_motion="reduce")
    page.evaluate("theme => document.documentElement.dataset.theme = theme", theme)
    page.evaluate("theme => document.body.style.background = theme === 'dark' ? '#111' : ''", theme)
    widget = page.locator(".rushes")
    if widget.count():
        expect(widget.first).to_have_attribute("data-rs-theme", theme)


def violations(page: Page, part: str) -> list[str]:
    """What axe-core finds wrong in a part of the page."""
    if not AXE.exists():
        pytest.skip("axe-core is not installed; run npm ci in js")
    page.add_script_tag(path=AXE)
    found: list[str] = page.evaluate(RUN, part)
    return found
