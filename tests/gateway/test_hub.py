"""A gateway as a service of a real JupyterHub: its people need no token of the gateway."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import httpx
import pytest

pytest.importorskip("fastapi")
pytest.importorskip("jupyterhub")

from gateway.hub import PROXY, JupyterHub
from gateway.serving import APP, TAKE
from rushes.backends.gateway.hub import is_service
from rushes.backends.key import Variables
from rushes.contract.errors import InvalidParams
from rushes.gateway.hub import Hub

if TYPE_CHECKING:
    from pathlib import Path

SCOPE = "access:services!service=rushes"


@pytest.mark.slow
@pytest.mark.skipif(not PROXY.exists(), reason="the hub's proxy comes with js/package.json")
@pytest.mark.skipif(sys.platform == "win32", reason="JupyterHub does not run there")
def test_people_of_a_hub_need_no_token(tmp_path: Path) -> None:
    """The notebooks of two people make a take each; neither sees the other's, nor do others."""
    with JupyterHub(tmp_path) as hub:
        for person in ("ada", "bob"):
            hub.add(person)
            assert hub.notebook(person) == {"backend": "gateway", "files": 1}
            hub.stop(person)
        path = f"{hub.gateway}/v1/jobs/{APP}"

        def listed(token: str | None) -> httpx.Response:
            headers = {} if token is None else {"Authorization": f"Bearer {token}"}
            return hub.client.get(path, headers=headers)

        reply = listed(hub.token("ada", [SCOPE]))
        (job,) = reply.json()["jobs"]
        assert job["params"]["prompt"] == "A fox of ada"
        assert job["result"]["videoUrl"].startswith(f"{hub.gateway}/v1/media/")
        assert hub.client.get(job["result"]["videoUrl"]).status_code == httpx.codes.OK

        assert listed(hub.token("ada", ["read:users!user"])).status_code == httpx.codes.FORBIDDEN
        for wrong in (None, "x" * 32, "rsh_" + "x" * 43, hub.token("bob", [SCOPE])[:-1]):
            assert listed(wrong).status_code == httpx.codes.UNAUTHORIZED
        direct = hub.client.post(f"{hub.gateway}/v1/videogen/{APP}/sync-generate", json=TAKE)
        assert direct.status_code == httpx.codes.UNAUTHORIZED
        said = hub.log.read_text("utf-8", "replace")
        assert "rsh_" not in said, "a token of the gateway is in the hub's log"


def test_only_a_service_of_a_hub_can_ask_it() -> None:
    """What is missing is named."""
    with pytest.raises(InvalidParams, match=r"JUPYTERHUB_SERVICE_NAME.*c\.JupyterHub\.services"):
        Hub.from_environment({"JUPYTERHUB_API_URL": "http://127.0.0.1:1"}, APP)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://127.0.0.1:8000/services/rushes", True),
        ("https://hub.example.org/services/rushes", True),
        ("https://hub.example.org/user/eve/proxy/8888", False),
        ("https://example.org/services/rushes", False),
        ("https://hub.example.org.evil.org/services/rushes", False),
        ("https://hub.example.org", False),
    ],
)
def test_the_servers_token_goes_to_a_service_of_its_hub_only(url: str, expected: bool) -> None:  # noqa: FBT001
    """By the host and the path of the address."""
    variables = {
        "JUPYTERHUB_API_URL": "http://127.0.0.1:8081/hub/api",
        "JUPYTERHUB_PUBLIC_HUB_URL": "https://hub.example.org/hub/",
        "JUPYTERHUB_BASE_URL": "/",
    }
    assert is_service(url, Variables(variables)) is expected
