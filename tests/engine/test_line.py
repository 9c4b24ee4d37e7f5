"""Whose turn it is when fewer jobs may be at services at once than there are."""

from __future__ import annotations

import statistics
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from hypothesis import given, strategies as st

from rushes.contract.params import VideoGenParams
from rushes.engine.line import Line, Terms, whole
from rushes.journal import JobRecord

if TYPE_CHECKING:
    from collections.abc import Mapping

PARAMS = VideoGenParams(provider="kling-3.0-standard", mode="text-to-video", prompt="A fox")


class Rules:
    """Limits as a test states them."""

    def __init__(self, places: int | None = None, **terms: Terms) -> None:
        self.all = places
        self.of = terms

    def terms(self, job: JobRecord) -> Terms:
        return self.of.get(job.folder, Terms())

    def places(self, backend: str) -> int | None:
        return self.all if backend == "fal" else None


def job(person: str, number: int = 0, backend: str = "fal") -> JobRecord:
    """A job of a person; later numbers came later."""
    made = JobRecord.new(PARAMS, backend=backend, folder=person)
    return replace(made, id=f"{person}-{backend}-{number}", created_at=1000.0 + number)


def people(ids: list[str]) -> Mapping[str, int]:
    """How many jobs of whom."""
    return Counter(each.partition("-")[0] for each in ids)


def test_a_person_has_only_so_many_at_once() -> None:
    """At all services together; the next one goes in the order in which they came."""
    line = Line(Rules(ada=Terms(most=2)), whole)
    first, second, third = job("ada", 1), job("ada", 2, "kling"), job("ada", 3)

    assert line.ask(first) == [first.id]
    assert line.ask(second) == [second.id]
    assert line.ask(third) == line.ask(job("ada", 4)) == []
    assert line.leave(second) == [third.id]


def test_a_heavy_person_does_not_keep_others_waiting() -> None:
    """A place that becomes free goes to who has the fewest."""
    line = Line(Rules(places=4), whole)
    heavy = [job("heavy", number) for number in range(100)]
    for each in heavy:
        line.ask(each)
    light = [job(f"light{number}", 100 + number) for number in range(3)]
    for each in light:
        assert line.ask(each) == []

    granted = [job_id for each in heavy[:3] for job_id in line.leave(each)]

    assert sorted(granted) == sorted(each.id for each in light)


def test_light_people_wait_a_quarter_of_what_a_heavy_one_does() -> None:
    """One has 80 % of 1,200 jobs, which were there first; 20 others have the rest."""
    line = Line(Rules(places=40), whole)
    all_jobs = [job("heavy", number) for number in range(960)]
    all_jobs += [job(f"light{number % 20}", 960 + number) for number in range(240)]
    known = {each.id: each for each in all_jobs}
    inside = [job_id for each in all_jobs for job_id in line.ask(each)]
    waits, now = {"heavy": list[int](), "light": list[int]()}, 0
    while inside:
        for job_id in inside:
            waits[job_id[:5]].append(now)
        now += 1
        inside = [new for job_id in inside for new in line.leave(known[job_id])]

    heavy, light = (statistics.mean(waits[name]) for name in ("heavy", "light"))

    assert light <= heavy / 4
    assert now == 1_200 / 40


def test_a_weight_is_a_share() -> None:
    """Three times the weight, three times the places."""
    line = Line(Rules(places=8, big=Terms(weight=3.0)), whole)
    blocked = [job("other", number) for number in range(8)]
    for each in blocked:
        line.ask(each)
    for number in range(10):
        line.ask(job("big", number))
        line.ask(job("small", number))

    granted = [name for each in blocked for name in line.leave(each)]

    assert people(granted) == {"big": 6, "small": 2}


def test_a_priority_goes_first() -> None:
    """Whatever the shares."""
    line = Line(Rules(places=1, boss=Terms(priority=1)), whole)
    running = job("boss", 0)
    line.ask(running)
    line.ask(job("ada", 1))
    line.ask(urgent := job("boss", 2))

    assert line.leave(running) == [urgent.id]


def test_a_share_of_the_places_is_enough_for_a_process() -> None:
    """What other processes have is theirs."""
    line = Line(Rules(places=10), lambda _, total: total // 2)

    granted = [line.ask(job("ada", number)) for number in range(8)]

    assert sum(map(len, granted)) == 5


def test_who_steps_back_waits_again() -> None:
    """And the place goes to another one meanwhile."""
    line = Line(Rules(places=1, ada=Terms(most=1)), whole)
    line.ask(ada := job("ada"))
    line.ask(bob := job("bob", 1))
    line.step_back(ada)

    assert line.review() == [bob.id]
    assert line.ask(ada) == []
    assert line.leave(bob) == [ada.id]


def test_a_limit_that_is_raised_lets_others_go() -> None:
    """Also if nothing else happens."""
    rules = Rules(ada=Terms(most=0))
    line = Line(rules, whole)
    waiting = [job("ada", number) for number in range(3)]
    for each in waiting:
        line.ask(each)

    rules.of["ada"] = Terms(most=2)

    assert line.review() == [each.id for each in waiting[:2]]


@given(
    st.integers(1, 5),
    st.dictionaries(st.sampled_from("abc"), st.integers(1, 3), max_size=3),
    st.lists(st.tuples(st.sampled_from("abc"), st.booleans()), max_size=60),
)
def test_no_place_is_empty_while_somebody_may_take_it(places, limits, steps) -> None:
    """And never more are taken than there are."""
    rules = Rules(places, **{name: Terms(most=most) for name, most in limits.items()})
    line, inside, waiting = Line(rules, whole), dict[str, JobRecord](), dict[str, JobRecord]()
    for number, (person, is_end) in enumerate(steps):
        if is_end and inside:
            _, over = inside.popitem()
            granted = line.leave(over)
        else:
            new = job(person, number)
            waiting[new.id] = new
            granted = line.ask(new)
        for job_id in granted:
            inside[job_id] = waiting.pop(job_id)
        counts = people(list(inside))
        assert len(inside) <= places
        assert all(counts.get(name, 0) <= most for name, most in limits.items())
        if len(inside) < places:
            assert all(
                counts.get(each.folder, 0) >= limits.get(each.folder, 1_000)
                for each in waiting.values()
            )
