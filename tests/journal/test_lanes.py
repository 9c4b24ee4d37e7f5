"""Which process works on the jobs of which service."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from journal.contract import new_job
from rushes.journal import JobState, open_journal
from rushes.journal.lanes import Lane, Laned, Lanes, assigned, lane_of
from support.postgres import execute

SERVICES = ("ark", "fal", "kling")

WORKERS = st.dictionaries(
    st.sampled_from("abcde"), st.sets(st.sampled_from(SERVICES), max_size=3), max_size=5
)

LANES = st.dictionaries(
    st.builds(Lane, st.sampled_from(SERVICES), st.integers(0, 4)),
    st.none() | st.sampled_from("abcdex"),
)

HOLD = 5.0


@given(LANES, WORKERS)
def test_every_lane_has_a_worker_that_can(lanes, workers):
    """Unless nobody works on its service; nobody could take one more to be even."""
    found = assigned(lanes, workers)

    assert found.keys() == lanes.keys()
    counts = Counter(found.values())
    for lane, holder in found.items():
        able = [each for each, services in workers.items() if lane.backend in services]
        assert (holder is None) == (not able)
        if holder is not None:
            assert holder in able
            assert all(counts[holder] <= counts[each] + 1 for each in able)


@given(LANES, WORKERS)
def test_what_is_even_stays_as_it_is(lanes, workers):
    """Handing over costs a moment, so nothing moves without need."""
    once = assigned(lanes, workers)

    assert assigned(once, workers) == once


@given(st.integers(1, 8), st.integers(0, 100))
def test_the_shares_of_a_number_add_up(parts, total):
    """Whoever holds the parts of a service."""
    each = [Lanes({"fal": parts}, frozenset({Lane("fal", part)})) for part in range(parts)]

    assert sum(lanes.share("fal", total) for lanes in each) == total


psycopg = pytest.importorskip("psycopg")


def opened(database: str):
    """A process on a database, which is alive."""
    journal = open_journal(Path(), database)
    assert isinstance(journal, Laned)
    journal.heartbeat(60.0)
    return closing(journal)


def test_a_part_is_the_same_in_the_database(database):
    """A process claims exactly the jobs of its lanes, and all processes together claim all."""
    with opened(database) as one, opened(database) as two:
        one.take_lanes([], {})
        for _ in range(40):
            one.add(new_job())
        assert one.claim(["fal"], hold_submitting=HOLD) == []
        two.take_lanes(["fal"], {"fal": 3})
        one.take_lanes(["fal"], {})
        one.free((), ())
        two.take_lanes(["fal"], {})
        two.free((), ())
        one.take_lanes(["fal"], {})

        both = {each: each.claim(["fal"], hold_submitting=HOLD) for each in (one, two)}

    assert sum(map(len, both.values())) == 40
    assert all(both.values())
    for journal, claimed in both.items():
        assert all(lane_of(job, 3) in journal.lanes.held for job in claimed)


def test_a_new_job_belongs_to_who_has_its_lane(database):
    """It has no owner where it is recorded by another process, which is then notified."""
    with opened(database) as worker, opened(database) as server:
        worker.take_lanes(["fal"], {})
        server.take_lanes([], {})

        left, kept = server.add(new_job()), worker.add(new_job())

        assert (left.owner, kept.owner) == (None, worker.owner)
        assert [job.id for job in worker.claim(["fal"], hold_submitting=HOLD)] == [left.id]


def test_a_lane_is_handed_over_when_nothing_of_it_is_under_way(database):
    """What cannot be left yet keeps its lane; the rest is claimed by the other at once."""
    with opened(database) as old, opened(database) as new:
        old.take_lanes(["fal", "kling"], {})
        jobs = [old.add(new_job(backend=name)) for name in ("fal", "kling", "kling")]
        new.take_lanes(["fal", "kling"], {})
        old.take_lanes(["fal", "kling"], {})
        (kept,) = {lane.backend for lane in old.lanes.held}
        others = [job for job in jobs if job.backend != kept]

        old.free(others[:1], [job.id for job in others[1:]])
        assert not new.take_lanes(["fal", "kling"], {}).held
        old.free((), [job.id for job in others])
        assert new.take_lanes(["fal", "kling"], {}).held == {Lane(others[0].backend)}

        claimed = new.claim(["fal", "kling"], hold_submitting=HOLD)

    assert {job.id for job in claimed} == {job.id for job in others}
    assert all(job.state is JobState.QUEUED for job in claimed)


def test_the_lanes_of_a_dead_process_are_taken(database):
    """As soon as its lease has ended, or it has released it."""
    with opened(database) as living:
        with opened(database) as dead:
            dead.take_lanes(["fal"], {})
            execute(database, "UPDATE owners SET lease_until = 0 WHERE id = %s", dead.owner)
            assert living.take_lanes(["fal"], {}).held == {Lane("fal")}
        with opened(database) as ended:
            living.take_lanes([], {})
            living.free((), ())
            assert ended.take_lanes(["fal"], {}).held == {Lane("fal")}
        assert living.take_lanes(["fal"], {}).held == {Lane("fal")}


def test_a_library_has_only_so_many_jobs_under_way(database):
    """Of intents that several processes write at once, as many as may be are written."""
    with opened(database) as one, opened(database) as two:
        one.take_lanes(["fal"], {})
        two.take_lanes(["kling"], {})
        jobs = [(one, one.add(new_job())) for _ in range(6)]
        jobs += [(two, two.add(new_job(backend="kling"))) for _ in range(6)]
        other = two.add(new_job(backend="kling", folder="/elsewhere"))

        def begin(journal, job):
            return journal.begin(job, most=3, token=job.id, request={}, submit_at=1.0)

        with ThreadPoolExecutor(12) as threads:
            begun = [each for each in threads.map(lambda pair: begin(*pair), jobs) if each]

        assert [job.state for job in begun] == [JobState.SUBMITTING] * 3
        assert begin(two, other) is not None


def test_a_change_is_read_whenever_its_transaction_ends(database):
    """One that began earlier and ends later than others is not missed."""
    with opened(database) as journal:
        quiet = journal.add(new_job())
        _, since = journal.changed(None)
        with psycopg.connect(database) as slow:
            slow.execute("UPDATE jobs SET label = 'late' WHERE id = %s", (quiet.id,))
            other = journal.add(new_job())
            found, since = journal.changed(since)
            assert {job.id for job in found} - {quiet.id} == {other.id}
        found, since = journal.changed(since)
        assert quiet.id in {job.id for job in found}
        assert journal.changed(since)[0] == []
