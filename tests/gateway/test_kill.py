"""A notebook and its gateway, both killed at any time: nothing is lost, nothing is bought twice."""

from __future__ import annotations

import random
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

pytest.importorskip("fastapi")

from emulators.fal import FAL_KEY, FalEmulator, FalSettings
from gateway.killed import TAKES, Killed, prompt_of
from gateway.serving import APP
from reliability.verdict import carries
from rushes import JobState
from rushes.cli.app import app
from rushes.gateway.register import Register
from rushes.journal import SqliteJournal
from support.ports import free_port

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rushes.journal import JobRecord

# On a busy machine the last takes can need more than four minutes.
pytestmark = [pytest.mark.slow, pytest.mark.soak]

KILLS = 12

KILL_EVERY = (0.2, 2.0)
"""Seconds between two kills, drawn evenly."""

PATIENCE = 240.0
"""Seconds within which all is done once nobody is killed any more."""


def kept(home: Path) -> Sequence[JobRecord]:
    """All jobs of a journal."""
    journal = SqliteJournal(home)
    try:
        return journal.select()
    finally:
        journal.close()


def decide(home: Path, fal: FalEmulator, environment: Mapping[str, str]) -> None:
    """Settle uncertain jobs as an operator does, who reads in fal's dashboard what it has.

    A gateway that is killed while it sends leaves a job whose request may not have arrived. fal
    cannot prove that it has none, so the gateway sends nothing again by itself.
    """
    journal = SqliteJournal(home)
    try:
        uncertain = journal.uncertain()
    finally:
        journal.close()
    bought = {job.input["prompt"]: job.request_id for job in fal.jobs}
    for job in uncertain:
        found = bought.get(job.params["prompt"])
        command = ["resubmit", job.id, "--yes"] if found is None else ["resolve", job.id, found]
        done = CliRunner().invoke(
            app, ["jobs", *command], env={**environment, "RUSHES_HOME": str(home)}
        )
        # The gateway may have found it itself since.
        assert done.exit_code == 0 or "not uncertain" in done.output, done.output


@pytest.mark.timeout(600)
def test_nothing_is_lost_or_bought_twice_when_both_are_killed(tmp_path: Path) -> None:
    """Each take is bought once, and its own video is in the notebook's library."""
    register = Register(tmp_path / "gateway")
    token, _ = register.add_token("ada", app=APP)
    register.close()
    die, kills = random.Random(7), Counter[str]()
    settings = FalSettings(run_seconds=(0.5, 6.0), tiny_clips=True, answer_delay=(0.0, 0.2))
    with FalEmulator(settings) as fal:
        urls = {
            f"RUSHES_FAL_{name.upper()}_URL": fal.urls[name] for name in ("queue", "rest", "api")
        }
        # It is the same one after each restart, whatever else the machine connects meanwhile.
        port = str(free_port())
        server = Killed("serve", str(tmp_path), port, environment=urls | {"FAL_KEY": FAL_KEY})
        variables = {"RUSHES_GATEWAY_URL": server.said, "RUSHES_GATEWAY_TOKEN": token}
        notebook = Killed("notebook", str(tmp_path), environment=variables)
        try:
            for _ in range(KILLS):
                time.sleep(die.uniform(*KILL_EVERY))
                name = die.choice(("gateway", "notebook"))
                victim = server if name == "gateway" else notebook
                if notebook.process.poll() is None:
                    kills[name] += 1
                    victim.kill()
                    victim.start()
            end = time.monotonic() + PATIENCE
            while notebook.process.poll() is None and time.monotonic() < end:
                decide(tmp_path / "gateway", fal, urls | {"FAL_KEY": FAL_KEY})
                time.sleep(0.5)
            assert notebook.process.poll() == 0
        finally:
            notebook.kill()
            server.kill()
        bought = {job.input["prompt"]: job.request_id for job in fal.jobs}
        orders = Counter(job.input["prompt"] for job in fal.jobs)

    every = {prompt_of(number): 1 for number in range(TAKES)}
    takes = kept(tmp_path / "home")
    assert orders == every, kills
    assert Counter(job.params["prompt"] for job in kept(tmp_path / "gateway")) == every, kills
    assert Counter(job.params["prompt"] for job in takes) == every, kills
    assert {job.state for job in takes} == {JobState.COMPLETED}, kills
    for take in takes:
        assert carries(Path((take.result or {})["path"]), bought[take.params["prompt"]])
