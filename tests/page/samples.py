"""Traits as the kernel half would send them, and small media files."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import av
import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from pathlib import Path

TIMES = "\N{MULTIPLICATION SIGN}"
T2V, I2V, R2V = "text-to-video", "image-to-video", "reference-to-video"


def field(name: str, label: str, kind: str, modes: list[str], **more: Any) -> dict[str, Any]:
    return {"name": name, "label": label, "kind": kind, "modes": modes, "required": [], **more}


def backend(**more: Any) -> dict[str, Any]:
    return {
        "name": "fal",
        "configured": True,
        "chosen": True,
        "reason": None,
        "perSecond": 0.3,
        "currency": "USD",
        "priceDate": "2026-10-01",
        "typicalSeconds": 90,
        "refuses": {},
        **more,
    }


def seedance() -> dict[str, Any]:
    every = [T2V, I2V, R2V]
    return {
        "id": "seedance-2.0",
        "title": "Seedance 2.0",
        "modes": every,
        "promptLimit": 2000,
        "promptModes": every,
        "promptUnless": None,
        "maxReferences": 12,
        "fields": [
            field(
                "aspectRatio",
                "Aspect ratio",
                "choice",
                every,
                choices=["21:9", "16:9", "4:3", "1:1", "3:4", "9:16"],
                default="16:9",
            ),
            field(
                "resolution",
                "Resolution",
                "choice",
                every,
                choices=["480p", "720p", "1080p"],
                default="720p",
            ),
            field(
                "durationSeconds",
                "Duration",
                "integer",
                every,
                min=4,
                max=15,
                step=1,
                default=5,
                unit="s",
            ),
            field("generateAudio", "Audio", "boolean", every, default=True),
            field("seed", "Seed", "integer", every, min=0, max=2_147_483_647),
            field("startImageUrl", "Start image", "image", [I2V], required=[I2V]),
            field("endImageUrl", "End image", "image", [I2V]),
            field("imageReferences", "Images", "images", [R2V], maxItems=9),
            field("videoReferences", "Videos", "videos", [R2V], maxItems=3),
            field("audioReferences", "Sounds", "audios", [R2V], maxItems=3),
        ],
        "backends": [backend()],
    }


def kling() -> dict[str, Any]:
    every = [T2V, I2V]
    return {
        "id": "kling-3.0-standard",
        "title": "Kling 3.0 standard",
        "modes": every,
        "promptLimit": 2500,
        "promptModes": every,
        "promptUnless": "multiPrompt",
        "maxReferences": None,
        "fields": [
            field(
                "aspectRatio",
                "Aspect ratio",
                "choice",
                every,
                choices=["16:9", "9:16", "1:1"],
                default="16:9",
            ),
            field(
                "durationSeconds",
                "Duration",
                "integer",
                every,
                min=3,
                max=15,
                step=1,
                default=5,
                unit="s",
            ),
            field("generateAudio", "Audio", "boolean", every, default=True),
            field("cameraFixed", "Fixed camera", "boolean", every, default=False),
            field("negativePrompt", "Negative prompt", "text", every, maxLength=2500),
            field("cfgScale", "Guidance", "number", every, min=0, max=1, step=0.05),
            field("shotType", "Shot type", "choice", every, choices=["customize", "intelligent"]),
            field("multiPrompt", "Scenes", "shots", every, maxItems=6),
            field("startImageUrl", "Start image", "image", [I2V], required=[I2V]),
            field("endImageUrl", "End image", "image", [I2V]),
        ],
        "backends": [
            backend(
                perSecond=0.126,
                refuses={
                    "cameraFixed": 'fal no longer takes it; write "the camera stands still" '
                    "in the prompt."
                },
            )
        ],
    }


def unusable() -> dict[str, Any]:
    return {
        "id": "seedance-2.0-fast",
        "title": "Seedance 2.0 fast",
        "modes": [T2V],
        "promptLimit": None,
        "promptModes": [T2V],
        "promptUnless": None,
        "maxReferences": None,
        "fields": [],
        "backends": [backend(name="ark", configured=False, chosen=False, reason="set ARK_API_KEY")],
    }


def invented() -> dict[str, Any]:
    """A provider from a user's file, with a field kind that no page knows yet."""
    return {
        "id": "dream-1",
        "title": "Dream 1",
        "modes": [T2V, "sketch-to-video"],
        "promptLimit": None,
        "promptModes": [T2V],
        "promptUnless": None,
        "maxReferences": None,
        "fields": [
            field("sparkle", "Sparkle", "number", [], min=0, max=10, step=0.5, default=2.5),
            field("palette", "Palette", "choice", [], choices=["warm", "cold"]),
            field("curve", "Curve", "bezier", [], help="Four numbers."),
            field("depth", "Depth", "integer", []),
        ],
        "backends": [backend(name="preview", perSecond=None)],
    }


