"""What is half written in a Studio's form outlives the kernel."""

from __future__ import annotations

import json

import pytest

from rushes import Studio
from rushes.widgets.studio.state import draft_path

FORM = {
    "providers": ["seedance-2.0", "kling-3.0-standard"],
    "mode": "text-to-video",
    "prompt": "half a thought",
    "values": {"seed": 7},
    "count": 2,
    "seedLocked": True,
}
REQUESTS = [{"provider": "seedance-2.0", "mode": "text-to-video", "prompt": "half a thought"}]


@pytest.fixture
def draft(gen):
    """Where the draft of the client's library is."""
    return draft_path(gen.engine.folders.home, gen.library)


def write(page) -> None:
    """As the page writes what was typed."""
    with page.studio.hold_trait_notifications():
        page.studio._settings, page.studio._requests = FORM, REQUESTS


def test_the_next_studio_has_the_form_as_it_was_left(page, show):
    """And would send what that one would have sent."""
    write(page)

    again = show().studio

    assert again._settings == FORM
    assert again.params == ({**REQUESTS[0]},)


def test_another_library_has_a_form_of_its_own(page, gen, tmp_path):
    """Takes and forms belong to the same folder."""
    write(page)

    other = Studio(home=gen.engine.folders.home, library=tmp_path / "other")

    assert other._settings["prompt"] == ""
    other.close()


def test_a_provider_that_is_gone_is_chosen_no_more(page, show, draft):
    """The rest of the form stays."""
    write(page)
    left = json.loads(draft.read_text())
    left["settings"]["providers"] = ["gone", "kling-3.0-standard"]
    draft.write_text(json.dumps(left))

    again = show().studio

    assert again._settings == FORM | {"providers": ["kling-3.0-standard"]}
    assert [request["provider"] for request in again._requests] == ["kling-3.0-standard"]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"settings": {"prompt": 3}, "requests": []}'])
def test_a_draft_that_cannot_be_read_counts_for_nothing(show, draft, text):
    """The form is empty then."""
    draft.parent.mkdir()
    draft.write_text(text)

    assert show().studio._settings["prompt"] == ""


def test_a_disk_that_takes_no_draft_stops_nobody(page, draft):
    """The form goes on."""
    draft.parent.write_text("in the way")

    write(page)

    assert page.studio._settings == FORM
