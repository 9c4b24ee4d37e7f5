"""Run pytest, and what fails beside other tests once more alone: ``twice.py NAME ARGUMENTS...``.

Of thousands of tests a few are late on a busy machine. One that passes alone is named at the end,
and is still to be fixed. The storms of tests/reliability are not tried again, as what they look for
is rare, and neither are failures in more files than a slow machine explains.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

MOST = 3
"""Files; a server or kernel that does not start fails all tests of one."""
STORMS = "tests/reliability/"
TESTS_FAILED = 1


def _run(cache: Path, *arguments: str) -> int:
    command = [sys.executable, "-m", "pytest", "-o", f"cache_dir={cache}", *arguments]
    return subprocess.run(command, check=False).returncode  # noqa: S603 -- Arguments of the Makefile.


def main(name: str, *arguments: str) -> int:
    """Return what the last of the runs returned."""
    cache = Path(".pytest_cache", name).resolve()
    record = cache / "v" / "cache" / "lastfailed"
    record.unlink(missing_ok=True)
    outcome = _run(cache, *arguments)
    if outcome != TESTS_FAILED:
        return outcome
    failed = sorted(json.loads(record.read_text(encoding="utf-8")))
    files = {test.partition("::")[0] for test in failed}
    if len(files) > MOST or any(test.startswith(STORMS) for test in failed):
        return outcome
    print("\nOnce more, alone:", *failed, sep="\n  ", flush=True)
    outcome = _run(cache, *failed)
    if outcome == 0:
        print("\nFAILED BESIDE OTHERS, PASSED ALONE:", *failed, sep="\n  ", flush=True)
    return outcome


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
