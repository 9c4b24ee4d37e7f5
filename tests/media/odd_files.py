"""Media files that are odd in one way each, made by code, with what is true of them.

Every clip is `WARM` in its first half and `COOL` in its second, every picture on its left and
right, and every sound is a tone, so that colours, turns, lengths and beginnings can be checked by
number.
"""

from __future__ import annotations

import io
import os
import struct
import tempfile
import zlib
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import av
import numpy as np
from av.video.reformatter import ColorRange, Colorspace, VideoReformatter
from PIL import Image, ImageCms

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Colour = tuple[int, int, int]

WARM: Colour = (176, 64, 32)
COOL: Colour = (32, 96, 176)

os.environ.setdefault("SVT_LOG", "1")  # Only errors.

SECONDS = 2.0
RATE = 48_000


@dataclass(frozen=True)
class Odd:
    """One file.

    Attributes:
        name: of the file.
        what: what is odd about it.
        make: makes its bytes.
        seconds: its true length; None for pictures, and files that are refused.
        size: its true width and height, as displayed; None for sounds, and files that are refused.
        first: colour of its first frame, or of its left half; None if it has no one colour.
        last: colour of its last frame, or of its right half.
        begins: when its tone begins, in seconds from its first frame; None without one.
        loose: whether its colours are only near, because it holds fewer of them.
    """

    name: str
    what: str
    make: Callable[[], bytes]
    seconds: float | None = None
    size: tuple[int, int] | None = None
    first: Colour | None = WARM
    last: Colour | None = COOL
    begins: float | None = None
    loose: bool = False


# --- clips ------------------------------------------------------------------------------------


def clip(
    container: str = "mp4",
    codec: str = "libx264",
    *,
    pix: str = "yuv420p",
    size: tuple[int, int] = (160, 90),
    rate: Fraction | int = 24,
    frames: int | None = None,
    steps: Sequence[int] | None = None,
    options: dict[str, str] | None = None,
    mux: dict[str, str] | None = None,
    sound: str | None = None,
    layout: str = "stereo",
    sound_seconds: float = SECONDS,
    sound_at: float = 0.0,
    rotation: int = 0,
    sar: Fraction | None = None,
    space: int = Colorspace.ITU601,
    span: int = ColorRange.MPEG,
    tags: dict[str, int] | None = None,
    shift: int = 0,
    cover: bool = False,
    tracks: int = 1,
) -> bytes:
    """Half `WARM`, half `COOL`."""
    count = round(SECONDS * rate) if frames is None else frames
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        with av.open(str(path), "w", format=container, options=mux or {}) as out:
            streams = []
            for _ in range(tracks):
                stream = out.add_stream(codec, rate=rate)
                stream.width, stream.height, stream.pix_fmt = *size, pix
                stream.options = {**_SETTINGS.get(codec, {}), **(options or {})}
                if sar is not None:
                    stream.codec_context.sample_aspect_ratio = sar
                if rotation:
                    stream.set_display_rotation(rotation)
                for name, value in (tags or {}).items():
                    setattr(stream.codec_context, name, value)
                streams.append(stream)
            voice = out.add_stream(sound, rate=RATE, layout=layout) if sound else None
            picture = None
            if cover:
                picture = out.add_stream("mjpeg", rate=1)
                picture.width, picture.height, picture.pix_fmt = 64, 64, "yuvj420p"
                picture.disposition = picture.disposition.attached_pic
            tints = [_frame(colour, size, pix, space, span) for colour in (WARM, COOL)]
            for stream in streams:
                for index in range(count):
                    frame = tints[index >= count / 2]
                    frame.pts = (steps[index] if steps else index) + shift
                    frame.time_base = 1 / Fraction(rate)
                    out.mux(stream.encode(frame))
                out.mux(stream.encode())
            if voice is not None:
                _tone(out, voice, sound_seconds, sound_at, layout)
            if picture is not None:
                still = _frame(COOL, (64, 64), "yuvj420p", Colorspace.ITU601, ColorRange.JPEG)
                still.pts, still.time_base = 0, Fraction(1)
                out.mux(picture.encode(still))
                out.mux(picture.encode())
        return path.read_bytes()


