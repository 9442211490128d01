"""A rating study with its stores: what can be judged, and whose it is."""

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from imgloop_widgets import ratings
from imgloop_widgets.entrance import check_entrance, nothing_for
from imgloop_widgets.errors import ConfigurationError, Problem
from imgloop_widgets.events import ItemsAllotted, SessionOpened
from imgloop_widgets.identity import Identity
from imgloop_widgets.judging.rater import Rater
from imgloop_widgets.judging.table import add_table, table_problems
from imgloop_widgets.library import Library, load_library
from imgloop_widgets.loop import fold as fold_loop
from imgloop_widgets.panels import panel_problems
from imgloop_widgets.ratings import TARGET, Item, Picture, RatingStudy, load_ratings
from imgloop_widgets.runner import utc_now
from imgloop_widgets.store import Given, Store, has_results, open_results, open_store

NOTHING_LEFT = "There is nothing to rate at the moment, and nothing was begun. Please open your link again later."


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenRatings:
    """A rating study with its stores.

    first: of the study whose images are judged. store: of the ratings; the same, but for a pilot. study_hash: sha256
    (hex) of the study file; recorded in every session.
    """

    study: RatingStudy
    library: Library
    first: Store
    store: Store
    study_hash: str

    @classmethod
    def load(cls, path: Path | str, *, store: Store | None = None, verify: bool = False) -> "OpenRatings":
        """Load a rating study and open its store.

        store: of the ratings; None: the study's own, under its results folder, where the images are. verify: also read
        every image and compare its hash.

        Raises:
            ConfigurationError: every mistake in the study file and targets.toml.
            StoreError: the store can't be opened.
        """
        study, library = load_rating_files(path, verify=verify)
        there = has_results(study.results)
        first = open_results(study.results) if there or store is None else open_store(":memory:")  # a pilot has none
        if study.table is not None:
            add_table(first, library, study.table, study.ratings.source_name)
        digest = hashlib.sha256(study.digest.encode()).hexdigest()
        return cls(study=study, library=library, first=first, store=store or first, study_hash=digest)

    def items(self) -> tuple[Item, ...]:
        """Return everything that can be judged now: items whose images and target are there."""
        sessions = (fold_loop(events) for _, events in self.first.logs(self.study.ratings.source_name))
        known = {target.id: target.sha256 for target in self.library.targets}
        return tuple(
            item
            for item in ratings.items_of(self.study.ratings, sessions)
            if known.get(item.target_id) == item.target_sha256
            and all(self.first.has_image(picture.sha256) for picture in item.pictures)
        )

    @property
    def instruction(self) -> str:
        """What raters read before they begin, HTML: for somebody who only looks."""
        return self.study.ratings.instruction

    @property
    def units(self) -> int:
        """How many blocks it takes until every item has all its raters, at least 1."""
        wanted = self.study.ratings
        return max(1, -(-len(self.items()) * wanted.raters_per_item // wanted.items_per_rater))

    def enter(self, identity: Identity, *, begins: bool = True, clock: Callable[[], datetime] = utc_now) -> Rater:
        """Open the session of this rater and unit, or go on with it. begins: False: nothing new is opened. clock: UTC.

        Raises:
            TurnedAway: there is nothing to judge for them now; or the session is not begun, and the study not for them.
            StoreError: the session can't be read or written.
        """
        now = clock()
        opening = self.opening(identity, now)
        found = self.store.find_session(opening.study, opening.worker_id, opening.unit_id)
        items: tuple[Item, ...] = ()  # a session that goes on has its items
        if not found:
            check_entrance(self.study, self.store, identity, now)
            items = self.items() if begins else ()
        opened = self.store.open_ratings(opening, lambda given: self._allotted(opening, items, given))
        if opened is None:
            why = "nothing is left to rate for them"
            raise nothing_for(self.study, self.store, identity, now, why=why, text=NOTHING_LEFT, later=True)
        session_id, events = opened
        return Rater(self, session_id, events, clock=clock)

    def has_next(self, worker_id: str, now: datetime) -> bool:
        """Whether a rater's link gives them something more after their block: it never does."""
        return False

    def opening(self, identity: Identity, now: datetime) -> SessionOpened:
        """Return how a session begins that this rater opens now; nothing is stored. It has no arm and no target."""
        deadline = now + self.study.duration
        return SessionOpened(
            seq=0,
            at=now,
            session_id=secrets.token_hex(16),
            study=self.study.name,
            study_hash=self.study_hash,
            worker_id=identity.worker_id,
            unit_id=str(identity.unit or 1),
            arm="",
            target_id="",
            target_sha256="",
            seed=self.study.session_seed(identity.worker_id, str(identity.unit or 1)),
            auto_submit_at=deadline,
            deadline=deadline,
        )

    def expire_overdue(self, now: datetime) -> int:
        """Finish every session whose time is over, so that others get what it has left; return how many."""
        return self.store.end_overdue_ratings(self.study.name, now)

    def _allotted(self, opening: SessionOpened, items: tuple[Item, ...], given: Given) -> ItemsAllotted | None:
        wanted = self.study.ratings
        chosen = ratings.block(
            items,
            live=given.live,
            before=given.before,
            worker_id=opening.worker_id,
            wanted=wanted,
            seed=self.study.about.seed,
        )
        if not chosen:
            return None
        targets = {item.target_id: self._target(item.target_id) for item in chosen}
        shown = ratings.present(
            chosen, wanted=wanted, questions=self.study.questions, targets=targets, seed=opening.seed
        )
        return ItemsAllotted(
            seq=1,
            at=opening.at,
            source=wanted.source_name,
            questions=ratings.asked(self.study.questions),
            items=tuple(one.to_record() for one in shown),
        )

    def _target(self, target_id: str) -> Picture:
        target = self.library.target(target_id)
        width, height = target.size
        return Picture(attempt=TARGET, sha256=target.sha256, width=width, height=height)


def load_rating_files(path: Path | str, *, verify: bool = False) -> tuple[RatingStudy, Library]:
    """Load a rating study's files: the study file, then the targets that it names.

    Raises:
        ConfigurationError: every mistake in them; where the study file itself is wrong, its mistakes alone.
    """
    study = load_ratings(path)
    library = load_library(study.file(study.about.images), verify=verify)
    problems = []
    for index, target_id in enumerate(study.ratings.targets):
        try:
            library.target(target_id)
        except ConfigurationError as error:
            where = f"{study.path.name}: ratings.targets[{index}]"
            problems += [replace(problem, where=where) for problem in error.problems]
    if study.table is not None:
        problems += table_problems(study.table, library)
    problems += panel_problems(study.path.name, study.about.access, study.panel)
    for index, question in enumerate(study.questions):
        try:
            ratings.form_of(study.name, study.ratings.instruction, (question,), 2, False)
        except ConfigurationError as error:
            problems += [Problem(f"{study.path.name}: question[{index}]", p.what) for p in error.problems]
    if problems:
        raise ConfigurationError(problems)
    return study, library
