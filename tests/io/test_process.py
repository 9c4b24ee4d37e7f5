"""A process counts as ended only where that is certain."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace

import pytest

from rushes.io.process import Process

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such numbers")


def test_a_process_is_read_as_it_was_written():
    """All that identifies it."""
    assert Process.parse(str(Process.here())) == Process.here()
    assert Process.here().pid == os.getpid()


def test_a_living_process_is_not_gone():
    """Neither this one nor its parent."""
    assert not Process.here().is_gone()
    assert not replace(Process.here(), pid=os.getppid(), start="").is_gone()


def test_a_process_that_was_waited_for_is_gone():
    """Its number is free."""
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()

    assert replace(Process.here(), pid=child.pid, start="1").is_gone()


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_process_that_nobody_waited_for_is_gone():
    """It only stands in the table, and does nothing any more."""
    child = subprocess.Popen([sys.executable, "-c", ""])
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)

    assert replace(Process.here(), pid=child.pid, start="").is_gone()
    child.wait()


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_another_process_of_that_number_is_not_it():
    """Numbers are given again, e.g. in a container that was started anew."""
    assert replace(Process.here(), start="1").is_gone()


@pytest.mark.parametrize("space", ["", "pid:[1]"])
def test_a_process_of_another_container_is_not_judged(space):
    """Its number means something else here."""
    assert not replace(Process.here(), pid=2**22 - 1, space=space).is_gone()


@pytest.mark.parametrize("text", ["", "4242", "x|y|z", "-1|pid:[1]|5", "9" * 30, None, b"\xff"])
def test_what_says_little_is_not_judged(text):
    """A row of an earlier release, or a damaged one."""
    assert not Process.parse(text).is_gone()
