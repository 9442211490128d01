"""All workers of a crowd: each comes at their time, and in the end it is told what they met with."""

import asyncio
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from imgloop_widgets.crowd.arrivals import Arrivals
from imgloop_widgets.crowd.measured import Measured
from imgloop_widgets.crowd.memory import Processors, server_of
from imgloop_widgets.crowd.tab import new_client
from imgloop_widgets.crowd.worker import Plan, Worker
from imgloop_widgets.serving.memory import memory_of

LAG_S = 0.05
"""Seconds between two looks at how late this program is."""

SETTLES_S = 3.0
"""Seconds after the last arrival until the memory is looked at."""


LEAVES_S = 60.0
"""Seconds that all have to leave once they have stayed; who is not done then is cut off, and counted."""


async def play(
    links: Sequence[str],
    plan: Plan,
    arrivals: Arrivals,
    *,
    seed: int = 1,
    hold_s: float | None = None,
    progress: Callable[[Measured], None] = lambda measured: None,
) -> Measured:
    """Let a worker play each link, and return what they met with.

    hold_s: seconds that all stay after the last one has come; None: each leaves when they are done. progress: called
    now and then.
    """
    measured = Measured(workers=len(links))
    begun = time.perf_counter()
    if hold_s is not None:
        plan = replace(plan, stay_until=begun + arrivals.at(len(links)) + hold_s)
    client = new_client()
    lag = asyncio.ensure_future(_note_lag(measured, progress))
    looking = asyncio.ensure_future(_look(measured, links[0], arrivals.at(len(links)), hold_s)) if links else None

    async def come(number: int, link: str) -> None:
        await asyncio.sleep(max(0.0, begun + arrivals.at(number) - time.perf_counter()))
        await Worker(link, plan, client, measured, random.Random(f"{seed}/{number}")).play()

    coming = [asyncio.ensure_future(come(number, link)) for number, link in enumerate(links)]
    try:
        limit = None if plan.stay_until is None else plan.stay_until - begun + LEAVES_S
        done, late = await asyncio.wait(coming, timeout=limit) if coming else (set(), set())
        for worker in late:
            worker.cancel()
            measured.error("late", f"not done {LEAVES_S:.0f} s after all were to leave")
        await asyncio.gather(*late, return_exceptions=True)
        await asyncio.gather(*done)
    finally:
        for task in (lag, looking):
            if task is not None:
                task.cancel()
        await asyncio.gather(*filter(None, (lag, looking)), return_exceptions=True)
        client.close()
    measured.seconds = time.perf_counter() - begun
    measured.less_the_generators({})
    return measured


async def _look(measured: Measured, link: str, after_s: float, hold_s: float | None) -> None:
    """Look at the server's processes: once all have come, and how busy they were until then and while all stay."""
    loop = asyncio.get_running_loop()
    server = await loop.run_in_executor(None, server_of, link)
    if server is None:
        return
    await asyncio.sleep(after_s + SETTLES_S)
    begun = time.perf_counter()
    if hold_s is not None:
        measured.before_hold = len(measured.images)
    processors = await loop.run_in_executor(None, Processors, server)
    measured.memory = await loop.run_in_executor(None, memory_of, server)
    if hold_s is not None:
        looked_s = time.perf_counter() - begun  # hundreds of processes: the next look begins so much before all leave
        await asyncio.sleep(hold_s - 2 * SETTLES_S - 3 * looked_s)
        measured.cpu = await loop.run_in_executor(None, processors.shares)
        measured.memory = await loop.run_in_executor(None, memory_of, server) or measured.memory


async def _note_lag(measured: Measured, progress: Callable[[Measured], None]) -> None:
    """Note how late this program is: what it measures can't be more exact."""
    while True:
        before = time.perf_counter()
        await asyncio.sleep(LAG_S)
        measured.time("lag", max(0.0, time.perf_counter() - before - LAG_S))
        progress(measured)
