"""The numbers of a study from its store, as often as somebody looks: only sessions that have changed are read again."""

from dataclasses import dataclass, field
from datetime import datetime

from imgloop_widgets.plans import Plan
from imgloop_widgets.store import Gate, Incident, Steered, Store
from imgloop_widgets.watching.numbers import Numbers, Tally, numbers_of, tally_of

INCIDENTS = 5
ACTIONS = 8
"""How many of the latest incidents, and of what researchers did, are shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a look at the store has shown. incidents, actions: the latest first."""

    numbers: Numbers
    gate: Gate
    incidents: tuple[Incident, ...]
    actions: tuple[Steered, ...]


@dataclass(slots=True)
class Watch:
    """Looks at one study. plan: of its file, as it is now."""

    plan: Plan
    _known: dict[str, tuple[int, Tally]] = field(default_factory=dict)

    def look(self, store: Store, now: datetime) -> Seen:
        """Return how the study stands. Raises: StoreError: the store can't be read."""
        study = self.plan.study
        lengths = store.lengths(study)
        changed = [name for name, length in lengths.items() if self._known.get(name, (0,))[0] != length]
        if len(changed) > len(lengths) / 2:
            fresh = {session_id: events for session_id, events in store.logs(study)}
        else:
            fresh = {session_id: store.read(session_id) for session_id in changed}
        self._known = {name: known for name, known in self._known.items() if name in lengths}
        self._known |= {name: (len(events), tally_of(events)) for name, events in fresh.items() if events}
        tallies = {name: tally for name, (_, tally) in self._known.items()}
        people, programs = (store.units(self.plan, now, simulated=simulated) for simulated in (False, True))
        return Seen(
            numbers=numbers_of(self.plan, tallies, people, programs, now),
            gate=store.gate(study, now),
            incidents=tuple(incidents_of(store, study)),
            actions=tuple(store.steered(study, ACTIONS)),
        )


def incidents_of(store: Store, study: str) -> list[Incident]:
    """Return the latest incidents of this study's sessions, and of none; the latest first, at most `INCIDENTS`."""
    own = {opened.session_id for opened in store.sessions(study)}
    limit = INCIDENTS
    while True:  # a folder may be shared: those of other studies can stand before ours
        latest = store.incidents(limit)
        found = [incident for incident in latest if incident.session_id is None or incident.session_id in own]
        if len(found) >= INCIDENTS or len(latest) < limit:
            return found[:INCIDENTS]
        limit *= 4
