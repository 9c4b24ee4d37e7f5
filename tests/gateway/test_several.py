"""Several processes of one gateway on one PostgreSQL: whichever is called, it answers the same."""

from __future__ import annotations

import threading
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("fastapi")

from gateway.serving import APP, JOB, TAKE, Served
from gateway.test_events import PATH, events
from gateway.test_rules import FOX, price
from rushes.contract.errors import JournalError
from rushes.gateway.runtime import Runtime
from support.postgres import Server, execute
from support.services import BY_NAME
from support.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import httpx

    from emulators.fal import FalEmulator
    from rushes.gateway.settings import Settings


RULES = (
    "perUserDailyCreditCap = 1000\n[tiers.slow]\nperMinute = 3\n[tiers.narrow]\nconcurrent = 2\n"
)


@pytest.fixture
def pair(settings: Settings, database: str) -> Iterator[tuple[Served, Served]]:
    """Two processes' worth of one gateway, which makes previews."""
    shared = replace(settings, journal=database)
    with Served(shared) as one, Served(shared) as other:
        yield one, other


@pytest.fixture
def make(
    settings: Settings, database: str, tmp_path: Path, emulator: FalEmulator
) -> Iterator[Callable[[str], Served]]:
    """Makes one more process on the emulated fal, with the rules of a file."""
    with ExitStack() as stack:

        def served(text: str) -> Served:
            path = tmp_path / "rules.toml"
            path.write_text(text, "utf-8")
            ruled = replace(settings, journal=database, policy=path, backend="fal")
            urls = {
                "queue": emulator.queue_url,
                "rest": emulator.rest_url,
                "api": emulator.api_url,
            }
            return stack.enter_context(Served(ruled, backends=[BY_NAME["fal"].backend(urls)]))

        yield served


