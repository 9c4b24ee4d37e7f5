"""What a gateway's daily caps leave, and what a person may do at once, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rushes.backends import reply
from rushes.backends.protocol import Balance

if TYPE_CHECKING:
    from collections.abc import Mapping

LIMITS = {
    "concurrent": "{} at once",
    "perMinute": "{} a minute",
    "perDay": "{} a day",
}
"""By the key of a tier, what it limits."""


def allowance(backend: str, me: Mapping[str, Any]) -> Balance | None:
    """What is left for a person today; None where no cap says so.

    >>> caps = [{"name": "person", "limit": 10.0, "spent": 3.2}]
    >>> print(allowance("gateway", {"currency": "USD", "caps": caps, "tier": {"concurrent": 2}}))
    $6.80 at gateway (you: $3.20 of $10.00 today; takes: 2 at once; days begin at 00:00 UTC)

    Args:
        backend: its name here.
        me: the gateway's answer about the token.
    """
    currency = reply.currency(me.get("currency", "USD"))
    whose = {"person": "you", "app": f"everyone in {reply.text(me.get('app'), most=64)}"}
    caps = [
        (whose[name], spent, limit)
        for cap in reply.items(me.get("caps"))
        if (name := reply.text(cap.get("name"))) in whose
        and (spent := reply.money(cap.get("spent"))) is not None
        and (limit := reply.money(cap.get("limit"))) is not None
    ]
    if not caps or currency is None:
        return None
    sign = "$" if currency == "USD" else f"{currency} "
    said = [
        (limit - spent, f"{sign}{spent:,.2f} of {sign}{limit:,.2f} today", who)
        for who, spent, limit in caps
    ]
    words = [f"{who}: {today}" for _, today, who in said]
    tier = reply.part(me.get("tier"))
    counts = {key: reply.count(tier.get(key)) for key in LIMITS}
    limits = [text.format(counts[key]) for key, text in LIMITS.items() if counts[key] is not None]
    if limits:
        words.append(f"takes: {', '.join(limits)}")
    words.append("days begin at 00:00 UTC")
    left, today, who = min(said)
    if who != "you":
        today = f"{today} by {who}"
    return Balance(backend, max(0.0, round(left, 6)), currency, "; ".join(words), today)
