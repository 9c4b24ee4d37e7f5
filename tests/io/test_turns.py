"""Threads get a lock in the order in which they asked for it."""

from __future__ import annotations

import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import pytest

from rushes.io.turns import Turns
from support.waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType
    from typing import Any

LONGEST = 60.0


def take(turns: Turns, name: str, order: list[str]) -> None:
    """Have one turn."""
    with turns:
        order.append(name)


def test_whoever_asked_first_is_next_although_the_last_one_asks_again():
    """A thread that takes the lock again and again lets each of the others have it between."""
    turns, order = Turns(), list[str]()
    with ThreadPoolExecutor(3) as pool:
        with turns:
            taken = []
            for number, name in enumerate(["first", "second", "third"]):
                taken.append(pool.submit(take, turns, name, order))
                until(lambda number=number: turns.waiting > number)
        take(turns, "again", order)
        for each in taken:
            each.result(LONGEST)

    assert order == ["first", "second", "third", "again"]


def test_a_thread_that_has_the_lock_may_take_it_again():
    """Also while others wait."""
    turns, order = Turns(), list[str]()
    with ThreadPoolExecutor(1) as pool:
        with turns:
            other = pool.submit(take, turns, "other", order)
            until(lambda: turns.waiting)
            take(turns, "inside", order)
        other.result(LONGEST)

    assert order == ["inside", "other"]


def test_a_wait_ends_in_time_and_holds_nobody_up():
    """Those behind it move up."""
    turns, order = Turns(), list[str]()
    with ThreadPoolExecutor(2) as pool:
        with turns:
            impatient = pool.submit(turns.acquire, timeout=0.01)
            assert impatient.result(LONGEST) is False
            patient = pool.submit(take, turns, "patient", order)
            until(lambda: turns.waiting)
        patient.result(LONGEST)

    assert (order, turns.waiting) == (["patient"], 0)


def test_what_is_not_held_cannot_be_given_back():
    """As for Python's own locks."""
    with pytest.raises(RuntimeError):
        Turns().release()


@contextmanager
def interrupted_at(line: int) -> Iterator[None]:
    """Raise an interrupt at a line of the lock's own code, counted as they are run."""
    left = line

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal left
        if frame.f_code.co_filename != sys.modules[Turns.__module__].__file__:
            return None
        if event == "line":
            left -= 1
            if not left:
                raise KeyboardInterrupt
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        yield
    finally:
        sys.settrace(before)


@pytest.mark.parametrize("line", range(1, 40))
@pytest.mark.parametrize("is_held", [True, False])
def test_an_interrupt_at_any_line_leaves_the_lock_to_the_others(line, is_held):
    """Also at one at which a thread cannot leave the line any more."""
    turns, order = Turns(), list[str]()
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with turns:
            held.set()
            done.wait(LONGEST)

    with ThreadPoolExecutor(2) as pool:
        holder = pool.submit(hold) if is_held else None
        if is_held:
            held.wait(LONGEST)
        with suppress(KeyboardInterrupt), interrupted_at(line):
            try:
                turns.acquire(timeout=0.01)
            finally:
                with suppress(RuntimeError):
                    turns.release()
        done.set()
        if holder is not None:
            holder.result(LONGEST)
        for name in ("one", "another"):
            pool.submit(take, turns, name, order).result(LONGEST)

    assert order == ["one", "another"]
