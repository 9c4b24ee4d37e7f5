"""The JSON of requests and replies; the OpenAPI description is generated from these models."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from rushes.contract.spelling import to_camel

JOB_ID = r"^[A-Za-z0-9_-]{16,64}$"
APP = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"
IDS = r"^[A-Za-z0-9_-]{16,64}(,[A-Za-z0-9_-]{16,64}){0,99}$"
PERSON = r"^[A-Za-z0-9][A-Za-z0-9._@+-]{0,63}$"
SHA256 = r"^[0-9a-f]{64}$"
CODE = r"^[A-Z][A-Z0-9_]*$"

MOST_PARAMS = 64
"""Parameters of a request; no provider has half as many."""

MOST_QUANTITY = 10_000
"""Videos that one estimate is for."""


class Wire(BaseModel):
    """A part of the contract, in camelCase; absent values are left out, never null."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True)

    def plain(self) -> dict[str, Any]:
        """The same as JSON."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)


class Body(Wire):
    """A request's body. Unknown members are refused: a misspelt one would be ignored."""

    model_config = ConfigDict(extra="forbid", strict=True)


Code = Annotated[
    str,
    Field(pattern=CODE, description="One of the contract's codes, e.g. VIDEO_GEN_SAFETY_FILTER."),
]


class ErrorDetail(Wire):
    """What a service said about a failure."""

    loc: list[str | int] | None = Field(
        default=None,
        description="Names and numbers that lead to the value, e.g. [body, image_urls, 0].",
    )
    type: str | None = None
    reason: str | None = None
    msg: str | None = None


class Error(Wire):
    """An error. The client reads it; the message says what to do next."""

    error: str
    code: Code
    detail: str | None = None
    advice: str | None = Field(
        default=None, description="What a Python user of the client can call next."
    )
    error_detail: ErrorDetail | None = None
    retry_after_ms: int | None = Field(
        default=None, ge=0, description="When to try again; also in the header Retry-After."
    )


Params = Annotated[
    dict[str, Any],
    Field(
        max_length=MOST_PARAMS,
        description=(
            "VideoGenParams in camelCase, with provider and mode. Media are public http(s) links, "
            "data: URIs, or rushes-input:<sha256> for a file that was uploaded."
        ),
        json_schema_extra={
            "properties": {
                "provider": {"type": "string"},
                "mode": {"type": "string"},
                "prompt": {"type": "string"},
            }
        },
    ),
]

JobId = Annotated[str, Field(pattern=JOB_ID, description="Chosen by the client.")]


class Submission(Body):
    """A job to submit."""

    job_id: JobId
    params: Params


class Question(Body):
    """A request whose cost is asked for."""

    params: Params
    quantity: int = Field(default=1, ge=1, le=MOST_QUANTITY)


class DrainRequest(Body):
    """Where a client that keeps no journal has got to."""

    after: str | None = Field(
        default=None,
        pattern=r"^[0-9]{1,15}$",
        description="The cursor of the last reply; left out the first time.",
    )
    limit: int = Field(default=100, ge=1, le=100)


class Amount(Wire):
    """An amount of money."""

    amount: float
    currency: str = Field(pattern="^[A-Z]{3}$")


class Result(Wire):
    """VideoGenResult. The links are signed and last a day; each reply has fresh ones."""

    model_config = ConfigDict(extra="allow")

    generation_id: str
    video_url: str = Field(json_schema_extra={"format": "uri"})
    poster_url: str | None = Field(default=None, json_schema_extra={"format": "uri"})
    duration_seconds: float | None = None
    width: int | None = None
    height: int | None = None
    provider: str | None = None
    mode: str | None = None
    prompt: str | None = None
    seed: int | None = None


