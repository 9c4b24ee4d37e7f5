"""Jobs through Kling, by both families of its routes."""

from __future__ import annotations

import asyncio
import base64
import json
import time
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from PIL import Image

from emulators.kling import (
    KLING_KEY,
    KLING_PAIR,
    Fault,
    FaultKind,
    KlingEmulator,
    KlingSettings,
    Operation,
)
from reliability.asking import assert_bought_once, assert_kept, at_rest, in_state
from rushes import (
    AuthenticationFailed,
    BackendUnavailable,
    CreditsExhausted,
    InvalidParams,
    JobState,
    NoBackend,
    PolicyDenied,
    RateLimited,
    SafetyFilter,
    VideoGen,
)
from rushes.backends.kling import KlingBackend, KlingLegacyBackend
from rushes.backends.kling.refusal import failure, is_refusal, refusal
from rushes.backends.kling.tasks import status_of
from rushes.backends.kling.token import LIFETIME, TokenAuth, sign
from rushes.backends.protocol import (
    Absent,
    Accepted,
    Attempt,
    Done,
    Limits,
    Passing,
    Refused,
    Unknown,
    Working,
)
from rushes.backends.wire import Response
from support.timings import A_WHILE, AN_HOUR, BRIEF, QUICK
from support.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from rushes.engine import Timing

FOX = {"provider": "kling-3.0-standard", "mode": "text-to-video", "prompt": "A red fox"}
SHOTS = {
    "provider": "kling-3.0-standard",
    "mode": "text-to-video",
    "multi_prompt": [
        {"prompt": "It wakes", "duration_seconds": 2},
        {"prompt": "It runs", "duration_seconds": 3},
    ],
}
SWIFT = Limits(poll_floor=0.05, first_poll=0.05, polls=512)
NEW, OLD = "kling", "kling-legacy"
PAIR = KLING_PAIR.split(":")

each_family = pytest.mark.parametrize("family", [NEW, OLD])


def backend_of(family: str, url: str, **options: Any) -> KlingBackend | KlingLegacyBackend:
    options.setdefault("limits", SWIFT)
    if family == NEW:
        return KlingBackend(KLING_KEY, url=url, **{"pause": 0.01, **options})
    return KlingLegacyBackend(*PAIR, url=url, **options)


@pytest.fixture
def kling() -> Iterator[KlingEmulator]:
    with KlingEmulator(KlingSettings(run_seconds=(0.1, 0.3), tiny_clips=True)) as running:
        yield running


@pytest.fixture
def make(kling: KlingEmulator, tmp_path: Path) -> Iterator[Callable[..., VideoGen]]:
    made: list[VideoGen] = []

    def client(family: str = NEW, timing: Timing = QUICK, **options: Any) -> VideoGen:
        made.append(
            VideoGen(
                backend_of(family, kling.url, **options),
                library=tmp_path / "media",
                home=tmp_path / "home",
                timing=timing,
                timeout=60.0,
            )
        )
        return made[-1]

    yield client
    for each in made:
        each.close()


def ask(backend: Any, question: Callable[[Any], Any]) -> Any:
    """What a connected backend answers."""

    async def scenario() -> Any:
        async with httpx.AsyncClient() as client:
            backend.connect(client)
            return await question(backend)

    return asyncio.run(scenario())


def attempt(gen: VideoGen, family: str, token: str, taken: frozenset[str] = frozenset()) -> Attempt:
    params, _ = gen.check(FOX)
    backend = gen.engine.backends.get(family)
    request = backend.translate(params, gen.catalog.providers[params.provider], {})
    return Attempt("job", token, request, time.time(), taken)


# --- making videos --------------------------------------------------------------------------------


@each_family
@pytest.mark.parametrize(
    "request_",
    [FOX, FOX | {"shot_type": "intelligent"}, SHOTS],
    ids=["plain", "cut by the model", "shots"],
)
def test_a_text_becomes_a_video(make, kling, family, request_):
    """Bought once, and here."""
    gen = make(family)

    assert_bought_once(kling, at_rest(gen, gen.submit(request_)))


