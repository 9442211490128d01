"""What reviewers decide about finished units, pure: every decision is a row, and so is taking one back.

    rows of a unit, in their order  →  `stand`: which decision counts, and how many rows there are (its version)
    what a reviewer wants, on the versions they saw  →  `decide`, `undo`: the rows to add, or Refused

| decision | paid | counts as data |
| --- | --- | --- |
| approve | yes | yes |
| soft_reject | yes | the researcher says so |
| reject | no, but for the decision's own bonus | the researcher says so |

Laws: the latest decision that was not taken back counts; after an undo a unit stands as before the decision, and the
decision stays on record. Who decides names the version that they saw: if another has decided since, nothing is written
and they are told what the other did. What was decided about several units at once (an act) is written and taken back as
a whole.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Literal, get_args

from imgloop_widgets.errors import Refused
from imgloop_widgets.qualifying import Value

Verdict = Literal["approve", "soft_reject", "reject"]
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)

SAID: Mapping[str, str] = {
    "approve": "approved it",
    "soft_reject": "soft-rejected it",
    "reject": "rejected it",
    "undo": "took a decision back",
}
"""What somebody did, in words."""

UNPAID: frozenset[str] = frozenset({"reject"})
"""Verdicts after which a unit earns neither its base nor the study's bonuses."""

CODE = 8
"""Characters of a unit's code: the beginning of its session's id, as the worker reads it at the end."""

NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A qualification of the worker that was given or taken. value, before: None: none."""

    name: str
    value: Value | None
    before: Value | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A row. number: 1, 2, 3, … within its unit. act: of all units that were decided together.

    note: for the researchers. message: for the worker. bonus: ≥ 0, in the study's currency, besides what the study
    pays by itself. changes: of the worker's qualifications; of an act, its first row has them. undoes: the number of
    the row that is taken back.
    """

    session_id: str
    number: int
    study: str
    worker_id: str
    act: str
    at: datetime
    who: str
    what: Literal["approve", "soft_reject", "reject", "undo"]
    note: str = ""
    message: str = ""
    bonus: Decimal = NOTHING
    changes: tuple[Change, ...] = ()
    undoes: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a unit stands. rows: of it, in their order. counting: numbers of those not taken back, rising."""

    rows: tuple[Decision, ...] = ()
    counting: tuple[int, ...] = ()

    @property
    def version(self) -> int:
        """How many rows there are."""
        return len(self.rows)

    @property
    def decision(self) -> Decision | None:
        """The decision that counts; None: the unit is not reviewed."""
        return self.rows[self.counting[-1] - 1] if self.counting else None

    @property
    def verdict(self) -> str | None:
        """What it says; None: the unit is not reviewed."""
        return self.decision.what if self.decision else None


UNREVIEWED = Standing()


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a reviewer wants. give: qualification → value; take: names of those to be taken away."""

    verdict: Verdict
    note: str = ""
    message: str = ""
    bonus: Decimal = NOTHING
    give: Mapping[str, Value] = field(default_factory=dict)
    take: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class By:
    """Who does something, when, and the name of what is done together (random)."""

    who: str
    at: datetime
    act: str


def after(standing: Standing, row: Decision) -> Standing:
    """Return how the unit stands after a row.

    Raises:
        ValueError: the row does not follow; it can't have been written by this package.
    """
    if row.number != standing.version + 1:
        raise ValueError(f"decision {row.number} of {row.session_id} can't follow {standing.version} others")
    rows = (*standing.rows, row)
    if row.what != "undo":
        return Standing(rows=rows, counting=(*standing.counting, row.number))
    if not standing.counting or row.undoes != standing.counting[-1]:
        raise ValueError(f"decision {row.number} of {row.session_id} takes back {row.undoes}, which does not count")
    return Standing(rows=rows, counting=standing.counting[:-1])


def stand(rows: Iterable[Decision]) -> dict[str, Standing]:
    """Return session → how its unit stands. rows: those of a unit in their order."""
    found: dict[str, Standing] = {}
    for row in rows:
        found[row.session_id] = after(found.get(row.session_id, UNREVIEWED), row)
    return found


