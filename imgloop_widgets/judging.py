"""A rating study ready to be played: its file loaded, its store open. `enter` opens or resumes a rater's session.

ratings = OpenRatings.load("notebooks/ratings")
rater = ratings.enter(Identity(worker_id="ana", unit=1))      # unit n: the n-th block of this rater
rater.dispatch(Rate(seq=rater.state.seq, place=1, answers={"closer": 3}))
"""

import hashlib
import logging
import secrets
import traceback
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from imgloop_widgets import ratings
from imgloop_widgets.errors import ConfigurationError, Conflict, Problem, Refused, StoreError, new_incident
from imgloop_widgets.events import Event, ItemRated, ItemsAllotted, SessionOpened
from imgloop_widgets.forms import FormModel
from imgloop_widgets.identity import Identity
from imgloop_widgets.library import Library, load_library
from imgloop_widgets.loop import STALE, State
from imgloop_widgets.loop import fold as fold_loop
from imgloop_widgets.plain import plain_text
from imgloop_widgets.ratings import (
    TARGET,
    Item,
    Picture,
    RatingCommand,
    RatingState,
    RatingStudy,
    Shown,
    Skip,
    load_ratings,
)
from imgloop_widgets.runner import utc_now
from imgloop_widgets.store import Given, Store, open_store
from imgloop_widgets.store.opening import DATABASE

log = logging.getLogger("imgloop")

NOTHING_LEFT = "There is nothing to rate at the moment, and nothing was begun. Please open your link again later."


class Rater:
    """One rater's session. state: the fold of its events. changed: called after each change."""

    def __init__(
        self,
        opened: "OpenRatings",
        session_id: str,
        events: tuple[Event, ...],
        *,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self.study, self.library = opened.study, opened.library
        self.store, self.first, self.session_id = opened.store, opened.first, session_id
        self.state: RatingState = ratings.fold(events)
        self.changed: Callable[[], None] = lambda: None
        self._clock = clock
        self._sources: dict[str, State] = {}
        self.pass_over()

    def now(self) -> datetime:
        """The rater's clock, UTC."""
        return self._clock()

    def dispatch(self, command: RatingCommand) -> None:
        """Decide, store, apply.

        Raises:
            Refused: nothing was changed, and why; the state may be a newer one if another tab was first.
            StoreError: the events could not be stored; nothing was changed.
        """
        events = ratings.decide(self.state, command, self.now())
        shown = [self.state.shown[event.place - 1] for event in events if isinstance(event, ItemRated)]
        try:
            self.store.append_ratings(self.session_id, events, [one.item for one in shown if not one.is_check])
        except Conflict:
            self.refresh()
            raise Refused(STALE) from None
        self._apply(events)
        self.pass_over()

    def refresh(self) -> tuple[Event, ...]:
        """Take over what other holders of the session have stored; return it."""
        events = self.store.read(self.session_id, since=self.state.seq)
        self._apply(events)
        return events

    def pass_over(self) -> None:
        """Skip the items that are next and can't be shown any more."""
        while (
            not self.state.finished and (place := self.state.place) and not self.can_show(self.state.shown[place - 1])
        ):
            try:
                self.dispatch(Skip(seq=self.state.seq, place=place))
            except Refused:  # another page was first
                return

    def can_show(self, shown: Shown) -> bool:
        """Whether all images of an item are there; those of a worker who was forgotten are not."""
        return all(p.attempt == TARGET or self.first.has_image(p.sha256) for p in shown.pictures)

    def form(self, place: int) -> FormModel:
        """The questions about the item at a place."""
        about, wanted = self.study.about, self.study.ratings
        return ratings.form_of(
            about.title or about.name,
            wanted.instruction,
            self.study.questions,
            len(self.state.shown[place - 1].pictures),
            place == len(self.state.shown),
        )

    def prompt(self, shown: Shown) -> str:
        """The prompt of an item's image, where raters see it; of the target none is known."""
        if not self.study.ratings.show_prompt:
            return ""
        if shown.session_id not in self._sources:
            self._sources[shown.session_id] = fold_loop(self.first.read(shown.session_id))
        attempts = self._sources[shown.session_id].attempts
        wanted = [int(number) for number in shown.item.rpartition(":")[2].split("+")]  # of a check: what it stands for
        return next((a.prompt.prompt for a in attempts if a.number in wanted), "")

    def picture(self, shown: Shown, place: int | None) -> bytes:
        """The file of an image. place: 0-based, in the order shown; None: the target."""
        one = None if place is None else shown.pictures[place]
        if one is None or one.attempt == TARGET:
            return self.library.target(shown.target_id).file.read_bytes()
        return self.first.get_image(one.sha256)

    def record(self, error: BaseException) -> str:
        """Log an error under a new incident number and return the number."""
        incident = new_incident()
        text = plain_text("".join(traceback.format_exception(error)))
        log.error("incident %s in session %s\n%s", incident, self.session_id, text)
        try:
            self.store.record_incident(incident, self.now(), self.session_id, text)
        except StoreError:
            log.exception("incident %s could not be stored", incident)
        return incident

    def _apply(self, events: tuple[Event, ...]) -> None:
        if events:
            self.state = ratings.fold(events, self.state)
            self.changed()


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
        there = (study.results / DATABASE).is_file()
        first = open_store(study.results if there or store is None else ":memory:")  # a pilot makes no folder
        digest = hashlib.sha256(study.digest.encode()).hexdigest()
        return cls(study=study, library=library, first=first, store=store or first, study_hash=digest)

    def items(self) -> tuple[Item, ...]:
        """Return everything that can be judged now: items whose images and target are there."""
        sessions = (fold_loop(events) for _, events in self.first.logs(self.study.ratings.source))
        known = {target.id: target.sha256 for target in self.library.targets}
        return tuple(
            item
            for item in ratings.items_of(self.study.ratings, sessions)
            if known.get(item.target_id) == item.target_sha256
            and all(self.first.has_image(picture.sha256) for picture in item.pictures)
        )

    @property
    def units(self) -> int:
        """How many blocks it takes until every item has all its raters, at least 1."""
        wanted = self.study.ratings
        return max(1, -(-len(self.items()) * wanted.raters_per_item // wanted.items_per_rater))

    def enter(self, identity: Identity, *, clock: Callable[[], datetime] = utc_now) -> Rater:
        """Open the session of this rater and unit, or go on with it. clock: UTC.

        Raises:
            Refused: there is nothing to judge for them now.
            StoreError: the session can't be read or written.
        """
        opening = self.opening(identity, clock())
        found = self.store.find_session(opening.study, opening.worker_id, opening.unit_id)
        items = () if found else self.items()  # a session that goes on has its items
        opened = self.store.open_ratings(opening, lambda given: self._allotted(opening, items, given))
        if opened is None:
            raise Refused(NOTHING_LEFT)
        session_id, events = opened
        return Rater(self, session_id, events, clock=clock)

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
            unit_id=str(identity.unit),
            arm="",
            target_id="",
            target_sha256="",
            seed=self.study.session_seed(identity.worker_id, str(identity.unit)),
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
            source=wanted.source,
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
    for index, question in enumerate(study.questions):
        try:
            ratings.form_of(study.name, study.ratings.instruction, (question,), 2, False)
        except ConfigurationError as error:
            problems += [Problem(f"{study.path.name}: question[{index}]", p.what) for p in error.problems]
    if problems:
        raise ConfigurationError(problems)
    return study, library
