"""Every route with every kind of token; the routes are those of the description.

So a new route is tested as soon as it exists.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("fastapi")

from gateway.serving import APP, JOB, TAKE
from rushes.gateway.callers import Caller

if TYPE_CHECKING:
    from gateway.serving import Served

FREE = {"/livez", "/readyz"}
"""Routes without a token."""

FILE = b"the secret file of Ada"

DIGEST = hashlib.sha256(FILE).hexdigest()

BODIES: dict[str, dict[str, Any]] = {
    "submit": {"json": {"jobId": "another-job-of-it", "params": TAKE}},
    "generate": {"json": TAKE},
    "estimate": {"json": {"params": TAKE}},
    "upload": {"content": FILE},
    "add_webhook": {"json": {"url": "https://hook.invalid/"}},
}
"""By operation, a body with which it succeeds."""

WRITES = {"submit", "generate", "cancel", "upload", "add_webhook", "remove_webhook"}
"""Operations for which a token has to allow more than reading."""

ADMIN = {"people", "jobs_of"}
"""Operations that show what is other people's."""

ENDLESS = {"events"}
"""Operations whose reply does not end."""

OF_ADA = ("of Ada", "of-ada", JOB, DIGEST)
"""What no reply to anyone else may hold."""


def operations(gateway: Served) -> list[tuple[str, str, str]]:
    """Method, path and name of every guarded operation, with Ada's things in the path."""
    values = {
        "app": APP,
        "jobId": JOB,
        "sha256": DIGEST,
        "person": "ada",
        "id": next((hook.id for hook in gateway.runtime.hooks.of((APP, "ada"))), "0" * 16),
        "key": Caller(person="ada", app=APP).inner_id(JOB),
        "name": "video.mp4",
    }
    return [
        (
            method.upper(),
            re.sub(r"{(\w+)}", lambda found: values[found[1]], path),
            said["operationId"],
        )
        for path, item in gateway.app.openapi()["paths"].items()
        for method, said in item.items()
        if path not in FREE
    ]


def reply(gateway: Served, method: str, path: str, name: str, token: str) -> tuple[int, str]:
    """Status and text of a reply; of one that does not end only the status."""
    headers = {"Authorization": f"Bearer {token}"}
    options = BODIES.get(name, {})
    with gateway.client.stream(method, path, headers=headers, **options) as response:
        if name in ENDLESS and response.is_success:
            return response.status_code, ""
        return response.status_code, response.read().decode("utf-8", "replace")


@pytest.fixture
def ada(gateway: Served) -> str:
    """The token of a person who has a take and an upload."""
    token = gateway.token()
    gateway.submit(token, prompt="of Ada")
    gateway.call("PUT", f"/v1/inputs/{APP}/{DIGEST}", token, content=FILE)
    gateway.call("POST", f"/v1/webhooks/{APP}", token, json={"url": "https://of-ada.invalid/"})
    assert gateway.ended(token)["status"] == "completed"
    return token


def test_the_owner_may_do_everything(gateway: Served, ada: str) -> None:
    """Otherwise the refusals below would say nothing."""
    own = [each for each in operations(gateway) if each[-1] not in ADMIN]
    done = {name: reply(gateway, *each, name, ada) for *each, name in own}

    assert {name: said for name, said in done.items() if said[0] >= 400} == {
        # The gateway of this test has no policy.
        name: done[name]
        for name in ("policy", "left")
    }


@pytest.mark.parametrize(
    "header",
    [
        None,
        b"Bearer",
        b"Bearer rsh_",
        b"Bearer rsh_" + b"x" * 43,
        b"Bearer " + b"x" * 47,
        b"Bearer rsh_\xc3\xa4",
        b"Basic YWRhOng=",
        b"rsh_" + b"x" * 43,
    ],
)
@pytest.mark.usefixtures("ada")
def test_nothing_is_possible_without_a_valid_token(gateway: Served, header: bytes | None) -> None:
    """Every guarded route answers 401, with the contract's code and a challenge."""
    headers = {} if header is None else {"Authorization": header}
    for method, path, name in operations(gateway):
        reply = gateway.client.request(method, path, headers=headers, **BODIES.get(name, {}))
        assert (name, reply.status_code) == (name, 401)
        assert reply.json()["code"] == "AUTHENTICATION"
        assert reply.headers["www-authenticate"] == "Bearer"


