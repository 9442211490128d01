"""A study's entrance: the door with its keys and what was revoked, and how those who enter leave.

Keys and revocations are read anew for each visitor, so a change has effect at once, on every machine.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from imgloop_widgets.access.admitted import Admitted
from imgloop_widgets.access.door import Rules, admit
from imgloop_widgets.access.keys import known_keys
from imgloop_widgets.access.researchers import Researcher, check
from imgloop_widgets.identity import answer_in
from imgloop_widgets.panel_table import OUTCOMES, Outcome
from imgloop_widgets.panels import Ending, Panel, ending, new_code, panel_of
from imgloop_widgets.ratings import AnyStudy
from imgloop_widgets.store import Store
from imgloop_widgets.study import Study


@dataclass(frozen=True, slots=True, kw_only=True)
class Entrance:
    """study: its file. store: its store."""

    study: AnyStudy
    store: Store

    @property
    def panel(self) -> Panel | None:
        """The panel that the study is on; None: it is on none."""
        return panel_of(self.study.about.access, self.study.panel)

    def admit(self, query: str, now: datetime) -> Admitted:
        """Return who enters by a link with this query string.

        Raises:
            Refused: nobody does; says why in words for the worker.
            ImgloopError: the keys or the store can't be read.
        """
        rules = Rules(
            study=self.study.name,
            access=self.study.about.access,
            secrets=[key.secret for key in known_keys(self.study.results)],
            revoked=self.store.revoked(self.study.name),
            panel=self.panel,
            begun=lambda worker_id, unit, before: self._begun(worker_id, unit, before, now),
        )
        by = self.study.assignment.stratify_by if isinstance(self.study, Study) else ""
        return replace(admit(rules, query, now), answer=answer_in(query, by))

    def _begun(self, worker_id: str, unit: int | None, before: datetime, now: datetime) -> int | None:
        """See `door.Begun`. Of several sessions the one that was opened last."""
        found = [
            int(one.unit_id)
            for one in self.store.sessions(self.study.name, worker_id=worker_id)
            if one.at < before and (one.deadline is None or now < one.deadline) and unit in (None, int(one.unit_id))
        ]
        return found[-1] if found else None

    def note(self, session_id: str, admitted: Admitted, at: datetime) -> None:
        """Keep that a panel has sent the worker of this session, and what it sent along; else nothing happens."""
        if self.panel is not None and admitted.identity is not None:
            self.store.note_arrival(session_id, admitted.values, at)

    def admit_researcher(self, query: str, now: datetime) -> Researcher:
        """Return who enters the page of researchers by a link with this query string.

        Raises:
            Refused: nobody does.
            ImgloopError: the keys or the store can't be read.
        """
        secrets = [key.secret for key in known_keys(self.study.results)]
        who = check(self.study.name, secrets, self.store.revoked(self.study.name), query, now)
        return Researcher(study=self.study.path.absolute(), who=who, query=query)

    def codes(self) -> dict[Outcome, str]:
        """Return the code of every outcome: the study file's, else a random one that is made once and kept."""
        made = self.store.codes(self.study.name, {outcome: new_code() for outcome in OUTCOMES})
        return {outcome: self.study.panel.codes.get(outcome, made[outcome]) for outcome in OUTCOMES}

    def ending(self, outcome: Outcome, admitted: Admitted) -> Ending | None:
        """Return how a worker leaves; None: no panel waits for them.

        Raises:
            ImgloopError: see `panels.ending`.
        """
        panel, who = self.panel, admitted.identity
        if panel is None or who is None:
            return None
        return ending(panel, outcome, self.codes()[outcome], who.worker_id, admitted.values)
