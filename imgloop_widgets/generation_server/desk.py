"""The desk: a request in, an answer out. It knows no web framework; `server` and `on_ray` bring the requests.

Cancelling the task that waits for an answer is how those two say that the asker has gone.
"""

import asyncio
import hmac
import logging
import random
import time
import traceback
from collections.abc import Mapping
from typing import Any

from imgloop_widgets.errors import GenerationError, new_incident
from imgloop_widgets.generation_server import protocol
from imgloop_widgets.generation_server.protocol import Reply, Wanted, Wrong
from imgloop_widgets.generation_server.queue import Full, Job, Queue, Stopping
from imgloop_widgets.generation_server.workshop import Workshop, file_of
from imgloop_widgets.generators.contract import Generated

log = logging.getLogger("imgloop")


class Desk:
    """model: the name that is served. key: that askers must have; None: anybody may ask. timeout_s: for one image."""

    def __init__(
        self,
        workshop: Workshop,
        *,
        model: str,
        key: str | None = None,
        batch: int = 4,
        longest: int = 64,
        timeout_s: float = 300.0,
    ) -> None:
        self._workshop, self._model, self._key, self._timeout_s = workshop, model, key, timeout_s
        size, threads = (batch, 1) if workshop.batching else (1, batch)
        self._queue = Queue(workshop.draw, size=size, threads=threads, longest=longest)
        self._chance = random.Random()
        self._stopping = False

    async def answer(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """Return the answer to a request. headers: names in lower case."""
        try:
            if (method, path) == ("GET", "/healthz"):
                return self._health()
            self._admit(headers)
            if (method, path) == ("GET", "/v1/models"):
                return protocol.models(self._model)
            if (method, path) == ("POST", "/v1/images/generations"):
                return await self._images(protocol.read(body, self._model, self._chance))
            raise Wrong(404, f"there is no {method} {path} here", "not_found")
        except Wrong as error:
            return error.reply
        except GenerationError as error:
            return protocol.wrong(error).reply
        except Exception as error:
            incident = new_incident()
            log.error("incident %s\n%s", incident, "".join(traceback.format_exception(error)))
            return Wrong(500, f"the generator failed (incident {incident} in the server's log)", "internal_error").reply

    async def stop(self, grace_s: float) -> bool:
        """Begin nothing new, finish what waits. Returns whether all was finished in that time (seconds)."""
        self._stopping = True
        return await asyncio.to_thread(self._queue.stop, grace_s)

    def _health(self) -> Reply:
        state = {"model": self._model, "waiting": self._queue.waiting, "drawing": self._queue.drawing}
        return Reply(
            status=503 if self._stopping else 200, body={"status": "stopping" if self._stopping else "ok", **state}
        )

    def _admit(self, headers: Mapping[str, str]) -> None:
        if self._key is None:
            return
        kind, _, given = headers.get("authorization", "").partition(" ")
        if kind.lower() != "bearer" or not hmac.compare_digest(given.strip().encode(), self._key.encode()):
            raise Wrong(401, "the key is missing or wrong; send it as a bearer token", "invalid_api_key")

    async def _images(self, wanted: Wanted) -> Reply:
        try:
            options = await asyncio.to_thread(self._workshop.options, wanted.options)
        except ValueError as error:
            raise Wrong(400, str(error), "invalid_value") from None
        jobs = [
            Job(prompt=wanted.prompt, seed=seed, options=options, timeout_s=self._timeout_s) for seed in wanted.seeds
        ]
        try:
            self._queue.put(jobs)
            made = await asyncio.gather(*(asyncio.wrap_future(job.done) for job in jobs))
        except Full as error:
            raise Wrong(429, str(error), "rate_limited", error.retry_after_s) from None
        except Stopping:
            raise Wrong(503, "the server is being stopped", "try_again", 5) from None
        finally:
            for job in jobs:
                job.gone.set()
        files = await asyncio.to_thread(lambda: [file_of(one, wanted.format) for one in made])
        return protocol.images(files, wanted.seeds, self._model, [_notes(one) for one in made], int(time.time()))


def _notes(made: Generated) -> dict[str, Any]:
    """What is told beside an image: the prompt that was drawn, where it is another one, and what a filter said."""
    notes = {"revised_prompt": made.revised_prompt or made.sent_prompt, "flags": list(made.flags)}
    return {name: value for name, value in notes.items() if value}
