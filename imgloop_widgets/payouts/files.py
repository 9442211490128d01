"""The files that a panel takes, as texts.

| panel | approvals | bonuses | source |
| --- | --- | --- | --- |
| Prolific | approve.txt: submission ids, a line each, for the study's bulk approval | bonuses.csv: `<participant id>,<amount>`, a line each, without a head; a file for each of its studies | docs.prolific.com/api-reference/bonuses/create-bonus-payments |
| Mechanical Turk | approve.csv: the batch's own CSV with an X under Approve; without it, approve.txt: assignment ids | bonuses.csv: WorkerId, AssignmentId, BonusAmount, Reason, UniqueRequestToken, which SendBonus takes | docs.aws.amazon.com/AWSMechTurk/latest/AWSMturkAPI/API_SendBonusOperation.html |
| any other | approve.csv: worker, and the parameters of the link | bonuses.csv: worker, amount | |

CloudResearch Connect takes CSV files for both, whose columns it does not document publicly: paste ours into its own
template. payments.csv says of all of them for which session each amount is. The UniqueRequestToken keeps SendBonus
from paying the same bonus twice.
"""  # noqa: E501  a table

import csv
import io
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from imgloop_widgets.payouts.due import Due
from imgloop_widgets.payouts.panel_export import with_approvals

REASON = "Bonus for your work in this study. Thank you!"


def files_for(
    access: str, dues: Sequence[Due], *, batch: str, currency: str, panel_csv: tuple[str, str] | None = None
) -> dict[str, str]:
    """Return name → text of every file; one that would have nothing in it is left out.

    batch: names this time; it is part of what keeps a bonus from being paid twice. panel_csv: name and text of the
    panel's own list.
    """
    approvals = [one for one in dues if one.by == "approval"]
    bonuses = [one for one in dues if one.by == "bonus"]
    made = dict(WRITERS.get(access, _plainly)(approvals, bonuses, batch, panel_csv))
    columns = ("worker_id", "session_id", "submission", "paid_by", "amount", "currency")
    rows = [
        (one.of.worker_id, one.of.session_id, one.of.submission, one.by, f"{one.amount:.2f}", currency) for one in dues
    ]
    return {**{name: text for name, text in made.items() if text}, "payments.csv": _csv(rows, columns)}


def _prolific(
    approvals: Sequence[Due], bonuses: Sequence[Due], batch: str, panel_csv: tuple[str, str] | None
) -> Iterable[tuple[str, str]]:
    yield "approve.txt", _lines(one.of.submission for one in approvals)
    studies = defaultdict[str, list[Due]](list)
    for one in bonuses:
        studies[one.of.given.get("STUDY_ID", "")].append(one)
    for study, own in sorted(studies.items()):
        name = f"bonuses-{_file_name(study)}.csv" if len(studies) > 1 else "bonuses.csv"
        yield name, _csv((worker, f"{amount:.2f}") for worker, amount in _by_worker(own).items())


def _mturk(
    approvals: Sequence[Due], bonuses: Sequence[Due], batch: str, panel_csv: tuple[str, str] | None
) -> Iterable[tuple[str, str]]:
    submissions = [one.of.submission for one in approvals]
    if panel_csv is None:
        yield "approve.txt", _lines(submissions)
    elif submissions:
        yield "approve.csv", with_approvals(panel_csv[1], submissions, panel_csv[0])
    columns = ("WorkerId", "AssignmentId", "BonusAmount", "Reason", "UniqueRequestToken")
    rows = [
        (b.of.worker_id, b.of.submission, f"{b.amount:.2f}", REASON, f"{b.of.session_id[:32]}-{batch}"[:64])
        for b in bonuses
    ]
    yield "bonuses.csv", _csv(rows, columns) if rows else ""


def _plainly(
    approvals: Sequence[Due], bonuses: Sequence[Due], batch: str, panel_csv: tuple[str, str] | None
) -> Iterable[tuple[str, str]]:
    names = sorted({name for one in approvals for name in one.of.given})
    rows = [(one.of.worker_id, *(one.of.given.get(name, "") for name in names)) for one in approvals]
    yield "approve.csv", _csv(rows, ("worker", *names)) if rows else ""
    paid = [(worker, f"{amount:.2f}") for worker, amount in _by_worker(bonuses).items()]
    yield "bonuses.csv", _csv(paid, ("worker", "amount")) if paid else ""


WRITERS = {"prolific": _prolific, "mturk": _mturk}
"""Panel → what writes its files; any other: `_plainly`."""


def _by_worker(dues: Iterable[Due]) -> Mapping[str, Decimal]:
    found = defaultdict[str, Decimal](Decimal)
    for one in dues:
        found[one.of.worker_id] += one.amount
    return found


def _lines(values: Iterable[str]) -> str:
    return "".join(f"{value}\n" for value in values)


def _csv(rows: Iterable[Sequence[str]], columns: Sequence[str] = ()) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    if columns:
        writer.writerow(columns)
    writer.writerows(rows)
    return out.getvalue()


def _file_name(study: str) -> str:
    return "".join(letter if letter.isalnum() else "_" for letter in study) or "unknown"