def facts(more: dict[str, Any]) -> list[str]:
    """The facts of a finished take, as the kernel words them."""
    size = f"{more.get('width', 1280)}{TIMES}{more.get('height', 720)}"
    seed = [f"seed {more['seed']}"] if more.get("seed") is not None else []
    return ["5 s", size, *seed, "$1.51", "took 1 min 12 s"]


def take(job: str, state: str = "completed", **more: Any) -> dict[str, Any]:
    base: dict[str, Any] = {
        "job": job,
        "state": state,
        "provider": "seedance-2.0",
        "providerTitle": "Seedance 2.0",
        "mode": T2V,
        "backend": "fal",
        "prompt": "A fishing boat leaves the harbour at dawn, slow push in",
        "params": {
            "provider": "seedance-2.0",
            "mode": T2V,
            "prompt": "A fishing boat leaves the harbour at dawn, slow push in",
            "aspectRatio": "16:9",
            "durationSeconds": 5,
        },
        "createdAt": time.time() - 200,
        "width": 1280,
        "height": 720,
        "notes": [],
    }
    if state == "completed":
        base |= {
            "durationSeconds": 5.04,
            "fps": 24,
            "took": 72.4,
            "bytes": 6_300_000,
            "facts": facts(more),
            "cost": {"amount": 1.51, "currency": "USD", "estimated": False, "text": "$1.51"},
            "video": {"path": f"rushes-media/{job}.mp4", "url": None, "type": "video/mp4"},
            "poster": {"path": f"rushes-media/{job}.jpg", "url": None, "type": "image/jpeg"},
        }
    elif state in {"queued", "submitting", "running", "fetching"}:
        base |= {"elapsed": 12.0, "progress": {"text": "", "fraction": None, "estimated": False}}
    return base | more


def traits(**more: Any) -> dict[str, Any]:
    return {
        "_providers": [seedance(), kling(), unusable(), invented()],
        "_takes": [],
        "_settings": {},
        "_epoch": "first",
        "_notice": "",
        "_selected": [],
        "_names": {},
        "_budget": None,
        **more,
    }


ESTIMATE = {
    "ok": True,
    "value": {
        "cost": {"amount": 1.51, "currency": "USD", "date": "2026-10-01", "source": "catalog"},
        "seconds": 84,
        "basis": "history",
        "problems": [],
    },
}
HELLO = {"ok": True, "value": {"epoch": "first"}}


def picture(width: int, height: int, phase: float) -> np.ndarray:
    """A sky, a sun that moves with the phase, and a sea."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    v, u = y / height, x / height
    sky = np.stack([220 - 90 * v, 120 + 60 * v, 110 + 110 * v], axis=-1)
    sun = np.exp(-(((u - 0.3 - phase) ** 2 + (v - 0.42) ** 2) / 0.006))[..., None]
    sky += sun * np.array([200, 150, 60])
    wave = 14 * np.sin(40 * v**2 + 9 * u + 18 * phase)
    sea = np.stack([30 + wave, 74 + wave, 108 + wave], axis=-1)
    return np.clip(np.where((v > 0.58)[..., None], sea, sky), 0, 255).astype(np.uint8)


def write_video(path: Path, width: int = 320, height: int = 180, seconds: float = 1.0) -> None:
    """A small H.264 film."""
    with av.open(str(path), "w") as box:
        stream = box.add_stream("libx264", rate=24)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        frames = int(24 * seconds)
        for index in range(frames):
            frame = av.VideoFrame.from_ndarray(picture(width, height, index / frames))
            box.mux(stream.encode(frame))
        box.mux(stream.encode())


def write_poster(path: Path, width: int = 320, height: int = 180, phase: float = 0.0) -> None:
    Image.fromarray(picture(width, height, phase)).save(path, quality=85)
