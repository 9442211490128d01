"""What all generations of a study share, over all kernels and machines: their turns, their money, their pause.

    ask ──(others are before it)──▶ waits ──▶ begins ──▶ ends
              asks again: keeps its place        │ reserves what it costs at most, settles what it did cost

Every function that decides, or writes of more than one call, takes the study's row in `gates` first, so that two
transactions do so one after the other, also where a database lets several write at once. A call belongs to its process
by a lease: a process that died loses its place in the queue, and one that died in the middle of a call frees its turn.
What such a call had reserved stays spent, for it may have been paid.

**Fair between workers**: whoever has the fewest calls under way or before it in the queue is next, then whoever asked
first. So one who asks for ten images at once waits behind one who asks for one. **The cap** counts what is reserved as
spent. Where it is reached and calls go on that may cost less than they have reserved, the next one waits for them;
where none goes on, the study is paused.

**Two kinds of pause**: a study that has paused by itself (no money, no key) tells whoever asks that nothing will come;
where the researcher has paused it, whoever has asked keeps their place and waits.

Money is in whole millionths of a US dollar. The clock is the caller's.
"""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, text

from imgloop_widgets.store.log import moment, to_text

MINUTE = timedelta(seconds=60)
MILLION = 1_000_000

_TAKE = text(
    """INSERT INTO gates (study, spent) VALUES (:study, 0)
       ON CONFLICT (study) DO UPDATE SET spent = gates.spent"""
)
_GATE = text("SELECT spent, paused_at, paused_why, paused_by FROM gates WHERE study = :study")
_ASK = text(
    """INSERT INTO calls (call_id, study, worker_id, asked_at, until, ended, reserved)
       VALUES (:call_id, :study, :worker_id, :now, :until, 0, 0)
       ON CONFLICT (call_id) DO UPDATE SET until = excluded.until"""
)
_GONE = text(
    """DELETE FROM calls WHERE study = :study AND (ended = 1 OR until <= :now)
       AND (begun_at IS NULL OR begun_at <= :minute_ago)"""
)
_CALLS = text("SELECT call_id, worker_id, asked_at, begun_at, ended, until FROM calls WHERE study = :study")
_BEGIN = text("UPDATE calls SET begun_at = :now, reserved = :reserved WHERE call_id = :call_id")
_SPEND = text("UPDATE gates SET spent = spent + :amount WHERE study = :study")
_RENEW = text("UPDATE calls SET until = :until WHERE call_id = :call_id AND ended = 0")
_END = text("UPDATE calls SET ended = 1 WHERE call_id = :call_id")
_LEAVE = text("DELETE FROM calls WHERE call_id = :call_id AND begun_at IS NULL")
_PAUSE = text(
    """UPDATE gates SET paused_at = :at, paused_why = :why, paused_by = :by
       WHERE study = :study AND paused_at IS NULL"""
)
_RESUME = text("UPDATE gates SET paused_at = NULL, paused_why = NULL, paused_by = NULL WHERE study = :study")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """at_once: calls under way; per_minute: calls begun within any minute; max_cost: US dollars. None: no limit.

    price: US dollars that one call costs at most, ≥ 0; the cap counts it until the true cost is known.
    """

    at_once: int | None = None
    per_minute: int | None = None
    max_cost: float | None = None
    price: float = 0.0

    @property
    def any(self) -> bool:
        """Whether anything is limited or counted."""
        return self.price > 0 or (self.at_once, self.per_minute, self.max_cost) != (None, None, None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """No image is made for anybody. at: since when, UTC. why: for the researcher. by: who has paused it; "": itself."""

    at: datetime
    why: str
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """begun: the call may be made now. before: how many others are before it in the queue. paused: it never begins.

    held: the researcher has paused the study, and it waits until that goes on.
    """

    begun: bool = False
    before: int = 0
    paused: Pause | None = None
    held: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """How a study's generations stand. spent: US dollars, with what is reserved. active, waiting: calls."""

    spent: float = 0.0
    active: int = 0
    waiting: int = 0
    paused: Pause | None = None


def ask(
    connection: Connection, study: str, call_id: str, worker_id: str, limits: Limits, now: datetime, lease_s: float
) -> Turn:
    """Let the call begin, or keep its place in the queue for `lease_s` seconds."""
    connection.execute(_TAKE, {"study": study})
    spent, pause = _gate(connection, study)
    if pause is not None and not pause.by:
        connection.execute(_LEAVE, {"call_id": call_id})
        return Turn(paused=pause)
    given = {"study": study, "call_id": call_id, "worker_id": worker_id, "now": moment(now)}
    connection.execute(_GONE, {**given, "minute_ago": moment(now - MINUTE)})
    connection.execute(_ASK, {**given, "until": moment(now + timedelta(seconds=lease_s))})
    calls = [_Call(*row) for row in connection.execute(_CALLS, given)]
    before, free = place(calls, call_id, limits, now)
    if before >= free or pause is not None:
        return Turn(before=before, held=pause is not None)
    reserved = micro(limits.price)
    if limits.max_cost is not None and spent + reserved > micro_down(limits.max_cost):
        if any(call.is_active(moment(now)) for call in calls):
            return Turn(before=before)
        why = f"the spending cap is reached: ${spent / MILLION:.2f} of ${limits.max_cost:.2f} is spent"
        why += f", and one more image may cost ${limits.price:.4g}; raise max_cost in the study file, then resume"
        connection.execute(_PAUSE, {"study": study, "at": moment(now), "why": why, "by": ""})
        connection.execute(_LEAVE, {"call_id": call_id})
        return Turn(paused=Pause(at=now, why=why))
    connection.execute(_BEGIN, {**given, "reserved": reserved})
    connection.execute(_SPEND, {"study": study, "amount": reserved})
    return Turn(begun=True)


def renew(connection: Connection, call_id: str, now: datetime, lease_s: float) -> None:
    """Say that the process behind the call is alive."""
    connection.execute(_RENEW, {"call_id": call_id, "until": moment(now + timedelta(seconds=lease_s))})


def end(connection: Connection, study: str, call_id: str, reserved: float, cost: float) -> None:
    """Free the turn of a call that has begun, and settle what it cost. reserved, cost: US dollars."""
    connection.execute(_TAKE, {"study": study})
    connection.execute(_END, {"call_id": call_id})
    amount = micro(cost) - micro(reserved)
    if amount:
        connection.execute(_SPEND, {"study": study, "amount": amount})


def leave(connection: Connection, call_id: str) -> None:
    """Give up the place of a call that waits; nothing happens where it has begun."""
    connection.execute(_LEAVE, {"call_id": call_id})


def pause(connection: Connection, study: str, at: datetime, why: str, by: str = "") -> bool:
    """Stop new generations for everybody; return whether they were not yet: else the first reason stays.

    by: the researcher, whose pause everybody waits out; "": the study itself, and then nobody waits.
    """
    connection.execute(_TAKE, {"study": study})
    given = {"study": study, "at": moment(at), "why": to_text(why), "by": to_text(by)}
    return connection.execute(_PAUSE, given).rowcount > 0


def resume(connection: Connection, study: str) -> Pause | None:
    """Let generations go on; return the pause that was, None: there was none."""
    connection.execute(_TAKE, {"study": study})
    _, pause = _gate(connection, study)
    connection.execute(_RESUME, {"study": study})
    return pause


def read(connection: Connection, study: str, now: datetime) -> Gate:
    """Return how the study's generations stand."""
    spent, pause = _gate(connection, study)
    at = moment(now)
    calls = [_Call(*row) for row in connection.execute(_CALLS, {"study": study})]
    waiting = sum(call.begun_at is None and call.until > at for call in calls)
    active = sum(call.is_active(at) for call in calls)
    return Gate(spent=spent / MILLION, active=active, waiting=waiting, paused=pause)


def paused(connection: Connection, study: str) -> Pause | None:
    """Return the study's pause; None: it goes on."""
    return _gate(connection, study)[1]


@dataclass(frozen=True, slots=True)
class _Call:
    """A row of `calls`. begun_at: None while it waits."""

    call_id: str
    worker_id: str
    asked_at: str
    begun_at: str | None
    ended: int
    until: str

    def is_active(self, now: str) -> bool:
        return self.begun_at is not None and not self.ended and self.until > now


def place(calls: Sequence[_Call], call_id: str, limits: Limits, now: datetime) -> tuple[int, int | float]:
    """Return how many waiting calls are before this one, and how many calls may begin now. Pure."""
    at, minute_ago = moment(now), moment(now - MINUTE)
    active = [call for call in calls if call.is_active(at)]
    waiting = [call for call in calls if call.begun_at is None and call.until > at]
    recent = sum(call.begun_at is not None and call.begun_at > minute_ago for call in calls)
    free = math.inf if limits.at_once is None else limits.at_once - len(active)
    if limits.per_minute is not None:
        free = min(free, limits.per_minute - recent)
    own = Counter(call.worker_id for call in active)
    order = []
    for call in sorted(waiting, key=lambda call: (call.asked_at, call.call_id)):
        order.append((own[call.worker_id], call.asked_at, call.call_id))
        own[call.worker_id] += 1
    return [name for *_, name in sorted(order)].index(call_id), free


def micro(dollars: float) -> int:
    """US dollars in millionths, rounded up: what is reserved is never less than what is due."""
    return math.ceil(round(dollars * MILLION, 3))


def micro_down(dollars: float) -> int:
    """US dollars in millionths, rounded down."""
    return math.floor(round(dollars * MILLION, 3))


def _gate(connection: Connection, study: str) -> tuple[int, Pause | None]:
    row = connection.execute(_GATE, {"study": study}).first()
    if row is None:
        return 0, None
    spent, at, why, by = row
    return int(spent), None if at is None else Pause(at=datetime.fromisoformat(at), why=why or "", by=by or "")