_SETTINGS = {
    "libx264": {"preset": "ultrafast", "crf": "8", "threads": "1"},
    "libx265": {"preset": "ultrafast", "crf": "8", "x265-params": "log-level=none:pools=1"},
    "libvpx": {"crf": "8", "b": "4M", "deadline": "realtime", "cpu-used": "8"},
    "libvpx-vp9": {"crf": "8", "b": "0", "deadline": "realtime", "cpu-used": "8"},
    "libsvtav1": {"crf": "8", "preset": "11", "svtav1-params": "lp=1"},
    "mpeg4": {"q": "2", "qscale": "2", "b": "8M"},
    "mjpeg": {"qscale": "2", "b": "20M"},
}


def _frame(colour: Colour, size: tuple[int, int], pix: str, space: int, span: int) -> av.VideoFrame:
    plain = np.full((size[1], size[0], 3), colour, dtype=np.uint8)
    frame = av.VideoFrame.from_ndarray(plain, format="rgb24")
    if pix == "rgb24":
        return frame
    return VideoReformatter().reformat(
        frame, format=pix, dst_colorspace=space, dst_color_range=span
    )


def _tone(out: Any, stream: Any, seconds: float, at: float, layout: str) -> None:
    """A tone of 440 Hz that begins at a time."""
    context = stream.codec_context
    kind = context.format.name if context.format else "s16"
    channels = {"mono": 1, "stereo": 2, "5.1": 6}[layout]
    rate = stream.rate or RATE
    wave = np.sin(np.arange(int(seconds * rate)) * 2 * np.pi * 440 / rate) * 0.5
    resampler = av.AudioResampler(format=kind, layout=layout, rate=rate)
    block = 1024
    for start in range(0, len(wave), block):
        part = wave[start : start + block].astype(np.float32)
        data = np.ascontiguousarray(np.tile(part, (channels, 1)))
        frame = av.AudioFrame.from_ndarray(data, format="fltp", layout=layout)
        frame.sample_rate, frame.pts = rate, start + int(at * rate)
        frame.time_base = Fraction(1, rate)
        for each in resampler.resample(frame):
            out.mux(stream.encode(each))
    for each in resampler.resample(None):
        out.mux(stream.encode(each))
    out.mux(stream.encode(None))


def trimmed() -> bytes:
    """A clip that was cut without encoding: frames before its beginning are hidden."""
    whole = clip(frames=72, options={"g": "24"})
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file.mp4"
        options = {"avoid_negative_ts": "disabled"}
        with (
            av.open(io.BytesIO(whole)) as source,
            av.open(str(path), "w", options=options) as target,
        ):
            stream = target.add_stream_from_template(source.streams.video[0])
            base = source.streams.video[0].time_base
            start = round(Fraction(1, 2) / base)
            for packet in source.demux(video=0):
                if packet.dts is None:
                    continue
                packet.pts -= start
                packet.dts -= start
                packet.stream = stream
                target.mux(packet)
        return path.read_bytes()


OPEN_GROUPS = "bframes=3:b-adapt=0:keyint=12:open-gop=1:scenecut=0"
"""Of x264: frames in front of a key frame need the group before it."""

REFRESHING = "bframes=2:b-adapt=0:keyint=6:intra-refresh=1:scenecut=0"
"""Of x264: the picture is renewed by columns, and only the first frame is a key frame."""


def beheaded(x264: str, packets: int, container: str = "mp4") -> bytes:
    """A clip of three seconds that was cut without encoding, and hides nothing."""
    whole = clip(frames=72, options={"preset": "fast", "x264-params": x264})
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        with (
            av.open(io.BytesIO(whole)) as source,
            av.open(str(path), "w", format=container) as target,
        ):
            stream = target.add_stream_from_template(source.streams.video[0])
            kept = [packet for packet in source.demux(video=0) if packet.dts is not None][packets:]
            earlier = kept[0].dts
            for packet in kept:
                packet.pts -= earlier
                packet.dts -= earlier
                packet.stream = stream
                target.mux(packet)
        return path.read_bytes()


def boxes(data: bytes) -> list[tuple[bytes, int, int]]:
    found, at = [], 0
    while at + 8 <= len(data):
        length = int.from_bytes(data[at : at + 4]) or len(data) - at
        found.append((data[at + 4 : at + 8], at, at + length))
        at += length
    return found


