"""What the gateway runs, what that costs, and what is allowed and left."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Response
from fastapi.responses import JSONResponse

from rushes.gateway import wire
from rushes.gateway.faults import Refused
from rushes.gateway.routes.parts import ERRORS, GUARDED, Open, Reading, known, reply
from rushes.gateway.serving import tag_of

router = APIRouter(tags=["account"], responses=ERRORS, dependencies=GUARDED)

NOTHING: dict[int | str, dict[str, Any]] = {
    404: {"model": wire.Error, "description": "There is nothing of that kind."}
}


@router.get(
    "/v1/videogen/models",
    response_model=wire.Models,
    summary="The providers that the gateway offers.",
    responses={304: {"description": "As the ETag of If-None-Match says."}},
    dependencies=[Depends(known)],
)
def models(
    runtime: Open,
    if_none_match: Annotated[str | None, Header()] = None,
) -> Response:
    """The providers, in the format of provider files."""
    announced = runtime.serving.announced()
    tag = tag_of(announced)
    headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
    if if_none_match is not None and tag in if_none_match:
        return Response(status_code=304, headers=headers)
    return JSONResponse({"models": announced}, headers=headers)


@router.get(
    "/v1/videogen/{app}/policy",
    response_model=wire.Policy,
    summary="What the gateway allows. It refuses jobs itself; a client can refuse them earlier.",
    responses=NOTHING,
)
def policy(caller: Reading, runtime: Open) -> JSONResponse:
    """The policy of an application."""
    found = runtime.rules.policy(caller.app)
    if found is None:
        raise Refused(404, "NOT_FOUND", f"There is no policy for {caller.app}.")
    return reply(wire.Policy.model_validate(found.model_dump(exclude_defaults=True)))


@router.get(
    "/v1/credits/{app}",
    response_model=wire.Balance,
    summary="What the daily caps leave for today.",
    responses=NOTHING,
)
def left(caller: Reading, runtime: Open) -> JSONResponse:
    """What is left for the person in the application."""
    amount = runtime.operations.left(caller)
    if amount is None:
        raise Refused(404, "NOT_FOUND", "There are no daily caps, so no balance is offered.")
    return reply(wire.Balance(balance=wire.Amount(amount=amount, currency="USD")))


@router.get(
    "/v1/me/{app}",
    response_model=wire.Me,
    summary="Who the token belongs to, its limits, and what was spent today.",
)
def me(caller: Reading, runtime: Open) -> JSONResponse:
    """The person, the tier and the caps."""
    return reply(runtime.operations.me(caller))


@router.post(
    "/v1/videogen/{app}/estimate",
    response_model=wire.Estimate,
    summary="What videos cost; nothing is sent.",
)
def estimate(body: wire.Question, caller: Reading, runtime: Open) -> JSONResponse:
    """The lowest and the highest cost of videos."""
    return reply(runtime.operations.estimate(caller, body.params, body.quantity))
