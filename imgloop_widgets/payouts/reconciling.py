"""What a panel's own list says and what the study says, held beside each other.

sessions here   ─┐  by submission, else by worker
the panel's list ┴─►  one `Finding` for each that is not as it should be, with what to do
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from imgloop_widgets.payouts.due import Paid, Worked, due
from imgloop_widgets.payouts.panel_export import Listed, Standing

Kind = Literal[
    "to_approve", "to_pay", "going_on_there", "unfinished_here", "not_there", "not_here", "returned", "timed_out",
    "rejected", "screened_out", "unknown_status", "twice", "overpaid",
]  # fmt: skip

WHAT_TO_DO: Mapping[Kind, str] = {
    "to_approve": "finished here, waits there: approve it (imgloop pay files)",
    "to_pay": "approved there, and more is owed: pay the rest (imgloop pay files)",
    "going_on_there": "finished here, goes on there: they may not have gone back; wait, or send them their code",
    "unfinished_here": "submitted there, not finished here: look at the session; ask them to return it, or pay for it",
    "not_there": "finished here, not in the panel's list: is it the list of this study? Else pay by hand",
    "not_here": "submitted there, never opened the page: ask them to return it, or reject it",
    "returned": "finished here, returned there: nothing can be approved; if you use their work, pay it as a bonus",
    "timed_out": "finished here, timed out there: approve it there by hand if the work is whole",
    "rejected": "rejected there, and something is owed here: look why, and take it back if it was wrong",
    "screened_out": "finished here, screened out there: they have the panel's reward for that; pay the rest as a bonus",
    "unknown_status": "a status that is not known: look there by hand",
    "twice": "one worker, several submissions that are paid or to be paid: pay one, ask to return the others",
    "overpaid": "more was paid than is owed: nothing can be taken back; look why",
}
"""What it is, and what to do."""

_FINISHED: Mapping[Standing, Kind] = {
    "active": "going_on_there",
    "waiting": "to_approve",
    "returned": "returned",
    "timed_out": "timed_out",
    "rejected": "rejected",
    "screened_out": "screened_out",
    "unknown": "unknown_status",
}
"""How it stands there → what is to be said of who has finished here and is owed something; approved: nothing."""

_COUNTS: frozenset[Standing] = frozenset({"waiting", "approved"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """kind: of `WHAT_TO_DO`. session_id: "" where there is none here. status: the panel's word; "": none."""

    kind: Kind
    worker_id: str
    submission: str = ""
    session_id: str = ""
    status: str = ""
    owed: Decimal = Decimal(0)
    paid: Decimal = Decimal(0)


def matched(sessions: Sequence[Worked], listed: Iterable[Listed]) -> dict[str, Listed]:
    """Return session → the submission of the panel's list that it is of: by its id, else by its worker."""
    by_id, by_worker = dict[str, Listed](), defaultdict[str, list[Listed]](list)
    for one in listed:
        if one.submission:
            by_id[one.submission] = one
        by_worker[one.worker_id].append(one)
    found = {}
    for session in sessions:
        if session.submission and session.submission in by_id:
            found[session.session_id] = by_id[session.submission]
        elif theirs := [o for o in by_worker[session.worker_id] if not (o.submission and session.submission)]:
            found[session.session_id] = theirs[0]
    return found


def approved_there(
    reward: Decimal, sessions: Sequence[Worked], listed: Sequence[Listed], paid: Sequence[Paid]
) -> list[Paid]:
    """Return the approvals that the panel has made and that are not on record: it approves by itself after some time.

    reward: that an approval pays.
    """
    of, found = matched(sessions, listed), list[Paid]()
    wants = [one for one in due(reward, sessions, paid) if one.by == "approval"]
    for one in wants:
        there = of.get(one.of.session_id)
        if there is not None and there.standing == "approved":
            found.append(Paid(session_id=one.of.session_id, by="approval", amount=one.amount))
    return found


def reconcile(
    reward: Decimal, sessions: Sequence[Worked], listed: Sequence[Listed], paid: Sequence[Paid]
) -> list[Finding]:
    """Return all that is not as it should be: in the order of the sessions, then of the list.

    reward: that an approval pays. paid: what is on record.
    """
    all_paid, before = [*paid, *approved_there(reward, sessions, listed, paid)], defaultdict[str, Decimal](Decimal)
    for payment in all_paid:
        before[payment.session_id] += payment.amount
    owing = {one.of.session_id for one in due(reward, sessions, all_paid)}
    of = matched(sessions, listed)
    found = []
    for one in sessions:
        there = of.get(one.session_id)
        kinds = _kinds(one, there, before[one.session_id], owing=one.session_id in owing)
        found += [_finding(kind, one, there, before[one.session_id]) for kind in kinds]
    here = {id(one) for one in of.values()}
    times = Counter(one.worker_id for one in listed if one.standing in _COUNTS)
    for one_listed in listed:
        if one_listed.standing in _COUNTS:
            more: list[Kind] = [] if id(one_listed) in here else ["not_here"]
            more += ["twice"] if times[one_listed.worker_id] > 1 else []
            found += [
                Finding(
                    kind=kind,
                    worker_id=one_listed.worker_id,
                    submission=one_listed.submission,
                    status=one_listed.status,
                )
                for kind in more
            ]
    return found


def _kinds(one: Worked, there: Listed | None, paid: Decimal, *, owing: bool) -> Iterable[Kind]:
    """Yield what is to be said of a session. owing: something is still to be paid."""
    if paid > one.total:
        yield "overpaid"
    standing = there.standing if there else None
    if one.reason is None:
        if standing in _COUNTS:
            yield "unfinished_here"
    elif standing is None and owing:
        yield "not_there"
    elif standing == "approved" and owing:
        yield "to_pay"
    elif standing is not None and standing != "approved" and one.total > 0:
        yield _FINISHED[standing]


def _finding(kind: Kind, one: Worked, there: Listed | None, paid: Decimal) -> Finding:
    return Finding(
        kind=kind,
        worker_id=one.worker_id,
        submission=there.submission if there and there.submission else one.submission,
        session_id=one.session_id,
        status=there.status if there else "",
        owed=one.total,
        paid=paid,
    )
