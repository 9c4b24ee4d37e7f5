"""Makes many videos with fal's own client at once: `subscribe` with its defaults."""

from __future__ import annotations

import asyncio
from collections import Counter

import fal_client

from benchmarks.services.model import WARM_UP, WARM_UP_JOBS
from benchmarks.session import Session

KEY = "emulator-id:emulator-secret"
MODEL = "bytedance/seedance-2.0/fast/text-to-video"


async def make(
    client: fal_client.AsyncClient, count: int, prompt: str, session: Session
) -> Counter[str]:
    """Make `count` at once; the names of the errors of those that failed."""

    async def one() -> None:
        ids: list[str] = []
        await client.subscribe(MODEL, {"prompt": prompt, "duration": "5"}, on_enqueue=ids.append)
        session.knows(ids[0])

    outcomes = await asyncio.gather(*(one() for _ in range(count)), return_exceptions=True)
    return Counter(type(item).__name__ for item in outcomes if isinstance(item, Exception))


async def main() -> None:
    """Warm up, make the videos, report."""
    session = Session()
    # The address can be set for https only, so it is put where the client keeps it.
    fal_client.client.QUEUE_URL_FORMAT = session.task["urls"]["queue"] + "/"
    client = fal_client.AsyncClient(key=KEY)
    await make(client, WARM_UP_JOBS, WARM_UP, session)
    session.known.clear()
    session.ready()
    failures = await make(client, session.task["jobs"], "A red fox in the snow", session)
    session.report(failures=failures)


if __name__ == "__main__":
    asyncio.run(main())
