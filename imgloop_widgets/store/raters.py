"""Who judges what in rating studies, in one transaction: what is due, whose it is, and the log that says so.

    take the study's turn  →  end sessions whose deadline is over  →  who has what?  →  (the caller chooses)  →  write

The log has the whole truth; `rating_slots` is its index, one row for an item and a rater: `held` while the rater is at
it, `rated` once it was judged. Its key keeps an item from being given to a rater twice. A rater's slots are freed in
the transaction that appends their SessionFinished, never by a clock alone: of a late rating and the end of its session
one comes first, as the log's key decides, and the other is refused.

The first statement changes the study's row in `rating_turns`: where writers don't wait for each other anyway (SQLite's
writing transaction), that row is the lock until the commit (PostgreSQL).
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError

from imgloop_widgets.errors import Conflict
from imgloop_widgets.events import Event, ItemsAllotted, SessionFinished, SessionOpened
from imgloop_widgets.store import drafts, log
from imgloop_widgets.store.log import moment
from imgloop_widgets.store.transactions import Transactions

_TAKE = text(
    """INSERT INTO rating_turns (study, turn) VALUES (:study, 1)
       ON CONFLICT (study) DO UPDATE SET turn = rating_turns.turn + 1"""
)
_OVERDUE = text(
    "SELECT DISTINCT session_id FROM rating_slots WHERE study = :study AND held = 1 AND until <= :now ORDER BY 1"
)
_LIVE = text("SELECT item, count(*) FROM rating_slots WHERE study = :study AND (held = 1 OR rated = 1) GROUP BY item")
_BEFORE = text("SELECT item FROM rating_slots WHERE study = :study AND worker_id = :worker_id")
_HOLD = text(
    """INSERT INTO rating_slots (study, item, worker_id, session_id, source, until, held, rated)
       VALUES (:study, :item, :worker_id, :session_id, :source, :until, 1, 0)"""
)
_RATED = text("UPDATE rating_slots SET rated = 1 WHERE session_id = :session_id AND item = :item")
_FREE = text("UPDATE rating_slots SET held = 0 WHERE session_id = :session_id")
_STUDIES = text("SELECT DISTINCT study FROM rating_slots WHERE source = :source ORDER BY study")
_COUNTS = text(
    """SELECT item, sum(rated), sum(CASE WHEN held = 1 AND rated = 0 THEN 1 ELSE 0 END)
       FROM rating_slots WHERE study = :study GROUP BY item"""
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """Who has what. live: item → raters who have judged it or are at it. before: items that this rater was given."""

    live: Mapping[str, int]
    before: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """How a rating study stands. rated: number of ratings of an item → items with so many; only of items that were
    given to anybody. under_way: items that raters are at, each counted for each rater.
    """

    rated: Mapping[int, int]
    under_way: int


Allot = Callable[[Given], ItemsAllotted | None]
"""Chooses what a rater judges; None: there is nothing for them. Called within the transaction: it must be quick."""


class SharedByRaters(Transactions):
    """What the raters of a study share: who judges which item."""

    def open_ratings(self, opening: SessionOpened, allot: Allot) -> tuple[str, tuple[Event, ...]] | None:
        """Return the id and events of this rater's session, opened now if there is none; None: there is nothing for
        them, and nothing was opened.
        """
        for last in (False, True):
            try:
                with self._transaction("open a rating session", writes=True) as connection:
                    return open_or_resume(connection, opening, allot)
            except Conflict:  # a late rating came before the end of its session; look again
                if last:
                    raise
        raise AssertionError("unreachable")

    def append_ratings(self, session_id: str, events: Sequence[Event], rated: Sequence[str]) -> None:
        """Append all events or none. rated: items (not checks) that are judged by them.

        Raises:
            Conflict: an event with such a seq exists already: another page, or the end of the session, was first.
        """
        with self._transaction(f"append to session {session_id}", writes=True) as connection:
            append(connection, session_id, events, rated)

    def end_overdue_ratings(self, study: str, now: datetime) -> int:
        """Finish every rating session whose deadline is over, so that others get what it has left; return how many."""
        with self._transaction(f"end sessions of study {study}", writes=True) as connection:
            connection.execute(_TAKE, {"study": study})
            return end_overdue(connection, study, now)

    def rating_studies(self, source: str) -> list[str]:
        """Return the names of the rating studies that judge images of this study, in their order."""
        with self._transaction("look for rating studies") as connection:
            return list(connection.scalars(_STUDIES, {"source": source}))

    def judged(self, study: str) -> Judged:
        """Return how a rating study stands."""
        with self._transaction(f"look at the ratings of study {study}") as connection:
            rows = connection.execute(_COUNTS, {"study": study}).all()
        rated = Counter(int(rated) for _, rated, _ in rows)
        return Judged(rated=dict(sorted(rated.items())), under_way=sum(int(held) for *_, held in rows))


def open_or_resume(
    connection: Connection, opening: SessionOpened, allot: Allot
) -> tuple[str, tuple[Event, ...]] | None:
    """Return the id and events of the session of this rater and unit, opened now if there is none.

    Raises:
        Conflict: another transaction has written to one of the sessions just now; look again.
    """
    connection.execute(_TAKE, {"study": opening.study})
    found = log.find(connection, opening.study, opening.worker_id, opening.unit_id)
    if found is not None:
        return found, log.read(connection, found, 0)
    end_overdue(connection, opening.study, opening.at)
    own = {"study": opening.study, "worker_id": opening.worker_id}
    live = {item: int(number) for item, number in connection.execute(_LIVE, own)}
    allotted = allot(Given(live=live, before=frozenset(connection.scalars(_BEFORE, own))))
    if allotted is None:
        return None
    log.open_or_resume(connection, opening)
    log.append(connection, opening.session_id, [allotted])
    until = "9999" if opening.deadline is None else moment(opening.deadline)
    common = {**own, "session_id": opening.session_id, "source": allotted.source, "until": until}
    rows = [{**common, "item": item["item"]} for item in allotted.items if not item["right"]]
    try:
        connection.execute(_HOLD, rows)
    except IntegrityError as error:
        raise Conflict(f"session {opening.session_id}: an item was given to this rater already; look again") from error
    return opening.session_id, (opening, allotted)


def append(connection: Connection, session_id: str, events: Sequence[Event], rated: Sequence[str]) -> None:
    """Append the events, and note what they do to the rater's slots."""
    log.append(connection, session_id, events)
    if rated:
        connection.execute(_RATED, [{"session_id": session_id, "item": item} for item in rated])
    if any(isinstance(event, SessionFinished) for event in events):
        connection.execute(_FREE, {"session_id": session_id})


def end_overdue(connection: Connection, study: str, now: datetime) -> int:
    """Finish the sessions whose deadline is over, with what stood in their pages; return how many."""
    overdue = list(connection.scalars(_OVERDUE, {"study": study, "now": moment(now)}))
    for session_id in overdue:
        seq = log.length(connection, session_id)
        draft = drafts.read(connection, session_id)
        left: Mapping[str, Any] = draft[1] if draft and draft[0] == seq else {}
        append(connection, session_id, [SessionFinished(seq=seq, at=now, reason="expired", draft=left)], ())
    return len(overdue)