def at_once(calls: list[Callable[[], httpx.Response]]) -> list[httpx.Response]:
    """What many calls answer that are made at the same time."""
    found: list[httpx.Response] = []
    threads = [threading.Thread(target=lambda call=call: found.append(call())) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def submissions(
    pair: tuple[Served, Served], token: str, number: int, **params: Any
) -> list[Callable[[], httpx.Response]]:
    """Calls that submit different jobs, to each in turn."""

    def call(place: int) -> Callable[[], httpx.Response]:
        return lambda: pair[place % 2].submit(token, f"job-number-{place:06}", **params)

    return [call(place) for place in range(number)]


def test_one_answers_for_the_other(pair: tuple[Served, Served]) -> None:
    """Tokens, jobs, their lists and signed links are those of the gateway, not of a process."""
    one, other = pair
    token = one.token()
    one.submit(token)

    job = other.ended(token)

    assert job["status"] == "completed"
    assert other.call("GET", f"/v1/jobs/{APP}", token).json()["jobs"][0]["jobId"] == JOB
    link = job["result"]["videoUrl"].removeprefix(other.url)
    assert one.client.get(link).status_code == 200
    other.runtime.register.revoke(other.runtime.register.tokens()[0].id)
    until(lambda: one.call("GET", f"/v1/jobs/{APP}", token).status_code == 401)


def test_an_id_names_one_job_wherever_it_is_sent(pair: tuple[Served, Served]) -> None:
    """Repeated at the same time it is one job; with other params it is refused."""
    one, other = pair
    token = one.token()

    replies = at_once([lambda each=each: each.submit(token) for each in pair * 4])
    changed = other.submit(token, prompt="A blue fox")

    assert {reply.status_code for reply in replies} == {202}
    assert changed.status_code == 409
    assert len(one.call("GET", f"/v1/jobs/{APP}", token).json()["jobs"]) == 1


def test_a_cap_holds_for_all_processes_together(make) -> None:
    """Of 50 that are submitted at once to both, exactly as many as fit are accepted."""
    pair = make(RULES), make(RULES)
    token = pair[0].token()
    fits = int(10.0 // price(pair[0], token))

    replies = at_once(submissions(pair, token, 50, **FOX))

    statuses = [reply.status_code for reply in replies]
    assert statuses.count(202) == fits >= 2
    assert {*statuses} == {202, 402}
    spent = [each.call("GET", f"/v1/me/{APP}", token).json()["spent"] for each in pair]
    assert spent[0] == spent[1] <= 10.0


def test_a_pace_holds_for_all_processes_together(make) -> None:
    """It is counted in the database, so a process that is restarted does not begin again."""
    pair = make(RULES), make(RULES)
    token = pair[0].token(tier="slow")

    replies = at_once(submissions(pair, token, 12, **FOX))
    late = make(RULES).submit(token, "job-after-restart", **FOX)

    statuses = [reply.status_code for reply in replies]
    assert statuses.count(202) == 3
    assert {*statuses, late.status_code} == {202, 429}
    assert 0 < int(late.headers["retry-after"]) <= 60


def test_a_person_has_only_so_many_at_once_at_all_processes(make, emulator) -> None:
    """Whichever of them has the lane of the job."""
    emulator.settings.run_seconds = (30.0, 30.0)
    pair = make(RULES), make(RULES)
    token = pair[0].token(tier="narrow")
    pair[0].runtime.engine.journal.take_lanes(["fal"], {"fal": 4})

    at_once(submissions(pair, token, 6, **FOX))
    until(lambda: len(emulator.jobs) == 2)
    until(lambda: "in line" in str(pair[1].call("GET", f"/v1/jobs/{APP}", token).json()))

    assert len(emulator.jobs) == 2


def test_news_arrive_where_the_stream_is(pair: tuple[Served, Served]) -> None:
    """Each ending once and in order, whichever process worked on the job."""
    one, other = pair
    token = one.token()
    headers = {"Authorization": f"Bearer {token}"}

    with other.client.stream("GET", PATH, headers=headers) as response:
        said = events(response.iter_lines())
        for number in range(3):
            one.submit(token, f"job-number-{number:06}")
        ended = []
        while len(ended) < 3:
            event = next(said)
            if event["event"] == "ended":
                ended.append(event)

    assert [event["id"] for event in ended] == ["1", "2", "3"]
    assert len({event["data"]["jobId"] for event in ended}) == 3
    again = one.call("POST", f"/v1/jobs/{APP}/drain", token, json={"after": "1"}).json()
    assert [job["jobId"] for job in again["jobs"]] == [e["data"]["jobId"] for e in ended[1:]]


def test_a_call_waits_for_a_job_of_another_process(pair: tuple[Served, Served]) -> None:
    """What ends in one process ends the wait in the other."""
    one, other = pair
    token = one.token()
    one.submit(token)
    job = other.runtime.operations.job(other.runtime.register.caller(token), JOB)

    assert other.runtime.engine.wait(job.id).result(60.0).is_ended


def test_the_audit_is_one(pair: tuple[Served, Served], database: str) -> None:
    """Each process adds its lines to the same table."""
    one, other = pair
    token = one.token()
    one.submit(token)
    other.call("POST", f"/v1/jobs/{APP}/{JOB}/cancel", token)

    rows = execute(database, "SELECT person, app, action, job FROM audit ORDER BY at")

    assert rows == [("ada", APP, "submit", JOB), ("ada", APP, "cancel", JOB)]


def test_calls_are_told_to_wait_while_the_database_is_away(settings: Settings) -> None:
    """503 and when to repeat them; the process lives, and answers again when the database does."""
    own = Server.made()
    try:
        own.start()
        with Served(replace(settings, journal=own.url())) as one:
            token = one.token()
            own.stop("immediate")
            away = [
                one.submit(token),
                one.call("GET", f"/v1/jobs/{APP}", token),
                one.call("GET", f"/v1/me/{APP}", token),
                one.call("GET", "/readyz", None),
            ]
            alive = one.call("GET", "/livez", None)
            own.start()
            until(lambda: one.call("GET", "/readyz", None).status_code == 200)
            until(lambda: one.submit(token).status_code == 202)
            job = one.ended(token)
    finally:
        own.remove()

    assert [reply.status_code for reply in away] == [503] * 4
    assert all(int(reply.headers["Retry-After"]) > 0 for reply in away)
    assert alive.status_code == 200
    assert job["status"] == "completed"


def test_a_home_of_its_own_is_refused(settings: Settings, database: str, tmp_path: Path) -> None:
    """Inputs would be missing where the job is worked on; it is said at the start."""
    shared = replace(settings, journal=database)
    with Served(shared), pytest.raises(JournalError, match="one --home that they share"):
        Runtime(replace(shared, home=tmp_path / "another"))


def test_an_input_is_there_for_all(pair: tuple[Served, Served]) -> None:
    """A file that was uploaded to one is named in a request to the other."""
    from hashlib import sha256  # noqa: PLC0415

    from gateway.serving import png  # noqa: PLC0415

    one, other = pair
    token, data = one.token(), png()
    digest = sha256(data).hexdigest()
    one.call("PUT", f"/v1/inputs/{APP}/{digest}", token, content=data)

    reply = other.submit(
        token, mode="image-to-video", startImageUrl=f"rushes-input:{digest}", prompt=TAKE["prompt"]
    )

    assert reply.status_code == 202
