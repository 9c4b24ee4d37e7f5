"""Whatever processes do in whatever order, the journal's rules hold."""

from __future__ import annotations

import shutil
import tempfile
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings, strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule

from rushes.contract.errors import JournalError
from rushes.contract.params import VideoGenParams
from rushes.journal import ENDED, TRANSITIONS, UNFINISHED, JobRecord, JobState, SqliteJournal

PARAMS = VideoGenParams(provider="p", mode="text-to-video")


class JournalMachine(RuleBasedStateMachine):
    """Three processes share a journal; any of them may die and come back at any time."""

    ids = Bundle("ids")

    def __init__(self) -> None:
        super().__init__()
        self.home = Path(tempfile.mkdtemp())
        self.processes = [self._process() for _ in range(3)]
        self.views: list[dict[str, JobRecord]] = [{}, {}, {}]
        self.sends: dict[str, set[str]] = {}
        self.settled: set[str] = set()

    def _process(self) -> SqliteJournal:
        journal = SqliteJournal(self.home)
        journal.heartbeat(1000)
        return journal

    def teardown(self) -> None:
        for journal in self.processes:
            journal.close()
        shutil.rmtree(self.home)

    @rule(target=ids, who=st.integers(0, 2), name=st.sampled_from("abcdef"))
    def add(self, who, name):
        self.views[who][name] = self.processes[who].add(
            JobRecord.new(PARAMS, backend="b", folder="f", job_id=name)
        )
        return name

    @rule(who=st.integers(0, 2), name=ids, state=st.sampled_from(JobState))
    def write(self, who, name, state):
        job = self.views[who].get(name)
        if job is None:
            return
        changes = {}
        if state is JobState.SUBMITTING:
            changes = {"token": f"{name}-{job.attempts + 1}", "attempts": job.attempts + 1}
            changes["submit_at"] = time.time()
        if state is JobState.RUNNING:
            return  # Reached by acceptance and decision only.
        try:
            written = self.processes[who].write(job, state, **changes)
        except JournalError:
            return
        assert state == job.state or state in TRANSITIONS[job.state]
        if state is JobState.SUBMITTING and job.state is JobState.QUEUED:
            # Each attempt is begun by one process only: this is the double payment.
            assert written.token not in self.sends.setdefault(name, set())
            self.sends[name].add(written.token)
        self.views[who][name] = written

    @rule(who=st.integers(0, 2), name=ids)
    def accept(self, who, name):
        job = self.views[who].get(name)
        if job is None or job.token is None:
            return
        try:
            self.views[who][name] = self.processes[who].accept(job, f"remote-{job.token}", {})
        except JournalError:
            return

    @rule(who=st.integers(0, 2))
    def die_and_return(self, who):
        self.processes[who].heartbeat(-1)
        self.processes[who]._db.close()  # As the system does for the dead; the lease stays.
        self.processes[who] = self._process()
        self.views[who] = {}

    @rule(who=st.integers(0, 2))
    def claim(self, who):
        for job in self.processes[who].claim(["b"], hold_submitting=-1):
            self.views[who][job.id] = job

    @rule(who=st.integers(0, 2), name=ids)
    def cancel(self, who, name):
        self.processes[who].request_cancel(name)

    @rule(
        who=st.integers(0, 2),
        name=ids,
        state=st.sampled_from([JobState.QUEUED, JobState.FAILED]),
    )
    def decide(self, who, name, state):
        try:
            self.views[who][name] = self.processes[who].decide(name, state)
        except JournalError:
            return

    @rule(who=st.integers(0, 2))
    def drain(self, who):
        for job in self.processes[who].drain():
            assert job.state in ENDED
            assert job.id not in self.settled

    @rule(who=st.integers(0, 2), name=ids)
    def settle(self, who, name):
        if self.processes[who].get(name).state in ENDED:
            self.processes[who].settle(name)
            self.settled.add(name)

    @invariant()
    def rows_are_sound(self):
        for job in self.processes[0].select():
            if job.state is JobState.SUBMITTING:
                assert job.token is not None
                assert job.submit_at is not None
            if job.state is JobState.RUNNING:
                assert job.remote_id is not None
            assert (job.ended_at is not None) == (job.state in ENDED)
            assert (job.owner is None) or job.state in UNFINISHED


JournalMachine.TestCase.settings = settings(
    max_examples=25,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)


@pytest.mark.slow
class TestJournal(JournalMachine.TestCase):
    """Hypothesis runs the machine."""
