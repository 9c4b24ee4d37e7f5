"""What the parts of a client have in common."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from rushes.catalog import Catalog
    from rushes.engine import Engine
    from rushes.job import Job
    from rushes.journal import JobRecord


class Part:
    """A part of a client; the client has what is abstract here."""

    _engine: Engine
    library: Path

    @property
    @abstractmethod
    def catalog(self) -> Catalog:
        """The providers."""

    @abstractmethod
    def _must_be_open(self) -> None:
        """Raise an error if the client is closed."""

    @abstractmethod
    def job_of(self, record: JobRecord) -> Job:
        """The job of a record."""
