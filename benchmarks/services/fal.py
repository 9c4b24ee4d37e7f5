"""fal's queue, by the emulator that the tests use; it serves one real 720p clip for every job."""

from __future__ import annotations

from benchmarks.services.model import Durations, Model
from emulators import clips
from emulators.fal import FalEmulator, FalSettings

CLIP = clips.ClipSpec(width=1280, height=720, seconds=5)


def main() -> None:
    """Serve until a signal."""
    model = Model.from_arguments()
    durations = Durations(model)
    clips.clip(CLIP)  # Rendered before anything is measured.
    settings = FalSettings(
        run_seconds=lambda _, value: durations.draw(str(value.get("prompt"))),
        polls_per_second=model.polls_per_second,
        poll_retry_after=model.retry_after,
        log_requests=False,
    )
    FalEmulator(settings).run()


if __name__ == "__main__":
    main()