@each_family
def test_a_local_image_goes_inside_the_request(make, kling, tmp_path, family):
    """As base64 without a head; the journal keeps the file's address, not its bytes."""
    path = tmp_path / "fox.png"
    Image.new("RGB", (320, 320)).save(path)
    gen = make(family)

    job = gen.submit(FOX | {"mode": "image-to-video", "start_image_url": str(path)})
    record = at_rest(gen, job)

    assert_bought_once(kling, record)
    sent = kling.jobs[0].input
    image = sent["contents"][1]["url"] if family == NEW else sent["image"]
    assert base64.b64decode(image) == path.read_bytes()
    assert image not in json.dumps(record.request)


@each_family
def test_the_key_goes_to_kling_alone(make, kling, family):
    """Videos lie elsewhere and are fetched without it; what the older family gets is a token."""
    gen = make(family)
    at_rest(gen, gen.submit(FOX))

    with_key = {logged.origin for logged in kling.requests if logged.authorization}
    without = {logged.origin for logged in kling.requests if not logged.authorization}

    assert (with_key, without) == ({kling.url}, {kling.media_url})


def test_the_cost_is_what_kling_billed(make):
    """In money, as the task says; the estimate agrees."""
    cost = make().submit(FOX).result().cost

    assert cost is not None
    assert (cost.amount, cost.currency, cost.estimated) == (0.63, "USD", False)


@each_family
def test_what_was_not_billed_in_known_money_is_estimated(make, kling, family):
    """Units of a resource pack, and the undocumented balance of the older family, are no price."""
    kling.settings.pays_with = "unit"

    cost = make(family).submit(FOX).result().cost

    assert cost is not None
    assert (cost.amount, cost.estimated) == (0.63, True)


@pytest.mark.parametrize(
    "billing",
    [
        [],
        [{"charge_type": "cash", "amount": "1.00"}],
        [{"charge_type": "cash", "amount": "nan", "currency": "USD"}],
        [{"charge_type": "cash", "amount": "x", "currency": "USD"}],
        [
            {"charge_type": "cash", "amount": "1", "currency": "USD"},
            {"charge_type": "cash", "amount": "1", "currency": "CNY"},
        ],
        [
            {"charge_type": "cash", "amount": "1", "currency": "USD"},
            {"charge_type": "unit", "amount": "1"},
        ],
        "free",
    ],
    ids=str,
)
def test_a_bill_that_cannot_be_read_is_no_cost(billing):
    """Nothing is invented."""
    outputs = [{"type": "video", "url": "https://a.example/1.mp4"}]
    task = {"status": "succeeded", "outputs": outputs, "billing": billing}

    status = status_of(task, str)

    assert isinstance(status, Done)
    assert status.cost is None


# --- replies that were lost -----------------------------------------------------------------------

LOST = {
    "no reply": {"kind": FaultKind.LOSE_REPLY},
    "5000": {"kind": FaultKind.ERROR_AFTER},
    "5001": {"kind": FaultKind.ERROR_AFTER, "status": 503},
    "5002": {"kind": FaultKind.ERROR_AFTER, "status": 504},
    "half a reply": {"kind": FaultKind.MALFORMED_JSON},
}
NOT_TAKEN = {
    "no reply": {"kind": FaultKind.DROP_BEFORE},
    "5000": {"kind": FaultKind.ERROR_BEFORE},
    "5002": {"kind": FaultKind.ERROR_BEFORE, "status": 504},
    "web page": {"kind": FaultKind.HTML_PAGE},
}


@each_family
@pytest.mark.parametrize("fault", LOST.values(), ids=LOST)
def test_a_task_whose_reply_was_lost_is_adopted(make, kling, family, fault):
    """It is found by its attempt's name, however late, and not sent again."""
    kling.settings.lookup_lag = 0.3
    kling.add_fault(Fault(**fault, times=1))
    gen = make(family)

    record = at_rest(gen, gen.submit(FOX))

    assert_bought_once(kling, record)
    assert kling.counts["history"] >= 1


@each_family
@pytest.mark.slow
@pytest.mark.parametrize("fault", NOT_TAKEN.values(), ids=NOT_TAKEN)
def test_what_kling_does_not_have_is_sent_again_after_the_lag(make, kling, family, fault):
    """Under another name, once."""
    kling.add_fault(Fault(**fault, times=1))
    gen = make(family, BRIEF, lag=0.3)

    record = at_rest(gen, gen.submit(FOX))

    assert (kling.counts["submit"], len(kling.jobs)) == (2, 1)
    assert_kept(record)


