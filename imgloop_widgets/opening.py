"""A study ready to be played: its files loaded, its store open. `enter` opens or resumes a worker's session.

study = OpenStudy.load("notebooks/look_alike")
runner = study.enter(Identity(worker_id="ana", unit=1))
"""

import hashlib
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from imgloop_widgets.errors import ConfigurationError, Conflict, ImgloopError, Problem, Refused
from imgloop_widgets.events import SessionOpened
from imgloop_widgets.forms import FormFile, FormModel, LoopParts, load_form, loop_parts
from imgloop_widgets.generators import revising
from imgloop_widgets.generators.contract import Generator, Reviser, name_of, version_of
from imgloop_widgets.generators.named import build
from imgloop_widgets.generators.orders import Terms
from imgloop_widgets.identity import Identity
from imgloop_widgets.library import Library, Target, load_library
from imgloop_widgets.loop import Expire, decide, fold
from imgloop_widgets.runner import Part, Runner, utc_now
from imgloop_widgets.scorers import as_scorer
from imgloop_widgets.scorers.in_loop import InLoop
from imgloop_widgets.store import Limits, Store, open_store
from imgloop_widgets.study import Study, load_study

NO_GENERATOR = (
    "is left out, so the notebook must bring a callback: open_page(study, generate=draw) or "
    "LookAlike(study, generate=draw), where draw(prompt, context) returns an image"
)
NO_SCORER = (
    "is true, but no scorer is named; name one, leave show_metric out, or bring a function: "
    "open_page(study, scorer=my_scorer) or LookAlike(study, scorer=my_scorer), where my_scorer(image, target) returns "
    "a number"
)
PAUSED = "This task is paused at the moment, and nothing was begun. Please open your link again later."
TARGET_TOKEN = "target_image"
"""The form's token for the target; the page shows the target itself, so the token is filled with its id alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenStudy:
    """study_hash: sha256 (hex) over the study file and all files of its form; recorded in every session.

    terms: what all generations keep to. revise: rewrites prompts before they are sent; None: nothing does. scorer:
    measures each image beside its target; None: nothing does.
    """

    study: Study
    library: Library
    form_file: FormFile
    generator: Generator
    store: Store
    study_hash: str
    terms: Terms = field(default_factory=Terms)
    revise: Reviser | None = None
    scorer: InLoop | None = None

    @classmethod
    def load(
        cls,
        path: Path | str,
        *,
        generate: Generator | None = None,
        revise: Reviser | None = None,
        scorer: Callable[..., float] | None = None,
        store: Store | None = None,
        verify: bool = False,
    ) -> "OpenStudy":
        """Load a study and open its store.

        generate: the researcher's own callback; it goes before the generator that the study file names. revise:
        rewrites prompts before they are sent, and goes before the arm's. scorer: measures each image,
        `(image, target) → number`, as `scorers.as_scorer` takes it; it goes before the arm's, and is shown where the
        arm's would be. store: None: the study's own, under its results folder. verify: also read every image and
        compare its hash (slow; `imgloop check` does).

        Raises:
            ConfigurationError: every mistake in the study file, the form and targets.toml.
            StoreError: the store can't be opened.
        """
        study, library, form_file = load_files(path, verify=verify)
        generator = _generator(study, library, generate)
        if problems := _generation_problems(study, generator):
            raise ConfigurationError(problems)
        return cls(
            study=study,
            library=library,
            form_file=form_file,
            generator=generator,
            store=open_store(study.results) if store is None else store,
            study_hash=hashlib.sha256(study.digest.encode() + form_file.digest()).hexdigest(),
            terms=terms_of(study, generator),
            revise=_reviser(study, revise),
            scorer=_scorer(study, scorer),
        )

    @property
    def targets(self) -> tuple[Target, ...]:
        """The targets in the order of the units."""
        return _targets(self.study, self.library)

    @property
    def units(self) -> int:
        """How many units there are, numbered from 1."""
        return len(self.targets) * self.study.about.units_per_assignment

    def enter(
        self,
        identity: Identity,
        *,
        clock: Callable[[], datetime] = utc_now,
        pause: Callable[[float], object] | None = None,
    ) -> Runner:
        """Open the session of this worker and unit, or go on with it. clock, pause: see `Runner`.

        Raises:
            Refused: there is no such unit, or the study is paused and the session not begun.
            ConfigurationError: the target of a session under way was exchanged or removed.
            StoreError: the session can't be read or written.
        """
        if self.generator is _no_generator:
            raise ConfigurationError([Problem(f"{self.study.path.name}: arm[0].generator", NO_GENERATOR)])
        if self.study.arms[0].show_metric and self.scorer is None:
            raise ConfigurationError([Problem(f"{self.study.path.name}: arm[0].show_metric", NO_SCORER)])
        if identity.unit > self.units:
            raise Refused("This link is for a unit that does not exist. Please use the link you were given.")
        opening = self.opening(identity, clock())
        if self.store.paused(self.study.name) and not self.store.find_session(
            opening.study, opening.worker_id, opening.unit_id
        ):
            raise Refused(PAUSED)
        session_id, events = self.store.open_session(opening)
        opened = events[0]
        assert isinstance(opened, SessionOpened)
        runner = Runner(self.part(opened), self.store, session_id, events, clock=clock, pause=pause)
        if runner.part.target.sha256 != opened.target_sha256 and not runner.state.finished:
            what = f"is not the image that session {session_id} began with; restore it, or give the new one a new id"
            raise ConfigurationError([Problem(f"target {opened.target_id!r}", what)])
        return runner

    def part(self, opened: SessionOpened) -> Part:
        """What the session plays with."""
        versions = self.form_file.versions
        # each round through the targets begins with another version: else target and version could go together always
        turn = sum(divmod(int(opened.unit_id) - 1, len(self.targets)))
        form = versions[turn % len(versions)].form({TARGET_TOKEN: opened.target_id})
        return Part(
            rules=self.study.rules,
            form=form,
            parts=loop_parts(form),
            target=self.library.target(opened.target_id),
            generator=self.generator,
            terms=self.terms,
            revise=self.revise,
            options=self.study.arms[0].options,
            scorer=self.scorer,
            signals=self.study.about.signals,
        )

    def opening(self, identity: Identity, now: datetime) -> SessionOpened:
        """Return how a session begins that this worker opens now; nothing is stored."""
        target = self.targets[(identity.unit - 1) % len(self.targets)]
        deadline = now + self.study.duration if self.study.duration else None
        early = timedelta(seconds=self.study.loop.auto_submit_before_expiration_sec)
        return SessionOpened(
            seq=0,
            at=now,
            session_id=secrets.token_hex(16),
            study=self.study.name,
            study_hash=self.study_hash,
            worker_id=identity.worker_id,
            unit_id=str(identity.unit),
            arm=self.study.arms[0].name,
            target_id=target.id,
            target_sha256=target.sha256,
            seed=self.study.session_seed(identity.worker_id, str(identity.unit)),
            auto_submit_at=deadline - early if deadline else None,
            deadline=deadline,
        )

    def expire_overdue(self, now: datetime) -> int:
        """Submit the work so far of every session whose time is over and whose page is closed; return how many."""
        count = 0
        for opened in self.store.sessions(self.study.name, finished=False):
            if opened.auto_submit_at is None or now < opened.auto_submit_at:
                continue
            session_id = opened.session_id
            state = fold(self.store.read(session_id))
            if state.finished:
                continue
            draft = self.store.draft(session_id)
            values = draft[1] if draft and draft[0] == state.seq else {}
            try:
                command = Expire(seq=state.seq, draft=values)
                self.store.append(session_id, decide(self.study.rules, state, command, now))
                count += 1
            except Conflict:  # the worker's own page was first
                continue
        return count


def load_files(path: Path | str, *, verify: bool = False) -> tuple[Study, Library, FormFile]:
    """Load a study's files: the study file, then all that it names.

    Raises:
        ConfigurationError: every mistake in them; where the study file itself is wrong, its mistakes alone.
    """
    study = load_study(path)
    problems: list[Problem] = []
    library = form_file = None
    try:
        library = load_library(study.file(study.about.images), verify=verify)
    except ConfigurationError as error:
        problems += error.problems
    try:
        form_file = load_form(study.file(study.about.form))
    except ConfigurationError as error:
        problems += error.problems
    if library:
        for index, target_id in enumerate(study.about.targets):
            try:
                library.target(target_id)
            except ConfigurationError as error:
                problems += [Problem(f"{study.path.name}: study.targets[{index}]", p.what) for p in error.problems]
        try:
            problems += _generation_problems(study, _generator(study, library, None))
        except ConfigurationError as error:
            problems += error.problems
    try:
        _reviser(study, None)
    except ConfigurationError as error:
        problems += error.problems
    if verify:
        problems += _scorer_problems(study)
    if form_file:
        problems += _form_problems(study, form_file)
    if problems or not library or not form_file:
        raise ConfigurationError(problems)
    return study, library, form_file


def _scorer(study: Study, given: Callable[..., float] | None) -> InLoop | None:
    """Return what measures the images; one that the file names is built with the first of them."""
    arm = study.arms[0]
    if given is not None:
        try:
            own = as_scorer(given)
            scorer = InLoop(name=own.name, own=own, shown=arm.show_metric)
            scorer.scorer()
        except ValueError as error:
            raise ConfigurationError([Problem("scorer", str(error))]) from None
        return scorer
    if arm.scorer is None:
        return None
    return InLoop(name=arm.scorer, options=arm.scorer_options, shown=arm.show_metric)


def _scorer_problems(study: Study) -> Iterator[Problem]:
    """What is wrong with the scorer. Its packages are imported and its weights read: not for a worker's page."""
    scorer = _scorer(study, None)
    try:
        if scorer is not None:
            scorer.scorer()
    except (ValueError, ImgloopError) as error:
        yield Problem(f"{study.path.name}: arm[0].scorer", str(error))


