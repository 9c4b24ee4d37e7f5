"""The settings of one gateway."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

MIB = 2**20


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The options of `rushes serve`, and limits.

    Attributes:
        home: the folder of the journal, the tokens and the uploads; private to the operator.
        config: the folder with the operator's own ``providers/*.toml``.
        media: the folder for videos.
        journal: the address of the PostgreSQL database that has the jobs and the tokens, for any
            number of processes; None for files in the home.
        lanes: with a database, the services whose jobs this process works on; None for all, none
            to leave the work to other processes.
        divided: with a database, services and into how many parts their jobs are divided.
        host: the address to listen at.
        port: 0 for any that is free.
        url: the address under which callers reach the gateway, for links; None for the one that
            each call was made to.
        backend: the only service to use; None for all that are configured.
        policy: the file with policies and tiers; None for neither.
        metrics_port: where Prometheus finds the numbers; None for nowhere.
        hub_app: the application that the people of the JupyterHub that started this process are
            billed to; None if they have no access.
        private_webhooks: whether webhooks may lead to private networks, and by plain http.
        trusts_proxy: whether the headers of a proxy say where calls come from.
        largest: bytes of a request's body.
        largest_upload: bytes of an uploaded file.
        longest_wait: seconds for which `sync-generate` waits before it begins its reply.
        heartbeat: seconds between two signs of life on an open connection.
        streams: event streams that a person may have open at once, and waiting calls of
            `sync-generate`.
    """

    home: Path
    config: Path
    media: Path
    journal: str | None = None
    lanes: frozenset[str] | None = None
    divided: tuple[tuple[str, int], ...] = ()
    host: str = "127.0.0.1"
    port: int = 8765
    url: str | None = None
    backend: str | None = None
    policy: Path | None = None
    metrics_port: int | None = None
    hub_app: str | None = None
    private_webhooks: bool = False
    trusts_proxy: bool = False
    largest: int = 128 * MIB
    largest_upload: int = 512 * MIB
    longest_wait: float = 240.0
    heartbeat: float = 10.0
    streams: int = 8