def test_of_several_tasks_of_one_name_one_is_taken(make, kling):
    """Kling takes a name twice; whoever did that, nothing more is made."""
    gen = make()
    twice = [
        ask(backend_of(NEW, kling.url), lambda it: it.submit(attempt(gen, NEW, "a-name")))
        for _ in range(2)
    ]
    first, second = (answer.remote_id for answer in twice)

    def found(*taken: str) -> Any:
        wanted = attempt(gen, NEW, "a-name", frozenset(taken))
        return ask(backend_of(NEW, kling.url), lambda it: it.find(wanted))

    assert found().remote_id == found(second).remote_id == first
    assert found(first).remote_id == second
    # The job that has it may have it by mistake; the journal does not give it to two.
    assert found(first, second).remote_id == first
    assert kling.counts["submit"] == 2


@each_family
def test_a_request_that_arrived_twice_is_found(make, kling, family):
    """The refusal of the second one does not say that there is no task."""
    kling.settings.duplicates = "reject_1201"
    gen = make(family)
    wanted = attempt(gen, family, "a-name")

    async def scenario(backend: Any) -> tuple[Any, Any, Any]:
        return (
            await backend.submit(wanted),
            await backend.submit(wanted),
            await backend.find(wanted),
        )

    first, second, found = ask(backend_of(family, kling.url), scenario)

    assert isinstance(first, Accepted)
    assert isinstance(second, Unknown)
    assert found == first


def test_a_task_of_the_older_family_is_that_of_its_name(make, kling):
    """Even if another job has it by mistake; the journal does not give it to two."""
    gen = make(OLD)
    made = ask(backend_of(OLD, kling.url), lambda it: it.submit(attempt(gen, OLD, "a-name")))
    wanted = attempt(gen, OLD, "a-name", frozenset({made.remote_id}))

    found = ask(backend_of(OLD, kling.url), lambda it: it.find(wanted))

    assert found == made


NO_PROOF = [
    pytest.param(200, {}, id="nothing"),
    pytest.param(200, {"code": 0}, id="no data"),
    pytest.param(200, {"code": 0, "data": {}}, id="another shape"),
    pytest.param(200, {"code": 0, "data": [7]}, id="no tasks"),
    pytest.param(200, {"code": 0, "data": [{"id": "1", "external_id": "x"}]}, id="another task"),
    pytest.param(404, {}, id="a proxy's 404"),
    pytest.param(404, {"code": 1202}, id="no such route"),
    pytest.param(400, {"code": 1201}, id="a bad question"),
]


@each_family
@pytest.mark.parametrize(("status", "body"), NO_PROOF)
def test_an_answer_that_does_not_say_so_proves_no_absence(family, status, body):
    """Only then is a lost job sent again."""
    attempt_ = Attempt("job", "a-name", {"route": "v1/videos/text2video", "body": {}}, 0.0)
    backend = backend_of(family, "https://kling.example")
    transport = httpx.MockTransport(lambda _: httpx.Response(status, json=body))

    async def scenario() -> Any:
        async with httpx.AsyncClient(transport=transport) as client:
            backend.connect(client)
            return await backend.find(attempt_)

    assert isinstance(asyncio.run(scenario()), Passing | Unknown)


# --- what Kling refuses ---------------------------------------------------------------------------


@each_family
@pytest.mark.slow
def test_what_is_over_the_limit_waits_here(make, kling, family):
    """1303 keeps the job in our own queue; each one is bought once."""
    kling.settings.places = 1
    kling.settings.run_seconds = AN_HOUR
    gen = make(family)
    jobs = [gen.submit(FOX | {"prompt": f"Fox {number}"}) for number in range(3)]

    until(lambda: kling.counts["full"])
    kling.settings.run_seconds = (0.1, 0.1)
    kling.advance(A_WHILE)

    # All of them first: a file that is still arriving stands in the same folder.
    for record in [at_rest(gen, job) for job in jobs]:
        assert_kept(record)

    assert len(kling.jobs) == 3
    assert kling.counts["submit"] == 3 + kling.counts["full"]


@pytest.mark.parametrize(
    ("code", "error"),
    [
        (1100, PolicyDenied),
        (1101, CreditsExhausted),
        (1102, CreditsExhausted),
        (1103, PolicyDenied),
        (1300, SafetyFilter),
        (1301, SafetyFilter),
        (1304, PolicyDenied),
    ],
)
def test_what_waiting_does_not_mend_is_not_tried_again(make, kling, code, error):
    """Also where Kling says 429: an account without money, a closed door."""
    kling.settings.refuse_with = code

    with pytest.raises(error) as caught:
        make().submit(FOX).result()

    assert caught.value.error_detail is not None
    assert caught.value.error_detail.type == str(code)
    assert (kling.counts["submit"], kling.jobs) == (1, [])


