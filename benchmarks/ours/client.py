"""rushes as a measured client."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

from benchmarks.measured import Client

RUSHES = Client("rushes", Path(sys.executable), "benchmarks.ours.generate", "fal")
RUSHES_AT_ARK = replace(RUSHES, service="ark")
RUSHES_AT_KLING = replace(RUSHES, service="kling")