def decide(
    wish: Wish,
    seen: Mapping[str, int],
    worker_id: str,
    study: str,
    standings: Mapping[str, Standing],
    has: Mapping[str, Value],
    by: By,
) -> list[Decision]:
    """Return the rows of a decision about units of one worker.

    seen: session → the version that the reviewer saw. has: what the worker has now, qualification → value.

    Raises:
        Refused: another has decided about one of them since, or there is no such qualification to take.
    """
    _check_seen(seen, standings)
    for name in wish.take:
        if name not in has:
            raise Refused(f"{worker_id} has no qualification {name!r}; nothing was changed.")
    wanted: dict[str, Value | None] = {**wish.give, **dict.fromkeys(wish.take)}
    changes = tuple(
        Change(name=name, value=value, before=has.get(name)) for name, value in wanted.items() if has.get(name) != value
    )
    return [
        Decision(
            session_id=session_id, number=version + 1, study=study, worker_id=worker_id, act=by.act, at=by.at,
            who=by.who, what=wish.verdict, note=wish.note, message=wish.message, bonus=wish.bonus,
            changes=() if place else changes,
        )
        for place, (session_id, version) in enumerate(seen.items())
    ]  # fmt: skip


def undo(
    act: str, seen: Mapping[str, int], standings: Mapping[str, Standing], has: Mapping[str, Value], by: By
) -> list[Decision]:
    """Return the rows that take an act back, about all of its units. has: as for `decide`.

    seen: the versions that the reviewer saw, of those units that they saw. A qualification that was changed since stays
    as it is.

    Raises:
        Refused: another has decided about one of its units since, or there is no such act, or it is taken back.
    """
    _check_seen(seen, standings)
    rows = [row for one in standings.values() for row in one.rows if row.act == act and row.what != "undo"]
    if not rows:
        raise Refused("There is no such decision; nothing was changed.")
    for row in rows:
        standing = standings[row.session_id]
        if row.number not in standing.counting:
            raise Refused(f"{code_of(row.session_id)}: this was taken back already; nothing was changed.")
        if standing.counting[-1] != row.number:
            raise Refused(_overtaken(standing.rows[-1]))
    return [
        Decision(
            session_id=row.session_id, number=standings[row.session_id].version + 1, study=row.study,
            worker_id=row.worker_id, act=by.act, at=by.at, who=by.who, what="undo", undoes=row.number,
            changes=tuple(
                Change(name=change.name, value=change.before, before=change.value)
                for change in row.changes
                if has.get(change.name) == change.value
            ),
        )
        for row in rows
    ]  # fmt: skip


def code_of(session_id: str) -> str:
    """Return the code of a unit."""
    return session_id[:CODE].upper()


def unpaid(standings: Mapping[str, Standing]) -> frozenset[str]:
    """Return the sessions whose work is not paid."""
    return frozenset(name for name, one in standings.items() if one.verdict in UNPAID)


def bonuses(standings: Mapping[str, Standing]) -> dict[str, Decimal]:
    """Return session → the bonus of its decision, where there is one."""
    return {name: one.decision.bonus for name, one in standings.items() if one.decision and one.decision.bonus}


def _check_seen(seen: Mapping[str, int], standings: Mapping[str, Standing]) -> None:
    overtaken: Sequence[Decision] = [
        standings[name].rows[-1] for name, version in seen.items()
        if standings.get(name, UNREVIEWED).version != version and standings.get(name, UNREVIEWED).rows
    ]  # fmt: skip
    if overtaken:
        raise Refused(_overtaken(overtaken[0]))
    if any(version != standings.get(name, UNREVIEWED).version for name, version in seen.items()):
        raise Refused("This page does not show how the unit stands. Please reload it.")


def _overtaken(row: Decision) -> str:
    why = f" (“{row.note}”)" if row.note else ""
    return (
        f"{code_of(row.session_id)}: {row.who} {SAID[row.what]}{why} at {row.at:%H:%M} UTC, after you had opened it."
        " Nothing of yours was written; look at it again."
    )