CREATED = [
    # status, body, whether it proves that nothing was made, class of the error
    pytest.param(401, {"code": 1000}, True, AuthenticationFailed, id="1000"),
    pytest.param(400, {"code": 1201, "message": "duration"}, True, InvalidParams, id="1201"),
    pytest.param(
        400,
        {"code": 1201, "message": "external_task_id already exists"},
        False,
        InvalidParams,
        id="1201, name taken",
    ),
    pytest.param(404, {"code": 1203}, True, BackendUnavailable, id="1203"),
    pytest.param(429, {"code": 1302}, True, RateLimited, id="1302"),
    pytest.param(429, {"code": 1303}, True, RateLimited, id="1303"),
    pytest.param(200, {"code": 1303}, True, RateLimited, id="1303 with 200"),
    pytest.param(500, {"code": 1101}, True, CreditsExhausted, id="1101 with 500"),
    pytest.param(429, None, True, RateLimited, id="429 without a code"),
    pytest.param(429, {"code": "1303"}, True, RateLimited, id="429 with a code as text"),
    pytest.param(413, None, True, InvalidParams, id="413 without a code"),
    pytest.param(403, None, True, PolicyDenied, id="403 without a code"),
    pytest.param(408, None, False, InvalidParams, id="408 without a code"),
    pytest.param(500, {"code": 5000}, False, BackendUnavailable, id="5000"),
    pytest.param(503, {"code": 5001}, False, BackendUnavailable, id="5001"),
    pytest.param(504, {"code": 5002}, False, BackendUnavailable, id="5002"),
    pytest.param(400, {"code": 5002}, False, BackendUnavailable, id="5002 with 400"),
    pytest.param(429, {"code": 5000}, False, BackendUnavailable, id="5000 with 429"),
    pytest.param(502, None, False, BackendUnavailable, id="502 without a code"),
    pytest.param(302, None, False, BackendUnavailable, id="302"),
    pytest.param(200, None, False, BackendUnavailable, id="200 without a code"),
    pytest.param(200, {"code": True}, False, BackendUnavailable, id="200 with a strange code"),
]


@pytest.mark.parametrize(("status", "body", "proves", "kind"), CREATED)
def test_the_code_decides_not_the_status(status, body, proves, kind):
    """1000 to 1304 prove that there is no task; 5000 and above prove nothing."""
    if body is None:
        response = httpx.Response(status, text="<html>no</html>")
    else:
        response = httpx.Response(status, json=body)

    answer = Response.of(response)
    assert is_refusal(answer) is proves
    assert type(refusal(answer, str, "KLING_API_KEY")) is kind


@pytest.mark.parametrize(("asked", "wait"), [(None, 2.0), ("0", 1.0), ("0.2", 1.0), ("7", 7.0)])
def test_kling_gets_a_second_of_peace_at_least(asked, wait):
    """Its own rule; it names no time, but a proxy may."""
    headers = {} if asked is None else {"Retry-After": asked}
    reply = httpx.Response(429, json={"code": 1303}, headers=headers)
    error = refusal(Response.of(reply), str, "")

    assert isinstance(error, RateLimited)
    assert error.retry_after == wait


@each_family
def test_a_wrong_key_names_what_to_check(make, kling, family):
    """The variables of this family, and the region, for which a key is made."""
    kling.settings.keys = kling.settings.pairs = frozenset({"o:k"})

    with pytest.raises(AuthenticationFailed, match=r"KLING_.*KLING_REGION") as caught:
        make(family).submit(FOX).result()

    assert ("KLING_SECRET_KEY" in caught.value.message) is (family == OLD)
    assert (kling.counts["submit"], kling.jobs) == (1, [])


@each_family
def test_a_moderated_task_is_told_as_such(make, kling, family):
    """A task has no error code; its words say that a check ended it."""
    kling.add_fault(Fault(FaultKind.MODEL_FAILURE))

    with pytest.raises(SafetyFilter, match="risk control"):
        make(family).submit(FOX).result()


