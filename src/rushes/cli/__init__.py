"""The command line: lists jobs and settles uncertain ones."""

from rushes.cli.app import app

__all__ = ["app"]