def without_brand(data: bytes) -> bytes:
    """A QuickTime file as older cameras write it; everything else is where it was."""
    [size] = [end for kind, _, end in boxes(data) if kind == b"ftyp"]
    rest = size - 8
    return (8).to_bytes(4) + b"wide" + rest.to_bytes(4) + b"free" + bytes(rest - 8) + data[size:]


def damaged(data: bytes, length: int = 600, fill: int | None = None) -> bytes:
    """Bytes in the middle of the content are something else."""
    spans = [(start, end) for kind, start, end in boxes(data) if kind == b"mdat"]
    middle = sum(spans[0]) // 2
    junk = bytes((index * 37 + 11) % 256 for index in range(length))
    bad = bytearray(data)
    bad[middle : middle + length] = junk if fill is None else bytes([fill]) * length
    return bytes(bad)


def noisy() -> bytes:
    """A clip with enough content to be damaged."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file.mp4"
        rng = np.random.default_rng(1)
        with av.open(str(path), "w") as out:
            stream = out.add_stream("libx264", rate=24)
            stream.width, stream.height, stream.pix_fmt = 160, 90, "yuv420p"
            stream.options = {"preset": "ultrafast", "crf": "20", "threads": "1"}
            for index in range(48):
                noise = rng.integers(0, 255, (90, 160, 3), dtype=np.uint8)
                frame = av.VideoFrame.from_ndarray(noise, format="rgb24")
                frame.pts, frame.time_base = index, Fraction(1, 24)
                out.mux(stream.encode(frame))
            out.mux(stream.encode())
        return path.read_bytes()


def half(data: bytes) -> bytes:
    return data[: len(data) // 2]


def claiming() -> bytes:
    data = bytearray(clip())
    for place, value in ((8, 1), (12, 200_000_000)):
        at = data.index(b"stsz") + place
        data[at : at + 4] = value.to_bytes(4)
    return bytes(data)


HD = (1280, 720)
_SLIDES = [0, 24, 48]

VFR = [0, 1, 2, 3, 4, 5, 6, 7, 8, 20, 21, 22, 23, 24, 36, 37, 38, 39, 40, 44, 45, 46, 47]

OK = {"seconds": SECONDS, "size": (160, 90)}
V = partial(Odd, **OK)
HDR = {"color_primaries": 9, "colorspace": 9}
TAG709 = {"color_primaries": 1, "color_trc": 1, "colorspace": 1}
TAG601 = {"color_primaries": 6, "color_trc": 6, "colorspace": 6}

CLIPS: list[Odd] = [
    V("plain.mp4", "H.264, as most encoders write it", clip),
    V("plain.mov", "the same as MOV", partial(clip, "mov")),
    V("index-first.mp4", "its index in front", partial(clip, mux={"movflags": "faststart"})),
    V("fragments.mp4", "in fragments", partial(clip, mux={"movflags": "frag_keyframe+empty_moov"})),
    V("dash.mp4", "in DASH fragments", partial(clip, mux={"movflags": "dash"})),
    V("no-edit-list.mp4", "B-frames, no edit list", partial(
        clip, mux={"use_editlist": "0"}, options={"preset": "veryfast", "bf": "3"})),
    V("open-gop.mp4", "B-frames, open groups", partial(
        clip, options={"preset": "veryfast", "bf": "3", "x264-params": "open-gop=1:keyint=12"})),
    V("intra.mp4", "key frames only", partial(clip, options={"g": "1"})),
    V("no-brand.mov", "no ftyp; its data comes first", lambda: without_brand(clip("mov"))),
    V("no-brand-index.mov", "no ftyp; its index comes first", lambda: without_brand(
        clip("mov", mux={"movflags": "faststart"}))),
    V("padding.mp4", "zeros after its end", lambda: clip() + bytes(4000)),
    V("vp8.webm", "VP8", partial(clip, "webm", "libvpx")),
    V("vp9.webm", "VP9", partial(clip, "webm", "libvpx-vp9")),
    V("vp9.mp4", "VP9 in MP4", partial(clip, "mp4", "libvpx-vp9")),
    V("live.webm", "a browser's recording: no length", partial(
        clip, "webm", "libvpx-vp9", mux={"live": "1"})),
    V("named.mp4", "WebM named .mp4", partial(clip, "webm", "libvpx-vp9")),
    V("av1.mp4", "AV1", partial(clip, "mp4", "libsvtav1")),
    V("av1.webm", "AV1 in WebM", partial(clip, "webm", "libsvtav1")),
    V("h264.mkv", "H.264 in Matroska", partial(clip, "matroska")),
    V("ffv1.mkv", "FFV1, lossless", partial(clip, "matroska", "ffv1")),
    V("mkv.mp4", "Matroska named .mp4", partial(clip, "matroska")),
    V("hevc.mp4", "HEVC", partial(clip, "mp4", "libx265")),
    V("hevc-10.mp4", "HEVC, 10 bits", partial(clip, "mp4", "libx265", pix="yuv420p10le")),
    V("h264-10.mp4", "H.264, 10 bits", partial(clip, pix="yuv420p10le")),
    V("h264-422.mp4", "H.264, 4:2:2", partial(clip, pix="yuv422p")),
    V("h264-444.mp4", "H.264, 4:4:4", partial(clip, pix="yuv444p")),
    V("hdr-pq.mp4", "HEVC, HDR (PQ)", partial(
        clip, "mp4", "libx265", pix="yuv420p10le", tags={**HDR, "color_trc": 16}),
        first=None, last=None),
    V("hdr-hlg.mp4", "HEVC, HDR (HLG)", partial(
        clip, "mp4", "libx265", pix="yuv420p10le", tags={**HDR, "color_trc": 18}),
        first=None, last=None),
    V("prores.mov", "ProRes", partial(clip, "mov", "prores_ks", pix="yuv422p10le")),
    V("dnxhr.mov", "DNxHR", partial(
        clip, "mov", "dnxhd", pix="yuv422p", size=(256, 144), options={"profile": "dnxhr_sq"},
        space=Colorspace.ITU709, tags=TAG709),
        size=(256, 144)),
    V("mjpeg.mov", "Motion JPEG, full range", partial(
        clip, "mov", "mjpeg", pix="yuvj420p", span=ColorRange.JPEG)),
    V("mpeg4.mp4", "MPEG-4 part 2", partial(clip, "mp4", "mpeg4")),
    V("png.mov", "PNG frames", partial(clip, "mov", "png", pix="rgb24")),
    V("raw-rgb.mov", "raw RGB", partial(clip, "mov", "rawvideo", pix="rgb24", frames=12, rate=6)),
    V("tagged-709.mp4", "720 rows, tagged BT.709", partial(
        clip, size=HD, space=Colorspace.ITU709, tags=TAG709, rate=6), size=HD),
    V("untagged-709.mp4", "720 rows, no tags", partial(
        clip, size=HD, space=Colorspace.ITU709, rate=6), size=HD),
    V("tagged-601.mp4", "720 rows, tagged BT.601", partial(clip, size=HD, tags=TAG601, rate=6),
      size=HD),
    V("small-709.mp4", "90 rows, tagged BT.709", partial(
        clip, space=Colorspace.ITU709, tags=TAG709)),
    V("full.mp4", "full range", partial(
        clip, pix="yuvj420p", span=ColorRange.JPEG, tags={"color_range": 2, **TAG601})),
    V("full-709.mp4", "full range, BT.709", partial(
        clip, pix="yuvj420p", space=Colorspace.ITU709, span=ColorRange.JPEG,
        tags={"color_range": 2, **TAG709})),
    V("turned-90.mp4", "turned by 90 degrees", partial(clip, rotation=90), size=(90, 160)),
    V("turned-180.mp4", "turned by 180 degrees", partial(clip, rotation=180)),
    V("turned-270.mp4", "turned by 270 degrees", partial(clip, rotation=-90), size=(90, 160)),
    V("anamorphic.mp4", "pixels of 64:45", partial(clip, sar=Fraction(64, 45)), size=(228, 90)),
    V("narrow.mp4", "pixels of 1:2", partial(clip, sar=Fraction(1, 2)), size=(160, 180)),
    V("vfr.mp4", "its frame rate varies", partial(clip, frames=23, steps=VFR)),
    V("slides.mp4", "a frame a second, the last one short", partial(
        clip, frames=3, steps=_SLIDES), seconds=2 + 1 / 24),
    V("fps-1.mp4", "1 frame a second", partial(clip, rate=1, frames=2)),
    V("fps-60.mp4", "60 frames a second", partial(clip, rate=60)),
    V("fps-240.mp4", "240 frames a second", partial(clip, rate=240)),
    V("fps-ntsc.mp4", "23.976 frames a second", partial(
        clip, rate=Fraction(24000, 1001), frames=48), seconds=2.002),
    V("one-frame.mp4", "a single frame", partial(clip, frames=1), seconds=1 / 24, last=WARM),
    V("odd-sides.mp4", "161 x 91 pixels", partial(clip, pix="yuv444p", size=(161, 91)),
      size=(161, 91)),
    V("tiny.mp4", "2 x 2 pixels", partial(clip, size=(2, 2)), size=(2, 2),
      first=None, last=None),
    V("tall.mp4", "36 x 320 pixels", partial(clip, size=(36, 320)), size=(36, 320)),
    V("sound.mp4", "AAC", partial(clip, sound="aac"), begins=0.0),
    V("sound-late.mp4", "sound begins at 1 s", partial(
        clip, sound="aac", sound_at=1.0, sound_seconds=1.0), begins=1.0),
    V("sound-long.mp4", "sound ends after the pictures", partial(
        clip, sound="aac", sound_seconds=3.0), begins=0.0),
    V("sound-short.mp4", "sound ends before the pictures", partial(
        clip, sound="aac", sound_seconds=1.0), begins=0.0),
    V("sound-5.1.mp4", "six channels", partial(clip, sound="aac", layout="5.1"), begins=0.0),
    V("sound-opus.mp4", "Opus in MP4", partial(clip, sound="libopus"), begins=0.0),
    V("sound-mp3.mp4", "MP3 in MP4", partial(clip, sound="libmp3lame"), begins=0.0),
    V("sound-pcm.mov", "PCM in MOV, mono", partial(
        clip, "mov", sound="pcm_s16le", layout="mono"), begins=0.0),
    V("cover.mp4", "a cover beside the pictures", partial(
        clip, sound="aac", cover=True), begins=0.0),
    V("two-tracks.mp4", "two video tracks", partial(clip, tracks=2)),
    V("late.mkv", "its time begins at 5 s", partial(
        clip, "matroska", shift=120, sound="aac", sound_at=5.0), begins=0.0),
    V("trimmed.mp4", "cut without encoding: hidden frames", trimmed, seconds=2.5),
    V("open-cut.mp4", "cut in front of an open group",
      lambda: beheaded(OPEN_GROUPS, 21)),
    V("open-cut.mkv", "the same in Matroska", lambda: beheaded(OPEN_GROUPS, 21, "matroska")),
    V("middle-cut.mp4", "cut in the middle of a group",
      lambda: beheaded("bframes=2:b-adapt=0:keyint=12:scenecut=0", 17)),
    V("refresh-cut.mp4", "cut, without key frames", lambda: beheaded(REFRESHING, 12),
      seconds=47 / 24),
    # What cannot be used.
    Odd("cut.mp4", "half of a file", lambda: half(clip())),
    Odd("cut-index-first.mp4", "half, its index in front", lambda: half(
        clip(mux={"movflags": "faststart"}))),
    Odd("cut.webm", "half of a WebM", lambda: half(clip("webm", "libvpx-vp9"))),
    V("damaged.mp4", "other bytes in the middle", lambda: damaged(noisy()),
      first=None, last=None),
    V("hole.mp4", "zeros in the middle", lambda: damaged(noisy(), 200_000, 0),
      first=None, last=None),
    Odd("only-sound.mp4", "no pictures", lambda: sound("mp4", "aac")),
    Odd("empty.mp4", "nothing", lambda: b""),
    Odd("zeros.mp4", "zeros", lambda: bytes(5000)),
    Odd("page.mp4", "a web page", lambda: b"<!DOCTYPE html><html><body>Sign in</body></html>"),
    Odd("error.mp4", "an error message in XML", lambda: b"<?xml version='1.0'?><Error/>" * 9),
    Odd("error-json.mp4", "an error message in JSON", lambda: b'{"detail": "not ready"}' * 9),
    Odd("gif.mp4", "a GIF named .mp4", lambda: picture("GIF")),
    Odd("png.mp4", "a PNG named .mp4", lambda: picture("PNG")),
    Odd("clip.avi", "AVI", partial(clip, "avi", "mpeg4")),
    Odd("clip.ts", "MPEG-TS", partial(clip, "mpegts")),
    Odd("clip.flv", "Flash video", partial(clip, "flv")),
    Odd("list.mp4", "a playlist of links", lambda: b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n"),
    Odd("pointer.mp4", "a Git LFS pointer", lambda: b"version https://git-lfs.github.com/spec/v1"),
    Odd("huge.mp4", "9000 pixels wide", partial(clip, size=(9000, 16), frames=1)),
    Odd("lies.mp4", "tables of millions of frames", claiming),
]  # fmt: skip


# --- pictures ---------------------------------------------------------------------------------

SIDES = (400, 320)


def halves(mode: str = "RGB", size: tuple[int, int] = SIDES) -> Image.Image:
    image = Image.new("RGB", size, WARM)
    image.paste(COOL, (size[0] // 2, 0, *size))
    return image.convert(mode)


def picture(kind: str, mode: str = "RGB", size: tuple[int, int] = SIDES, **settings: Any) -> bytes:
    file = io.BytesIO()
    halves(mode, size).save(file, kind, **settings)
    return file.getvalue()


def indexed() -> bytes:
    file = io.BytesIO()
    halves().quantize(8).save(file, "PNG")
    return file.getvalue()


def turned(orientation: int, kind: str = "JPEG") -> bytes:
    """Upright after the camera's note."""
    back = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}
    image = halves().transpose(Image.Transpose(back[orientation]))
    exif = Image.Exif()
    exif[0x0112] = orientation
    file = io.BytesIO()
    image.save(file, kind, exif=exif, **({"quality": 98} if kind == "JPEG" else {}))
    return file.getvalue()


