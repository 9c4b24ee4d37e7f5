"""The engine's times for tests."""

from __future__ import annotations

from dataclasses import replace

from rushes.engine import Timing

QUICK = Timing(
    lease=5.0,
    heartbeat=0.5,
    submit_guard=2.0,
    submit_deadline=3.0,
    look_up=0.1,
    retry=0.05,
    retry_most=0.5,
    forgotten=1.0,
    watch=0.05,
)
"""Times for tests, which cannot wait half a minute for a lease to run out."""

BRIEF = replace(QUICK, submit_guard=0.5, submit_deadline=0.7, submit_margin=0.0)
"""For tests that wait for proof of absence: that takes as long as a request may be on its way."""
