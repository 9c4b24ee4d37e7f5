"""A colleague's file of votes is counted once, and nothing in it is believed."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest

from rushes import InvalidParams
from support.bakeoffs import two_pairs

if TYPE_CHECKING:
    from pathlib import Path

    from rushes import VideoGen
    from rushes.explore.bakeoff import BakeOff


@pytest.fixture
def bake(gen: VideoGen) -> BakeOff:
    return two_pairs(gen)


@pytest.fixture
def sent(bake: BakeOff) -> dict[str, Any]:
    """What Anna sends back: both questions on both pairs."""
    return {
        "format": "rushes-votes",
        "version": 1,
        "bakeoff": "two",
        "voter": "Anna",
        "votes": [
            {
                "left": pair.left.id,
                "right": pair.right.id,
                "question": question,
                "choice": "left",
                "at": 1000.5,
            }
            for pair in bake.pairs()
            for question in ("prompt", "looks")
        ],
    }


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "votes-anna.json"


def test_a_file_of_votes_is_counted_once(bake, sent, file):
    """However often it is merged, with the voter's name and time."""
    file.write_text(json.dumps(sent))

    assert bake.merge(file) == 4
    assert bake.merge(str(file)) == 0

    assert [(vote.voter, vote.at) for vote in bake.votes()] == [("Anna", 1000.5)] * 4
    assert bake.pairs_left("Anna") == 0


def test_a_longer_file_adds_what_is_new(bake, sent, file):
    """A colleague who goes back to the page sends all votes again."""
    file.write_text(json.dumps(sent | {"votes": sent["votes"][:2]}))
    bake.merge(file)
    file.write_text(json.dumps(sent))

    assert bake.merge(file) == 2


def test_a_vote_in_the_notebook_and_in_the_file_is_one(bake, sent, file):
    """Of the same voter on the same takes."""
    bake.add_vote(bake.next_pair("Anna"), looks="tie", voter="Anna")
    file.write_text(json.dumps(sent))

    assert bake.merge(file) == 3


def test_a_vote_of_the_future_is_of_now(bake, sent, file):
    """Clocks of other machines are not believed."""
    file.write_text(json.dumps(sent | {"votes": [sent["votes"][0] | {"at": 1e15}]}))
    bake.merge(file)
    assert bake.votes()[0].at < 1e11


HOSTILE: dict[str, Any] = {
    "no JSON": "votes",
    "a list": "[]",
    "other keys": {"shell": "rm"},
    "another format": {"format": "zip"},
    "a newer version": {"version": 2},
    "no voter": {"voter": ""},
    "a long voter": {"voter": "a" * 101},
    "a voter that is a number": {"voter": 7},
    "no list": {"votes": {}},
    "too many": {"votes": [{}] * 20_001},
}


@pytest.mark.parametrize("what", HOSTILE)
def test_what_is_no_file_of_votes_is_refused(bake, sent, file, what):
    """In words, and nothing is counted."""
    given = HOSTILE[what]
    file.write_text(given if isinstance(given, str) else json.dumps(sent | given))

    with pytest.raises(InvalidParams, match="not a file of votes"):
        bake.merge(file)

    assert bake.votes() == []


ODD_VOTES: dict[str, dict[str, Any]] = {
    "of other takes": {"left": "job-1"},
    "of one take": {"left": "right"},
    "of no question": {"question": "price"},
    "of no choice": {"choice": "<script>"},
    "of no time": {"at": "yesterday"},
    "with more": {"provider": "seedance-2.0"},
}


@pytest.mark.parametrize("what", ODD_VOTES)
def test_one_wrong_vote_refuses_the_file(bake, sent, file, what):
    """It may be of another bake-off; half of it would be worth nothing."""
    odd = sent["votes"][1] | ODD_VOTES[what]
    if odd["left"] == "right":
        odd["left"] = odd["right"]
    file.write_text(json.dumps(sent | {"votes": [sent["votes"][0], odd]}))

    with pytest.raises(InvalidParams, match="votes-anna"):
        bake.merge(file)

    assert bake.votes() == []


def test_a_file_that_cannot_be_read_is_refused(bake, tmp_path):
    """Missing ones, folders, pipes, and those that are too large."""
    pipe, large = tmp_path / "pipe", tmp_path / "large"
    os.mkfifo(pipe)
    with large.open("wb") as file:
        file.truncate(4_000_001)
    for path in (tmp_path, pipe, large, tmp_path / "missing.json", "a\0b"):
        with pytest.raises(InvalidParams, match="cannot be read"):
            bake.merge(path)
