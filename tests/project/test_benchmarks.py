"""What the benchmarks do with a program that does not do what it should."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from benchmarks.measured import Client, talk

if TYPE_CHECKING:
    from pathlib import Path

READY = """echo '{"ready": true}'"""

FAULTS = {
    "never ready": "echo trouble >&2; exec sleep 60",
    "ends": "echo trouble >&2",
    "never reports": f"{READY}; read sign; echo trouble >&2; exec sleep 60",
    "ends without a report": f"{READY}; read sign; echo trouble >&2",
}


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS)
def test_a_program_without_a_report_ends_the_measurement(fault: str, tmp_path: Path) -> None:
    """It is waited for so long and no longer, and what it said of its trouble is shown."""
    program = tmp_path / "python"
    program.write_text(f"#!/bin/sh\n{FAULTS[fault]}\n")
    program.chmod(0o755)

    client = Client("odd", program, "odd", "none")
    with pytest.raises(RuntimeError, match="trouble"), talk(client, {}, most=2.0) as running:
        running.go()
