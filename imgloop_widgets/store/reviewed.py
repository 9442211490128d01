"""What reviewers have decided about units: rows are added, never changed; see `decisions` for what they mean.

Whoever decides holds the study's lock: of two at once the second sees what the first has decided. The number of a row,
which goes on where its unit's rows end, keeps two from being written on the same version all the same.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from decimal import Decimal

from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError

from imgloop_widgets.decisions import Change, Decision, Standing, code_of, stand
from imgloop_widgets.errors import Conflict, StoreError
from imgloop_widgets.qualifying import Value
from imgloop_widgets.store import qualified
from imgloop_widgets.store.databases import database_of
from imgloop_widgets.store.log import moment, to_text
from imgloop_widgets.store.qualified import Grant
from imgloop_widgets.store.transactions import Transactions

Has = Callable[[str], Mapping[str, Value]]
"""Worker → what they have, qualification → value."""

_PUT = text(
    """INSERT INTO reviews (session_id, number, study, worker_id, act, at, who, what, note, message, bonus, changes,
           undoes)
       SELECT CAST(:session_id AS TEXT), CAST(:number AS INTEGER), CAST(:study AS TEXT), CAST(:worker_id AS TEXT),
              CAST(:act AS TEXT), CAST(:at AS TEXT), CAST(:who AS TEXT), CAST(:what AS TEXT), CAST(:note AS TEXT),
              CAST(:message AS TEXT), CAST(:bonus AS TEXT), CAST(:changes AS TEXT), CAST(:undoes AS INTEGER)
       WHERE EXISTS (SELECT 1 FROM sessions WHERE sessions.session_id = :session_id AND sessions.study = :study
                     AND sessions.worker_id = :worker_id)
         AND (SELECT COALESCE(max(number), 0) FROM reviews WHERE reviews.session_id = :session_id) = :number - 1"""
)
_OF_WORKER = text("SELECT 1 FROM sessions WHERE session_id = :session_id AND study = :study AND worker_id = :worker_id")
_READ = text("SELECT * FROM reviews WHERE study = :study ORDER BY session_id, number")
_STUDIES = text("SELECT study, count(*) FROM sessions GROUP BY study ORDER BY study")
_COUNT = text("SELECT count(*) FROM reviews WHERE study = :study")


class Reviewed(Transactions):
    """What reviewers have decided, as methods of the store."""

    def review(
        self, study: str, choose: Callable[[Mapping[str, Standing], Has], Sequence[Decision]]
    ) -> Sequence[Decision]:
        """Keep decisions, and change the qualifications that they change; all of it or nothing.

        choose: called within the transaction with how the study's units stand, and what a worker has; what it raises
        comes out, and nothing is changed.

        Raises:
            Conflict: a unit was decided about, or a qualification changed, by somebody else just now; try again.
            StoreError: the study has no such session of this worker, or the store can't be written.
        """
        with self._transaction("keep a decision", writes=True) as connection:
            database_of(connection).take(connection, f"reviews of {study}")
            chosen = choose(stand(read(connection, study)), lambda worker: qualified.of_worker(connection, worker))
            put(connection, chosen)
            qualified.put(connection, _grants(chosen))
        return chosen

    def reviews(self, study: str) -> list[Decision]:
        """Return what was decided about the units of a study, by session and number."""
        with self._transaction("read the decisions") as connection:
            return read(connection, study)

    def studies(self) -> dict[str, int]:
        """Return the studies that have sessions in this store, in their order, and how many."""
        with self._transaction("look for studies") as connection:
            return {name: int(number) for name, number in connection.execute(_STUDIES)}

    def review_count(self, study: str) -> int:
        """Return how many decisions there are about a study's units: as long as it is the same, nothing has changed."""
        with self._transaction("count the decisions") as connection:
            return int(connection.scalar(_COUNT, {"study": study}) or 0)


def put(connection: Connection, decisions: Iterable[Decision]) -> None:
    """Keep the rows. Raises: Conflict: a number is taken or does not follow. StoreError: there is no such session."""
    for one in decisions:
        row = {
            "session_id": one.session_id,
            "number": one.number,
            "study": one.study,
            "worker_id": one.worker_id,
            "act": one.act,
            "at": moment(one.at),
            "who": to_text(one.who),
            "what": one.what,
            "note": to_text(one.note),
            "message": to_text(one.message),
            "bonus": str(one.bonus),
            "changes": json.dumps([asdict(change) for change in one.changes], ensure_ascii=False),
            "undoes": one.undoes,
        }
        late = f"session {one.session_id} was decided about by somebody else just now; look at it again"
        try:
            done = connection.execute(_PUT, row).rowcount
        except IntegrityError as error:
            raise Conflict(late) from error
        if done != 1:
            known = connection.scalar(_OF_WORKER, row)
            if known:
                raise Conflict(late)
            raise StoreError(f"study {one.study} has no session {one.session_id!r} of {one.worker_id!r}")


def read(connection: Connection, study: str) -> list[Decision]:
    """Return the rows of a study, by session and number."""
    return [
        Decision(
            **{
                **row,
                "at": datetime.fromisoformat(row["at"]),
                "bonus": Decimal(row["bonus"]),
                "changes": tuple(Change(**change) for change in json.loads(row["changes"])),
            }
        )
        for row in connection.execute(_READ, {"study": study}).mappings()
    ]


def _grants(decisions: Iterable[Decision]) -> list[Grant]:
    return [
        Grant(
            worker_id=one.worker_id,
            name=change.name,
            value=change.value,
            at=one.at,
            why=to_text(f"review of {code_of(one.session_id)} by {one.who}"),
        )
        for one in decisions
        for change in one.changes
    ]
