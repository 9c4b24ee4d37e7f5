"""A policy holds for every way to submit; one that cannot be read stops all of them."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from emulators.fal import Fault, FaultKind
from reliability.asking import at_rest
from reliability.spending import PRICE, spend, write_policy
from rushes import CreditsExhausted, JobState, PolicyDenied, VideoGen
from rushes.catalog import Catalog
from rushes.cli import app
from rushes.contract.params import VideoGenParams
from rushes.journal import Cap, JobRecord, Reservation, SqliteJournal
from rushes.policy import Policies
from support.requests import FOX, OWL
from support.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rushes import Job
    from support.pages import Page

CATALOG = Catalog.load()

ONE = f"dailyCreditCap = {PRICE * 100}"
"""A policy with which one `FOX` a day can be paid."""


@pytest.fixture
def policy(tmp_path: Path) -> Callable[[str], Path]:
    """Writes the policy of the home that `gen` uses."""
    return lambda text: write_policy(tmp_path / "home", text)


@pytest.fixture
def doubtful(gen, emulator) -> Job:
    """A job of which nobody knows whether fal has it."""
    emulator.settings.history_usable = False
    emulator.add_fault(Fault(FaultKind.LOSE_REPLY, times=1))
    job = gen.submit(FOX)
    assert at_rest(gen, job).state is JobState.UNCERTAIN
    return job


WAYS: dict[str, Callable[[VideoGen], object]] = {
    "generate": lambda gen: asyncio.run(gen.generate(FOX)),
    "generate_sync": lambda gen: gen.generate_sync(FOX),
    "submit": lambda gen: gen.submit(FOX),
    "submit a plan": lambda gen: gen.submit(gen.plan(FOX)),
    "submit once": lambda gen: gen.submit(FOX | {"seed": 1}, once=True),
    "submit once by name": lambda gen: gen.submit(FOX, once="opening"),
    "submit_many": lambda gen: gen.submit_many([FOX]),
    "submit_as": lambda gen: gen.submit_as("mine", FOX),
}


@pytest.mark.parametrize("way", WAYS)
def test_every_way_to_submit_is_held_to_a_cap(gen, policy, emulator, way):
    """What does not fit is refused before anything is on record or sent."""
    policy(ONE)
    first = gen.submit(FOX)

    with pytest.raises(CreditsExhausted, match=r"\$1\.52 of the \$1\.52 a day that dailyCreditCap"):
        WAYS[way](gen)

    assert [job.id for job in gen.jobs()] == [first.id]
    at_rest(gen, first)
    assert len(emulator.jobs) == 1


@pytest.mark.parametrize("text", ["disabled = true", 'allowedModels = ["kling-3.0-standard"]'])
def test_every_way_to_submit_is_held_to_the_rules(gen, policy, emulator, text):
    """What is not allowed is refused in words, with the code of the contract."""
    path = policy(text)

    for way in WAYS.values():
        with pytest.raises(PolicyDenied, match="nothing was sent") as refused:
            way(gen)
        assert refused.value.code == "AI_POLICY_DENIED"
        assert str(path) in refused.value.message

    assert (gen.jobs(), emulator.jobs) == ([], [])


def test_a_page_is_held_to_the_policy(show, policy, emulator):
    """Its Generate and its Try again, without a budget of its own."""
    policy(ONE)
    page = show()
    emulator.add_fault(Fault(FaultKind.MODEL_FAILURE, times=1))
    job = page.ask("submit", key="k1", params=FOX)["value"]["job"]
    assert at_rest(page.studio.gen, page.studio.gen.job(job)).state is JobState.FAILED
    page.make_take("k2")

    replies = [
        page.ask("submit", key="k3", params=FOX),
        page.ask("retry", job=job, key="k4"),
    ]

    assert [reply["error"]["code"] for reply in replies] == ["CREDITS_EXHAUSTED"] * 2


def in_python(job: Job, _: object) -> str:
    try:
        job.resubmit()
    except CreditsExhausted as error:
        return error.message
    return ""


def on_a_page(job: Job, show: Callable[..., Page]) -> str:
    reply = show().ask("decide", job=job.id, action="resubmit")
    assert reply["ok"] or reply["error"]["code"] == "CREDITS_EXHAUSTED"
    return "" if reply["ok"] else reply["error"]["message"]


def by_command(job: Job, _: object) -> str:
    return CliRunner().invoke(app, ["jobs", "resubmit", job.id, "--yes"]).stderr


@pytest.mark.parametrize("resubmit", [in_python, on_a_page, by_command])
def test_sending_again_is_held_to_a_cap(doubtful, show, policy, emulator, resubmit):
    """Both attempts may have been bought, so both have to fit; the job stays uncertain."""
    policy(ONE)
    assert "$1.52 of the $1.52 a day that dailyCreditCap" in " ".join(
        resubmit(doubtful, show).split()
    )
    assert doubtful.state is JobState.UNCERTAIN

    policy(f"dailyCreditCap = {2 * PRICE * 100}")
    assert resubmit(doubtful, show) == ""
    until(lambda: doubtful.state is JobState.COMPLETED)
    assert len(emulator.jobs) == 2


def test_several_requests_fit_together_or_none_is_sent(gen, policy, emulator):
    """Also when the first of them would fit."""
    policy(ONE)

    with pytest.raises(CreditsExhausted):
        gen.submit_many([FOX, FOX])

    assert (gen.jobs(), emulator.jobs) == ([], [])


def test_a_take_that_exists_costs_nothing(gen, policy):
    """`once` gives it back, though the cap is used up."""
    policy(ONE)
    job = gen.submit(FOX, once=True)

    assert gen.submit(FOX, once=True).id == job.id


def test_what_is_free_is_not_held_to_a_cap_that_is_used_up(make_gen, policy):
    """Not even to a cap of nothing."""
    policy("dailyCreditCap = 0")
    gen = make_gen()

    assert gen.submit(FOX, backend="preview").id
    with pytest.raises(CreditsExhausted):
        gen.submit(FOX)


# --- what has no price ----------------------------------------------------------------------------


UNPRICED = """
id = "acme-1"
title = "Acme One"
[parameters.duration_seconds]
kind = "integer"
min = 1
max = 9
default = 3
[backends.fal.models]
text-to-video = "acme/one"
"""
ACME = {"provider": "acme-1", "mode": "text-to-video", "prompt": "A red fox"}


@pytest.fixture
def acme(tmp_path, make_gen) -> VideoGen:
    """A client that knows a provider without a price."""
    folder = tmp_path / "home" / "providers"
    folder.mkdir(parents=True)
    (folder / "acme.toml").write_text(UNPRICED)
    return make_gen()


def test_a_provider_without_a_price_is_refused_under_a_cap(acme, policy):
    """Nobody knows whether it fits; without a cap that does not matter."""
    policy("dailyCreditCap = 1000000")

    with pytest.raises(PolicyDenied, match=r"acme-1 at fal .* not known.*assumedCost"):
        acme.submit(ACME)

    policy("")
    assert acme.submit(ACME).id


def test_an_assumed_cost_stands_in_for_a_price(acme, policy):
    """As many fit as if each cost that."""
    policy("dailyCreditCap = 100\nassumedCost = 0.5")

    acme.submit_many([ACME, ACME])

    with pytest.raises(CreditsExhausted, match=r"\$0\.50"):
        acme.submit(ACME)


# --- what a policy may say ------------------------------------------------------------------------

BROKEN = {
    "an unknown key": (
        "dailyCap = 5",
        r"line 1: dailyCap: is not a key of a policy.*allowedModels",
    ),
    "a wrapping table": ("[videoGen]\ndisabled = true", "videoGen: is not a key"),
    "an unknown provider": (
        'allowedModels = ["kling-3.0-standard", "seedance2"]',
        "'seedance2' is not a provider .*seedance-2.0-fast",
    ),
    "one provider as text": ('allowedModels = "seedance-2.0"', "a list of provider ids"),
    "a number as a provider": ("allowedModels = [3]", "a list of provider ids"),
    "a cap as text": ('dailyCreditCap = "500"', "a number of credits, 0 or more, not '500'"),
    "a truth value as a cap": ("perUserDailyCreditCap = true", "a number of credits"),
    "a negative cap": ("dailyCreditCap = -1", "0 or more, not -1"),
    "no number": ("dailyCreditCap = nan", "a number of credits"),
    "infinitely many": ("dailyCreditCap = inf", "a number of credits"),
    "too many": (f"dailyCreditCap = 1{'0' * 400}", "a number of credits"),
    "worthless credits": ("creditValue = 0", "an amount of US dollars above 0, not 0"),
    "credits of negative value": ("creditValue = -0.01", "above 0"),
    "a negative cost": ("assumedCost = -1.0", "US dollars, 0 or more"),
    "a number as a switch": ("disabled = 1", "true or false, not 1"),
    "a word as a switch": ('disabled = "false"', "true or false"),
    "two spellings": ("dailyCreditCap = 1\ndaily_credit_cap = 2", "line 2: .*is there twice"),
    "the same key twice": ("disabled = true\ndisabled = false", "not TOML"),
    "no TOML": ("disabled: true", "not TOML"),
    "JSON": ('{"disabled": true}', "not TOML"),
}


@pytest.fixture
def policies(tmp_path: Path) -> Policies:
    """The policies of the home, as an engine has them."""
    return Policies(tmp_path / "home", CATALOG)


@pytest.mark.parametrize("name", BROKEN)
def test_a_policy_that_cannot_be_right_is_refused(policies, policy, name):
    """By name, with its line and what is allowed."""
    text, words = BROKEN[name]
    path = policy(text)

    with pytest.raises(PolicyDenied, match=words) as refused:
        policies.check()

    assert str(path) in refused.value.message


def test_a_client_does_not_start_with_a_policy_that_cannot_be_right(make_gen, policy):
    """All that is wrong is said at once, and a corrected file is read."""
    policy('dailyCap = 5\ncreditValue = "1"')

    with pytest.raises(PolicyDenied, match=r"(?s)line 1: dailyCap.*line 2: creditValue"):
        make_gen()

    policy("creditValue = 1")
    assert make_gen().submit(OWL).id


JSON = {
    "the original's keys": (
        {"allowedModels": ["seedance-2.0"], "perUserDailyCreditCap": 500},
        None,
    ),
    "nothing": ({}, None),
    "a list": ([], "It has to be an object"),
    "an unknown key": ({"videoGen": {}}, "videoGen: is not a key"),
    "a cap that is no number": ('{"dailyCreditCap": NaN}', "a number of credits"),
    "the same key twice": ('{"disabled": true, "disabled": false}', "'disabled' is there twice"),
    "an empty file": ("", "not JSON"),
    "too deep": ("[" * 100_000, "not JSON"),
}


@pytest.mark.parametrize("name", JSON)
def test_the_originals_file_is_read(policies, tmp_path, monkeypatch, name):
    """When `RUSHES_POLICY` names it."""
    content, words = JSON[name]
    path = tmp_path / "videoGen.config.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    monkeypatch.setenv("RUSHES_POLICY", str(path))

    if words is None:
        assert [cap.limit for cap in policies.caps()] == ([5.0] if content else [])
    else:
        with pytest.raises(PolicyDenied, match=words):
            policies.check()


FILES: dict[str, tuple[bytes, str | None]] = {
    "with a byte order mark": (b"\xef\xbb\xbfdisabled = true", "does not allow any takes"),
    "with Windows line ends": (b"disabled = true\r\n", "does not allow any takes"),
    "in snake_case": (b"allowed_models = []", "not one of the models .*: none"),
    "empty": (b"", None),
    "only comments": (b"# Nothing yet.\n", None),
    "in UTF-16": ("disabled = true".encode("utf-16"), "save it as UTF-8"),
    "very large": (b"# " + b"x" * 2_000_000, "more than"),
}


@pytest.mark.parametrize("name", FILES)
def test_a_policy_is_read_as_editors_write_it(policies, policy, name):
    """Or refused with what to do."""
    content, words = FILES[name]
    policy("").write_bytes(content)
    job = JobRecord.new(VideoGenParams(**FOX), backend="fal", folder="/media")

    if words is None:
        assert policies.apply(job, Reservation()) == Reservation()
    else:
        with pytest.raises(PolicyDenied, match=words):
            policies.apply(job, Reservation())


def test_two_policies_are_none(policies, policy):
    """Which of them holds cannot be told."""
    policy("").with_suffix(".json").write_text("{}")

    with pytest.raises(PolicyDenied, match=r"policy\.json is beside it"):
        policies.check()


PLACES: dict[str, Callable[[Path], object]] = {
    "that is not there": Path,
    "that is a folder": Path.mkdir,
    "that is a link to nothing": lambda path: path.symlink_to(path.with_name("gone")),
}


@pytest.mark.parametrize("name", PLACES)
def test_a_named_policy_has_to_be_there(policies, tmp_path, monkeypatch, name):
    """A typing error in its name does not lift it."""
    path = tmp_path / "rules.toml"
    PLACES[name](path)
    monkeypatch.setenv("RUSHES_POLICY", str(path))

    with pytest.raises(PolicyDenied, match=r"rules\.toml cannot be used"):
        policies.check()


def test_a_policy_of_an_unknown_user_is_refused(policies, monkeypatch):
    """In words, too."""
    monkeypatch.setenv("RUSHES_POLICY", "~nobody-of-that-name/policy.toml")

    with pytest.raises(PolicyDenied, match="cannot be found"):
        policies.check()


def test_a_link_to_nothing_is_not_no_policy(policies, tmp_path):
    """The file may be on a drive that is not there now."""
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "policy.toml").symlink_to(tmp_path / "gone")

    with pytest.raises(PolicyDenied, match="cannot be read"):
        policies.check()


def test_a_policy_that_appears_while_a_kernel_runs_holds_at_once(gen, policy, emulator):
    """So does a change of it; one that is broken stops all, and its removal allows all."""
    first = gen.submit(FOX)

    path = policy("disabled = true")
    with pytest.raises(PolicyDenied, match="disabled"):
        gen.submit(FOX)
    policy("disable = true")
    with pytest.raises(PolicyDenied, match="not a key"):
        gen.submit(FOX)
    policy(ONE)
    with pytest.raises(CreditsExhausted):
        gen.submit(FOX)
    path.unlink()
    second = gen.submit(FOX)

    for job in (first, second):
        at_rest(gen, job)
    assert len(emulator.jobs) == 2


def test_both_caps_hold(gen, policy):
    """The lower one refuses, by its name."""
    policy(f"dailyCreditCap = 100000\nperUserDailyCreditCap = {PRICE * 100}")
    gen.submit(FOX)

    with pytest.raises(CreditsExhausted, match="perUserDailyCreditCap"):
        gen.submit(FOX)


def test_a_credit_is_worth_what_the_policy_says(gen, policy):
    """In US dollars."""
    policy("dailyCreditCap = 3\ncreditValue = 0.5")

    with pytest.raises(CreditsExhausted, match=r"\$1\.50 a day"):
        gen.submit(FOX)
    assert gen.submit(OWL).id


# --- days -----------------------------------------------------------------------------------------


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[SqliteJournal]:
    """A journal of its own."""
    journal = SqliteJournal(tmp_path / "ledger")
    yield journal
    journal.close()


MIDNIGHT = 1_796_083_200.0
"""The beginning of a day in UTC."""


def take(journal: SqliteJournal, dollars: float = 1.0) -> bool:
    """Record a job under a daily cap of three dollars; whether that was allowed."""
    cap = Cap(name="the cap", limit=3.0, daily=True)
    job = JobRecord.new(VideoGenParams(**FOX), backend="fal", folder="/media")
    try:
        journal.add(job, reserve=Reservation(estimate=dollars, caps=(cap,)))
    except CreditsExhausted:
        return False
    return True


def test_a_day_begins_at_midnight_utc(journal, monkeypatch):
    """Whatever the zone of the machine; the day of the reservation counts."""
    monkeypatch.setenv("TZ", "Pacific/Auckland")
    if hasattr(time, "tzset"):
        time.tzset()
    moments = [(MIDNIGHT - 0.01, 3), (MIDNIGHT - 0.01, 0), (MIDNIGHT, 3), (MIDNIGHT + 86_399.9, 0)]
    for moment, allowed in moments:
        monkeypatch.setattr(time, "time", lambda moment=moment: moment)
        assert sum(take(journal) for _ in range(5)) == allowed


def test_a_clock_that_is_set_to_and_fro_gives_each_day_its_cap_once(journal, monkeypatch):
    """Coming back to a day finds what was spent on it."""
    for step in (0, 86_400, 0, -86_400, 86_400, 0, -86_400, -1, 1):
        monkeypatch.setattr(time, "time", lambda step=step: MIDNIGHT + step)
        take(journal, 2.0)

    sums = {each.day: each.reserved for each in journal.spending()}
    assert set(sums.values()) == {2.0}
    assert len(sums) == 3


def test_settling_changes_the_day_of_the_reservation(journal, monkeypatch):
    """A take that is finished tomorrow is one of today."""
    monkeypatch.setattr(time, "time", lambda: MIDNIGHT - 1)
    job = JobRecord.new(VideoGenParams(**FOX), backend="fal", folder="/media")
    job = journal.add(job, reserve=Reservation(estimate=2.0))
    monkeypatch.setattr(time, "time", lambda: MIDNIGHT + 1)
    job = journal.write(job, JobState.SUBMITTING, token="t", submit_at=time.time())
    job = journal.accept(job, "r", {})
    job = journal.write(job, JobState.FETCHING)
    journal.write(job, JobState.COMPLETED, result={"cost": {"amount": 1.25}})

    assert [(each.reserved, each.spent) for each in journal.spending()] == [(0.0, 1.25)]


@pytest.mark.parametrize("estimate", [float("nan"), float("inf"), -1.0])
def test_an_estimate_that_cannot_be_one_fits_no_cap(journal, estimate):
    """It is no estimate."""
    cap = Cap(name="the cap", limit=3.0)
    job = JobRecord.new(VideoGenParams(**FOX), backend="fal", folder="/media")

    with pytest.raises(PolicyDenied, match="not known"):
        journal.add(job, reserve=Reservation(estimate=estimate, caps=(cap,)))


# --- processes ------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="the processes come from a fork server")
def test_two_kernels_do_not_exceed_a_cap(tmp_path):
    """However their submissions fall together, also when the clock of one is set."""
    day = 86_400.0

    spent = spend(tmp_path, fits=5, tries=15, steps=(0.0, 0.0, day, -day))

    assert spent.exceeded == 0
    assert len(spent.days) == 3
    assert spent.accepted == spent.bought >= 5
