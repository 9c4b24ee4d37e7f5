"""What the kernel answers to the page about the takes in the Studio's tray."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from rushes.comparison import votes
from support.requests import FOX
from support.waiting import until

OTHER_FOX = FOX | {"provider": "kling-3.0-standard"}


@pytest.fixture
def pair(gen):
    """Ids of two finished takes of one prompt by different providers."""
    jobs = [gen.submit(request) for request in (FOX, OTHER_FOX)]
    for job in jobs:
        job.result()
    return [job.id for job in jobs]


def test_a_vote_is_for_the_providers(page, gen, pair):
    """It is in the journal, and the reply says how they stand."""
    left, right = pair
    vote = {"key": "v1", "question": "prompt", "left": left, "right": right, "choice": "left"}

    reply = page.ask("vote", jobs=pair, **vote)

    assert reply["value"]["standings"][0]["name"] == "seedance-2.0"
    (cast,) = votes(gen)
    assert (cast.left, cast.right, cast.choice) == ("seedance-2.0", "kling-3.0-standard", "left")
    assert page.ask("standings", jobs=pair)["value"] == reply["value"]


def test_what_is_exported_is_a_file(page, pair, tmp_path, monkeypatch):
    """Beside the notebook; the page is told where."""
    monkeypatch.chdir(tmp_path)
    content = {"kind": "export", "id": "later", "what": "frames", "jobs": pair, "at": 0.5}
    page._comm.handle_msg(
        {"content": {"data": {"method": "custom", "content": content}}, "buffers": []}
    )
    until(lambda: any(sent.get("id") == "later" for sent in page.messages))

    path = Path(page.reply_to("later")["value"]["path"])

    assert path.parent == tmp_path / "comparisons"
    with Image.open(path) as picture:
        assert picture.format == "PNG"


@pytest.mark.parametrize("jobs", [[], ["nobody"]])
def test_what_cannot_be_compared_is_refused(page, jobs):
    """In the words of an error of ours."""
    reply = page.ask("standings", jobs=jobs)

    assert not reply["ok"]
    assert reply["error"]["message"]