@each_family
def test_a_failed_task_is_told_in_klings_words(make, kling, family):
    """And it is not sent again."""
    kling.add_fault(Fault(FaultKind.PLATFORM_FAILURE))

    with pytest.raises(BackendUnavailable, match="Internal error"):
        make(family).submit(FOX).result()

    assert kling.counts["submit"] == 1


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ("Failure to pass the risk control system", SafetyFilter),
        ("The image contains sensitive information", SafetyFilter),
        ("Content safety check failed", SafetyFilter),
        ("The worker ran out of memory", BackendUnavailable),
        ("", BackendUnavailable),
        (None, BackendUnavailable),
    ],
)
def test_the_words_of_a_failed_task_are_read(message, kind):
    """There is nothing else to go by."""
    assert type(failure(message, str)) is kind


@each_family
def test_negative_prompts_are_for_the_older_family(make, kling, family):
    """The new one refuses before anything is sent, and names who takes them."""
    gen, request = make(family), FOX | {"negative_prompt": "blur", "cfg_scale": 0.7}

    if family == NEW:
        with pytest.raises(InvalidParams, match=r"negative_prompt.*kling-legacy"):
            gen.submit(request)
        assert kling.counts["submit"] == 0
    else:
        assert_bought_once(kling, at_rest(gen, gen.submit(request)))
        assert kling.jobs[0].input["negative_prompt"] == "blur"


# --- asking and cancelling ------------------------------------------------------------------------


@pytest.mark.slow
def test_many_jobs_are_asked_for_with_one_call(make, kling):
    """Fewer status calls than jobs."""
    kling.settings.run_seconds = (1.0, 1.0)
    gen = make(pause=0.5)
    jobs = [gen.submit(FOX | {"prompt": f"Fox {number}"}) for number in range(60)]

    assert {at_rest(gen, job).state for job in jobs} == {JobState.COMPLETED}
    assert len(kling.jobs) == len(jobs)
    assert kling.counts["status"] < len(jobs)


def test_one_call_takes_a_hundred_ids(kling):
    """Each is answered; those that Kling leaves out are absent."""
    ids = [str(number) for number in range(10**17, 10**17 + 250)]

    async def all_of(backend: KlingBackend) -> list[Any]:
        return await asyncio.gather(*(backend.poll(each, {}) for each in ids))

    answers = ask(backend_of(NEW, kling.url), all_of)

    assert answers == [Absent()] * len(ids)
    assert kling.counts["status"] == 3


def test_an_id_that_kling_objects_to_keeps_no_news_back(kling):
    """The others of the same call are asked for without it."""
    good = [str(number) for number in range(10**17, 10**17 + 5)]

    def answer(request: httpx.Request) -> httpx.Response:
        ids = request.url.params["task_ids"].split(",")
        if "typo" in ids:
            return httpx.Response(400, json={"code": 1201, "message": "task_ids"})
        tasks = [{"id": each, "status": "processing"} for each in ids]
        return httpx.Response(200, json={"code": 0, "data": tasks})

    backend = backend_of(NEW, kling.url)

    async def scenario() -> list[Any]:
        async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as client:
            backend.connect(client)
            return await asyncio.gather(*(backend.poll(each, {}) for each in [*good, "typo"]))

    *answers, last = asyncio.run(scenario())

    assert answers == [Working()] * len(good)
    assert isinstance(last, Passing)


@each_family
@pytest.mark.parametrize(
    "kind",
    [FaultKind.DROP_BEFORE, FaultKind.ERROR_BEFORE, FaultKind.HTML_PAGE, FaultKind.MALFORMED_JSON],
)
def test_a_status_call_that_fails_fails_no_job(make, kling, family, kind):
    """The next one answers."""
    kling.add_fault(Fault(kind, on=Operation.STATUS, times=2))
    gen = make(family)

    assert_bought_once(kling, at_rest(gen, gen.submit(FOX)))


@each_family
def test_cancelling_tells_that_kling_cannot(make, kling, family):
    """The job goes on, and is billed."""
    kling.settings.run_seconds = AN_HOUR
    gen = make(family)
    job = gen.submit(FOX)
    in_state(job, JobState.RUNNING)

    cancellation = job.cancel()

    assert (cancellation.reached, cancellation.may_bill) == (False, True)
    assert "cannot stop" in cancellation.message
    kling.advance(A_WHILE)
    assert_bought_once(kling, at_rest(gen, job))


