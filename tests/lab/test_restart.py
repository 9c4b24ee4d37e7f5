"""The way through a working day: make a take, watch it, restart the kernel, go on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from lab.notebook import STUDIO, await_take, play
from support.previews import ALL_FRAMES, busy_preview, rendered

if TYPE_CHECKING:
    from collections.abc import Callable

    from lab.notebook import Notebook
    from lab.server import LabServer

pytestmark = [pytest.mark.slow, pytest.mark.browser]

WATCHED = f"import os\n\nos.environ |= {ALL_FRAMES}\n{STUDIO}"
"""With takes that are seen being made."""

FIRST, SECOND = "a red kite over the dunes", "the kite falls into the sea"

NOTE_SHARES = """() => {
  window.shares = [];
  const note = () => {
    for (const bar of document.querySelectorAll('[role=progressbar][aria-valuenow]'))
      shares.push(Number(bar.getAttribute('aria-valuenow')));
  };
  const options = { subtree: true, childList: true, attributeFilter: ['aria-valuenow'] };
  new MutationObserver(note).observe(document.body, options);
}"""
"""Has the page note how far each bar comes; a take may be done before anybody else looks."""


def test_takes_survive_a_restart_from_the_menu(
    server: LabServer, open_notebook: Callable[..., Notebook]
) -> None:
    """A take plays; after a restart it is there, as is the form, and one under way goes on once."""
    notebook = open_notebook("restart", WATCHED)
    studio = notebook.run_studio()
    notebook.page.evaluate(NOTE_SHARES)
    card = studio.generate(FIRST)
    await_take(card)
    assert notebook.page.evaluate("Math.max(...shares)") > 0
    video = play(card)
    assert video.evaluate("video => [video.videoWidth, video.videoHeight]") == [864, 496]
    served = f"{server.url}files/restart/rushes-media/"
    assert video.evaluate("video => video.currentSrc").startswith(served)

    with busy_preview(server.home):
        waiting = studio.generate(SECOND)
        expect(waiting).to_have_attribute("data-state", "running")
        notebook.restart_kernel()
        dead = notebook.cell(0).locator(".rushes")
        expect(dead.get_by_role("alert").filter(has_text="The kernel restarted")).to_be_visible()
        assert dead.locator(".rs-controls").evaluate("form => form.inert")
        notebook.wait_for_kernel()

        studio = notebook.run_studio()
        expect(studio.prompt).to_have_value(SECOND)
        expect(studio.cards).to_have_count(2)
        expect(studio.root).to_contain_text("1 take from before is still being made.")
        assert studio.controls.evaluate("form => form.inert") is False
        expect(studio.card(SECOND)).to_have_attribute("data-state", "running")
        play(studio.card(FIRST))
    await_take(studio.card(SECOND))
    play(studio.card(SECOND))

    jobs = server.jobs(notebook.library)
    assert [job.params["prompt"] for job in jobs] == [SECOND, FIRST]
    assert [job.attempts for job in jobs] == [1, 1]
    assert {job.remote_id for job in jobs} <= set(rendered(server.home))
    assert len(list(notebook.library.glob("*.mp4"))) == len(jobs)
