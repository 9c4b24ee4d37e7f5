"""What was spent, and what is left on an account."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from emulators.fal import Fault, FaultKind
from reliability.asking import at_rest
from reliability.spending import PRICE, write_policy
from rushes import (
    BackendUnavailable,
    InvalidParams,
    JobState,
    NoBackend,
    PolicyDenied,
    RushesError,
    VideoGen,
)
from rushes.breakdown import GROUPS
from rushes.cli import app
from rushes.journal import Spending
from rushes.spend import spend_of
from support.requests import FOX, OWL
from support.services import BY_NAME
from support.timings import QUICK
from support.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from emulators.emulator import Emulator

OWL_PRICE = 0.63


def test_nothing_was_spent_at_first(gen):
    """And it says so in a line."""
    assert repr(gen.spend()) == "<Spend today $0.00; in all $0.00>"


def test_what_runs_is_reserved_and_what_ended_is_spent(gen, emulator):
    """Each kind of sum has all of it; a failed take costs nothing."""
    emulator.settings.history_usable = False
    emulator.add_fault(Fault(FaultKind.MODEL_FAILURE, times=1))
    at_rest(gen, gen.submit(FOX))
    at_rest(gen, gen.submit(OWL))
    emulator.add_fault(Fault(FaultKind.LOSE_REPLY, times=1))
    doubtful = gen.submit(FOX)
    assert at_rest(gen, doubtful).state is JobState.UNCERTAIN

    spend = gen.spend()

    assert (spend.total.spent, spend.total.reserved) == (OWL_PRICE, PRICE)
    assert spend.today == spend.total
    assert list(spend.by_provider) == ["seedance-2.0", "kling-3.0-standard"]
    assert spend.by_backend == {"fal": spend.total}
    assert spend.by_day == {dt.datetime.now(dt.UTC).date(): spend.total}
    assert repr(spend) == "<Spend today $0.63 and $1.52 reserved; in all $0.63 and $1.52 reserved>"

    doubtful.abandon()
    assert gen.spend().total.spent == pytest.approx(OWL_PRICE + PRICE)
    assert gen.spend().total.reserved == 0.0


def test_it_says_what_the_policy_leaves(gen, tmp_path):
    """The lower of its caps."""
    write_policy(tmp_path / "home", "dailyCreditCap = 500\nperUserDailyCreditCap = 300")

    gen.submit(FOX)

    assert gen.spend().left == pytest.approx(3.0 - PRICE)
    write_policy(tmp_path / "home", "dailyCap = 500")
    with pytest.raises(PolicyDenied, match="dailyCap"):
        gen.spend()


def row(day: str, spent: float, provider: str = "a", backend: str = "b") -> Spending:
    return Spending(
        day=day, account="", provider=provider, backend=backend, reserved=0.0, spent=spent
    )


def test_days_before_the_first_one_do_not_count():
    """But those of today do; what is free is not listed."""
    today = dt.datetime.now(dt.UTC).date()
    rows = [row("2026-01-01", 5.0), row(today.isoformat(), 2.0), row(today.isoformat(), 0.0, "c")]

    spend = spend_of(rows, since=today)

    assert (spend.total.total, spend.today.total, list(spend.by_day)) == (2.0, 2.0, [today])
    assert list(spend_of(rows).by_day) == [today, dt.date(2026, 1, 1)]
    assert "c" not in spend.by_provider


@pytest.mark.parametrize("since", ["some day", 5, "2026-13-01", float("nan")])
def test_what_is_not_a_day_is_refused(gen, since):
    """With an example of one."""
    with pytest.raises(InvalidParams, match="is not a day; give a date"):
        gen.spend(since=since)


@pytest.mark.parametrize("by", GROUPS)
def test_every_breakdown_adds_up_to_what_was_spent(gen, emulator, by):
    """To the cent, and as the overview says."""
    emulator.settings.history_usable = False
    at_rest(gen, gen.submit(OWL))
    sweep = gen.sweep(OWL["prompt"], provider=[OWL["provider"], FOX["provider"]], name="two")
    sweep.run().wait(60)
    emulator.add_fault(Fault(FaultKind.LOSE_REPLY, times=1))
    assert at_rest(gen, gen.submit(FOX)).state is JobState.UNCERTAIN

    found, spend = gen.spend(by=by), gen.spend()

    assert (found.total.spent, found.total.reserved) == (spend.total.spent, spend.total.reserved)
    for name in ("billed", "estimated", "reserved", "jobs"):
        parts = sum(getattr(amount, name) for amount in found.values())
        assert parts == pytest.approx(getattr(found.total, name))
    assert found.total.jobs == 3
    known = {"provider": spend.by_provider, "backend": spend.by_backend, "day": spend.by_day}
    for key, amount in known.get(by, {}).items():
        assert (found[key].spent, found[key].reserved) == (amount.spent, amount.reserved)


def test_what_the_service_billed_is_told_from_what_was_estimated(client_of):
    """Also for a failed task, and for what was made again."""
    gen, runway = client_of("runway", failed_credits=25, forgets_deleted=False)
    runway.add_fault(Fault(FaultKind.MODEL_FAILURE, times=1))
    assert at_rest(gen, gen.submit(FOX)).state is JobState.FAILED
    at_rest(gen, gen.submit(FOX | {"prompt": "Another"}))

    total = gen.spend(by="mode").total

    assert total.billed >= 0.25
    assert total.spent == gen.spend().total.spent


def test_a_breakdown_by_several_has_a_key_of_each(gen):
    """In the order in which they were given; it is a table, too."""
    at_rest(gen, gen.submit(OWL))
    today = dt.datetime.now(dt.UTC).date()

    found = gen.spend(by=["day", "sweep", "provider"], since="today")

    assert list(found) == [(today, "", OWL["provider"])]
    assert found[today, "", OWL["provider"]].estimated == OWL_PRICE
    assert found.records() == [
        {
            "day": today,
            "sweep": "",
            "provider": OWL["provider"],
            "billed": 0.0,
            "estimated": OWL_PRICE,
            "spent": OWL_PRICE,
            "reserved": 0.0,
            "jobs": 1,
        }
    ]
    assert all(words in repr(found) for words in ("about $0.63 since", "no sweep", str(today)))
    assert repr(gen.spend(by="day", since="2999-01-01")) == "Nothing was spent since 2999-01-01."


def test_sweeps_of_one_name_are_told_apart_by_their_library(gen, make_gen, tmp_path):
    """And one that is alone is called by its name."""
    for client, name in ((gen, "snow"), (gen, "rain"), (make_gen(library=tmp_path / "b"), "snow")):
        client.sweep(OWL["prompt"], provider=OWL["provider"], name=name, again=True).run().wait(60)

    names = set(gen.spend(by="sweep"))

    assert names == {"rain", f"snow in {gen.library}", f"snow in {tmp_path / 'b'}"}


@pytest.mark.parametrize("by", ["providers", ["day", "day"], [], 3, {"day"}])
def test_what_is_no_group_is_refused(gen, by):
    """With what there is."""
    with pytest.raises(InvalidParams, match="provider, backend, mode, day"):
        gen.spend(by=by)


def test_a_cell_shows_a_table_and_no_markup_of_others():
    """Names of providers come from files and gateways."""
    spend = spend_of([row("2026-01-01", 1234.5, "<b>x</b>", "acme")])

    assert ">&lt;b&gt;x&lt;/b&gt;</td>" in spend._repr_mimebundle_()["text/html"]
    assert "$1,234.50" in str(spend)
    assert "by backend\n  acme" in str(spend)


def test_the_command_line_shows_it(gen):
    """The same sums, without a client."""
    at_rest(gen, gen.submit(OWL))

    done = CliRunner().invoke(app, ["spend", "--since", "2026-01-01"])

    assert done.exit_code == 0
    for word in ("since 2026-01-01", "kling-3.0-standard", "fal", "$0.63"):
        assert word in done.stdout
    assert CliRunner().invoke(app, ["spend", "--since", "x"]).exit_code == 1
    done = CliRunner().invoke(app, ["spend", "--by", "mode", "--by", "day", "--since", "today"])
    assert all(word in done.stdout for word in ("text-to-video", "estimated", "$0.63"))
    done = CliRunner().invoke(app, ["spend", "--by", "mode", "--json"])
    assert json.loads(done.stdout)[0]["estimated"] == OWL_PRICE
    assert CliRunner().invoke(app, ["spend", "--by", "x"]).exit_code == 1


def test_what_a_failed_or_cancelled_task_was_billed_counts(client_of):
    """Runway states it; the estimate does not count in its place."""
    gen, runway = client_of("runway", failed_credits=25, forgets_deleted=False)
    runway.add_fault(Fault(FaultKind.MODEL_FAILURE, times=1))
    failed = gen.submit(FOX)
    assert at_rest(gen, failed).state is JobState.FAILED
    assert gen.spend().total.spent == pytest.approx(0.25)

    runway.settings.queue_seconds = (600.0, 600.0)
    refunded = gen.submit(FOX)
    until(lambda: refunded.state is JobState.RUNNING)
    assert gen.spend().total.reserved == pytest.approx(1.8)
    refunded.cancel()
    assert at_rest(gen, refunded).state is JobState.CANCELLED

    assert (gen.spend().total.spent, gen.spend().total.reserved) == (0.25, 0.0)


# --- balances -------------------------------------------------------------------------------------


@pytest.fixture
def client_of(tmp_path: Path) -> Iterator[Callable[..., tuple[VideoGen, Emulator]]]:
    """Makes a client of an emulated service."""
    running = []

    def make(name: str, **settings: object) -> tuple[VideoGen, Emulator]:
        service = BY_NAME[name]
        emulator = service.emulator(tiny_clips=True, run_seconds=(0.1, 0.1), **settings)
        emulator.__enter__()
        backend = service.backend(emulator.urls)
        gen = VideoGen(backend, library=tmp_path / "m", home=tmp_path / "home", timing=QUICK)
        running.append((gen, emulator))
        return gen, emulator

    yield make
    for gen, emulator in running:
        gen.close()
        emulator.__exit__(None, None, None)


BALANCES = {
    "runway": ({"credits": 1250}, "$12.50 at runway (1,250 credits, $0.01 each)"),
    "fal": ({}, "$24.50 at fal"),
    "gateway": ({}, "$40.00 at gateway"),
}


@pytest.mark.parametrize("name", BALANCES)
def test_a_service_says_what_is_left(client_of, name):
    """Awaited or not."""
    settings, words = BALANCES[name]
    gen, _ = client_of(name, **settings)

    assert str(gen.balance_sync()) == words
    assert asyncio.run(gen.balance()) == gen.balance_sync(name)


REFUSED = {
    "kling": ({}, "not offered by kling"),
    "ark": ({}, "not offered by ark"),
    "gateway": ({"balance": None}, "not offered by this gateway"),
    "fal": ({"is_admin": False}, "Admin"),
    "runway": ({"keys": frozenset({"another"})}, "RUNWAYML_API_SECRET"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_balance_that_cannot_be_had_is_refused_in_words(client_of, name):
    """By name of the service, and with what to do."""
    settings, words = REFUSED[name]
    gen, _ = client_of(name, **settings)

    with pytest.raises(RushesError, match=words):
        gen.balance_sync()


@pytest.mark.parametrize("said", ["12", None, True, 10**400, [1], 1e300])
def test_a_balance_that_cannot_be_one_is_not_believed(client_of, said):
    """It is no balance."""
    gen, runway = client_of("runway")
    runway.settings.credits = said

    with pytest.raises(BackendUnavailable, match="has no balance"):
        gen.balance_sync()


def test_without_a_service_it_says_which_offer_it(tmp_path):
    """And that none of them is configured."""
    with (
        VideoGen(home=tmp_path, library=tmp_path) as gen,
        pytest.raises(NoBackend, match=r"None is configured: .* runway, fal"),
    ):
        gen.balance_sync()


# --- a gateway's policy ---------------------------------------------------------------------------

ACME = {
    "id": "acme-1",
    "title": "Acme One",
    "parameters": {"duration_seconds": {"kind": "integer", "min": 1, "max": 9, "default": 3}},
    "backends": {"gateway": {"prices": [{"per_second": 0.5, "source": "Acme"}]}},
}
ACME_FOX = {"provider": "acme-1", "mode": "text-to-video", "prompt": "A red fox"}


def test_a_gateways_policy_holds_for_its_jobs(client_of):
    """Before they are sent; for those of other services it does not."""
    policy = {"dailyCreditCap": 150, "allowedModels": ["acme-1"]}
    gen, emulator = client_of("gateway", models=[ACME], policy=policy)
    until(lambda: gen.engine.providers.policies)
    at_rest(gen, gen.submit(ACME_FOX))

    with pytest.raises(RushesError, match="dailyCreditCap") as refused:
        gen.submit(ACME_FOX)

    assert refused.value.code == "CREDITS_EXHAUSTED"
    assert "policy of the gateway" in refused.value.message
    assert gen.submit(FOX, backend="preview").id
    assert len(emulator.jobs) == 1


def test_a_file_may_allow_what_a_gateway_is_yet_to_announce(client_of, tmp_path):
    """What is no provider once it has announced them is refused."""
    write_policy(tmp_path / "home", 'allowedModels = ["acme-1"]')
    gen, emulator = client_of("gateway", models=[ACME])
    at_rest(gen, gen.submit(ACME_FOX))
    assert len(emulator.jobs) == 1

    write_policy(tmp_path / "home", 'allowedModels = ["acme-1", "acme-2"]')
    with pytest.raises(PolicyDenied, match="'acme-2' is not a provider"):
        gen.submit(ACME_FOX)


def test_a_gateways_policy_that_cannot_be_read_is_left_to_it(client_of, caplog):
    """It refuses by itself what it does not allow, and may be newer than this client."""
    gen, _ = client_of("gateway", models=[ACME], policy={"dailyCap": 1})
    until(lambda: "acme-1" in gen.catalog)

    assert gen.submit(ACME_FOX).id
    assert "dailyCap: is not a key of a policy" in caplog.text
