"""Policies and tiers: what a person may submit, and when."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

pytest.importorskip("fastapi")

from gateway.serving import APP, Served
from rushes import PolicyDenied, VideoGen
from rushes.backends.gateway import GatewayBackend
from rushes.catalog import Catalog
from rushes.gateway.rules import Rules
from support.pages import pages
from support.services import BY_NAME
from support.timings import QUICK
from support.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from emulators.fal import FalEmulator
    from rushes.gateway.settings import Settings

FOX = {"provider": "seedance-2.0", "prompt": "A red fox", "durationSeconds": 5}


@pytest.fixture
def make(
    settings: Settings, tmp_path: Path, emulator: FalEmulator
) -> Iterator[Callable[[str], Served]]:
    """Makes a gateway on the emulated fal, with the rules of a file."""
    opened: list[Served] = []

    def served(text: str) -> Served:
        path = tmp_path / "rules.toml"
        path.write_text(text, "utf-8")
        urls = {
            "queue": emulator.queue_url,
            "rest": emulator.rest_url,
            "api": emulator.api_url,
        }
        backend = BY_NAME["fal"].backend(urls)
        found = Served(replace(settings, policy=path, backend="fal"), backends=[backend])
        opened.append(found.__enter__())
        return found

    yield served
    for each in opened:
        each.__exit__()


def price(gateway: Served, token: str) -> float:
    """US dollars of one take."""
    reply = gateway.call(
        "POST",
        f"/v1/videogen/{APP}/estimate",
        token,
        json={"params": {"mode": "text-to-video"} | FOX},
    )
    return reply.json()["high"]["amount"]


def test_a_cap_is_never_exceeded(make) -> None:
    """Of many that are submitted at once, exactly as many as fit are accepted."""
    gateway = make("perUserDailyCreditCap = 400\n[apps.film]\ndailyCreditCap = 1e6\n")
    token, film = gateway.token(), gateway.token(app="film")
    fits = int(4.0 // price(gateway, token))
    replies = []

    def submit(number: int) -> None:
        replies.append(gateway.submit(token, f"job-number-{number:06}", **FOX))

    threads = [threading.Thread(target=submit, args=(number,)) for number in range(2 * fits + 4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    statuses = [reply.status_code for reply in replies]
    refused = next(reply for reply in replies if reply.status_code != 202).json()

    assert statuses.count(202) == fits >= 2
    assert {*statuses} == {202, 402}
    assert refused["code"] == "CREDITS_EXHAUSTED"
    assert "perUserDailyCreditCap" in refused["error"]
    assert gateway.submit(gateway.token("bob"), **FOX).status_code == 202
    assert gateway.submit(film, app="film", **FOX).status_code == 202
    me = gateway.call("GET", f"/v1/me/{APP}", token).json()
    assert me["caps"] == [{"name": "person", "limit": 4.0, "spent": me["spent"]}]
    assert me["spent"] <= 4.0
    left = gateway.call("GET", f"/v1/credits/{APP}", token).json()["balance"]["amount"]
    assert left == pytest.approx(4.0 - me["spent"])


def test_a_notebook_reads_what_the_caps_leave(make, tmp_path) -> None:
    """In words, with whose cap it is and what the tier allows."""
    gateway = make(
        "perUserDailyCreditCap = 400\ndailyCreditCap = 1000\n[tiers.default]\nconcurrent = 2\n"
    )
    token = gateway.token()
    gateway.submit(token, **FOX)
    spent = price(gateway, token)
    backend = GatewayBackend(token, url=gateway.url)

    with VideoGen(backend, home=tmp_path / "home", library=tmp_path / "takes") as gen:
        said = str(gen.balance_sync())

    assert said.startswith(f"${4 - spent:.2f} at gateway (")
    assert f"you: ${spent:.2f} of $4.00 today" in said
    assert f"everyone in {APP}: ${spent:.2f} of $10.00 today" in said
    assert "2 at once" in said


def test_the_studio_shows_what_is_spent_today(make, tmp_path, monkeypatch) -> None:
    """Below the estimate, as it is when the page opens and after each take."""
    gateway = make("perUserDailyCreditCap = 400\n")
    token = gateway.token()
    spent, backend = price(gateway, token), GatewayBackend(token, url=gateway.url)
    with (
        VideoGen(backend, home=tmp_path / "home", library=tmp_path / "takes", timing=QUICK) as gen,
        pages(gen, monkeypatch) as show,
    ):
        studio = show().studio
        until(lambda: studio._allowance == "$0.00 of $4.00 today at gateway")

        gen.submit({"mode": "text-to-video"} | FOX)

        until(lambda: studio._allowance == f"${spent:.2f} of $4.00 today at gateway")


def test_an_estimate_is_in_credits_of_the_policys_value(make) -> None:
    """At a real price, for as many videos as are asked for."""
    gateway = make("creditValue = 0.05\n")
    token = gateway.token()
    body = {"params": {"mode": "text-to-video"} | FOX, "quantity": 3}

    said = gateway.call("POST", f"/v1/videogen/{APP}/estimate", token, json=body).json()

    amount = said["high"]["amount"]
    assert amount == pytest.approx(3 * price(gateway, token))
    assert amount > 0.0
    assert said["credits"] == said["highCredits"] == pytest.approx(amount / 0.05)


def test_the_cap_of_an_application_counts_all_its_people(make) -> None:
    """The second person finds what the first one left."""
    gateway = make("dailyCreditCap = 200\n")
    ada, bob = gateway.token(), gateway.token("bob")
    assert price(gateway, ada) <= 2.0 < 2 * price(gateway, ada)

    assert gateway.submit(ada, **FOX).status_code == 202
    assert gateway.submit(bob, **FOX).status_code == 402


def test_a_policy_is_of_an_application(make) -> None:
    """Models that one of them may not use are refused before anything is sent."""
    gateway = make('[apps.film]\nallowedModels = ["kling-3.0-standard"]\n')
    film = gateway.token(app="film")

    denied = gateway.submit(film, app="film", **FOX)

    assert (denied.status_code, denied.json()["code"]) == (403, "AI_POLICY_DENIED")
    assert "kling-3.0-standard" in denied.json()["error"]
    assert gateway.submit(gateway.token(), **FOX).status_code == 202
    said = gateway.call("GET", "/v1/videogen/film/policy", film).json()
    assert said == {"allowedModels": ["kling-3.0-standard"]}


def test_a_change_of_the_rules_counts_at_once(make, tmp_path) -> None:
    """One that cannot be used stops submissions, and what was submitted continues."""
    gateway = make("")
    token = gateway.token()

    assert gateway.submit(token, "job-number-000001", **FOX).status_code == 202
    (tmp_path / "rules.toml").write_text("disabled = true\n", "utf-8")
    assert gateway.submit(token, "job-number-000002", **FOX).status_code == 403
    (tmp_path / "rules.toml").write_text("disabled = 3\n", "utf-8")
    assert gateway.submit(token, "job-number-000003", **FOX).status_code == 403
    assert gateway.ended(token, "job-number-000001")["status"] == "completed"


def test_a_tier_limits_the_pace(make) -> None:
    """Beyond it 429, with the time after which it is allowed again."""
    gateway = make("[tiers.slow]\nperMinute = 2\n[tiers.rare]\nperDay = 1\n")
    slow, rare = gateway.token(tier="slow"), gateway.token("bob", tier="rare")

    replies = [gateway.submit(slow, f"job-number-{n:06}", **FOX) for n in range(3)]
    repeated = gateway.submit(slow, "job-number-000000", **FOX)
    others = [gateway.submit(rare, f"job-number-{n:06}", **FOX) for n in range(2)]

    assert [reply.status_code for reply in replies] == [202, 202, 429]
    assert repeated.status_code == 202  # The job exists; a lost reply costs nothing.
    assert [reply.status_code for reply in others] == [202, 429]
    for refused in (replies[2], others[1]):
        wait = refused.json()["retryAfterMs"]
        assert refused.json()["code"] == "RATE_LIMITED"
        assert 0 < wait <= 86_400_000
        assert int(refused.headers["retry-after"]) * 1000 >= wait


def test_jobs_beyond_the_tier_wait_in_line(make, emulator) -> None:
    """They are accepted, and sent one by one as others end; other people do not wait."""
    emulator.settings.run_seconds = (30.0, 30.0)
    gateway = make("[tiers.default]\nconcurrent = 1\n")
    ada, bob = gateway.token(), gateway.token("bob")
    ids = [f"job-number-{n:06}" for n in range(3)]

    assert [gateway.submit(ada, each, **FOX).status_code for each in ids] == [202] * 3
    gateway.submit(bob, **FOX)
    until(lambda: len(emulator.jobs) == 2)
    until(lambda: "in line" in gateway.status(ada, ids[2])["message"])
    first = next(each for each in ids if gateway.status(ada, each)["status"] == "running")
    gateway.call("POST", f"/v1/jobs/{APP}/{first}/cancel", ada)
    until(lambda: len(emulator.jobs) == 3)

    assert emulator.counts["submit"] == 3


def test_the_places_of_a_service_are_shared(make, emulator) -> None:
    """One person's many jobs do not keep another one's first job waiting."""
    emulator.settings.run_seconds = (30.0, 30.0)
    gateway = make("[services.fal]\nconcurrent = 2\n")
    ada, bob = gateway.token(), gateway.token("bob")
    ids = [f"job-number-{n:06}" for n in range(4)]
    for each in ids:
        gateway.submit(ada, each, **FOX)
    until(lambda: len(emulator.jobs) == 2)
    gateway.submit(bob, "job-of-another-one", **FOX)
    until(lambda: "in line" in gateway.status(bob, "job-of-another-one")["message"])

    running = next(each for each in ids if gateway.status(ada, each)["status"] == "running")
    gateway.call("POST", f"/v1/jobs/{APP}/{running}/cancel", ada)

    until(lambda: gateway.status(bob, "job-of-another-one")["status"] == "running")
    until(lambda: len(emulator.jobs) == 3)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("nonsense = 1", "nonsense"),
        ("dailyCreditCap = -1", "dailyCreditCap"),
        ('allowedModels = ["seedance-9"]', "seedance-9"),
        ("[apps.film]\nbudget = 3", "apps.film: budget"),
        ('apps = "film"', "apps"),
        ('[apps."../x"]\ndisabled = true', "../x"),
        ("[tiers.slow]\nconcurrent = 0", "tiers.slow: concurrent"),
        ("[tiers.slow]\nspeed = 3", "tiers.slow: speed"),
        ("[tiers.slow]\nweight = 0", "tiers.slow: weight"),
        ("[services.fall]\nconcurrent = 3", "services.fall"),
        ("[services.fal]\nconcurrent = 0", "services.fal.concurrent"),
        ("[services.fal]\natOnce = 3", "services.fal"),
        ("tiers = 3", "tiers"),
        ("disabled", "TOML"),
    ],
)
def test_a_file_of_rules_that_is_wrong_is_refused(tmp_path, text: str, words: str) -> None:
    """At the start, with the place and the words of what is wrong."""
    path = tmp_path / "rules.toml"
    path.write_text(text, "utf-8")

    with pytest.raises(PolicyDenied) as caught:
        Rules(path, Catalog.load(None))

    assert words in str(caught.value)


def test_the_file_of_the_original_works(tmp_path) -> None:
    """Its keys are at the top, in JSON."""
    path = tmp_path / "videoGen.config.json"
    path.write_text('{"allowedModels": ["seedance-2.0"], "dailyCreditCap": 500}', "utf-8")

    policy = Rules(path, Catalog.load(None)).policy("any-app")

    assert policy is not None
    assert (policy.allowed_models, policy.daily_credit_cap) == (("seedance-2.0",), 500)
