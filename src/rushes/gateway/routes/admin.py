"""What people with the scope `admin` see of others in the same application."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import JSONResponse

from rushes.gateway import wire
from rushes.gateway.callers import Caller
from rushes.gateway.routes.parts import (
    ERRORS,
    GUARDED,
    Administering,
    Cursor,
    Open,
    address_of,
    base_of,
    reply,
)

router = APIRouter(tags=["admin"], responses=ERRORS, dependencies=GUARDED)

Person = Annotated[str, Path(pattern=wire.PERSON, description="The name of a person.")]


@router.get(
    "/v1/admin/{app}/people",
    response_model=wire.People,
    summary="Everyone who has submitted jobs in the application.",
)
def people(caller: Administering, runtime: Open) -> JSONResponse:
    """The names of people, in their order."""
    return reply(wire.People(people=runtime.operations.people(caller)))


@router.get(
    "/v1/admin/{app}/people/{person}/jobs",
    response_model=wire.JobPage,
    summary="All jobs of a person, oldest first, in pages; noted in the audit.",
)
def jobs_of(
    person: Person,
    caller: Administering,
    runtime: Open,
    request: Request,
    after: Cursor = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 100,
) -> JSONResponse:
    """A page of a person's jobs."""
    runtime.audit.note(caller, "read", f"all of {person}", address=address_of(request))
    whose = Caller(person=person, app=caller.app)
    page, cursor = runtime.operations.page(whose, after=after, limit=limit)
    base = base_of(request)
    said = [runtime.replies.job(job, base, whole=True) for job in page]
    return reply(wire.JobPage(jobs=said, cursor=cursor))
