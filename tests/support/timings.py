"""The engine's times for tests, and those of services that wait for the test."""

from __future__ import annotations

from dataclasses import replace

from rushes.engine import Timing

QUICK = Timing(
    lease=60.0,
    heartbeat=0.5,
    submit_guard=30.0,
    submit_deadline=30.0,
    look_up=0.1,
    retry=0.05,
    retry_most=0.5,
    forgotten=1.0,
    watch=0.05,
)
"""Times for tests: what the engine does again it does soon, and a process that is kept from its
work for some seconds, as on a busy machine, loses neither its jobs nor a reply."""

HANDOVER = replace(QUICK, submit_guard=2.0, submit_deadline=3.0)
"""For tests in which a process dies while it sends: nobody takes the job over for as long as its
request may be on the way."""

BRIEF = replace(QUICK, submit_guard=0.5, submit_deadline=0.7, submit_margin=0.0)
"""For tests that wait for proof of absence: that takes as long as a request may be on its way. A
reply may count as lost only because the machine is busy, so these tests count no requests that
are sent under one key."""

AN_HOUR = (3_600.0, 3_600.0)
"""For what a service does only when the test puts its clock forward, by `A_WHILE` at least."""

A_WHILE = 3_601.0
"""Seconds after which all of it is done."""
