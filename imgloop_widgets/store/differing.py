"""What a store and another one have both, and how they differ: found by reading alone.

    theirs, table by table, beside ours in the order of the same keys
      sessions, events  →  how each of their sessions stands here:  new | same | more there | more here | different
      all others        →  rows to add, rows of which theirs is the later state, and rows that differ

| kind | what it is | theirs is taken | or left out |
| --- | --- | --- | --- |
| same_name | studies of one name, and no session in common: perhaps another study | take | skip |
| more_there | their session, qualification or row goes on where ours ends | take | skip |
| more_here | ours goes on where theirs ends: nothing is to be done | | |
| unit_taken | a unit that somebody else holds here; taken, it is kept and not counted | take | skip |
| taken | the same worker and unit, in another session | | skip |
| different | the same name, and something else | | skip |
| damaged | an image or file whose bytes are no more what its name says, here | take | skip |
| other_key | a secret key of the results folder is another one | | skip |

What neither `take` nor `skip` is asked for stops everything.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, Literal

from sqlalchemy import Connection, text

from imgloop_widgets.assignment import HELD
from imgloop_widgets.rows import SIMULATED
from imgloop_widgets.store.catalogue import TABLES, Table
from imgloop_widgets.store.snapshots import Values, columns_of, read

Kind = Literal["same_name", "more_there", "more_here", "unit_taken", "taken", "different", "damaged", "other_key"]
Asked = Literal["take", "skip"]

RESOLVED_BY: Mapping[Kind, frozenset[Asked]] = {
    "same_name": frozenset({"take", "skip"}),
    "more_there": frozenset({"take", "skip"}),
    "more_here": frozenset(),
    "unit_taken": frozenset({"take", "skip"}),
    "taken": frozenset({"skip"}),
    "different": frozenset({"skip"}),
    "damaged": frozenset({"take", "skip"}),
    "other_key": frozenset({"skip"}),
}
"""Kind → what settles it; of two that are asked for, take goes first."""

NO_CONFLICT: frozenset[Kind] = frozenset({"more_here"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """kind: see the table. where: what it is about, such as `session 7`. what: in words.

    session_id, study: what is left out with it; None: nothing but itself.
    """

    kind: Kind
    where: str
    what: str
    session_id: str | None = None
    study: str | None = None

    def is_taken(self, asked: frozenset[Asked]) -> bool:
        """Whether theirs is taken."""
        return "take" in asked & RESOLVED_BY[self.kind]

    def stops(self, asked: frozenset[Asked]) -> bool:
        """Whether nothing may be written because of it."""
        return self.kind not in NO_CONFLICT and not asked & RESOLVED_BY[self.kind]


@dataclass(frozen=True, slots=True)
class Change:
    """A row to write. study, session_id: that it belongs to; None: to none. later: in place of the row that is here."""

    row: Values
    study: str | None
    session_id: str | None
    later: bool = False


@dataclass(slots=True)
class Comparison:
    """new: sessions that are not here. same: sessions that are. longer: session → events that it has here.

    changes: table → rows of what is here already, or follows no session; rows of new sessions stand in none.
    """

    new: set[str] = field(default_factory=set)
    same: int = 0
    longer: dict[str, int] = field(default_factory=dict)
    differences: list[Difference] = field(default_factory=list)
    changes: dict[str, list[Change]] = field(default_factory=lambda: defaultdict(list))

    def stops(self, asked: frozenset[Asked]) -> list[Difference]:
        """Return because of what nothing may be written."""
        return [one for one in self.differences if one.stops(asked)]

    def left_out(self, asked: frozenset[Asked]) -> tuple[frozenset[str], frozenset[str]]:
        """Return the sessions and the studies of which nothing is taken."""
        out = [one for one in self.differences if one.kind not in NO_CONFLICT and not one.is_taken(asked)]
        return frozenset(one.session_id for one in out if one.session_id), frozenset(
            one.study for one in out if one.study
        )


def compare(ours: Connection, theirs: Connection) -> Comparison:
    """Return how their rows stand beside ours."""
    found = Comparison()
    worker_of = _sessions(ours, theirs, found)
    _events(ours, theirs, found, worker_of)
    _units(ours, theirs, found)
    for name, table in TABLES.items():
        if name not in ("sessions", "events"):
            (_log if table.log else _rows)(ours, theirs, name, found)
    return found


def _sessions(ours: Connection, theirs: Connection, found: Comparison) -> dict[str, str]:
    """Note which sessions are new; return session → its worker and unit in words, of theirs."""
    rows = ours.execute(text("SELECT session_id, study, worker_id, unit_id FROM sessions"))
    mine = {session_id: tuple(rest) for session_id, *rest in rows}
    by_unit = {rest: session_id for session_id, rest in mine.items()}
    here = {study for study, *_ in mine.values()}
    said, common, studies = dict[str, str](), set[str](), dict[str, int]()
    for session_id, study, worker, unit, _ in read(theirs, "sessions"):
        said[session_id] = f"session {session_id} (worker {worker}, unit {unit})"
        studies[study] = studies.get(study, 0) + 1
        if session_id in mine:
            common.add(study)
            if mine[session_id] != (study, worker, unit):
                what = f"is of study {mine[session_id][0]}, worker {mine[session_id][1]} here"
                found.differences.append(
                    Difference(kind="different", where=said[session_id], what=what, session_id=session_id)
                )
            continue
        found.new.add(session_id)
        if other := by_unit.get((study, worker, unit)):
            what = f"this worker has session {other} for the unit here"
            found.differences.append(Difference(kind="taken", where=said[session_id], what=what, session_id=session_id))
    for study in sorted(studies.keys() & here - common):
        number = sum(name == study for name, *_ in mine.values())
        what = f"has {number} sessions here and {studies[study]} there, and none in common: is it another study?"
        found.differences.append(Difference(kind="same_name", where=f"study {study}", what=what, study=study))
    return said


def _events(ours: Connection, theirs: Connection, found: Comparison, said: Mapping[str, str]) -> None:
    """Note how each session stands that both have."""
    key = _key_of(theirs, "events", ("session_id",))
    known = {d.session_id for d in found.differences if d.kind == "different"}
    for own, log in beside(_grouped(read(ours, "events"), key), _grouped(read(theirs, "events"), key)):
        (session_id,) = log[0]
        if session_id in found.new or session_id in known:
            continue
        kind, place = _of_logs(own[1] if own else [], log[1])
        if kind is None:
            found.same += 1
            continue
        if kind == "more_there":
            found.longer[session_id] = place
        found.differences.append(
            Difference(
                kind=kind,
                where=said[session_id],
                what=_more(kind, "event", place, len(own[1]) if own else 0, len(log[1])),
                session_id=session_id,
            )
        )


def _units(ours: Connection, theirs: Connection, found: Comparison) -> None:
    """Note which units of new sessions somebody else holds here."""
    held, taken = {}, {one.session_id for one in found.differences if one.kind == "taken"}
    for study, unit, worker, session_id, state in ours.execute(
        text("SELECT study, unit, worker_id, session_id, state FROM units")
    ):
        if state in HELD:
            held[study, unit, worker.startswith(SIMULATED)] = (session_id, worker)
    for row in theirs.execute(text("SELECT study, unit, worker_id, session_id, state FROM units ORDER BY session_id")):
        study, unit, worker, session_id, state = row
        holder = held.get((study, unit, worker.startswith(SIMULATED)))
        if state in HELD and session_id in found.new - taken and holder:
            what = f"unit {unit} of study {study} is held by worker {holder[1]} (session {holder[0]}) here"
            where = f"session {session_id} (worker {worker})"
            found.differences.append(Difference(kind="unit_taken", where=where, what=what, session_id=session_id))


def _rows(ours: Connection, theirs: Connection, name: str, found: Comparison) -> None:
    """Note the rows of a table that are not in sessions that are new."""
    table, columns = TABLES[name], list(columns_of(theirs, name))
    whose = _whose(table, columns)
    key, looked_at = _key_of(theirs, name, table.key), [c for c in columns if c not in table.beside]
    pick = _picker(columns, looked_at)
    grows = columns.index(table.grows) if table.grows else None
    left = {d.session_id for d in found.differences if d.kind in ("different", "more_here") and d.session_id}
    for mine, row in beside(((key(r), r) for r in read(ours, name)), ((key(r), r) for r in read(theirs, name))):
        study, session_id = whose(row[1])
        if session_id in found.new or session_id in left:
            continue
        if mine is None:
            later = session_id in found.longer
            found.changes[name].append(Change(row[1], study, session_id if later else None))
        elif session_id in found.longer:
            if mine[1] != row[1]:
                found.changes[name].append(Change(row[1], study, session_id, later=True))
        elif pick(mine[1]) != pick(row[1]):
            kind = _later(mine[1], row[1], grows)
            if kind == "more_there":
                found.changes[name].append(Change(row[1], study, None, later=True))
            found.differences.append(
                Difference(
                    kind=kind,
                    where=f"{name} {', '.join(map(str, row[0]))}",
                    what=f"has other values: {_told(columns, mine[1], row[1])}",
                )
            )


def _log(ours: Connection, theirs: Connection, name: str, found: Comparison) -> None:
    """Note what goes on where ours ends, in a table whose rows are never changed."""
    table, columns = TABLES[name], list(columns_of(theirs, name))
    whose, key = _whose(table, columns), _key_of(theirs, name, table.key[:-1])
    for mine, log in beside(_grouped(read(ours, name), key), _grouped(read(theirs, name), key)):
        study, session_id = whose(log[1][0])
        if session_id in found.new:
            continue
        own = mine[1] if mine else []
        kind, place = _of_logs(own, log[1])
        if kind is None:
            continue
        if kind == "more_there":
            later = bool(own)
            found.changes[name] += [Change(row, study, session_id, later=later) for row in log[1][place:]]
            if not own:
                continue
        what = _more(kind, "change", place, len(own), len(log[1]))
        found.differences.append(Difference(kind=kind, where=f"{name} {', '.join(map(str, log[0]))}", what=what))


Keyed = tuple[tuple[Any, ...], Any]


def beside(ours: Iterable[Keyed], theirs: Iterable[Keyed]) -> Iterator[tuple[Keyed | None, Keyed]]:
    """Yield each of theirs with ours of the same key, or None; both are in the order of their keys."""
    rest = iter(ours)
    mine = next(rest, None)
    for row in theirs:
        while mine is not None and mine[0] < row[0]:
            mine = next(rest, None)
        if mine is not None and mine[0] == row[0]:
            yield mine, row
            mine = next(rest, None)
        else:
            yield None, row


def _grouped(rows: Iterator[Values], key: Any) -> Iterator[Keyed]:
    for names, own in groupby(rows, key):
        yield names, list(own)


def _key_of(connection: Connection, name: str, names: Sequence[str]) -> Any:
    pick = _picker(list(columns_of(connection, name)), names)
    return lambda row: tuple("" if value is None else value for value in pick(row))


def _picker(columns: Sequence[str], names: Sequence[str]) -> Any:
    places = [columns.index(name) for name in names]
    return lambda row: tuple(row[place] for place in places)


def _whose(table: Table, columns: Sequence[str]) -> Any:
    study = columns.index("study") if "study" in columns else None
    session = columns.index(table.session) if table.session else None
    return lambda row: (None if study is None else row[study], None if session is None else row[session])


def _of_logs(ours: Sequence[Values], theirs: Sequence[Values]) -> tuple[Kind | None, int]:
    """Return how two logs differ (None: not at all), and in how many of their first rows they agree."""
    both = min(len(ours), len(theirs))
    place = next((k for k in range(both) if ours[k] != theirs[k]), both)
    if place < both:
        return "different", place
    if len(ours) == len(theirs):
        return None, place
    return ("more_there" if len(theirs) > len(ours) else "more_here"), place


def _later(mine: Values, row: Values, grows: int | None) -> Kind:
    if grows is None or mine[grows] == row[grows]:
        return "different"
    return "more_there" if row[grows] > mine[grows] else "more_here"


def _more(kind: Kind, one: str, agreed: int, here: int, there: int) -> str:
    if kind == "different":
        return f"differs from {one} {agreed + 1} on ({here} here, {there} there)"
    return f"has {here} {one}s here and {there} there; the first {agreed} are the same"


def _told(columns: Sequence[str], mine: Values, row: Values) -> str:
    told = [f"{c} {a!r:.40} here, {b!r:.40} there" for c, a, b in zip(columns, mine, row, strict=True) if a != b]
    return "; ".join(told)
