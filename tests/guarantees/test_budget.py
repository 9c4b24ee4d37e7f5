"""A Studio's budget is kept, whatever sends a take, and whatever a service says that it cost."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from starlette.responses import Response

from emulators.fal import FalEmulator, Fault, FaultKind
from emulators.gateway import GATEWAY_TOKEN, GatewayEmulator, GatewaySettings
from reliability.asking import at_rest
from rushes import JobState, VideoGen
from rushes.backends.gateway import GatewayBackend
from rushes.backends.protocol import Limits
from rushes.contract.params import VideoGenParams
from rushes.journal import JobRecord
from rushes.journal.rows import COLUMNS, to_column
from support.pages import Page, pages
from support.requests import FOX
from support.timings import QUICK
from support.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

PRICE = 1.517
"""US dollars of `FOX`, by the catalog."""

TOLD = 0.5
"""US dollars that the emulated gateway tells."""

ACME = {
    "id": "acme-1",
    "title": "Acme One",
    "parameters": {"duration_seconds": {"kind": "integer", "min": 1, "max": 9, "default": 3}},
    "backends": {"gateway": {"prices": [{"per_second": 0.3, "source": "Acme"}]}},
}
ACME_FOX = {"provider": "acme-1", "mode": "text-to-video", "prompt": "A red fox"}
ACME_PRICE = 0.9


@pytest.fixture
def lose(emulator: Any) -> Callable[[], None]:
    """Loses the reply to the next submission, of a service whose history may not be read."""

    def make() -> None:
        emulator.settings.history_usable = False
        emulator.add_fault(Fault(FaultKind.LOSE_REPLY, times=1))

    return make


def doubtful(page: Page, lose: Callable[[], None], key: str = "k1") -> str:
    """Press Generate, and lose the reply; the uncertain job."""
    lose()
    job: str = page.ask("submit", key=key, params=FOX)["value"]["job"]
    gen = page.studio.gen
    assert at_rest(gen, gen.job(job)).state is JobState.UNCERTAIN
    return job


def spent(show: Callable[..., Page]) -> float:
    """What a new Studio of the library says is spent."""
    amount: float = show(budget=1000.0).studio._budget["spent"]
    return amount


def test_sending_again_from_the_page_is_held_to_the_budget(show, lose, emulator):
    """Each attempt may have been bought, so the budget lets no more attempts through than fit."""
    page = show(budget=2 * PRICE)
    job = doubtful(page, lose)

    lose()
    assert page.ask("decide", job=job, action="resubmit")["ok"]
    at_rest(page.studio.gen, page.studio.gen.job(job))
    refused = [page.ask("decide", job=job, action="resubmit") for _ in range(3)]

    assert [reply["error"]["code"] for reply in refused] == ["AI_POLICY_DENIED"] * 3
    assert "of the budget of $3.03 is spent" in refused[0]["error"]["message"]
    assert page.studio.gen.job(job).state is JobState.UNCERTAIN
    assert len(emulator.jobs) == 2


def test_an_attempt_that_may_have_been_bought_keeps_its_money(show, lose):
    """Though the job was sent again, and its video arrived."""
    page = show(budget=10.0)
    job = doubtful(page, lose)

    page.ask("decide", job=job, action="resubmit")
    assert at_rest(page.studio.gen, page.studio.gen.job(job)).state is JobState.COMPLETED

    assert spent(show) == pytest.approx(2 * PRICE)


def test_giving_an_uncertain_job_up_releases_nothing(show, lose):
    """It may have been bought all the same."""
    page = show(budget=10.0)
    job = doubtful(page, lose)

    page.ask("decide", job=job, action="abandon")

    assert page.studio.gen.job(job).state is JobState.FAILED
    assert spent(show) == pytest.approx(PRICE)


def test_an_uncertain_job_that_was_found_counts_once(show, lose, emulator):
    """It is the same attempt."""
    page = show(budget=10.0)
    job = page.studio.gen.job(doubtful(page, lose))

    job.resolve(remote_id=emulator.jobs[0].request_id)
    assert at_rest(page.studio.gen, job).state is JobState.COMPLETED

    assert spent(show) == pytest.approx(PRICE)


def test_sending_again_in_python_is_ones_own_decision_and_counts(show, lose):
    """No limit holds it back, and the budget has less for what comes after."""
    page = show(budget=PRICE)
    job = page.studio.gen.job(doubtful(page, lose))

    job.resubmit()

    assert at_rest(page.studio.gen, job).state is JobState.COMPLETED
    assert spent(show) == pytest.approx(2 * PRICE)


def test_a_job_of_another_library_is_not_sent_again_over_the_budget(show, lose, gen, tmp_path):
    """A page cannot spend more by naming somebody else's job."""
    lose()
    elsewhere = VideoGen("fal", library=tmp_path / "elsewhere", home=tmp_path / "home")
    job = elsewhere.submit(FOX)
    assert at_rest(gen, job).state is JobState.UNCERTAIN

    reply = show(budget=PRICE / 2).ask("decide", job=job.id, action="resubmit")
    elsewhere.close()

    assert reply["error"]["code"] == "AI_POLICY_DENIED"