def _form_problems(study: Study, form_file: FormFile) -> list[Problem]:
    """What is wrong between the study and its form, in any of its versions; each mistake once."""
    problems: dict[Problem, None] = {}
    for version in form_file.versions:
        try:
            form = version.form({TARGET_TOKEN: "target"})
            parts = loop_parts(form)
        except ConfigurationError as error:
            problems |= dict.fromkeys(error.problems)
            continue
        for index, band in enumerate(study.loop.band):
            if band.template not in parts.templates:
                possible = ", ".join(parts.templates)
                what = f"the form has no dynamic fieldset {band.template!r}; possible: {possible}"
                problems[Problem(f"{study.path.name}: loop.band[{index}].template", what)] = None
        problems |= dict.fromkeys(_scale_problems(study, form, parts))
    return list(problems)


def _scale_problems(study: Study, form: FormModel, parts: LoopParts) -> Iterator[Problem]:
    """Find scores that the form offers and the study refuses, or the other way round."""
    low, high = study.loop.score_min, study.loop.score_max
    for name, template in parts.templates.items():
        field = form.field(template.score)
        offered = {option.value for option in getattr(field, "options", ()) if isinstance(option.value, int)}
        if offered != set(range(low, high + 1)):
            yield Problem(
                f"{study.path.name}: loop.score_max",
                f"the scale is {low} to {high}, but the form's field {template.score!r} (in {name!r}) offers "
                f"{min(offered, default='none')} to {max(offered, default='none')}; make them the same",
            )


