"""A file that a service could not use is refused before anything is sent or on record."""

from __future__ import annotations

import asyncio
import struct
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from emulators.clips import ClipSpec, clip
from rushes import InvalidParams
from support.films import film, sound
from support.services import SERVICES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from emulators.emulator import Emulator
    from rushes import VideoGen
    from support.services import Service

PAYING = [service for service in SERVICES if service.name not in ("kling-legacy", "gateway")]


def _picture(path: Path, size: tuple[int, int] = (600, 400), kind: str = "PNG") -> bytes:
    Image.effect_noise(size, 60).convert("RGB").save(path, kind)
    return path.read_bytes()


def _cut_wav() -> bytes:
    """Half a second of a sound that declares five."""
    head = b"RIFF" + struct.pack("<I", 80_036) + b"WAVEfmt "
    head += struct.pack("<IHHIIHH", 16, 1, 1, 8000, 16_000, 2, 16)
    return head + b"data" + struct.pack("<I", 80_000) + bytes(8_000)


def _damaged() -> bytes:
    data = bytearray(clip(ClipSpec(320, 180, 3)))
    middle = (data.index(b"mdat") + len(data)) // 2
    data[middle : middle + 2000] = bytes(reversed(range(250))) * 8
    return bytes(data)


def _bad_sum(data: bytes) -> bytes:
    middle = len(data) // 2
    return data[:middle] + bytes([data[middle] ^ 0xFF]) + data[middle + 1 :]


