"""Traits as the kernel half would send them, and small media files."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import av
import numpy as np
from PIL import Image

from rushes.widgets.pool import pooled

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
            field("multiPrompt", "Shots", "shots", every, maxItems=6),
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


COST = {"amount": 1.5, "currency": "USD"}
DONE = {"video": {"path": "film.mp4"}, "poster": {"path": "film.jpg"}}


def batch() -> list[dict[str, Any]]:
    """24 takes of one click, newest first: 9 done, 1 failed, 4 rendering, 10 in line."""
    now = time.time()
    takes = []
    for number in range(24):
        more: dict[str, Any] = {"createdAt": now - 60 + number / 100, "cost": COST, "seed": number}
        state = "completed" if number < 9 else "failed" if number == 9 else "running"
        if number >= 10:
            ahead = None if number < 14 else number - 14
            text = "rendering, 40%" if ahead is None else f"in line, {ahead + 1}"
            more["progress"] = {"text": text, "fraction": None, "estimated": False}
            more["progress"] |= {} if ahead is None else {"position": ahead}
        takes.append(take(f"b{number}", state, **more, **(DONE if number < 9 else {})))
    return takes[::-1]


def traits(**more: Any) -> dict[str, Any]:
    return {
        "_providers": pooled([seedance(), kling(), unusable(), invented()]),
        "_takes": [],
        "_settings": {},
        "_epoch": "first",
        "_notice": "",
        "_selected": [],
        "_names": {},
        "_budget": None,
        "_allowance": "",
        "_library": {"path": "rushes-media", "elsewhere": None},
        **more,
    }


SWEEP = {
    "ok": True,
    "value": {
        "takes": 48,
        "made": 3,
        "low": 31.2,
        "high": 34.1,
        "seconds": 1500,
    },
}

RECALLED = {
    "ok": True,
    "value": {
        "prompts": [
            {"text": "A red fox crosses a salt flat at dawn", "name": "fox 3"},
            {"text": "A fox sleeps in the snow"},
            {"text": "A boat " + "on a very calm lake " * 20},
        ]
    },
}


def sweeps() -> list[dict[str, Any]]:
    """One that runs, and one that was paused."""
    return [
        {
            "name": "A {animal} crosses a salt flat #0a1b2c",
            "state": "running",
            "words": "12 of 48 takes done · $9.10 of $60.00 · about 14 min left · 1 needs you",
            "fraction": 0.25,
            "waiting": 24,
            "failed": 0,
        },
        {
            "name": "A boat #0a1b2d",
            "state": "paused",
            "words": "2 of 9 takes done · $3.10 · 1 failed · paused, 6 left for about $4.20",
            "fraction": 1 / 3,
            "waiting": 6,
            "failed": 1,
        },
    ]


ANIMALS = ["fox", "heron", "wild horse"]
MODELS = ["Seedance 2.0", "Kling 3.0 standard"]
SEEDS = ["7", "41"]


def cells(*axes: tuple[str, list[str]], ratio: float = 16 / 9) -> dict[str, Any]:
    """The layout of a board with a cell for each combination; the last axis changes fastest."""
    places: list[list[int]] = [[]]
    for _, values in axes:
        places = [[*place, at] for place in places for at in range(len(values))]
    return {
        "title": "salt flat",
        "axes": [{"name": name, "title": name, "values": values} for name, values in axes],
        "cells": [{"at": place, "ratio": ratio} for place in places],
    }


def grid(animals: list[str] = ANIMALS) -> dict[str, Any]:
    """Animals by models by seeds."""
    return cells(("animal", animals), ("provider", MODELS), ("seed", SEEDS))


def in_cell(number: int, state: str = "completed", **more: Any) -> dict[str, Any]:
    """A take of a board."""
    files = DONE if state == "completed" else {}
    return take(f"c{number}", state, cell=number, **{**files, **more})


def board(**more: Any) -> dict[str, Any]:
    """What a board's page gets; by default of a finished sweep."""
    layout = more.pop("_board", None) or grid()
    return {
        "_board": layout,
        "_arrangement": {"rows": ["animal"], "columns": ["provider"]},
        "_sweep": None,
        "_takes": [in_cell(number) for number in range(len(layout["cells"]))],
        "_revision": 0,
        "_epoch": "first",
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


def player(bundle: Path) -> dict[str, Any]:
    """The kernel's answer to a page that compares."""
    parts = {"script": "compare.js", "style": "player.css"}
    return {
        "ok": True,
        "value": {name: (bundle / file).read_text("utf-8") for name, file in parts.items()},
    }


NO_CLIP = {"ok": False, "error": {"code": "error", "message": "Not measured.", "problems": []}}
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
