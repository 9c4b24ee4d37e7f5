"""What a gateway does for one caller: submits, lists and cancels jobs.

It is the only way from a route to the engine. Every method takes the caller, and reaches only jobs
of that person in that application: the journal's id of a job is worked out from all three names,
so that another person's job is not found, whatever is asked for.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from rushes.catalog.drafts import FINAL
from rushes.contract.errors import (
    InvalidParams,
    JobNotFound,
    JournalError,
    Problem,
)
from rushes.contract.params import VideoGenParams
from rushes.contract.spelling import to_snake
from rushes.gateway import wire
from rushes.gateway.callers import PEOPLE, SCOPES
from rushes.gateway.faults import OtherRequest
from rushes.gateway.replies import poster_of
from rushes.io.folders import require_writable
from rushes.journal import CURRENCY, JobRecord, JobState, Reservation, today
from rushes.journal.draft import named
from rushes.journal.ledger import PART
from rushes.outcome import result_of
from rushes.plan import Planner
from rushes.policy import Policy

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from rushes.backends.protocol import Cancellation
    from rushes.engine import Engine
    from rushes.gateway.callers import Caller
    from rushes.gateway.inputs import Inputs
    from rushes.gateway.rules import Rules
    from rushes.gateway.serving import Serving
    from rushes.plan import Plan

DECIDING = 60.0
"""Seconds that a request to cancel waits for the service."""


class Operations:
    """Does what callers ask for.

    Args:
        engine: works on the jobs.
        serving: which services run them.
        inputs: reads what requests name.
        rules: policies and tiers.
        media: the folder for videos, with one of each application and person.
    """

    def __init__(
        self,
        *,
        engine: Engine,
        serving: Serving,
        inputs: Inputs,
        rules: Rules,
        media: Path,
    ) -> None:
        self.engine = engine
        self.serving = serving
        self.inputs = inputs
        self.rules = rules
        self._media = media
        self._planner = Planner(engine, None)

    # --- submitting ------------------------------------------------------------------------

    def submit(
        self,
        caller: Caller,
        job_id: str,
        params: Mapping[str, Any],
        label: dict[str, Any] | None = None,
    ) -> JobRecord:
        """Put a job on record, or find the one that a caller submitted under the same id.

        The job is durable when this returns.

        Args:
            caller: who submits it.
            job_id: chosen by the caller.
            params: the request.
            label: what is kept with it for the caller.

        Raises:
            OtherRequest: when that one asked for something else.
            RushesError: why it is refused; nothing was recorded.
        """
        request = self.inputs.read(caller, params)
        known = self._known(caller, job_id)
        if known is None:
            known = self._add(caller, job_id, self._planned(request), label)
        return _require_same(known, job_id, request)

    def _add(
        self, caller: Caller, job_id: str, plan: Plan, label: dict[str, Any] | None
    ) -> JobRecord:
        folder = caller.folder(self._media)
        require_writable(folder, advice="Tell the gateway's operator. Nothing was sent.")
        record = JobRecord.new(
            plan.params,
            backend=plan.backend,
            folder=str(folder),
            job_id=caller.inner_id(job_id),
            notes=plan.remarks,
            content_key=plan.key,
            once_key=job_id,  # Of one person, an id names one job.
            label=label,
        )
        most = plan.cost.most
        money = Reservation(estimate=None if most is None else most.dollars, account=caller.account)
        reserve = self.rules.apply(caller, record, money)
        return self.engine.submit(record, reserve=reserve)

    def estimate(self, caller: Caller, params: Mapping[str, Any], quantity: int) -> wire.Estimate:
        """What videos would cost; nothing is sent.

        Raises:
            RushesError: why such a request would be refused.
        """
        cost = self._planned(self.inputs.read(caller, params)).cost.times(quantity)
        low, high = (
            None if amount is None else wire.Amount(amount=amount, currency=cost.currency)
            for amount in (cost.low, cost.high)
        )
        policy = self.rules.policy(caller.app) or Policy()
        in_credits = [
            None
            if amount is None or cost.currency != CURRENCY
            else round(amount / policy.credit_value, 4)
            for amount in (cost.low, cost.high)
        ]
        return wire.Estimate(
            credits=in_credits[1],
            low_credits=in_credits[0],
            high_credits=in_credits[1],
            exact=cost.exact,
            reason=cost.reason,
            low=low,
            high=high,
        )

    def _planned(self, request: Mapping[str, Any]) -> Plan:
        if (job := named(request).get(FINAL)) is not None:
            # It would name a job of this machine, and that may be another caller's.
            reason = "a gateway does not render drafts in full."
            raise InvalidParams.of([Problem(FINAL, job, reason)])
        provider = request.get("provider")
        spec = self.engine.catalog.get(provider) if isinstance(provider, str) else None
        # The planner says what is wrong with a provider that is not known.
        backend = self.serving.names[0] if spec is None else self.serving.choose(spec)
        return self._planner.plan(request, {}, backend)

    # --- reading ---------------------------------------------------------------------------

    def jobs(self, caller: Caller, ids: Iterable[str]) -> list[JobRecord]:
        """Jobs of a caller by their ids; unknown ones are left out."""
        found = (self._known(caller, each) for each in dict.fromkeys(ids))
        return [job for job in found if job is not None]

    def page(
        self, caller: Caller, *, after: str | None, limit: int
    ) -> tuple[list[JobRecord], str | None]:
        """All jobs of a caller, oldest first, and the cursor of the next page if there is one.

        Raises:
            JournalError: when the journal cannot be read.
        """
        since, _, last = (after or "0:").partition(":")
        folder, first = str(caller.folder(self._media)), float(since)
        # Those that were made at the very time of the last one are read again.
        extra = limit + 1
        while True:
            found = self.engine.journal.select(
                folder=folder, since=first, limit=extra, oldest_first=True
            )
            fresh = [job for job in found if (job.created_at, job.id) > (first, last)]
            if len(fresh) > limit or len(found) < extra:
                break
            extra *= 2
        page = fresh[:limit]
        more = len(fresh) > limit
        return page, f"{page[-1].created_at!r}:{page[-1].id}" if more else None

    def people(self, caller: Caller) -> list[str]:
        """Everyone who has submitted jobs in a caller's application: each has a folder there.

        Raises:
            JournalError: when the folder for videos cannot be read.
        """
        place = caller.folder(self._media).parent
        try:
            return sorted(each.name for each in place.iterdir() if PEOPLE.fullmatch(each.name))
        except FileNotFoundError:
            return []
        except OSError as error:
            msg = f"The folder for videos cannot be read ({error.strerror})."
            raise JournalError(msg) from error

    def job(self, caller: Caller, job_id: str) -> JobRecord:
        """A job of a caller.

        Raises:
            JobNotFound: when the caller has no job of that id.
        """
        found = self._known(caller, job_id)
        if found is None:
            msg = f"You have no job {job_id} in {caller.app}."
            raise JobNotFound(msg)
        return found

    def _known(self, caller: Caller, job_id: str) -> JobRecord | None:
        try:
            return self.engine.record(caller.inner_id(job_id))
        except JobNotFound:
            return None

    async def cancel(self, caller: Caller, job_id: str) -> Cancellation:
        """Cancel a job as far as that is still possible.

        Raises:
            JobNotFound: when the caller has no job of that id.
        """
        job = await asyncio.to_thread(self.job, caller, job_id)
        async with asyncio.timeout(DECIDING):
            return await asyncio.wrap_future(self.engine.call(self.engine.cancel(job.id)))

    def video(self, key: str, name: str) -> tuple[JobRecord, Path]:
        """A completed job and one of its files.

        Raises:
            JobNotFound: when there is none.
        """
        job = self.engine.record(key)
        result = result_of(job) if job.state is JobState.COMPLETED else None
        path = None if result is None else result.path
        if path is not None and name != "video.mp4":
            path = poster_of(result)
        if path is None or not path.is_file():
            msg = "There is no such file."
            raise JobNotFound(msg)
        return job, path

    def owns(self, caller: Caller, job: JobRecord) -> bool:
        """Whether a job belongs to a caller."""
        return job.folder == str(caller.folder(self._media))

    def me(self, caller: Caller) -> wire.Me:
        """Who a caller is, what the tier allows, and what was spent today."""
        policy, tier = self.rules.policy(caller.app), self.rules.tier(caller)
        spent = self._spent(caller)
        value = 0.01 if policy is None else policy.credit_value
        limits = wire.TierLimits.model_validate(
            tier.model_dump(exclude={"weight", "priority"}) | {"name": caller.tier}
        )
        ends = caller.expires_at
        return wire.Me(
            person=caller.person,
            app=caller.app,
            scopes=[scope for scope in SCOPES if scope in caller.scopes],
            expires_at=None if ends is None else datetime.fromtimestamp(ends, UTC).isoformat(),
            tier=limits,
            credit_value=value,
            spent=spent[caller.account],
            caps=[
                wire.Cap(
                    name="app" if cap.account == caller.app else "person",
                    limit=cap.limit,
                    spent=spent[cap.account or ""],
                )
                for cap in self.rules.caps(caller)
            ],
        )

    def left(self, caller: Caller) -> float | None:
        """US dollars that the caps leave for today; None without a cap."""
        spent = self._spent(caller)
        left = [cap.limit - spent[cap.account or ""] for cap in self.rules.caps(caller)]
        return max(0.0, round(min(left), 6)) if left else None

    def _spent(self, caller: Caller) -> dict[str, float]:
        """US dollars spent and reserved today, by the person and in the application."""
        rows = self.engine.money.spending(self.engine.journal, today())
        sums = {caller.account: 0.0, caller.app: 0.0}
        for row in rows:
            if row.account == caller.account:
                sums[caller.account] += row.reserved + row.spent
            if row.account.partition(PART)[0] == caller.app:
                sums[caller.app] += row.reserved + row.spent
        return {account: round(amount, 6) for account, amount in sums.items()}


def _require_same(job: JobRecord, job_id: str, request: Mapping[str, Any]) -> JobRecord:
    """A job that was submitted with this request."""
    # The mode may follow from the inputs.
    asked = {"mode": job.mode} | {to_snake(name): value for name, value in request.items()}
    params, problems = VideoGenParams.read(asked)
    new = {problem.parameter: None for problem in problems} if params is None else params.to_json()
    different = sorted(
        name for name in {*new, *job.params} if new.get(name) != job.params.get(name)
    )
    if different:
        raise OtherRequest.between(job_id, different)
    return job
