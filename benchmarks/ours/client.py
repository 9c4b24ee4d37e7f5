"""rushes as a measured client."""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks.measured import Client

RUSHES = Client("rushes", Path(sys.executable), "benchmarks.ours.generate", "fal")