def deep(kind: str = "PNG") -> bytes:
    """16 bits, grey 0.5 and 0.25."""
    values = np.full(SIDES[::-1], 32_768, dtype=np.uint16)
    values[:, SIDES[0] // 2 :] = 16_384
    file = io.BytesIO()
    Image.fromarray(values).save(file, kind)
    return file.getvalue()


def floating(top: float) -> bytes:
    values = np.full(SIDES[::-1], 0.5 * top, dtype=np.float32)
    values[:, SIDES[0] // 2 :] = 0.25 * top
    values[0, 0] = top
    file = io.BytesIO()
    Image.fromarray(values).save(file, "TIFF")
    return file.getvalue()


def animated(kind: str) -> bytes:
    file = io.BytesIO()
    rest = [Image.new("RGB", SIDES, grey) for grey in ((0, 0, 0), (255, 255, 255))]
    lossless = {"lossless": True} if kind == "WEBP" else {}
    halves().save(file, kind, save_all=True, append_images=rest, duration=100, **lossless)
    return file.getvalue()


def profiled() -> bytes:
    """The colours of sRGB, with a profile that says so."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
    return picture("JPEG", quality=98, icc_profile=profile.tobytes())


def bomb(side: int = 20_000) -> bytes:
    """A small file of many pixels."""
    row = zlib.compress(bytes((side // 8 + 1) * side), 9)

    def chunk(name: bytes, data: bytes) -> bytes:
        body = name + data
        return len(data).to_bytes(4) + body + zlib.crc32(body).to_bytes(4)

    head = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    parts = (chunk(b"IHDR", head), chunk(b"IDAT", row), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def broken(data: bytes) -> bytes:
    middle = len(data) // 2
    return data[:middle] + bytes([data[middle] ^ 0x55]) + data[middle + 1 :]


P = partial(Odd, size=SIDES)
GREY = {"first": (128, 128, 128), "last": (64, 64, 64)}

PICTURES: list[Odd] = [
    P("plain.png", "PNG", partial(picture, "PNG")),
    P("plain.jpg", "JPEG", partial(picture, "JPEG", quality=98)),
    P("progressive.jpg", "progressive JPEG", partial(
        picture, "JPEG", quality=98, progressive=True)),
    P("plain.webp", "WebP", partial(picture, "WEBP", lossless=True)),
    P("plain.bmp", "BMP", partial(picture, "BMP")),
    P("plain.tiff", "TIFF", partial(picture, "TIFF")),
    P("plain.gif", "GIF", partial(picture, "GIF")),
    P("plain.avif", "AVIF", partial(picture, "AVIF", quality=95)),
    P("named.png", "JPEG named .png", partial(picture, "JPEG", quality=98)),
    P("moving.gif", "animated GIF", partial(animated, "GIF")),
    P("moving.png", "animated PNG", partial(animated, "PNG")),
    P("moving.webp", "animated WebP", partial(animated, "WEBP")),
    P("palette.png", "palette", indexed, loose=True),
    P("alpha.png", "with transparency", partial(picture, "PNG", "RGBA")),
    P("one-bit.png", "black and white", partial(picture, "PNG", "1"),
      first=None, last=None),
    P("grey.png", "grey", partial(picture, "PNG", "L"), first=(94, 94, 94), last=(86, 86, 86)),
    P("grey-alpha.png", "grey with transparency", partial(picture, "PNG", "LA"),
      first=(94, 94, 94), last=(86, 86, 86)),
    P("grey-16.png", "grey, 16 bits", deep, **GREY),
    P("grey-16.tiff", "grey, 16 bits, TIFF", partial(deep, "TIFF"), **GREY),
    P("float-1.tiff", "floats from 0 to 1", partial(floating, 1.0), **GREY),
    P("float-255.tiff", "floats from 0 to 255", partial(floating, 255.0), **GREY),
    P("profile.jpg", "with a colour profile", profiled),
    P("cmyk.jpg", "CMYK", partial(picture, "JPEG", "CMYK", quality=98)),
    *(
        P(f"turned-{note}.jpg", f"turned: note {note}", partial(turned, note))
        for note in (2, 3, 4, 5, 6, 7, 8)
    ),
    P("turned-6.png", "PNG, turned: note 6", partial(turned, 6, "PNG")),
    P("turned-8.webp", "WebP, turned: note 8", partial(turned, 8, "WEBP"), loose=True),
    P("small.png", "40 x 30 pixels", partial(picture, "PNG", size=(40, 30)), size=(40, 30)),
    P("thin.png", "1000 x 310 pixels", partial(picture, "PNG", size=(1000, 310)),
      size=(1000, 310)),
    P("large.png", "7000 x 400 pixels", partial(picture, "PNG", size=(7000, 400)),
      size=(7000, 400)),
    Odd("float-9.tiff", "floats from 0 to 900", partial(floating, 900.0)),
    Odd("cut.jpg", "half of a JPEG", lambda: half(picture("JPEG", quality=98))),
    Odd("cut.png", "half of a PNG", lambda: half(picture("PNG"))),
    Odd("broken.png", "a wrong byte", lambda: broken(picture("PNG"))),
    Odd("bomb.png", "20,000 x 20,000 pixels in 50 kB", bomb),
    Odd("phone.heic", "HEIC", lambda: b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(100)),
    Odd("drawing.svg", "SVG", lambda: b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
    Odd("big.tiff", "BigTIFF", lambda: b"II+\0\x08\0\0\0" + bytes(200)),
    Odd("scan.jp2", "JPEG 2000", partial(picture, "JPEG2000")),
    Odd("new.jxl", "JPEG XL", lambda: b"\0\0\0\x0cJXL \r\n\x87\n" + bytes(200)),
    Odd("layers.psd", "a Photoshop document", lambda: b"8BPS\0\x01" + bytes(200)),
    Odd("icon.ico", "an icon", partial(picture, "ICO", size=(64, 64))),
    Odd("empty.png", "nothing", lambda: b""),
    Odd("page.png", "a web page", lambda: b"<html><body>Sign in</body></html>"),
    Odd("clip.png", "a video named .png", clip),
]  # fmt: skip


# --- sounds -----------------------------------------------------------------------------------


def sound(
    container: str,
    codec: str,
    *,
    seconds: float = 2.5,
    rate: int = RATE,
    layout: str = "stereo",
    cover: bool = False,
    mux: dict[str, str] | None = None,
    at: float = 0.0,
) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        with av.open(str(path), "w", format=container, options=mux or {}) as out:
            stream = out.add_stream(codec, rate=rate, layout=layout)
            if cover:
                still = out.add_stream("mjpeg", rate=1)
                still.width, still.height, still.pix_fmt = 64, 64, "yuvj420p"
                still.disposition = still.disposition.attached_pic
                front = _frame(COOL, (64, 64), "yuvj420p", Colorspace.ITU601, ColorRange.JPEG)
                front.pts, front.time_base = 0, Fraction(1)
                pictures = [*still.encode(front), *still.encode()]
            else:
                pictures = []
            for packet in pictures:
                out.mux(packet)
            _tone(out, stream, seconds, at, layout)
        return path.read_bytes()


def untagged(data: bytes) -> bytes:
    """An MP3 without its ID3 tag."""
    size = 0
    for byte in data[6:10]:
        size = size << 7 | byte
    return data[10 + size :]


def piped(data: bytes) -> bytes:
    """A WAV whose header was written before its length was known."""
    at = data.index(b"data") + 4
    return data[:4] + b"\xff" * 4 + data[8:at] + b"\xff" * 4 + data[at + 4 :]


S = partial(Odd, seconds=2.5)
WAV = partial(sound, "wav", "pcm_s16le")

SOUNDS: list[Odd] = [
    S("plain.wav", "WAV", WAV),
    S("mono.wav", "mono", partial(WAV, layout="mono")),
    S("5.1.wav", "six channels", partial(WAV, layout="5.1")),
    S("8k.wav", "8 kHz", partial(WAV, rate=8000)),
    S("96k.wav", "96 kHz", partial(WAV, rate=96_000)),
    S("24-bit.wav", "24 bits", partial(sound, "wav", "pcm_s24le")),
    S("float.wav", "floats", partial(sound, "wav", "pcm_f32le")),
    S("8-bit.wav", "8 bits", partial(sound, "wav", "pcm_u8")),
    S("pipe.wav", "declares no length", lambda: piped(WAV())),
    S("named.mp3", "WAV named .mp3", WAV),
    S("plain.mp3", "MP3", partial(sound, "mp3", "libmp3lame")),
    S("no-tag.mp3", "MP3 without a tag", lambda: untagged(sound("mp3", "libmp3lame"))),
    S("cover.mp3", "MP3 with a cover", partial(sound, "mp3", "libmp3lame", cover=True)),
    S("plain.m4a", "M4A", partial(sound, "ipod", "aac")),
    S("memo.m4a", "a voice memo: M4A of the brand isom", partial(sound, "mp4", "aac")),
    S("cover.m4a", "the same with a cover", partial(sound, "mp4", "aac", cover=True)),
    S("memo.mov", "sound in MOV", partial(sound, "mov", "aac")),
    S("plain.aac", "AAC", partial(sound, "adts", "aac")),
    S("opus.ogg", "Opus", partial(sound, "ogg", "libopus")),
    S("flac.ogg", "FLAC in Ogg", partial(sound, "ogg", "flac")),
    S("plain.flac", "FLAC", partial(sound, "flac", "flac")),
    S("cover.flac", "FLAC with a cover", partial(sound, "flac", "flac", cover=True)),
    S("opus.webm", "sound in WebM", partial(sound, "webm", "libopus")),
    S("live.webm", "a browser's recording: no length", partial(
        sound, "webm", "libopus", mux={"live": "1"})),
    S("sound.mka", "sound in Matroska", partial(sound, "matroska", "aac")),
    S("short.wav", "a tenth of a second", partial(WAV, seconds=0.1), seconds=0.1),
    Odd("cut.wav", "a fifth of a WAV", lambda: (data := WAV())[: len(data) // 5]),
    Odd("cut.flac", "a third of a FLAC", lambda: (data := sound("flac", "flac"))[: len(data) // 3]),
    Odd("cut.m4a", "half of an M4A", lambda: half(sound("ipod", "aac"))),
    Odd("noise.mp3", "no frames after its tag", lambda: b"ID3\x04" + bytes(5000)),
    Odd("64-bit.wav", "RF64", lambda: b"RF64" + bytes(200)),
    Odd("plain.aiff", "AIFF", partial(sound, "aiff", "pcm_s16be")),
    Odd("plain.caf", "CAF", partial(sound, "caf", "pcm_s16le")),
    Odd("phone.amr", "AMR", lambda: b"#!AMR\n" + bytes(200)),
    Odd("notes.mid", "MIDI", lambda: b"MThd" + bytes(200)),
    Odd("empty.wav", "nothing", lambda: b""),
    Odd("text.mp3", "a text", lambda: b"This is not music. " * 20),
    Odd("clip.wav", "a video named .wav", partial(clip, sound="aac"), seconds=2.0),
]  # fmt: skip

ALL: dict[Literal["clips", "pictures", "sounds"], list[Odd]] = {
    "clips": CLIPS,
    "pictures": PICTURES,
    "sounds": SOUNDS,
}
