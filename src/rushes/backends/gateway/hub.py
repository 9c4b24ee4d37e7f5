"""A gateway that is a service of the JupyterHub on which a notebook runs."""

from __future__ import annotations

from typing import Protocol
from urllib.parse import urlsplit

PLACES = ("PUBLIC_HUB_URL", "PUBLIC_URL", "HOST", "API_URL")
"""Variables of a notebook server that say where its hub is, without their common beginning."""


class Settings(Protocol):
    """The environment, as far as addresses are read from it."""

    def text(self, name: str) -> str:
        """A variable without white space around it; empty when it is not set."""


def is_service(url: str, environment: Settings) -> bool:
    """Whether an address is that of a service of the notebook's own hub.

    The server's token may go there: it is the hub's own, which the gateway asks about it.

    Args:
        url: of the gateway; it may get a key.
        environment: the variables of the notebook server.
    """
    host, path = _host(url), urlsplit(url).path
    base = environment.text("JUPYTERHUB_BASE_URL") or "/"
    hosts = {_host(environment.text(f"JUPYTERHUB_{name}")) for name in PLACES}
    is_there = host is not None and host in hosts
    return is_there and path.startswith(f"{base.rstrip('/')}/services/")


def _host(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None
