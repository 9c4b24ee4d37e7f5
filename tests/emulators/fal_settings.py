"""What an emulated fal is told to do."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from emulators.settings import Settings

FAL_KEY = "emulator-id:emulator-secret"  # Accepted unless the settings name other keys.


@dataclass
class FalSettings(Settings):
    """Settings of one emulated fal; keys are `id:secret`.

    fal counts only running jobs against its limit and lets submissions over the limit wait.

    Attributes:
        locked_keys: Keys answered 403, as for an account out of credit.
        early_validation: Refuse a wrong input with 422 at submit. By default, as in fal, it is
            accepted and the result is the 422.
        cancel_cooperates: Whether a running job stops when asked to.
        result_lifetime: Seconds a result is kept after the job's end; None for ever.
        streams: Whether a job's status can be streamed at all.
        stream_comment: Seconds between the comments on a stream.
        stream_piece: Bytes of a stream that are sent at once; None for whole events.
        history_usable: Whether the platform API lets this key read the history.
        is_admin: Whether the key may read the account's balance.
        history_lag: Seconds before a started job shows up in the history.
        documents: OpenAPI documents by endpoint; the others have none.
        prices: Rows of the list of prices.
    """

    keys: frozenset[str] = frozenset({FAL_KEY})
    locked_keys: frozenset[str] = frozenset()
    early_validation: bool = False
    cancel_cooperates: bool = True
    result_lifetime: float | None = None
    streams: bool = True
    stream_comment: float = 15.0
    stream_piece: int | None = None
    history_usable: bool = True
    is_admin: bool = True
    history_lag: float = 0.0
    documents: dict[str, Any] = field(default_factory=dict)
    prices: list[dict[str, Any]] = field(default_factory=list)
