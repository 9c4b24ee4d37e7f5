"""Texts of users and services that would like to be more than text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import samples
from hostile import HOSTILE, NAMES
from playwright.sync_api import expect

from support.matrix import matrix

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

pytestmark = pytest.mark.browser


def everywhere(text: str) -> dict[str, Any]:
    """Traits with a text in every place that a user or a service fills."""
    link = {"path": None, "url": text, "type": text[:50]}
    error = {"code": text[:99], "message": text, "parameter": text[:99]}
    params = {
        "provider": "seedance-2.0",
        "mode": samples.T2V,
        "prompt": text,
        "extra": text,
        "multiPrompt": [{"prompt": text, "durationSeconds": 1}],
    }
    words = {"prompt": text, "providerTitle": text, "backend": text[:200], "params": params}
    cost = {"amount": 1, "currency": text[:20], "text": text[:300]}
    takes = [
        samples.take("a", **words, notes=[text], cost=cost, video=link, poster=link),
        samples.take("b", "failed", **words, error=error),
        samples.take("c", "uncertain", **words, error=error),
        samples.take("d", "running", **words, progress={"text": text, "fraction": 0.1}),
    ]
    form = samples.seedance() | {"title": text}
    form["fields"].append(
        samples.field(text[:60], text, "text", [], help=text, unit=text, default=text)
    )
    form["fields"].append(samples.field("odd", text, "choice", [], choices=[text, "b"]))
    form["backends"] = [samples.backend(name=text, reason=text, ignores={"seed": text})]
    return {
        "_providers": {
            "forms": [form, samples.unusable() | {"title": text}],
            "parts": [],
        },
        "_takes": takes,
        "_notice": text,
        "_selected": ["a", "b"],
        "_settings": {
            "mode": samples.R2V,
            "prompt": text,
            "values": {"imageReferences": [text, f"/x/inputs/0123456789abcdef-{text[:300]}"]},
        },
    }


@matrix("width, text", [480, 1200], HOSTILE, NAMES)
def test_texts_stay_texts(page: Page, mount: Callable[..., None], text: str, width: int) -> None:
    """Nothing of them runs, links, or is wider than its place."""
    page.set_viewport_size({"width": width, "height": 900})
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    refused = {"ok": False, "error": {"code": "X", "message": text, "problems": []}}
    mount(replies={"look": refused, "borrow": refused}, **everywhere(text))
    page.locator('[data-job="a"]').scroll_into_view_if_needed()
    page.locator('[data-job="a"] summary').click()
    page.get_by_role("button", name="Generate").click()
    page.get_by_role("button", name="Last frame of a take").first.click()
    page.locator(".rs-tray").get_by_role("button", name="Compare").click()
    expect(page.locator(".rs-compare")).to_be_visible()
    expect(page.locator(".rushes")).to_be_visible()
    facts = page.evaluate(
        """() => ({
          owned: window.owned ?? null,
          scripts: document.querySelectorAll(".rushes :is(script, style, iframe, object)").length,
          links: [...document.querySelectorAll(".rushes :is([href], [src])")]
            .map(e => e.getAttribute("href") ?? e.getAttribute("src"))
            .filter(url => !/^(https?|blob):/.test(url)),
          handlers: [...document.querySelectorAll(".rushes *")]
            .filter(e => e.getAttributeNames().some(name => name.startsWith("on"))).length,
          wide: [...document.querySelectorAll(".rushes *:not(.rs-offscreen)")]
            .filter(e => e.getBoundingClientRect().right > innerWidth + 1)
            .filter(e => {
              // What scrolls or clips its content has a place for all of it.
              for (let up = e.parentElement; !up.matches(".rushes"); up = up.parentElement) {
                if (getComputedStyle(up).overflow !== "visible") return false;
              }
              return true;
            })
            .map(e => `${e.className} in ${e.parentElement.className}`),
        })"""
    )
    assert facts == {"owned": None, "scripts": 0, "links": [], "handlers": 0, "wide": []}
    # The player's module, which the page has made itself, is a blob of its own.
    own = f"blob:{page.evaluate('location.origin')}/"
    assert [url for url in requests if "static" not in url and not url.startswith(own)] == []


def test_a_hostile_file_name_is_only_a_name(page: Page, mount: Callable[..., None]) -> None:
    """It is shown as it is and sent as a text."""
    name = '<img src=x onerror="window.owned=1">.png'
    mount(_settings={"mode": samples.I2V})
    page.locator('[data-field="startImageUrl"] input[type=file]').set_input_files(
        [{"name": name, "mimeType": "image/png", "buffer": b"x"}]
    )
    upload = page.locator(".rs-upload")
    expect(upload).to_contain_text(name)
    assert page.evaluate("window.owned ?? null") is None
