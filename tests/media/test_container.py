"""Telling whole videos from the rest by their containers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import example, given, strategies as st

from rushes.video import container
from support.films import boxes, film

if TYPE_CHECKING:
    from pathlib import Path

GREYS = [100] * 12


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "v"


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"options": {"movflags": "faststart"}},
        {"options": {"movflags": "frag_keyframe+empty_moov"}},
        {"container": "mov"},
        {"container": "webm", "codec": "libvpx-vp9"},
    ],
    ids=["mp4", "faststart", "fragmented", "mov", "webm"],
)
def test_whole_videos_pass(path: Path, settings: dict[str, Any]) -> None:
    """Index first or last, in fragments, MOV, WebM."""
    path.write_bytes(film(GREYS, **settings))
    assert container.fault(path) is None
    assert container.is_whole(path)


def test_padding_after_the_film_passes(path: Path) -> None:
    """Some stores fill blocks up; no player minds."""
    path.write_bytes(film(GREYS) + bytes(100))
    assert container.fault(path) is None


@pytest.mark.parametrize("options", [{}, {"movflags": "faststart"}], ids=["last", "first"])
def test_every_truncation_within_a_box_is_found(path: Path, options: dict[str, str]) -> None:
    """Wherever a file is cut, it does not pass, but for the padding that nobody needs."""
    data = film(GREYS, options=options)
    needed = max(end for kind, _, end in boxes(data) if kind in (b"moov", b"mdat"))
    for length in range(0, needed, 13):
        path.write_bytes(data[:length])
        assert container.fault(path) is not None, length


def test_a_truncated_webm_is_found(path: Path) -> None:
    """The segment says how long it is."""
    data = film(GREYS, container="webm", codec="libvpx-vp9")
    path.write_bytes(data[:-20])
    assert "truncated" in str(container.fault(path))


def test_an_index_without_pictures_is_no_film(path: Path) -> None:
    """A file of only `ftyp` and `moov`, or only `ftyp` and `mdat`."""
    data = film(GREYS)
    parts = {kind: data[start:end] for kind, start, end in boxes(data)}
    path.write_bytes(parts[b"ftyp"] + parts[b"moov"])
    assert container.fault(path) == "it has no video track"
    path.write_bytes(parts[b"ftyp"] + parts[b"mdat"])
    assert container.fault(path) == "it is truncated: its index is missing"


def test_large_boxes_and_boxes_to_the_end_are_understood(path: Path) -> None:
    """Sizes of 64 bits, and a size of zero for "the rest of the file"."""
    data = film(GREYS)
    parts = {kind: data[start + 8 : end] for kind, start, end in boxes(data)}
    start = b"".join(
        (1).to_bytes(4) + kind + (len(parts[kind]) + 16).to_bytes(8) + parts[kind]
        for kind in (b"ftyp", b"moov")
    )
    path.write_bytes(start + bytes(4) + b"mdat" + parts[b"mdat"])
    assert container.fault(path) is None


def test_a_file_of_countless_boxes_is_refused(path: Path) -> None:
    """Somebody wants to keep the reader busy."""
    ftyp = (16).to_bytes(4) + b"ftypisom" + bytes(4)
    path.write_bytes(ftyp + ((8).to_bytes(4) + b"free") * 200_000)
    assert container.fault(path) == "its structure is broken"


@given(st.binary(max_size=300))
@example(b"\x01" + bytes(6) + b"\xff\xff" + bytes(8))
@example(b"\x01\x7f" + bytes(6))
def test_no_bytes_make_it_fail(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    """Any content gets an answer, with every head that leads into a parser."""
    path = tmp_path_factory.getbasetemp() / "any"
    for head in (b"", b"\0\0\0\x10ftypisom\0\0\0\0", b"\x1a\x45\xdf\xa3"):
        path.write_bytes(head + data)
        container.fault(path)


def test_a_file_that_is_not_there_is_not_whole(path: Path) -> None:
    """Asking is no error."""
    assert not container.is_whole(path)
