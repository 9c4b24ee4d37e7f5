"""The command line: lists jobs and settles uncertain ones."""

from rushes.cli.app import app, main

__all__ = ["app", "main"]
