"""Kling's tasks, by the emulator that the tests use."""

from __future__ import annotations

import json

from benchmarks.services.fal import CLIP
from benchmarks.services.model import Durations, Model
from emulators import clips
from emulators.kling import KlingEmulator, KlingSettings


def main() -> None:
    """Serve until a signal."""
    durations = Durations(Model.from_arguments())
    clips.clip(CLIP)  # Rendered before anything is measured.
    settings = KlingSettings(
        run_seconds=lambda _, value: durations.draw(json.dumps(value)), log_requests=False
    )
    KlingEmulator(settings).run()


if __name__ == "__main__":
    main()