@each_family
def test_a_task_that_is_gone_is_told(make, kling, family):
    """After thirty days Kling forgets; the job ends, and is not sent again."""
    kling.settings.run_seconds = (3600, 3600)
    gen = make(family)
    job = gen.submit(FOX)
    in_state(job, JobState.RUNNING)
    kling.advance(31 * 86_400)

    record = at_rest(gen, job)

    assert record.state is JobState.FAILED
    assert "does not know" in str(record.error)
    assert kling.counts["submit"] == 1


@each_family
def test_a_link_that_has_expired_is_renewed(make, kling, family):
    """The task is asked again, and names a fresh one."""
    kling.add_fault(Fault(FaultKind.EXPIRED_LINK, times=1))
    kling.settings.url_lifetime = 0.0
    gen = make(family)
    job = gen.submit(FOX)
    in_state(job, JobState.FETCHING)
    kling.settings.url_lifetime = None

    assert_bought_once(kling, at_rest(gen, job))


def test_a_404_without_kling_s_word_is_asked_again_for_a_while(kling):
    """How the older family says that it has no such task is not documented."""
    backend = backend_of(OLD, kling.url)
    transport = httpx.MockTransport(lambda _: httpx.Response(404, text="Not Found"))

    async def scenario() -> Any:
        async with httpx.AsyncClient(transport=transport) as client:
            backend.connect(client)
            return await backend.poll("1", {"route": "v1/videos/text2video"})

    assert isinstance(asyncio.run(scenario()), Absent)


# --- tokens ---------------------------------------------------------------------------------------


def test_a_token_is_a_json_web_token():
    """The example that everybody knows from jwt.io."""
    claims = {"sub": "1234567890", "name": "John Doe", "iat": 1516239022}

    token = sign(claims, "your-256-bit-secret")

    assert token.endswith(".SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c")


@pytest.mark.parametrize("skew", [7200.0, -7200.0, 30.0], ids=["ahead", "behind", "a little"])
def test_a_wrong_clock_does_not_matter(make, kling, skew):
    """Kling's own clock dates the tokens, as soon as it has refused one; one job is bought."""
    gen = make(OLD, clock=lambda: time.time() + skew)

    record = at_rest(gen, gen.submit(FOX))

    assert_kept(record)
    assert (kling.counts["submit"], len(kling.jobs)) == (2, 1)


def test_a_read_with_a_misdated_token_is_repeated_at_once(make, kling):
    """It buys nothing; a create is left to the engine, which writes down each one."""
    gen = make(OLD)
    backend = backend_of(OLD, kling.url, clock=lambda: time.time() + 7200)

    found = ask(backend, lambda it: it.find(attempt(gen, OLD, "nobody")))

    assert isinstance(found, Absent)
    assert kling.counts["history"] == 2


def test_a_create_with_a_misdated_token_is_not_repeated(make, kling):
    """It was refused, and may be sent again."""
    gen = make(OLD)
    backend = backend_of(OLD, kling.url, clock=lambda: time.time() + 7200)

    answer = ask(backend, lambda it: it.submit(attempt(gen, OLD, "a-name")))

    assert isinstance(answer, Refused)
    assert answer.passing
    assert (kling.counts["submit"], kling.jobs) == (1, [])


def test_a_token_that_stays_misdated_is_for_the_user():
    """When Kling's clock is no help, waiting is not either."""

    def refuse(_: httpx.Request) -> httpx.Response:
        return httpx.Response(401, json={"code": 1003, "message": "not yet valid"})

    backend = backend_of(OLD, "https://kling.example")

    async def scenario() -> Any:
        async with httpx.AsyncClient(transport=httpx.MockTransport(refuse)) as client:
            backend.connect(client)
            request = {"route": "v1/videos/text2video", "body": {}}
            return await backend.submit(Attempt("job", "a-name", request, 0.0))

    answer = asyncio.run(scenario())

    assert isinstance(answer, Refused)
    assert not answer.passing
    assert "clock" in answer.error.message


