"""Webhooks: where a person's endings are announced."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Path, Response
from fastapi.responses import JSONResponse

from rushes.gateway import wire
from rushes.gateway.announcing import shown_secret
from rushes.gateway.routes.parts import ERRORS, GUARDED, Open, Reading, Submitting, reply

if TYPE_CHECKING:
    from rushes.gateway.hooks import Hook

router = APIRouter(tags=["webhooks"], responses=ERRORS, dependencies=GUARDED)


@router.post(
    "/v1/webhooks/{app}",
    status_code=201,
    response_model=wire.NewWebhook,
    summary="Announce every job of the person that ends from now on at an address.",
    description=(
        "By Standard Webhooks: `job.completed` and `job.failed`, signed with the secret, which is "
        "in this reply only. Announced in order, and again until the address answers 2xx; an "
        "announcement can arrive twice, with the same webhook-id."
    ),
)
def add_webhook(body: wire.WebhookAddress, caller: Submitting, runtime: Open) -> JSONResponse:
    """Add a webhook."""
    private = runtime.settings.private_webhooks
    hook = runtime.hooks.add((caller.app, caller.person), body.url, private=private)
    said = wire.NewWebhook(**_facts(hook).model_dump(), secret=shown_secret(hook))
    return reply(said, 201)


@router.get(
    "/v1/webhooks/{app}",
    response_model=wire.Webhooks,
    summary="The webhooks of the person, and why one is not called any more.",
)
def webhooks(caller: Reading, runtime: Open) -> JSONResponse:
    """List the webhooks."""
    found = runtime.hooks.of((caller.app, caller.person))
    return reply(wire.Webhooks(webhooks=[_facts(hook) for hook in found]))


@router.delete(
    "/v1/webhooks/{app}/{id}",
    status_code=204,
    summary="Announce nothing at an address any more.",
    response_class=Response,
)
def remove_webhook(
    id: Annotated[str, Path(pattern="^[0-9a-f]{16}$")],  # noqa: A002 - its name in the path
    caller: Submitting,
    runtime: Open,
) -> Response:
    """Delete a webhook."""
    runtime.hooks.remove((caller.app, caller.person), id)
    return Response(status_code=204)


def _facts(hook: Hook) -> wire.Webhook:
    return wire.Webhook(
        id=hook.id,
        url=hook.url,
        created_at=datetime.fromtimestamp(hook.created_at, UTC).isoformat(),
        is_enabled=hook.disabled_at is None,
        trouble=hook.reason,
    )