def _targets(study: Study, library: Library) -> tuple[Target, ...]:
    return tuple(library.target(i) for i in study.about.targets) if study.about.targets else library.targets


def _generator(study: Study, library: Library, generate: Generator | None) -> Generator:
    if generate is not None:
        if not callable(generate):
            what = f"must be a function of (prompt, context) that returns an image; not {generate!r}"
            raise ConfigurationError([Problem("generate", what)])
        return generate
    arm = study.arms[0]
    if arm.generator is None:
        return _no_generator
    try:
        return build(arm.generator, library, study.path.parent, **arm.options)
    except ValueError as error:
        raise ConfigurationError([Problem(f"{study.path.name}: arm[0].generator", str(error))]) from None


def _reviser(study: Study, revise: Reviser | None) -> Reviser | None:
    if revise is not None:
        if not callable(revise):
            what = f"must be a function of (prompt, context) that returns the prompt to send; not {revise!r}"
            raise ConfigurationError([Problem("revise", what)])
        return revise
    options = study.arms[0].revise
    if options is None:
        return None
    try:
        return revising.build(options, study.path.parent)
    except ValueError as error:
        raise ConfigurationError([Problem(f"{study.path.name}: arm[0].revise", str(error))]) from None


def terms_of(study: Study, generator: Generator) -> Terms:
    """Return what the study says of all calls of this generator."""
    wanted = study.generation
    price = getattr(generator, "price", None) if wanted.price is None else wanted.price
    limits = Limits(
        at_once=wanted.at_once or None,
        per_minute=wanted.per_minute or None,
        max_cost=wanted.max_cost,
        price=price or 0.0,
    )
    return Terms(limits=limits, cache=wanted.cache, timeout_s=study.loop.generation_timeout_in_seconds)


def _generation_problems(study: Study, generator: Generator) -> list[Problem]:
    """What is wrong between the table [generation] and the generator."""
    if generator is _no_generator:  # the notebook's own is looked at when it is there
        return []
    wanted, name, problems = study.generation, name_of(generator), []
    if wanted.max_cost is not None and not terms_of(study, generator).limits.price:
        what = f"must be more than 0; max_cost needs it, as {name!r} does not say what one call costs at most"
        problems.append(Problem(f"{study.path.name}: generation.price", what))
    if wanted.cache and not version_of(generator):
        what = f'needs a version of {name!r} ({name}.version = "1"): else a changed one gives the images of the old'
        problems.append(Problem(f"{study.path.name}: generation.cache", what))
    return problems


def _no_generator(prompt: str, context: object) -> str:
    """Stand where the notebook brings its own callback: files can be checked and sessions closed without it."""
    raise ConfigurationError([Problem("arm[0].generator", NO_GENERATOR)])