def test_a_failed_take_gives_its_money_back_and_a_retry_takes_it(show, emulator):
    """What the service refused to make costs nothing."""
    page = show(budget=PRICE)
    emulator.add_fault(Fault(FaultKind.MODEL_FAILURE, times=1))
    job = page.ask("submit", key="k1", params=FOX)["value"]["job"]
    assert at_rest(page.studio.gen, page.studio.gen.job(job)).state is JobState.FAILED

    again = page.ask("retry", job=job, key="k2")
    until(lambda: page.studio.gen.job(again["value"]["job"]).state is JobState.COMPLETED)

    assert page.ask("retry", job=job, key="k3")["error"]["code"] == "AI_POLICY_DENIED"
    assert spent(show) == pytest.approx(PRICE)


def test_a_take_that_was_cancelled_before_it_was_sent_costs_nothing(show, emulator):
    """Its money is there again at once."""
    emulator.add_fault(Fault(FaultKind.TOO_MANY, times=None, retry_after=30.0))
    page = show(budget=PRICE)
    job = page.ask("submit", key="k1", params=FOX)["value"]["job"]
    assert not page.ask("submit", key="k2", params=FOX)["ok"]

    until(lambda: page.studio.gen.job(job).state is JobState.QUEUED)
    until(lambda: page.studio.gen.job(job).cancel() and _is_cancelled(page, job))

    assert spent(show) == 0.0


def _is_cancelled(page: Page, job: str) -> bool:
    return page.studio.gen.job(job).state is JobState.CANCELLED


def test_a_click_that_is_heard_twice_reserves_once(show):
    """It is one job."""
    page = show(budget=10.0)

    page.ask("submit", key="k1", params=FOX)
    page.ask("submit", key="k1", params=FOX)

    assert spent(show) == pytest.approx(PRICE)


def test_a_budget_counts_what_a_studio_without_one_has_sent(show):
    """Both are Studios of the library."""
    show().make_take("k1")

    reply = show(budget=PRICE).ask("submit", key="k2", params=FOX)

    assert reply["error"]["code"] == "AI_POLICY_DENIED"


@pytest.mark.parametrize("round_", range(3))
def test_two_studios_share_the_last_dollar(make_gen, monkeypatch, tmp_path, emulator, round_):
    """However their clicks fall together, no more takes are sent than the budget holds."""
    fits, clicks = 3, 4
    gen = make_gen(home=tmp_path / f"home-{round_}")
    with pages(gen, monkeypatch) as make:
        studios = [make(budget=fits * PRICE), make(budget=fits * PRICE)]
        start = threading.Barrier(2 * clicks)
        replies: list[dict[str, Any]] = []

        def click(page: Page, key: str) -> None:
            content = {"kind": "submit", "id": key, "key": key, "params": FOX}
            start.wait(60)
            page.studio._answers.receive(content)
            until(lambda: [m for m in page.messages if m.get("id") == key])
            replies.extend(m for m in page.messages if m.get("id") == key)

        threads = [
            threading.Thread(target=click, args=(page, f"{name}{number}"))
            for name, page in zip("ab", studios, strict=True)
            for number in range(clicks)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        gen.jobs()[0].result(60)

    accepted = [reply for reply in replies if reply["ok"]]
    codes = {reply["error"]["code"] for reply in replies if not reply["ok"]}
    assert (len(accepted), len(replies), codes) == (fits, 2 * clicks, {"AI_POLICY_DENIED"})
    assert len(emulator.jobs) <= fits


KERNEL = """
import sys
import comm
from support.pages import FOX, PageComm

comm.create_comm = PageComm
import rushes
from emulators.fal import FAL_KEY
from rushes.backends.fal import FalBackend
from support.timings import QUICK

fal = FalBackend(FAL_KEY, queue_url={queue!r}, rest_url={rest!r}, api_url={api!r})
gen = rushes.VideoGen(fal, library={library!r}, home={home!r}, timing=QUICK)
studio = rushes.Studio(gen, budget={budget!r})
print("ready", flush=True)
sys.stdin.readline()
for number in range({clicks}):
    key = "{name}-%d" % number
    studio._answers.receive({{"kind": "submit", "id": key, "key": key, "params": FOX}})
print(sum(
    data["content"]["ok"]
    for _, data, _ in studio.comm.sent
    if data.get("content", {{}}).get("kind") == "reply"
), flush=True)
sys.stdin.readline()
gen.close()
"""


def start_kernel(
    emulator: FalEmulator, folder: Path, name: str, *, fits: int, clicks: int
) -> subprocess.Popen[str]:
    """A process with a Studio, which clicks when it is sent a line."""
    script = KERNEL.format(
        queue=emulator.queue_url,
        rest=emulator.rest_url,
        api=emulator.api_url,
        library=str(folder / "media"),
        home=str(folder / "home"),
        budget=fits * PRICE,
        clicks=clicks,
        name=name,
    )
    return subprocess.Popen(
        [sys.executable, "-c", script],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": ":".join(sys.path)},
    )


def test_two_kernels_share_the_last_dollar(emulator, tmp_path):
    """The money is reserved in the journal, which both have."""
    kernels = [start_kernel(emulator, tmp_path, name, fits=3, clicks=4) for name in "ab"]
    try:
        assert [kernel.stdout.readline() for kernel in kernels] == ["ready\n"] * 2
        for kernel in kernels:
            kernel.stdin.write("\n")
            kernel.stdin.flush()
        accepted = [int(kernel.stdout.readline()) for kernel in kernels]
    finally:
        for kernel in kernels:
            kernel.communicate("\n", timeout=60)

    assert sum(accepted) == 3
    assert len(emulator.jobs) <= 3


@pytest.fixture
def gateway(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Page]]:
    """A Studio on a gateway that tells this cost of every job."""
    settings = GatewaySettings(run_seconds=(0.05, 0.1), tiny_clips=True, models=[ACME])
    with GatewayEmulator(settings) as running:
        backend = GatewayBackend(
            GATEWAY_TOKEN,
            url=running.urls["base_url"],
            limits=Limits(poll_floor=0.05, first_poll=0.05),
        )
        gen = VideoGen(backend, library=tmp_path / "media", home=tmp_path / "home", timing=QUICK)
        with gen, pages(gen, monkeypatch) as make:
            yield make


