"""The engine's times for tests."""

from __future__ import annotations

from rushes.engine import Timing

QUICK = Timing(
    lease=5.0,
    heartbeat=0.5,
    submit_guard=2.0,
    submit_deadline=3.0,
    look_again=0.1,
    retry=0.05,
    retry_most=0.5,
    forgotten=1.0,
    watch=0.05,
)
"""Times for tests, which cannot wait half a minute for a lease to run out."""
