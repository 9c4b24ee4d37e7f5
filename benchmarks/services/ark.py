"""Ark's tasks, by the emulator that the tests use, with Ark's own limit of one list a second."""

from __future__ import annotations

import json

from benchmarks.services.fal import CLIP
from benchmarks.services.model import Durations, Model
from emulators import clips
from emulators.ark import ArkEmulator, ArkSettings


def main() -> None:
    """Serve until a signal."""
    durations = Durations(Model.from_arguments())
    clips.clip(CLIP)  # Rendered before anything is measured.
    settings = ArkSettings(
        run_seconds=lambda _, value: durations.draw(json.dumps(value.get("content"))),
        lists_per_second=1.0,
        log_requests=False,
    )
    ArkEmulator(settings).run()


if __name__ == "__main__":
    main()