@pytest.fixture
def tell(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Makes emulated gateways write a cost in their replies, as it stands."""

    def make(amount: str) -> None:
        def reply(body: Any, status: int = 200) -> Response:
            text = json.dumps(body).replace(f'"amount": {TOLD}', f'"amount": {amount}')
            return Response(text, status, media_type="application/json")

        monkeypatch.setattr("emulators.gateway.json_response", reply)

    return make


@pytest.mark.parametrize("amount", ["NaN", "-1000000", "Infinity", "-Infinity", "-0.01", "1e999"])
def test_a_cost_that_cannot_be_one_is_not_believed(gateway, tell, amount):
    """The estimate counts in its place, and the next take is held to the budget."""
    tell(amount)
    page = gateway(budget=1000.0)

    job = page.make_take("k1", **ACME_FOX)

    assert spent(gateway) == pytest.approx(ACME_PRICE)
    assert page.studio.gen.job(job).cost.amount == pytest.approx(ACME_PRICE)
    json.dumps(page.studio.get_state()["_takes"], allow_nan=False)
    assert not gateway(budget=ACME_PRICE).ask("submit", key="k2", params=ACME_FOX)["ok"]


def test_a_real_cost_takes_the_place_of_the_estimate(gateway):
    """When the take is finished."""
    page = gateway(budget=1000.0)

    page.make_take("k1", **ACME_FOX)

    assert spent(gateway) == pytest.approx(TOLD)


@pytest.mark.parametrize(
    "case",
    [
        (JobState.COMPLETED, 0.3, 0.3),
        (JobState.COMPLETED, float("nan"), PRICE),
        (JobState.COMPLETED, -5.0, PRICE),
        (JobState.UNCERTAIN, None, PRICE),
        (JobState.FAILED, None, 0.0),
    ],
)
def test_takes_of_an_earlier_release_count(show, gen, tmp_path, case):
    """With their real cost where it is known, else with the estimate."""
    state, told, counted = case
    params = VideoGenParams.from_json(FOX)
    cost = {"amount": told, "currency": "USD"}
    result = {
        "generationId": "g",
        "videoUrl": "https://example.org/g.mp4",
        "durationSeconds": 5.0,
        "width": 64,
        "height": 36,
        "provider": "seedance-2.0",
        "mode": "text-to-video",
        "cost": cost,
    }
    record = replace(
        JobRecord.new(params, backend="fal", folder=str(gen.library), job_id="studio-old"),
        state=state,
        token="t",
        request={},
        submit_at=time.time(),
        result=result if told is not None else None,
    )
    names = ", ".join(COLUMNS)
    marks = ", ".join("?" for _ in COLUMNS)
    with sqlite3.connect(tmp_path / "home" / "journal.sqlite3") as db:
        values = [to_column(name, getattr(record, name)) for name in COLUMNS]
        db.execute(f"INSERT INTO jobs ({names}) VALUES ({marks})", values)
    db.close()

    assert spent(show) == pytest.approx(counted)
    assert spent(show) == pytest.approx(counted)


def test_money_that_cannot_be_reserved_puts_no_job_on_record(show, gen):
    """Refusing and recording are one transaction."""
    page = show(budget=PRICE / 2)

    page.ask("submit", key="k1", params=FOX)

    assert gen.jobs() == []
    assert spent(show) == 0.0


def test_money_is_kept_over_a_crash(show, emulator, tmp_path):
    """It is on record with the job, before anything is sent."""
    kernel = start_kernel(emulator, tmp_path, "a", fits=9, clicks=2)
    with kernel:
        assert kernel.stdout.readline() == "ready\n"
        kernel.stdin.write("\n")
        kernel.stdin.flush()
        accepted = int(kernel.stdout.readline())
        kernel.kill()

    assert accepted == 2
    assert spent(show) == pytest.approx(2 * PRICE)
