"""Makes many videos with Runway's own client at once: `wait_for_task_output` with its defaults."""

from __future__ import annotations

import asyncio
from collections import Counter

from runwayml import AsyncRunwayML

from benchmarks.services.model import WARM_UP, WARM_UP_JOBS
from benchmarks.session import Session


async def make(client: AsyncRunwayML, count: int, prompt: str, session: Session) -> Counter[str]:
    """Make `count` at once; the names of the errors of those that failed."""

    async def one() -> None:
        task = await client.text_to_video.create(
            model="seedance2_fast", prompt_text=prompt, ratio="1280:720", duration=5
        )
        await task.wait_for_task_output()
        session.knows(task.id)

    outcomes = await asyncio.gather(*(one() for _ in range(count)), return_exceptions=True)
    return Counter(type(item).__name__ for item in outcomes if isinstance(item, Exception))


async def main() -> None:
    """Warm up, make the videos, report."""
    session = Session()
    client = AsyncRunwayML(api_key="none", base_url=session.task["urls"]["base_url"])
    await make(client, WARM_UP_JOBS, WARM_UP, session)
    session.known.clear()
    session.ready()
    failures = await make(client, session.task["jobs"], "A red fox in the snow", session)
    session.report(failures=failures)


if __name__ == "__main__":
    asyncio.run(main())