def test_a_token_that_ends_early_is_replaced():
    """Kling documents no shortest time; a new token is tried before the job fails."""
    now = [time.time()]
    seen: list[str] = []

    def refuse_the_first(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers["Authorization"])
        code = 1004 if len(seen) > 1 and seen[-1] == seen[0] else 0
        return httpx.Response(401 if code else 200, json={"code": code, "data": {}})

    backend = backend_of(OLD, "https://kling.example", clock=lambda: now[0])

    async def scenario() -> Any:
        async with httpx.AsyncClient(transport=httpx.MockTransport(refuse_the_first)) as client:
            backend.connect(client)
            request = {"route": "v1/videos/text2video", "body": {}}
            wanted = Attempt("job", "a-name", request, 0.0)
            await backend.find(wanted)
            now[0] += 600
            return await backend.submit(wanted)

    answer = asyncio.run(scenario())

    assert isinstance(answer, Refused)
    assert answer.passing


def test_a_token_is_kept_and_renewed_before_it_ends():
    """One for many calls; none ends on its way; a clock that is put back makes a new one."""
    now = [1_800_000_000.0]
    auth = TokenAuth("an-access-key", "a-secret-key", clock=lambda: now[0])

    def bearer() -> str:
        request = httpx.Request("GET", "https://kling.example")
        next(auth.auth_flow(request))
        return request.headers["Authorization"]

    def claims(token: str) -> dict[str, int]:
        part = token.split(".")[1]
        read: dict[str, int] = json.loads(base64.urlsafe_b64decode(part + "=="))
        return read

    first = bearer()
    now[0] += 60
    same = bearer()
    now[0] += LIFETIME - 120
    renewed = bearer()
    now[0] -= 3600
    earlier = bearer()

    assert first == same
    assert claims(first) == {
        "iss": "an-access-key",
        "exp": 1_800_000_000 + 1_800,
        "nbf": 1_800_000_000 - 5,
    }
    assert claims(renewed)["exp"] == 1_800_000_000 + 1_740 + 1_800
    assert claims(earlier)["nbf"] == 1_800_000_000 + 1_740 - 3_600 - 5


def test_neither_keys_nor_tokens_are_repeated():
    """Not when printed, and not when Kling says them."""
    auth = TokenAuth(" an-access-key\n", "a-secret-key")
    request = httpx.Request("GET", "https://kling.example")
    next(auth.auth_flow(request))
    token = request.headers["Authorization"].removeprefix("Bearer ")

    said = auth.redact(f"{token} of an-access-key with a-secret-key and {token.split('.')[2]}")

    assert said == "*** of *** with *** and ***"
    assert "secret" not in repr(auth)


# --- setting up -----------------------------------------------------------------------------------

API_KEY = {"KLING_API_KEY": "k"}
BOTH_KEYS = {"KLING_ACCESS_KEY": "a", "KLING_SECRET_KEY": "s"}


@pytest.mark.parametrize(
    ("kind", "environment", "said"),
    [
        (KlingBackend, {}, r"KLING_API_KEY"),
        (KlingBackend, BOTH_KEYS, r"KLING_API_KEY.*'kling-legacy'"),
        (KlingLegacyBackend, {}, r"KLING_ACCESS_KEY and KLING_SECRET_KEY"),
        (KlingLegacyBackend, {"KLING_ACCESS_KEY": "a"}, r"KLING_SECRET_KEY is missing"),
        (KlingLegacyBackend, {"KLING_SECRET_KEY": "s"}, r"KLING_ACCESS_KEY is missing"),
        (KlingBackend, API_KEY | {"KLING_REGION": "mars"}, r"singapore, beijing"),
        (KlingLegacyBackend, BOTH_KEYS | {"KLING_REGION": "mars"}, r"singapore, beijing"),
        (KlingBackend, API_KEY | {"KLING_BASE_URL": "kling.example"}, r"https://"),
    ],
)
def test_what_is_not_set_is_named(tmp_path, kind, environment, said):
    """And whoever has the other family's keys is shown to it."""
    with pytest.raises(NoBackend, match=said):
        kind.from_environment(environment, tmp_path)


@pytest.mark.parametrize(
    ("settings", "address"),
    [
        ({}, "https://api-singapore.klingai.com"),
        ({"KLING_REGION": "beijing"}, "https://api-beijing.klingai.com"),
        ({"KLING_REGION": "mars", "KLING_BASE_URL": "http://127.0.0.1:9/"}, "http://127.0.0.1:9"),
    ],
)
def test_the_region_chooses_the_address(tmp_path, settings, address):
    """Unless an address is given."""
    for kind, keys in ((KlingBackend, API_KEY), (KlingLegacyBackend, BOTH_KEYS)):
        assert kind.from_environment(keys | settings, tmp_path)._url == address
