"""The command line: ``rushes jobs`` and what a user may decide about them."""

from rushes.cli.app import app

__all__ = ["app"]
