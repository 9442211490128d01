"""What is still to be paid through a panel: by an approval, which pays the panel's reward, and by bonuses.

    Owed, arrivals  →  `worked`  →  one `Worked` a session
    Worked, what has been paid before  →  `due`  →  one `Due` for each approval and each bonus

A submission (Prolific's SESSION_ID, an assignmentId) can be approved once, and pays what the panel promised: that is
taken to be the `base` of [pay]. So the first unit of a submission that earns the whole base is approved; all else is
paid as a bonus: `incomplete`, the base of a worker's further units, and bonuses. What was paid before is taken off, so
whoever asks again gets nothing twice.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from imgloop_widgets.loop import State
from imgloop_widgets.pay import NOTHING, Owed
from imgloop_widgets.rows import SIMULATED

PaidBy = Literal["approval", "bonus"]

SUBMISSION: Mapping[str, str] = {"prolific": "SESSION_ID", "mturk": "assignmentId", "connect": "assignmentId"}
"""Panel → the parameter of the link that names what it approves; another panel names the worker alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Worked:
    """A session of a person, as the panel sees it. submission: what the panel approves; "": not known.

    given: parameters of the link. reason: why it is finished; None: it is not. base, bonus: that it earns.
    """

    session_id: str
    worker_id: str
    submission: str = ""
    given: Mapping[str, str] = field(default_factory=dict)
    reason: str | None = None
    base: Decimal = NOTHING
    bonus: Decimal = NOTHING

    @property
    def total(self) -> Decimal:
        """All that it earns."""
        return self.base + self.bonus


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """Something to be paid for a session. amount: > 0, in the study's currency."""

    of: Worked
    by: PaidBy
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Paid:
    """Something that was paid for a session. amount: below 0 where it was taken back."""

    session_id: str
    by: PaidBy
    amount: Decimal


def worked(
    access: str, states: Iterable[State], owed: Iterable[Owed], given: Mapping[str, Mapping[str, str]]
) -> list[Worked]:
    """Return the sessions of people. access: the panel. given: session → the parameters of its link."""
    earns = {one.session_id: one for one in owed}
    parameter, rows = SUBMISSION.get(access, ""), []
    for state in states:
        if state.opened is None or state.opened.worker_id.startswith(SIMULATED):
            continue
        name = state.opened.session_id
        one = earns.get(name)
        rows.append(
            Worked(
                session_id=name,
                worker_id=state.opened.worker_id,
                submission=given.get(name, {}).get(parameter, ""),
                given=given.get(name, {}),
                reason=state.finished.reason if state.finished else None,
                base=one.base if one else NOTHING,
                bonus=one.bonus if one else NOTHING,
            )
        )
    return rows


def due(reward: Decimal, sessions: Sequence[Worked], paid: Iterable[Paid], held: Collection[str] = ()) -> list[Due]:
    """Return what is to be paid now, in the order of the sessions.

    reward: that an approval pays. held: sessions for which nothing is paid now.
    """
    before, approved = defaultdict[str, Decimal](Decimal), defaultdict[str, Decimal](Decimal)
    submissions = {one.session_id: _submission(one) for one in sessions}
    for payment in paid:
        before[payment.session_id] += payment.amount
        if payment.by == "approval" and payment.session_id in submissions:
            approved[submissions[payment.session_id]] += payment.amount
    found = []
    for one in sessions:
        left = one.total - before[one.session_id]
        if left <= 0 or one.session_id in held:
            continue
        submission = submissions[one.session_id]
        if left >= reward > 0 and one.base >= reward and approved[submission] <= 0:
            found.append(Due(of=one, by="approval", amount=reward))
            approved[submission] += reward
            left -= reward
        if left > 0:
            found.append(Due(of=one, by="bonus", amount=left))
    return found


def _submission(one: Worked) -> str:
    return one.submission or f"worker {one.worker_id}"
