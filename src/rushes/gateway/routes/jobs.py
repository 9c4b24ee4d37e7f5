"""Jobs: submit, list, cancel, and the ones that have ended."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import JSONResponse

from rushes.gateway import wire
from rushes.gateway.labels import LABEL, label_of
from rushes.gateway.routes.parts import (
    ERRORS,
    GUARDED,
    Cursor,
    JobName,
    Open,
    Reading,
    Submitting,
    address_of,
    base_of,
    reply,
)

router = APIRouter(tags=["jobs"], responses=ERRORS, dependencies=GUARDED)


@router.post(
    "/v1/videogen/{app}/jobs",
    status_code=202,
    response_model=wire.Job,
    summary="Submit a job.",
    description=(
        "A jobId names one job of one person in one application. Repeating it with the same params "
        "refers to the same job; with other params it is refused with 409, which names them."
    ),
    responses={409: {"model": wire.Error, "description": "The jobId has other params."}},
)
def submit(
    body: wire.Submission,
    caller: Submitting,
    runtime: Open,
    request: Request,
    rushes_label: Annotated[
        str | None,
        Header(
            pattern=LABEL,
            description=(
                "A JSON object in base64url that is kept with the job and returned with it where "
                "all jobs are listed, e.g. what it belongs to on the client's side."
            ),
        ),
    ] = None,
) -> JSONResponse:
    """Submit a job, which is durable when this answers."""
    label = None if rushes_label is None else label_of(rushes_label)
    job = runtime.operations.submit(caller, body.job_id, body.params, label)
    runtime.audit.note(caller, "submit", body.job_id, address=address_of(request))
    return reply(runtime.replies.job(job, base_of(request)), 202)


@router.get(
    "/v1/jobs/{app}",
    response_model=wire.JobPage,
    summary="The status of jobs, or all jobs.",
    description=(
        "With ids: the status of these jobs; unknown ones are omitted. Without: all jobs of the "
        "person in the application, oldest first, with their params, in pages."
    ),
)
def find(
    caller: Reading,
    runtime: Open,
    request: Request,
    ids: Annotated[
        str | None,
        Query(pattern=wire.IDS, description="Up to 100 ids, separated by commas."),
    ] = None,
    after: Cursor = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 100,
) -> JSONResponse:
    """The status of some jobs, or a page of all."""
    base = base_of(request)
    if ids is not None:
        found = runtime.operations.jobs(caller, ids.split(","))
        return reply(wire.JobPage(jobs=[runtime.replies.job(job, base) for job in found]))
    page, cursor = runtime.operations.page(caller, after=after, limit=limit)
    said = [runtime.replies.job(job, base, whole=True) for job in page]
    return reply(wire.JobPage(jobs=said, cursor=cursor))


@router.post(
    "/v1/jobs/{app}/drain",
    response_model=wire.JobPage,
    summary="Jobs that have ended, for clients without a journal.",
    description=(
        "Returns jobs that ended after a cursor, oldest first, and the next cursor. The client "
        "keeps the cursor; the same one returns the same jobs, so a lost reply loses nothing. A "
        "job that ended, was continued and ended again is returned again."
    ),
)
def drain(
    caller: Reading,
    runtime: Open,
    request: Request,
    body: wire.DrainRequest | None = None,
) -> JSONResponse:
    """The jobs that ended after a cursor."""
    asked = body or wire.DrainRequest()
    after = int(asked.after or 0)
    ended = runtime.register.endings((caller.app, caller.person), after=after, limit=asked.limit)
    found = runtime.operations.jobs(caller, [job_id for _, job_id in ended])
    base = base_of(request)
    said = [runtime.replies.job(job, base, whole=True) for job in found]
    return reply(wire.JobPage(jobs=said, cursor=str(ended[-1][0] if ended else after)))


@router.post(
    "/v1/jobs/{app}/{jobId}/cancel",
    response_model=wire.Cancelled,
    summary="Cancel a job, as far as that is still possible.",
)
async def cancel(
    job_id: JobName,
    caller: Submitting,
    runtime: Open,
    request: Request,
) -> JSONResponse:
    """Cancel a job; the reply says whether it may still be billed."""
    outcome = await runtime.operations.cancel(caller, job_id)
    runtime.audit.note(caller, "cancel", job_id, address=address_of(request))
    return reply(
        wire.Cancelled(
            cancelled=outcome.reached, may_bill=outcome.may_bill, message=outcome.message
        )
    )