class Job(Wire):
    """A job as its owner sees it."""

    job_id: JobId
    status: Literal["queued", "running", "completed", "failed"]
    position: int | None = Field(default=None, description="Jobs ahead in the queue.")
    progress: float | None = Field(default=None, ge=0, le=1)
    message: str | None = None
    params: dict[str, Any] | None = Field(
        default=None, description="The request; only where all of a person's jobs are listed."
    )
    created_at: str | None = Field(default=None, description="ISO 8601; as params.")
    label: dict[str, Any] | None = Field(
        default=None, description="What was submitted with it as Rushes-Label; as params."
    )
    result: Result | None = None
    cost: Amount | None = Field(default=None, description="What the service billed, if it said so.")
    error: str | None = None
    code: Code | None = None
    detail: str | None = None
    advice: str | None = Field(
        default=None, description="What a Python user of the client can call next."
    )
    error_detail: ErrorDetail | None = None


class Jobs(Wire):
    """Jobs."""

    jobs: list[Job]


class JobPage(Jobs):
    """Jobs, and where the next ones begin."""

    cursor: str | None = Field(
        default=None, description="For `after` in the next call; absent at the end of a list."
    )


class Cancelled(Wire):
    """What became of a request to cancel."""

    cancelled: bool = Field(description="Whether the service was reached.")
    may_bill: bool = Field(description="Whether the job may still be billed.")
    message: str


class Estimate(Wire):
    """What videos cost before anything is sent."""

    credits: float | None = Field(default=None, description="The highest; absent if not known.")
    low_credits: float | None = None
    high_credits: float | None = None
    exact: bool
    reason: str
    low: Amount | None = None
    high: Amount | None = None


class Balance(Wire):
    """What is left for today."""

    balance: Amount


class Cap(Wire):
    """A limit of what may be spent in a day, which begins at 00:00 UTC."""

    name: Literal["person", "app"] = Field(description="Whose jobs count.")
    limit: float = Field(description="US dollars.")
    spent: float = Field(description="US dollars that are spent or reserved today.")


class TierLimits(Wire):
    """Limits of one person; those that are absent do not exist."""

    name: str | None = None
    concurrent: int | None = Field(default=None, description="Further jobs wait in line.")
    per_minute: int | None = Field(default=None, description="Further jobs are refused: 429.")
    per_day: int | None = Field(
        default=None, description="Further jobs are refused until 00:00 UTC: 429."
    )


class Me(Wire):
    """Who the token belongs to, and what is left."""

    person: str
    app: str
    scopes: list[str]
    expires_at: str | None = Field(default=None, description="ISO 8601.")
    tier: TierLimits
    currency: str = "USD"
    credit_value: float = Field(description="US dollars that a credit stands for.")
    spent: float = Field(description="US dollars today, what is reserved included.")
    caps: list[Cap]


class WebhookAddress(Body):
    """Where endings are to be announced."""

    url: str = Field(max_length=2_000, description="It starts with https://.")


class Webhook(Wire):
    """Where endings are announced."""

    id: str = Field(pattern="^[0-9a-f]{16}$")
    url: str
    created_at: str = Field(description="ISO 8601.")
    is_enabled: bool = Field(
        description="False once the address answered 410, or failed for more than a day."
    )
    trouble: str | None = Field(default=None, description="Why the last announcement failed.")


class NewWebhook(Webhook):
    """A webhook, with what its announcements are signed with; that is not shown again."""

    secret: str


class Webhooks(Wire):
    """Webhooks."""

    webhooks: list[Webhook]


class People(Wire):
    """People of an application."""

    people: list[str]


class Models(Wire):
    """What the gateway runs."""

    models: list[dict[str, Any]] = Field(
        description='Each in the format of a provider file, with an offer named "gateway".'
    )


class Policy(Wire):
    """The policy, in the format of a policy file."""

    disabled: bool | None = None
    allowed_models: list[str] | None = None
    daily_credit_cap: float | None = Field(default=None, ge=0)
    per_user_daily_credit_cap: float | None = Field(default=None, ge=0)
    credit_value: float | None = Field(
        default=None, gt=0, description="US dollars; 0.01 if omitted."
    )
    assumed_cost: float | None = Field(
        default=None, ge=0, description="US dollars of a take without a price."
    )


class Uploaded(Wire):
    """A file that requests can name."""

    input: str = Field(pattern=r"^rushes-input:[0-9a-f]{64}$")


class Health(Wire):
    """Whether the gateway works."""

    status: Literal["ok"] = "ok"
