"""A panel's own list of who took part: a CSV whose columns differ by panel.

| panel | file | columns that are read | source |
| --- | --- | --- | --- |
| Prolific | "Download summary" | Submission id, Participant id, Status | the statuses: docs.prolific.com/api-reference/submissions/submission-object |
| Mechanical Turk | "Download CSV" of a batch | AssignmentId, WorkerId, AssignmentStatus, Approve, Reject | docs.aws.amazon.com/AWSMechTurk/latest/RequesterUI/ReviewingResultsOutsideoftheRUI.html |
| any other | a CSV | those that `--map` names | |

Names are compared without regard to case, spaces and underscores: panels change those. A file for Mechanical Turk is
given back with an X in its column Approve, as its requester's page takes it.
"""  # noqa: E501  a table

import csv
import io
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal

from imgloop_widgets.errors import ImgloopError

Standing = Literal["active", "waiting", "approved", "returned", "timed_out", "rejected", "screened_out", "unknown"]
"""How a submission stands at the panel; unknown: in a word that is not in `STANDINGS`."""

COLUMNS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "prolific": {
        "submission": ("Submission id", "session_id"),
        "worker": ("Participant id",),
        "status": ("Status",),
    },
    "mturk": {"submission": ("AssignmentId",), "worker": ("WorkerId",), "status": ("AssignmentStatus",)},
}
"""Panel → what is read → how its column may be called; the newest first."""

NEEDED = ("worker", "status")

STANDINGS: Mapping[str, Standing] = {
    "reserved": "active",
    "active": "active",
    "in progress": "active",
    "awaiting review": "waiting",
    "submitted": "waiting",
    "pending": "waiting",
    "completed": "waiting",
    "approved": "approved",
    "returned": "returned",
    "timed out": "timed_out",
    "rejected": "rejected",
    "screened out": "screened_out",
}
"""A panel's word, in lower case, with spaces → how it stands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A submission in the panel's list. submission: ""; where the list has none. status: the panel's word."""

    worker_id: str
    submission: str
    status: str

    @property
    def standing(self) -> Standing:
        """How it stands."""
        return STANDINGS.get(re.sub(r"[\s_-]+", " ", self.status.strip().lower()), "unknown")


def read_export(text: str, access: str, columns: Mapping[str, str], name: str) -> list[Listed]:
    """Return the submissions. columns: ours (submission, worker, status) → theirs, before what is known of the panel.

    name: of the file, for messages.

    Raises:
        ImgloopError: it is no such table, or a column is missing.
    """
    rows, there = _rows(text, name)
    known = COLUMNS.get(access, {})
    found = {}
    for ours in ("submission", "worker", "status"):
        names = (columns[ours],) if ours in columns else known.get(ours, ())
        theirs = next((one for wanted in names for one in there if _plain(one) == _plain(wanted)), None)
        if theirs is None and (ours in NEEDED or ours in columns):
            said = f"no column {names[0]!r}" if names else "no column is known for it"
            raise ImgloopError(
                f"{name}: {ours}: {said}; name it with --map {ours}=COLUMN (its columns: {', '.join(there)})"
            )
        found[ours] = theirs
    listed = []
    for number, row in enumerate(rows, start=2):
        worker = (row[found["worker"] or ""] or "").strip()
        if not worker:
            raise ImgloopError(f"{name}: row {number} names no worker; is it the panel's own list?")
        submission = (row[found["submission"]] or "").strip() if found["submission"] else ""
        listed.append(Listed(worker_id=worker, submission=submission, status=row[found["status"] or ""] or ""))
    return listed


def with_approvals(text: str, submissions: Collection[str], name: str) -> str:
    """Return a batch of Mechanical Turk's with an X in the column Approve of these assignments, and nothing else new.

    Raises:
        ImgloopError: it is no such table.
    """
    rows, there = _rows(text, name)
    ours = {_plain(one): one for one in there}
    if "assignmentid" not in ours:
        raise ImgloopError(f"{name}: has no column AssignmentId; download the CSV of the batch's results")
    columns = [*there, *(column for column in ("Approve", "Reject") if _plain(column) not in ours)]
    approve = ours.get("approve", "Approve")
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, restval="", quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writeheader()
    for row in rows:
        if (row[ours["assignmentid"]] or "").strip() in submissions:
            row[approve] = "X"
        writer.writerow(row)
    return out.getvalue()


def _rows(text: str, name: str) -> tuple[list[dict[str, str | None]], list[str]]:
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline=""))
    there = list(reader.fieldnames or ())
    try:
        rows = list(reader)
    except csv.Error as error:
        raise ImgloopError(f"{name}: can't be read as CSV ({error}); download it anew") from error
    if not there or any(None in row for row in rows):
        raise ImgloopError(f"{name}: is no table with a head and the same columns in each row; download it anew")
    return rows, there


def _plain(column: str) -> str:
    return re.sub(r"[\s_-]+", "", column.lower())
