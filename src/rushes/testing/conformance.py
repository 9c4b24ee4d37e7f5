"""The tests that every backend must pass, as a class to subclass."""

from __future__ import annotations

import asyncio
import json
import secrets
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

import httpx
import pytest

from rushes.backends.protocol import (
    Absent,
    Accepted,
    Attempt,
    Backend,
    Cancellation,
    Done,
    Passing,
    Refused,
    Unknown,
    Working,
)
from rushes.contract.errors import AuthenticationFailed, NoBackend, RateLimited
from rushes.testing.service import Trouble

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from rushes.testing.service import Service

T = TypeVar("T")

DOUBTFUL = [Trouble.REPLY_LOST, Trouble.ERROR_AFTER, Trouble.ERROR_BEFORE, Trouble.WEB_PAGE]
"""After these it is unknown whether a job was created."""

NO_ANSWER = [*DOUBTFUL, Trouble.HALF_REPLY, Trouble.TOO_MANY]
"""These carry no information about a job."""

LIVELY = 120.0
"""Seconds within which a job ends once it may, on a machine that has other things to do."""


class BackendConformance:
    """Conformance tests; subclass it and add a fixture ``service`` (`rushes.testing.Service`).

    >>> import pytest
    >>> from rushes.testing import BackendConformance
    >>> class TestAcme(BackendConformance):
    ...     @pytest.fixture
    ...     def service(self):
    ...         with AcmeEmulator() as emulator:
    ...             yield AcmeService(emulator)
    """

    # --- before anything is sent ----------------------------------------------------------------

    def test_it_is_a_backend(self, service: Service) -> None:
        """It has every method and attribute of the protocol."""
        backend = _run(service, _itself)

        assert isinstance(backend, Backend)
        assert backend.upload_lifetime is None or backend.upload_lifetime > 0
        assert backend.lag >= 0

    def test_without_a_key_it_says_what_to_set(self, service: Service, tmp_path: Path) -> None:
        """`from_environment` names the variables that are missing."""
        kind = type(service.backend())
        if kind.name == "preview":
            pytest.skip("it needs no key")
        with pytest.raises(NoBackend, match=r"[A-Z]+_[A-Z]"):
            kind.from_environment({}, tmp_path)

    def test_a_request_is_plain_json(self, service: Service) -> None:
        """It is journaled before it is sent, and read back after a restart."""
        backend = service.backend()
        request = backend.translate(service.params, service.spec, {})

        assert json.loads(json.dumps(request)) == request

    def test_the_key_is_nowhere_to_be_seen(self, service: Service) -> None:
        """Neither the printed backend nor the journaled request contains it."""
        backend = service.backend()
        journaled = json.dumps(backend.translate(service.params, service.spec, {}))

        assert service.key not in f"{backend!r} {vars(backend)} {journaled}"

    # --- submitting -----------------------------------------------------------------------------

    def test_a_job_is_accepted_once(self, service: Service) -> None:
        """The answer has the id of the service's job."""
        answer = _run(service, lambda backend: backend.submit(_attempt(service, backend)))

        assert isinstance(answer, Accepted)
        assert service.accepted() == [answer.remote_id]
        assert json.loads(json.dumps(answer.remote)) == answer.remote

    @pytest.mark.parametrize("trouble", DOUBTFUL)
    def test_a_submission_without_an_answer_is_unknown(
        self, service: Service, trouble: Trouble
    ) -> None:
        """Never refused, never retried: the service may have the job."""
        service.trouble(trouble, "submit")

        answer = _run(service, lambda backend: backend.submit(_attempt(service, backend)))

        assert isinstance(answer, Unknown)
        assert len(service.accepted()) <= 1

    def test_a_service_that_cannot_be_reached_has_nothing(self, service: Service) -> None:
        """A refused connection is a passing refusal, so the job is queued again."""
        backend = service.backend(unreachable=True)

        answer = _run(service, lambda it: it.submit(_attempt(service, it)), backend)

        assert isinstance(answer, Refused)
        assert answer.passing

    def test_a_429_is_a_passing_refusal(self, service: Service) -> None:
        """The engine slows down and sends the job again."""
        service.trouble(Trouble.TOO_MANY, "submit")

        answer = _run(service, lambda backend: backend.submit(_attempt(service, backend)))

        assert isinstance(answer, Refused)
        assert answer.passing
        assert isinstance(answer.error, RateLimited)
        assert service.accepted() == []

    def test_a_wrong_key_is_a_refusal_for_good(self, service: Service) -> None:
        """The user has to act, and the message does not repeat the key."""
        wrong = "wrong-id:wrong-secret-1234"
        backend = service.backend(key=wrong)

        answer = _run(service, lambda it: it.submit(_attempt(service, it)), backend)

        assert isinstance(answer, Refused)
        assert not answer.passing
        assert isinstance(answer.error, AuthenticationFailed)
        assert "wrong-secret" not in json.dumps(answer.error.to_json())

    # --- polling --------------------------------------------------------------------------------

    def test_a_job_is_working_until_it_is_done(self, service: Service) -> None:
        """Then the video can be downloaded without a key."""

        async def scenario(backend: Backend) -> tuple[Any, httpx.Response]:
            accepted = await _submitted(service, backend)
            status = await backend.poll(accepted.remote_id, accepted.remote)
            assert isinstance(status, Working | Done)
            service.finish()
            done = await _ended(backend, accepted)
            assert isinstance(done, Done)
            return done, await backend.media.get(done.url)

        _, response = _run(service, scenario)

        assert response.is_success
        assert b"ftyp" in response.content[:16]
        assert "authorization" not in response.request.headers

    def test_an_unknown_job_is_absent(self, service: Service) -> None:
        """Not failed: a proxy may be at fault, or a list that lags."""

        async def scenario(backend: Backend) -> Any:
            accepted = await _submitted(service, backend)
            other = backend.locate(accepted.remote_id[:-4] + "0000", _request(service, backend))
            return await backend.poll(other.remote_id, other.remote)

        assert isinstance(_run(service, scenario), Absent | Passing)

    @pytest.mark.parametrize("trouble", NO_ANSWER)
    def test_a_status_call_that_fails_fails_no_job(
        self, service: Service, trouble: Trouble
    ) -> None:
        """It carries no information about the job; the engine polls again."""

        async def scenario(backend: Backend) -> Any:
            accepted = await _submitted(service, backend)
            service.trouble(trouble, "poll")
            return await backend.poll(accepted.remote_id, accepted.remote)

        # A backend may use another call if the first one fails.
        assert isinstance(_run(service, scenario), Passing | Working)

    # --- finding a lost one ---------------------------------------------------------------------

    def test_a_lost_job_is_found_or_nothing_is_claimed(self, service: Service) -> None:
        """With ``lookup`` it is found; with ``key`` resending creates no second job."""
        service.trouble(Trouble.REPLY_LOST, "submit")

        async def scenario(backend: Backend) -> Any:
            attempt = _attempt(service, backend)
            assert isinstance(await backend.submit(attempt), Unknown)
            if backend.reconciliation == "key":
                return await backend.submit(attempt)
            return await backend.find(attempt)

        backend = service.backend()
        answer = _run(service, scenario, backend)

        if backend.reconciliation == "none":
            assert isinstance(answer, Accepted | Absent | Unknown)
        else:
            assert isinstance(answer, Accepted)
        if isinstance(answer, Accepted):
            assert service.accepted() == [answer.remote_id]

    @pytest.mark.parametrize("ahead", [-3_600, 600, 31_536_000])
    def test_a_wrong_clock_hides_no_job(self, service: Service, ahead: float) -> None:
        """If absence is proof, a job is found whatever the local clock says."""

        async def scenario(backend: Backend) -> Any:
            attempt = _attempt(service, backend)
            attempt = replace(attempt, submit_at=attempt.submit_at + ahead)
            await backend.submit(attempt)
            return await backend.find(attempt)

        backend = service.backend()
        if backend.reconciliation != "lookup":
            pytest.skip("its absence proves nothing")
        assert isinstance(_run(service, scenario, backend), Accepted)

    def test_what_was_not_sent_is_not_found(self, service: Service) -> None:
        """Another job with the same request is not mistaken for it."""

        async def scenario(backend: Backend) -> Any:
            other = await _submitted(service, backend)
            taken = frozenset({other.remote_id})
            return await backend.find(_attempt(service, backend, taken))

        backend = service.backend()
        if backend.reconciliation == "key":
            pytest.skip("it is sent again with its key instead")
        assert isinstance(_run(service, scenario, backend), Absent | Unknown)

    @pytest.mark.parametrize("trouble", NO_ANSWER)
    def test_trouble_while_looking_proves_nothing(self, service: Service, trouble: Trouble) -> None:
        """Absence is reported only after a reply of the service."""

        async def scenario(backend: Backend) -> Any:
            attempt = _attempt(service, backend)
            service.trouble(trouble, "find")
            return await backend.find(attempt)

        assert isinstance(_run(service, scenario), Passing | Unknown)

    def test_an_id_that_the_user_found_can_be_asked_for(self, service: Service) -> None:
        """``job.resolve(remote_id=...)`` continues with it."""

        async def scenario(backend: Backend) -> Any:
            accepted = await _submitted(service, backend)
            found = backend.locate(accepted.remote_id, _request(service, backend))
            return await backend.poll(found.remote_id, found.remote)

        assert isinstance(_run(service, scenario), Working | Done)

    # --- cancelling -----------------------------------------------------------------------------

    def test_cancelling_says_what_became_of_it(self, service: Service) -> None:
        """The answer has a message, and says whether the job may still be billed."""

        async def scenario(backend: Backend) -> Any:
            accepted = await _submitted(service, backend)
            return await backend.cancel(accepted.remote_id, accepted.remote)

        answer = _run(service, scenario)

        assert isinstance(answer, Cancellation)
        assert answer.message.endswith(".")

    def test_a_finished_job_survives_being_cancelled(self, service: Service) -> None:
        """After a late cancel the user still gets the video that was paid for."""

        async def scenario(backend: Backend) -> Any:
            accepted = await _submitted(service, backend)
            service.finish()
            assert isinstance(await _ended(backend, accepted), Done)
            cancellation = await backend.cancel(accepted.remote_id, accepted.remote)
            cost = service.spec.estimate(service.params, backend.name)
            assert cancellation.may_bill or (cost is not None and cost.amount == 0)
            return await backend.poll(accepted.remote_id, accepted.remote)

        assert isinstance(_run(service, scenario), Done)

    def test_another_process_knows_what_became_of_a_job(self, service: Service) -> None:
        """What later calls need is part of the answers, and not kept in the backend."""

        async def scenario(backend: Backend) -> tuple[Accepted, Cancellation, Any]:
            accepted = await _submitted(service, backend)
            cancellation = await backend.cancel(accepted.remote_id, accepted.remote)
            other = service.backend()
            async with httpx.AsyncClient(timeout=10.0) as client:
                other.connect(client)
                remote = {**accepted.remote, **cancellation.remote}
                status = await other.poll(accepted.remote_id, remote)
            return accepted, cancellation, status

        accepted, cancellation, status = _run(service, scenario)

        assert not isinstance(status, Absent | Passing)
        assert json.loads(json.dumps(dict(cancellation.remote))) == cancellation.remote
        assert accepted.remote_id


