"""The process that measures takes and runs scorers, one task after the other.

Run as ``python -m rushes.explore.measurer``. Each line of its input is a task in JSON, and each
line of its output the reply to one. A task may bring environment variables, e.g. the key of a
scorer; their values are kept out of the reply.
"""

from __future__ import annotations

import json
import os
import queue
import signal
import sys
import threading
from pathlib import Path
from typing import Any

from rushes.contract.errors import RushesError
from rushes.contract.wording import shortened

GRACE = 5
"""Seconds after which a task that is too late ends this process, if nobody else did."""

LONGEST = 300
"""Characters of what an exception says."""


def main() -> None:
    """Do tasks until the input ends."""
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8")
    # What a scorer prints is not a reply.
    os.dup2(2, 1)
    tasks: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_read, args=(tasks,), daemon=True).start()
    while True:
        task = json.loads(tasks.get())
        os.environ.update(task["variables"])
        reply = json.dumps(_done(task), allow_nan=False)
        for secret in filter(None, task["variables"].values()):
            reply = reply.replace(json.dumps(secret)[1:-1], "...")
        replies.write(reply + "\n")
        replies.flush()


def _read(tasks: queue.SimpleQueue[bytes]) -> None:
    """Take tasks in; when nobody has any more, whatever is under way is not needed either."""
    for line in sys.stdin.buffer:
        tasks.put(line)
    os._exit(0)


def _done(task: dict[str, Any]) -> dict[str, Any]:
    """Do one task; the reply has what was found, or why not under ``refused``."""
    _due(task["seconds"] + GRACE)
    try:
        if task["do"] == "score":
            return {"scores": _scored(task)}
        return {"measured": _measured(task)}
    except RushesError as error:
        return {"refused": error.message}
    except Exception as error:  # noqa: BLE001 - whatever a filter or scorer raises, the next task is done
        return {"refused": f"{type(error).__name__}: {shortened(str(error), LONGEST)}"}
    finally:
        _due(0)


def _measured(task: dict[str, Any]) -> dict[str, Any]:
    from rushes.video.analysis import measured  # noqa: PLC0415 - loads a decoder that scorers may not need

    files = {name: Path(task[name]) for name in ("against", "image") if task.get(name)}
    return measured(Path(task["file"]), **files).model_dump(mode="json")


def _scored(task: dict[str, Any]) -> dict[str, float]:
    from rushes.explore.scorers import run  # noqa: PLC0415 - as above

    sys.path += [place for place in task["path"] if place not in sys.path]
    return run(task["scorer"], Path(task["file"]), task["params"])


def _due(seconds: float) -> None:
    """End this process in so many seconds, even inside a filter; 0 calls that off."""
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_REAL, seconds)


if __name__ == "__main__":
    main()
