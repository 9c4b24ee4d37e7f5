"""What a page sends is checked before anything is done with it."""

from __future__ import annotations

from typing import Any

import pytest

from rushes.widgets.messages.envelope import LARGEST_MESSAGE, PIECE
from support.requests import FOX


def send(page: Any, content: object, buffers: list[bytes] | None = None) -> dict[str, Any]:
    """The reply to a message that no page of ours would send."""
    before = len(page.messages)
    data = {"method": "custom", "content": content}
    page._comm.handle_msg({"content": {"data": data}, "buffers": buffers or []})
    [reply] = page.messages[before:]
    return reply


@pytest.mark.parametrize("content", [None, [], "hello", 3, {}, {"id": "x"}, {"kind": ["hello"]}])
def test_what_is_not_a_message_is_refused(page, caplog, content):
    """With an error, and without a traceback."""
    reply = send(page, content)

    assert (reply["kind"], reply["ok"]) == ("reply", False)
    assert reply["error"]["code"] == "VIDEO_GEN_INVALID_PARAMS"
    assert caplog.records == []


def test_an_unknown_kind_is_refused(page):
    """A newer page may ask for what this kernel does not know; it does not wait for a reply."""
    reply = send(page, {"kind": "dance", "id": "x"})

    assert (reply["id"], reply["ok"]) == ("x", False)
    assert "'dance'" in reply["error"]["message"]


@pytest.mark.parametrize(
    "content",
    [
        {"kind": "submit", "id": "x", "key": "k1"},
        {"kind": "submit", "id": "x", "key": 1, "params": FOX},
        {"kind": "submit", "id": "x", "key": "", "params": FOX},
        {"kind": "submit", "id": "x", "key": "k" * 201, "params": FOX},
        {"kind": "submit", "id": "x", "key": "k1", "params": [FOX]},
        {"kind": "cancel", "id": "x", "job": {"$": 1}},
        {"kind": "media", "id": "x", "job": "j", "part": "sound", "offset": 0},
        {"kind": "media", "id": "x", "job": "j", "part": "video", "offset": -1},
        {"kind": "upload", "id": "x", "upload": "u", "field": "image", "name": "n", "size": 1e9},
        {"kind": "export", "id": "x", "what": "page", "jobs": ["j"] * 10},
        {"kind": "export", "id": "x", "what": "frames", "jobs": [], "at": float("nan")},
        {"kind": "hide", "id": "x", "job": "j", "hidden": "yes"},
    ],
)
def test_a_message_of_another_shape_is_refused(page, emulator, caplog, content):
    """Its field is named, nothing is sent and nothing is logged."""
    reply = send(page, content)

    assert (reply["id"], reply["ok"]) == ("x", False)
    assert f"'{content['kind']}' was not understood" in reply["error"]["message"]
    assert emulator.counts["submit"] == 0
    assert caplog.records == []


def test_an_error_repeats_little_of_what_was_sent(page):
    """The reply to an oversized text is small."""
    reply = send(page, {"kind": "look", "id": "x", "path": "p" * 100_000})

    assert not reply["ok"]
    assert len(reply["error"]["message"]) < 300


def test_an_oversized_message_is_refused(page, emulator):
    """Before any of it is read."""
    params = FOX | {"prompt": "x" * LARGEST_MESSAGE}

    reply = send(page, {"kind": "submit", "id": "x", "key": "k1", "params": params})

    assert "characters" in reply["error"]["message"]
    assert emulator.counts["submit"] == 0


@pytest.mark.parametrize("buffers", [[b"x"] * 2, [b"x" * (PIECE + 1)]])
def test_too_much_data_is_refused(page, buffers):
    """A file comes piece by piece, one in a message."""
    body = {"upload": "u", "field": "image", "name": "n.png", "size": 1 << 22, "offset": 0}

    reply = send(page, {"kind": "upload", "id": "x", **body}, buffers)

    assert not reply["ok"]
    assert "data" in reply["error"]["message"]


def test_a_message_for_the_other_widget_is_refused(page):
    """Each widget answers its own kinds; a vote without jobs is about nothing."""
    body = {"key": "k", "question": "looks", "left": "a", "right": "b", "choice": "left"}

    reply = send(page, {"kind": "vote", "id": "x", **body})

    assert not reply["ok"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("_selected", [3]),
        ("_selected", ["job"] * 5000),
        ("_settings", {"prompt": 3}),
        ("_settings", {"prompt": "x" * LARGEST_MESSAGE}),
        ("_requests", [{"prompt": "x" * LARGEST_MESSAGE}]),
        ("_requests", ["not a request"]),
    ],
)
def test_a_trait_of_another_shape_changes_nothing(page, caplog, name, value):
    """What a page writes is bounded like what it sends."""
    before = getattr(page.studio, name)
    state = {"method": "update", "state": {name: value}, "buffer_paths": []}

    page._comm.handle_msg({"content": {"data": state}, "buffers": []})

    assert getattr(page.studio, name) == before
    assert "Traceback" not in caplog.text