@pytest.mark.usefixtures("ada")
def test_an_expired_or_revoked_token_is_not_valid(gateway: Served) -> None:
    """Whatever it allowed before."""
    expired = gateway.token(days=1e-9)
    revoked = gateway.token()
    for entry in gateway.runtime.register.tokens()[-1:]:
        gateway.runtime.register.revoke(entry.id)
    for token in (expired, revoked):
        for method, path, name in operations(gateway):
            assert (name, reply(gateway, method, path, name, token)[0]) == (name, 401)


@pytest.mark.usefixtures("ada")
def test_a_token_that_reads_changes_nothing(gateway: Served) -> None:
    """It sees what is the person's, and submits, cancels and uploads nothing."""
    token = gateway.token(scopes=["read"])
    for method, path, name in operations(gateway):
        status = reply(gateway, method, path, name, token)[0]
        assert (name, status == 403) == (name, name in WRITES | ADMIN)
    listed = gateway.call("GET", f"/v1/jobs/{APP}", token).json()["jobs"]
    # The owner's first take, and nothing that these calls made.
    assert [job["jobId"] for job in listed] == [JOB]


@pytest.mark.parametrize(("person", "app"), [("bob", APP), ("ada", "film"), ("bob", "film")])
def test_what_belongs_to_others_is_not_found(
    gateway: Served, ada: str, person: str, app: str
) -> None:
    """Another person, and the same one in another application, see nothing of a job or a file."""
    token = gateway.token(person, app)
    for method, path, name in operations(gateway):
        if name == "upload":
            continue  # Whoever has the content may upload it; that shows nothing.
        status, text = reply(gateway, method, path, name, token)
        found = [word for word in OF_ADA if word in text and word not in path]
        assert (name, found) == (name, [])
        if name in ("cancel", "uploaded", "media", "remove_webhook") or app != APP:
            assert (name, status) == (name, 200 if name == "models" else 404)
    assert gateway.status(ada)["status"] == "completed"


@pytest.mark.usefixtures("ada")
def test_an_administrator_sees_everyone_of_the_application(gateway: Served) -> None:
    """Which is noted; one of another application, and who has no such token, see nobody."""
    people, jobs = f"/v1/admin/{APP}/people", f"/v1/admin/{APP}/people/ada/jobs"
    root = gateway.token("root", scopes=["admin"])

    assert gateway.call("GET", people, root).json() == {"people": ["ada"]}
    (job,) = gateway.call("GET", jobs, root).json()["jobs"]
    assert (job["jobId"], job["params"]["prompt"]) == (JOB, "of Ada")
    noted = gateway.settings.home / "audit.jsonl"
    assert '"person": "root"' in noted.read_text("utf-8").splitlines()[-1]
    for path in (people, jobs):
        other = gateway.token("root", "film", scopes=["admin"])
        assert gateway.call("GET", path, other).status_code == 404
        assert gateway.call("GET", path, gateway.token("bob")).status_code == 403
    assert gateway.call("GET", f"/v1/jobs/{APP}", root).status_code == 403


def test_a_link_works_only_as_it_was_made(gateway: Served, ada: str) -> None:
    """Another file, time or signature is refused, and so is an unsigned link."""
    link = gateway.status(ada)["result"]["videoUrl"]
    path, _, query = link.partition("?")
    ends, _, signature = query.partition("&")
    later = f"exp={int(ends.removeprefix('exp=')) + 1}"

    assert gateway.client.get(link).status_code == 200
    for wrong in (
        f"{path}?{later}&{signature}",
        f"{path}?{ends}&sig=x",
        f"{path}?exp=1&{signature}",
        f"{path.replace('video.mp4', 'poster.jpg')}?{query}",
        f"{path.replace('/media/', '/media/0')[:-1]}?{query}",
    ):
        assert gateway.client.get(wrong).status_code in (400, 403), wrong
    assert gateway.client.get(path).status_code == 401
    assert gateway.client.get(f"{path}?{ends}").status_code == 401


def test_a_draft_of_another_caller_cannot_be_rendered_in_full(gateway: Served, ada: str) -> None:
    """By its id on the gateway's machine, which it does not look up."""
    inner = Caller(person="ada", app=APP).inner_id(JOB)
    for token in (ada, gateway.token(person="eve")):
        said = gateway.submit(token, "another-job-of-it", finalOf=inner)
        assert said.status_code == 400
        assert "does not render drafts in full" in said.text
