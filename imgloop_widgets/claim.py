"""A runner's claim on the images that its session owes: who has it makes them, and nobody else does meanwhile.

    prompt ── appended and claimed ──▶ makes them, renewing ──▶ what came of them ── appended and given back
    a prompt that was found ── `take` ──▶

It runs out by itself, so that a killed process does not keep its session for ever.
"""

import asyncio
import logging
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta

from imgloop_widgets.errors import StoreError
from imgloop_widgets.events import PromptSubmitted
from imgloop_widgets.store import Lease, Store

log = logging.getLogger("imgloop")

LEASE_S = 6.0
"""Seconds after which the maker of an owed image counts as dead unless it has renewed its claim."""


class Claim:
    """Of one runner. clock: UTC. holds: whether it has the images, as far as it knows."""

    def __init__(self, store: Store, session_id: str, clock: Callable[[], datetime]) -> None:
        self._store, self._session_id, self._clock = store, session_id, clock
        self._holder = secrets.token_hex(8)
        self.holds = False
        self._fresh: PromptSubmitted | None = None

    def following(self, before: PromptSubmitted | None, owed: PromptSubmitted | None, *, makes: bool) -> Lease | None:
        """Return what is to become of it with new events. before, owed: whose images are owed before and after them.

        makes: whether this one goes on to make them.
        """
        if owed is None:
            return Lease(holder=self._holder) if self.holds else None
        new = makes and owed != before
        return Lease(holder=self._holder, until=self._clock() + timedelta(seconds=LEASE_S)) if new else None

    def followed(self, lease: Lease | None, owed: PromptSubmitted | None) -> None:
        """Take over what was stored with the events."""
        if lease is not None:
            self.holds, self._fresh = lease.until is not None, owed

    def has_just(self, prompt: PromptSubmitted) -> bool:
        """Whether this prompt was claimed as it was stored; said once, for later somebody else may have it."""
        fresh, self._fresh = self._fresh, None
        return fresh == prompt

    def take(self, prompt: PromptSubmitted) -> bool:
        """Take or renew it, and return whether it could be had. Raises: StoreError."""
        self.holds = self._store.claim(self._session_id, prompt.seq + 1, self._holder, self._clock(), LEASE_S)
        return self.holds

    async def renew(self, prompt: PromptSubmitted) -> None:
        """Renew it until this is cancelled."""
        while True:
            await asyncio.sleep(LEASE_S / 4)
            try:
                self.take(prompt)
            except StoreError:
                log.exception("the claim of session %s could not be renewed", self._session_id)

    def give_back(self) -> None:
        """Let somebody else have the images, if this one has them."""
        if not self.holds:
            return
        self.holds = False
        try:
            self._store.release(self._session_id, self._holder)
        except StoreError:  # it runs out by itself
            log.info("the claim of session %s could not be given back", self._session_id)
