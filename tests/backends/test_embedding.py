"""Local files inside a request's body."""

from __future__ import annotations

import asyncio
import base64

import pytest
from PIL import Image

from rushes.backends.embedding import address, bare_base64, data_uri, embed
from rushes.contract.errors import MediaError


def test_a_file_becomes_a_data_uri_when_it_is_sent(tmp_path):
    """Everything else stays."""
    path = tmp_path / "a fox.jpg"
    Image.new("RGB", (8, 8)).save(path)
    body = {"images": [{"url": address(path)}], "prompt": "A fox", "n": 1}

    sent = asyncio.run(embed(body, inputs={path.name: path}))

    assert sent["images"][0]["url"] == data_uri(path)
    assert sent["images"][0]["url"].startswith("data:image/jpeg;base64,")
    assert (sent["prompt"], sent["n"]) == ("A fox", 1)


def test_base64_alone_can_be_had(tmp_path):
    """Some services want no prefix."""
    path = tmp_path / "a.png"
    path.write_bytes(b"123")

    sent = asyncio.run(embed([address(path)], bare_base64, inputs={path.name: path}))

    assert base64.b64decode(sent[0]) == b"123"


def test_a_file_that_is_gone_is_named(tmp_path):
    """Nothing is sent then."""
    path = tmp_path / "gone.png"
    with pytest.raises(MediaError, match=r"gone\.png"):
        asyncio.run(embed(address(path), inputs={path.name: path}))
