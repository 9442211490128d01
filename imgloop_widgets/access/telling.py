"""What our server itself tells a panel: an address that it calls once a worker is done (SONA's server-side credit).

    who is done (`store.ended`)  →  is more due?  →  claim  →  call  →  what does the answer mean?  →  kept

It is a chore of the server's, beside the workers' pages: none of them waits for it. A panel is told once, after all
that is due. A call that got no answer is made again, since nobody knows what became of it: SONA grants a credit once.
"""

import hashlib
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.message import Message
from typing import IO

from imgloop_widgets.access.entrance import Entrance
from imgloop_widgets.errors import ImgloopError, new_incident
from imgloop_widgets.panel_table import OUTCOME
from imgloop_widgets.panels import Verdict, call, verdict, wait_after
from imgloop_widgets.panels.answering import one_line
from imgloop_widgets.rows import SIMULATED
from imgloop_widgets.store.told import Ended

CALL_S = 20.0
"""Seconds that a panel has for its answer."""

CLAIM = timedelta(seconds=3 * CALL_S)
"""How long a call is nobody else's."""

LARGEST_ANSWER = 64 * 1024
"""Bytes that are read of an answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """status: of HTTP. body: its beginning."""

    status: int
    body: bytes


Ask = Callable[[str], Answer]
"""Calls an address and returns the answer. Raises: OSError: there was none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Teller:
    """entrance: of the study. has_next: whether a worker, who is done, has more before them. ask: see `ask`.

    clock: UTC.
    """

    entrance: Entrance
    has_next: Callable[[str], bool]
    ask: Ask
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    def tell(self) -> int:
        """Call for every worker who is done and of whom the panel has not heard; return how many calls were made."""
        panel = self.entrance.panel
        if panel is None or not panel.calls:
            return 0
        study, count = self.entrance.study.name, 0
        mark = hashlib.sha256(repr(sorted(panel.calls.items())).encode()).hexdigest()
        for ended in self.entrance.store.ended(study, mark, self.clock()):
            outcome = OUTCOME[ended.reason]
            is_due = outcome in panel.calls and not ended.worker_id.startswith(SIMULATED)
            if is_due and not (outcome == "completed" and self.has_next(ended.worker_id)):
                count += self._tell(ended, mark)
        return count

    def _tell(self, ended: Ended, mark: str) -> bool:
        """Return whether the panel was called."""
        store, study, now = self.entrance.store, self.entrance.study.name, self.clock()
        outcome = OUTCOME[ended.reason]
        tries = store.claim_call(study, ended, outcome, mark, now, now + CLAIM)
        if tries is None:
            return False
        found = self._answer(ended)
        wait = wait_after(tries) if found.again else None
        at = self.clock()
        next_at = None if wait is None else at + timedelta(seconds=wait)
        store.note_answer(
            study, ended.worker_id, tries, accepted=found.accepted, said=found.said, at=at, next_at=next_at
        )
        if not found.accepted and next_at is None:
            text = f"the panel was not told that {ended.worker_id!r} is done ({outcome}, {tries} tries): {found.said}"
            store.record_incident(new_incident(), at, ended.session_id, text)
        return True

    def _answer(self, ended: Ended) -> Verdict:
        panel, outcome = self.entrance.panel, OUTCOME[ended.reason]
        assert panel is not None
        try:
            address = call(panel, outcome, self.entrance.codes()[outcome], ended.worker_id, ended.values)
            assert address is not None
            answer = self.ask(address)
        except ImgloopError as error:  # the address can't be made: no try would be better
            return Verdict(said=one_line(f"refused: {error}"))
        except OSError as error:
            return Verdict(again=True, said=one_line(f"no answer ({error})"))
        return verdict(answer.status, answer.body, panel.refusal)


def ask(address: str) -> Answer:
    """Call an address by HTTP GET, follow nothing, and return the answer. Raises: OSError: there was none."""
    request = urllib.request.Request(address, headers={"User-Agent": "imgloop_widgets"})
    try:
        with urllib.request.build_opener(_Still).open(request, timeout=CALL_S) as answer:
            return Answer(status=answer.status, body=answer.read(LARGEST_ANSWER))
    except urllib.error.HTTPError as error:
        with error:
            return Answer(status=error.code, body=error.read(LARGEST_ANSWER))


class _Still(urllib.request.HTTPRedirectHandler):
    """Goes nowhere else: only the address itself was allowed."""

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: Message, newurl: str
    ) -> None:
        return None
