"""What is said of a video that the browser cannot decode."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import av
import numpy as np
import pytest
import samples
from kinds import Kind
from playwright.sync_api import expect

from rushes.widgets.clip import clip_facts

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

UNPLAYABLE = {
    "prores.mov": ("prores_ks", "yuv422p10le", "ProRes"),
    "mpeg2.mp4": ("mpeg2video", "yuv420p", "MPEG-2"),
    "lossless.mkv": ("ffv1", "yuv420p", "FFV1"),
}


def write(path: Path, codec: str, pixels: str, *, sound: bool = False) -> None:
    """A second of video that browsers have no decoder for, maybe with a sound that they have."""
    with av.open(str(path), "w") as film:
        stream = film.add_stream(codec, rate=24)
        stream.width, stream.height, stream.pix_fmt = 320, 180, pixels
        audio = film.add_stream("aac", rate=48_000, layout="mono") if sound else None
        for number in range(24):
            frame = av.VideoFrame.from_ndarray(samples.picture(320, 180, number / 24))
            film.mux(stream.encode(frame))
        film.mux(stream.encode())
        if audio is None:
            return
        for number in range(46):
            tone = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), "fltp", "mono")
            tone.sample_rate, tone.pts = 48_000, number * 1024
            film.mux(audio.encode(tone))
        film.mux(audio.encode())


def take(number: int, name: str) -> dict[str, Any]:
    video = {"path": name, "url": None, "type": "video/mp4"}
    return samples.take(f"t{number}", label=f"take {number}", video=video, poster=None)


@pytest.mark.parametrize("sound", [False, True], ids=["silent", "with-sound"])
@pytest.mark.parametrize("name", UNPLAYABLE)
def test_a_missing_decoder_is_named(
    page: Page, mount_compare: Callable[..., None], media: Path, name: str, *, sound: bool
) -> None:
    """With the way out; the bytes are got once, and the other take plays."""
    codec, pixels, words = UNPLAYABLE[name]
    write(media / name, codec, pixels, sound=sound)
    got: list[str] = []
    page.on("request", lambda request: got.append(request.url) if name in request.url else None)
    clip = {"ok": True, "value": clip_facts(media / name)}
    mount_compare(_takes=[take(0, name), take(1, "film.mp4")], replies={"clip": clip})

    state = page.locator("[data-job=t0] .rs-cmp-state")
    expect(state).to_contain_text(f"cannot decode its {words}.")
    expect(state).to_contain_text(f'rushes.media.fit("{name}")')
    page.wait_for_function("document.querySelector('[data-job=t1] video').readyState >= 2")
    assert page.evaluate("model.asked('media')") == []


GROUPS = Kind(
    "open.mp4",
    coder={
        "preset": "fast",
        "x264-params": "bframes=3:b-adapt=0:keyint=12:open-gop=1:scenecut=0",
    },
)
"""A video that Chromium plays from its beginning only: it gives up where it begins elsewhere."""


def test_a_video_that_the_browser_gives_up_on_the_way_says_so(
    page: Page, mount_compare: Callable[..., None], media: Path
) -> None:
    """With the way out; the other take and the clock continue."""
    GROUPS.write(media)
    clip = {"ok": True, "value": clip_facts(media / "open.mp4")}
    mount_compare(_takes=[take(0, "open.mp4"), take(1, "film.mp4")], replies={"clip": clip})
    page.wait_for_function(
        "[...document.querySelectorAll('.rs-cmp-cell video')].every(v => v.readyState >= 2)"
    )
    page.get_by_label("Position").fill("0.7")

    state = page.locator("[data-job=t0] .rs-cmp-state")
    expect(state).to_contain_text("open.mp4 cannot be played: this browser cannot decode its H.264")
    expect(state).to_contain_text('rushes.media.fit("open.mp4")')
    page.wait_for_function("document.querySelector('[data-job=t1] video').currentTime > 0.5")


def test_a_missing_file_is_not_called_undecodable(
    page: Page, mount_compare: Callable[..., None]
) -> None:
    """What the host does not have is looked for elsewhere."""
    mount_compare(
        _takes=[take(0, "nowhere.mp4"), take(1, "film.mp4")],
        replies={"media": {"ok": False, "error": {"code": "X", "message": "The file is gone."}}},
    )
    state = page.locator("[data-job=t0] .rs-cmp-state")
    expect(state).to_contain_text("nowhere.mp4 cannot be opened")
    expect(state).to_contain_text("The file is gone.")
