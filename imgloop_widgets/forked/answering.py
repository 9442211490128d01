"""Do the parents of this process's kernels answer? Nothing is started to find out."""

import asyncio

from imgloop_widgets.forked.parents import running_parents
from imgloop_widgets.forked.recipe import CannotFork


async def silent_parents(limit_s: float) -> list[str]:
    """Return why, for each parent that does not answer within so many seconds; one that still imports is no trouble."""
    wrong = []
    for parent in running_parents():
        if not parent.ready.done() and not parent.gone:
            continue
        try:
            asked = asyncio.wrap_future(parent.ping())
            asked.add_done_callback(lambda late: late.cancelled() or late.exception())
            await asyncio.wait_for(asyncio.shield(asked), limit_s)  # the answer may still come
        except CannotFork as error:
            wrong.append(parent.why or str(error))
        except TimeoutError:
            wrong.append(f"nothing within {limit_s:g} s")
    return wrong
