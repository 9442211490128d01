"""A reviewer's desk: a study's units from its store, and decisions into it.

Only sessions that have changed are read again, as in `watching.reading`. Units of simulated workers are looked at where
no person has come yet.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from imgloop_widgets.decisions import UNREVIEWED, By, Decision, Standing, Wish, decide, stand, undo
from imgloop_widgets.errors import Refused
from imgloop_widgets.events import Event, SessionFinished
from imgloop_widgets.qualifying import Value
from imgloop_widgets.reviewing.works import Work, work_of
from imgloop_widgets.rows import SIMULATED
from imgloop_widgets.signals import Noted
from imgloop_widgets.store import Metric, Store, Upload


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """All that there is of one unit. others: the same worker's, in the order in which they were opened."""

    work: Work
    events: tuple[Event, ...]
    standing: Standing
    metrics: tuple[Metric, ...]
    noted: tuple[Noted, ...]
    uploads: Mapping[str, Upload]
    has: Mapping[str, Value]
    others: tuple[Work, ...]


@dataclass(slots=True)
class Desk:
    """One study. works: its units that are over, as of the last look, the earliest opened first. of_simulated: whether
    they are of simulated workers.
    """

    store: Store
    study: str
    works: dict[str, Work] = field(default_factory=dict)
    standings: dict[str, Standing] = field(default_factory=dict)
    of_simulated: bool = False
    _all: dict[str, Work | None] = field(default_factory=dict)
    _lengths: dict[str, int] = field(default_factory=dict)
    _noted: dict[str, list[Noted]] = field(default_factory=dict)

    def look(self) -> bool:
        """Look at the store; return whether anything has changed."""
        lengths, count = self.store.lengths(self.study), self.store.review_count(self.study)
        changed = [name for name, length in lengths.items() if self._lengths.get(name) != length]
        gone = self._lengths.keys() - lengths.keys()
        if changed or gone:
            self._read(changed, lengths)
        if decided := count != sum(one.version for one in self.standings.values()):
            self.standings = stand(self.store.reviews(self.study))
        return bool(changed or gone or decided)

    def standing(self, session_id: str) -> Standing:
        """Return how a unit stands."""
        return self.standings.get(session_id, UNREVIEWED)

    def unit(self, session_id: str) -> Unit:
        """Return all of a unit. Raises: Refused: there is no such unit, or it is not over."""
        if session_id not in self.works:
            raise Refused("There is no such unit, or somebody is still at it.")
        work = self.works[session_id]
        return Unit(
            work=work,
            events=self.store.read(session_id),
            standing=self.standing(session_id),
            metrics=tuple(self.store.session_metrics(session_id)),
            noted=tuple(self._noted.get(session_id, ())),
            uploads=self.store.uploads(session_id),
            has=self.store.qualifications(work.worker_id),
            others=tuple(
                one for one in self.works.values()
                if one.worker_id == work.worker_id and one.session_id != session_id
            ),
        )  # fmt: skip

    def following(self, session_id: str) -> list[Work]:
        """Return the same worker's units that were opened after this one and are not reviewed, in their order."""
        names = list(self.works)
        own = self.works[session_id].worker_id
        later = (self.works[name] for name in names[names.index(session_id) + 1 :])
        return [one for one in later if one.worker_id == own and self.standing(one.session_id).decision is None]

    def decide(self, wish: Wish, seen: Mapping[str, int], by: By) -> Sequence[Decision]:
        """Decide about units of one worker. seen: session → the version that the reviewer saw; see `decisions.decide`.

        Raises:
            Refused: nothing was changed; says why.
        """
        workers = {self.works[name].worker_id for name in seen if name in self.works}
        if len(workers) != 1 or not seen.keys() <= self.works.keys():
            raise Refused("There is no such unit, or they are not of one worker; nothing was changed.")
        (worker,) = workers
        return self.store.review(
            self.study, lambda standings, has: decide(wish, seen, worker, self.study, standings, has(worker), by)
        )

    def undo(self, act: str, seen: Mapping[str, int], by: By) -> Sequence[Decision]:
        """Take an act back; see `decisions.undo`. Raises: Refused: nothing was changed; says why."""
        worker = next((row.worker_id for one in self.standings.values() for row in one.rows if row.act == act), "")
        return self.store.review(self.study, lambda standings, has: undo(act, seen, standings, has(worker), by))

    def _read(self, changed: Sequence[str], lengths: Mapping[str, int]) -> None:
        if len(changed) > len(lengths) / 2:
            fresh = dict(self.store.logs(self.study))
        else:
            fresh = {name: self.store.read(name) for name in changed}
        if any(isinstance(events[-1], SessionFinished) for events in fresh.values() if events):
            self._noted = {}
            for one in self.store.telemetry(self.study):
                self._noted.setdefault(one.session_id, []).append(one.noted)
        known = {name: work for name, work in self._all.items() if name in lengths}
        known |= {name: work_of(events, self._noted.get(name, ())) for name, events in fresh.items() if events}
        self._all, self._lengths = known, dict(lengths)
        over = sorted((work for work in known.values() if work), key=lambda one: (one.opened_at, one.session_id))
        people = [work for work in over if not work.worker_id.startswith(SIMULATED)]
        self.of_simulated = not people and bool(over)
        self.works = {work.session_id: work for work in people or over}
