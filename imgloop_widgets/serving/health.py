"""`/healthz`: 200 and `ok` where a worker who comes now gets a page; else 503, and what does not answer.

Asked are the store and the parent of kernels, and nothing is started for it. A server whose parent still imports says
so, for a page would wait for it; and one that is being stopped, which lets nobody in any more. Every page that has lost
its kernel asks once a second, so an answer is kept for `FRESH_S`.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any

from imgloop_widgets.serving.handlers import NOT_KEPT, Secure

log = logging.getLogger("imgloop")

FRESH_S = 1.0
LIMIT_S = 2.0
"""Seconds that a store or a parent may take to answer."""


class Health:
    """store: raises where it can't be read; None: there is none. parent: returns what is wrong with it, or nothing."""

    def __init__(self, store: Callable[[], object] | None, parent: Callable[[], Awaitable[str]]) -> None:
        self.starting = self.stopping = False
        self._store, self._parent = store, parent
        self._at, self._wrong = float("-inf"), ""
        self._looking: asyncio.Future[str] | None = None

    async def wrong(self) -> str:
        """Return what does not answer; empty: all is well."""
        if self.stopping:
            return "stopping"
        if self.starting:
            return "starting"
        if time.monotonic() >= self._at + FRESH_S:
            if self._looking is None:
                self._looking = asyncio.ensure_future(self._look())
            self._wrong = await asyncio.shield(self._looking)
        return self._wrong

    async def _look(self) -> str:
        try:
            found = [await self._store_is(), await self._parent()]
        finally:
            self._looking = None
        self._at = time.monotonic()
        wrong = ", ".join(filter(None, found))
        if wrong and wrong != self._wrong:
            log.warning("not healthy: %s", wrong)
        return wrong

    async def _store_is(self) -> str:
        if self._store is None:
            return ""
        try:
            await asyncio.wait_for(asyncio.get_running_loop().run_in_executor(None, self._store), LIMIT_S)
        except Exception as error:  # of whatever kind: the log has it, a stranger reads one word
            log.warning("the store does not answer: %s", error or type(error).__name__)
            return "store"
        return ""


class HealthHandler(Secure):
    """`/healthz`."""

    def initialize(self, health: Health) -> None:
        """Keep whom to ask."""
        self._health = health

    async def get(self) -> None:
        """Answer."""
        wrong = await self._health.wrong()
        self.set_status(503 if wrong else 200)
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.set_header("Cache-Control", NOT_KEPT)
        await self.finish(f"{wrong or 'ok'}\n")

    head: Any = get
