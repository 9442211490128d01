"""What workers were paid, as it was asked of their panel: every payment is a row, and so is taking one back.

A row is written before the file is there that asks the panel for it; so no file can ask for the same money twice. Who
did not use a file takes its batch back: rows with the same amounts below zero.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError

from imgloop_widgets.errors import Conflict
from imgloop_widgets.store.log import moment


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """paid_by: `approval` or `bonus`. amount: in the currency, below 0 where it is taken back. batch: of the files."""

    session_id: str
    paid_by: str
    study: str
    worker_id: str
    amount: Decimal
    currency: str
    batch: str
    at: datetime


_LAST = text("SELECT max(number) FROM payments WHERE session_id = :session_id AND paid_by = :paid_by")
_PUT = text(
    """INSERT INTO payments (session_id, paid_by, number, study, worker_id, amount, currency, batch, at)
       VALUES (:session_id, :paid_by, :number, :study, :worker_id, :amount, :currency, :batch, :at)"""
)
_READ = text(
    """SELECT session_id, paid_by, study, worker_id, amount, currency, batch, at FROM payments WHERE study = :study
       ORDER BY at, session_id, paid_by, number"""
)


def put(connection: Connection, payments: Iterable[Payment]) -> None:
    """Keep payments. Raises: Conflict: somebody has paid one of the sessions just now."""
    for one in payments:
        key = {"session_id": one.session_id, "paid_by": one.paid_by}
        number = (connection.scalar(_LAST, key) or 0) + 1
        row = {
            **key,
            "number": number,
            "study": one.study,
            "worker_id": one.worker_id,
            "amount": str(one.amount),
            "currency": one.currency,
            "batch": one.batch,
            "at": moment(one.at),
        }
        try:
            connection.execute(_PUT, row)
        except IntegrityError as error:  # where writers don't wait for each other
            raise Conflict(f"session {one.session_id} was paid by somebody else just now; try again") from error


def read(connection: Connection, study: str) -> list[Payment]:
    """Return the payments of a study, the earliest first."""
    return [
        Payment(
            session_id=row["session_id"],
            paid_by=row["paid_by"],
            study=row["study"],
            worker_id=row["worker_id"],
            amount=Decimal(row["amount"]),
            currency=row["currency"],
            batch=row["batch"],
            at=datetime.fromisoformat(row["at"]),
        )
        for row in connection.execute(_READ, {"study": study}).mappings()
    ]