IMAGES: dict[str, tuple[Callable[[Path], bytes], str]] = {
    "half a JPEG": (lambda path: (data := _picture(path, kind="JPEG"))[: len(data) // 2], "trunc"),
    "half a PNG": (lambda path: (data := _picture(path))[: len(data) // 2], "truncated"),
    "a PNG with a wrong byte": (lambda path: _bad_sum(_picture(path)), "cannot be decoded"),
    "a BMP": (lambda path: _picture(path, kind="BMP"), r"is BMP by its content; accepted are JPEG"),
    "a TIFF": (lambda path: _picture(path, kind="TIFF"), "is TIFF by its content"),
    "a GIF": (lambda path: _picture(path, kind="GIF"), "is GIF by its content"),
    "a small one": (lambda path: _picture(path, (90, 90)), "the minimum is 300 per side"),
    "a thin one": (lambda path: _picture(path, (2400, 310)), "aspect ratio"),
    "SVG": (lambda _: b"<svg xmlns='http://www.w3.org/2000/svg'/>", "but SVG; supported are JPEG"),
    "a video": (lambda _: film([100] * 48), "is a video by its content"),
    "nothing": (lambda _: b"", "empty file"),
}

CLIPS: dict[str, tuple[Callable[[], bytes], str]] = {
    "half an MP4": (lambda: (data := clip(ClipSpec(64, 36, 3)))[: len(data) // 2], "truncated"),
    "a damaged MP4": (_damaged, "it is damaged at"),
    "only sound": (lambda: sound("mp4", "aac"), "has audio but no video track"),
    "WebM": (
        lambda: film([100] * 60, container="webm", codec="libvpx-vp9"),
        "is WebM by its content; accepted are MP4 or MOV",
    ),
    "Matroska": (lambda: film([100] * 60, container="matroska"), "is Matroska by its content"),
    "half a second": (lambda: film([100] * 12), "the minimum is 2 s"),
    "a minute": (lambda: film([100] * 60, steps=range(0, 1800, 30)), "the maximum is 15 s"),
}

SOUNDS: dict[str, tuple[Callable[[], bytes], str]] = {
    "a cut WAV": (_cut_wav, "it is truncated"),
    "FLAC": (lambda: sound("flac", "flac"), "is FLAC by its content; accepted are MP3 or WAV"),
    "a voice memo": (lambda: sound("mp4", "aac"), "is M4A by its content"),
    "RF64": (lambda: b"RF64" + bytes(100), "but RF64 WAV; supported are MP3 or WAV"),
    "a tenth of a second": (lambda: sound("wav", "pcm_s16le"), "the minimum is 2 s"),
    "a video": (lambda: film([100] * 48), "is a video by its content"),
}

WAYS: dict[str, Callable[[VideoGen, dict[str, Any]], object]] = {
    "plan": lambda gen, request: gen.plan(request),
    "submit": lambda gen, request: gen.submit(request),
    "submit_many": lambda gen, request: gen.submit_many([request]),
    "generate": lambda gen, request: asyncio.run(gen.generate(request)),
    "generate_sync": lambda gen, request: gen.generate_sync(request),
}


@pytest.fixture(params=PAYING, ids=str)
def service(request: pytest.FixtureRequest) -> Service:
    return request.param


@pytest.fixture
def running(service: Service) -> Iterator[Emulator[Any]]:
    with service.emulator() as emulator:
        yield emulator


def refusal(gen: VideoGen, running: Emulator[Any], request: dict[str, Any], way: str) -> str:
    """What is said of a request of which nothing is sent, uploaded or recorded."""
    with pytest.raises(InvalidParams) as caught:
        WAYS[way](gen, request)
    assert running.jobs == []
    assert not any(count for kind, count in running.counts.items() if kind != "balance")
    assert list(gen.jobs()) == []
    return str(caught.value)


def test_an_unfit_image_is_not_sent(service, running, make, tmp_path):
    """Whatever is wrong with it, for every service; the message says what, and what is allowed."""
    gen = make(service.backend(running.urls))
    said = {}
    for name, (make_image, _) in IMAGES.items():
        path = tmp_path / "picture"
        path.write_bytes(make_image(path))
        request = service.request | {"mode": "image-to-video", "start_image_url": path}
        said[name] = refusal(gen, running, request, "submit")

    for name, (_, words) in IMAGES.items():
        assert words in said[name], name


def test_an_unfit_clip_or_sound_is_not_sent(service, running, make, tmp_path):
    """Nor what cannot be played to its end."""
    gen = make(service.backend(running.urls))
    if not gen.catalog[service.provider].parameters.get("video_references"):
        pytest.skip("takes no references")
    request = service.request | {"mode": "reference-to-video"}
    picture = tmp_path / "fine.png"
    _picture(picture)
    path = tmp_path / "file"
    for name, (make_clip, words) in CLIPS.items():
        path.write_bytes(make_clip())
        found = refusal(gen, running, request | {"video_references": [path]}, "submit")
        assert words in found or "fetches it from a URL" in found, name
    for name, (make_sound, words) in SOUNDS.items():
        path.write_bytes(make_sound())
        references = {"image_references": [picture], "audio_references": [path]}
        assert words in refusal(gen, running, request | references, "submit"), name


@pytest.mark.parametrize("way", WAYS)
def test_no_way_to_submit_sends_it(make, tmp_path, way):
    """As a form shows it and a loop submits it."""
    service = PAYING[0]
    path = tmp_path / "picture.png"
    path.write_bytes(_picture(path)[:2000])
    with service.emulator() as running:
        gen = make(service.backend(running.urls))
        request = service.request | {"mode": "image-to-video", "start_image_url": path}
        assert "picture.png is broken or truncated" in refusal(gen, running, request, way)


def test_a_file_is_judged_before_the_request_is_complete(make, tmp_path):
    """A form shows what is wrong with it while the prompt is still empty."""
    service = PAYING[0]
    path = tmp_path / "picture.png"
    path.write_bytes(_picture(path)[:2000])
    with service.emulator() as running:
        gen = make(service.backend(running.urls))
        request = {"provider": service.provider, "start_image_url": path}
        with pytest.raises(InvalidParams) as caught:
            gen.plan(request)
    found = {problem.parameter: problem.message for problem in caught.value.problems}
    assert "is broken or truncated" in found["start_image_url"]
    assert "prompt" in found
