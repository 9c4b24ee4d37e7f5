"""What the refusals of all services say: what it was, and never advice to pay twice."""

from __future__ import annotations

import asyncio
import re
import time
from typing import Any

import httpx
import pytest

from rushes.backends import reply
from rushes.backends.protocol import Attempt, Failed, Passing, Refused
from support.services import BY_NAME, SERVICES

URLS = dict.fromkeys(("queue", "rest", "api", "url", "base_url"), "https://service.example")

REQUEST = {
    "endpoint": "a/b",
    "route": "v1/videos/text2video",
    "input": {},
    "body": {},
    "params": {},
}

STATUSES = (400, 401, 402, 403, 404, 409, 413, 422, 429, 499, 500, 503)

SPOKEN = "no such luck"

BODIES = {
    "fal": {"detail": SPOKEN},
    "ark": {"error": {"code": "Odd", "message": SPOKEN}},
    "kling": {"code": None, "message": SPOKEN},
    "kling-legacy": {"code": None, "message": SPOKEN},
    "runway": {"error": SPOKEN},
    "gateway": {"error": SPOKEN},
}

PAYS_TWICE = re.compile(r"\b(try|retry|submit|send|generate)\b( it)?( again)?\b[.;]", re.IGNORECASE)

every_service = pytest.mark.parametrize("service", SERVICES, ids=str)


def said(service: Any, status: int, **content: Any) -> list[str]:
    """What a submission and a poll are told by a reply, whose job may be paid."""

    async def scenario() -> list[Any]:
        transport = httpx.MockTransport(lambda _: httpx.Response(status, **content))
        async with httpx.AsyncClient(transport=transport) as client:
            backend = service.backend(URLS)
            backend.connect(client)
            found = backend.locate("1", REQUEST)
            attempt = Attempt("job", "token", dict(REQUEST), time.time())
            return [await backend.submit(attempt), await backend.poll("1", found.remote)]

    answers = asyncio.run(scenario())
    return [each.error.message for each in answers if isinstance(each, Refused | Failed | Passing)]


@every_service
@pytest.mark.parametrize("status", STATUSES)
def test_a_reply_without_words_is_named_by_its_status(service, status):
    """A page of HTML says nothing else about what happened."""
    for message in said(service, status, html="<html>no</html>"):
        assert str(status) in message
        assert not PAYS_TWICE.search(message)


@every_service
@pytest.mark.parametrize("status", STATUSES)
def test_the_service_s_words_are_a_sentence(service, status):
    """They end with a full stop before ours begin, and advise nobody to pay twice."""
    for message in said(service, status, json=BODIES[service.name]):
        assert f"{SPOKEN}." in message or SPOKEN not in message
        assert "(200)" not in message
        assert not PAYS_TWICE.search(message)


@every_service
def test_some_reply_is_refused_in_the_service_s_words(service):
    """So that the tests above look at something."""
    assert any(SPOKEN in message for message in said(service, 400, json=BODIES[service.name]))


@pytest.mark.parametrize("name", ["kling", "kling-legacy"])
def test_a_code_that_is_not_known_is_named(name):
    """So that a report can be written."""
    message = said(BY_NAME[name], 200, json={"code": "0", "data": []})[-1]

    assert "it has the code '0'." in message


@pytest.mark.parametrize("value", ["runway://x\n", "runway://" + "x" * 10_000, "https://x", 7, ""])
def test_what_goes_back_to_a_service_is_checked(value):
    """It stands in a request, and in the journal."""
    assert reply.opaque(value, "runway://") is None
    assert reply.opaque("runway://a-1", "runway://") == "runway://a-1"


def test_what_a_gateway_announces_can_be_shown():
    """Titles and help reach terminals and pages; nothing else of them changes."""
    odd = {"title": "A\x1b[2J\ncme", "n": 1, "parameters": [{"help": "x" * 5_000, "on": True}]}

    plain = reply.plain(odd)

    assert plain["title"] == "A\ufffd[2J cme"
    assert (plain["n"], plain["parameters"][0]["on"]) == (1, True)
    assert len(plain["parameters"][0]["help"]) == reply.LONGEST_TEXT