def _run(
    service: Service,
    scenario: Callable[[Backend], Awaitable[T]],
    backend: Backend | None = None,
) -> T:
    """Run a scenario with a connected backend."""
    chosen = backend or service.backend()

    async def main() -> T:
        async with httpx.AsyncClient(timeout=10.0) as client:
            chosen.connect(client)
            return await scenario(chosen)

    return asyncio.run(main())


async def _itself(backend: Backend) -> Backend:
    return backend


def _request(service: Service, backend: Backend) -> dict[str, Any]:
    return backend.translate(service.params, service.spec, {})


def _attempt(service: Service, backend: Backend, taken: frozenset[str] = frozenset()) -> Attempt:
    token = secrets.token_hex(16)
    return Attempt(f"job-{token[:8]}", token, _request(service, backend), time.time(), taken)


async def _submitted(service: Service, backend: Backend) -> Accepted:
    answer = await backend.submit(_attempt(service, backend))
    assert isinstance(answer, Accepted), answer
    return answer


async def _ended(backend: Backend, accepted: Accepted) -> Any:
    """The job's status once it is no longer working."""
    deadline = time.monotonic() + LIVELY
    while True:
        status = await backend.poll(accepted.remote_id, accepted.remote)
        if not isinstance(status, Working) or time.monotonic() > deadline:
            return status
        await asyncio.sleep(0.05)
