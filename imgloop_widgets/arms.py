"""An arm that is ready to be played: all that the study file names for it, read and built.

    study file  →  `ready_arms`  →  name → `ReadyArm`  →  `part`: what a session of this arm plays with

A function that the notebook brings goes before what the file names, in every arm; `context.options`, which the arm's
table sets, tells it the arms apart.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from imgloop_widgets.errors import ConfigurationError, ImgloopError, Problem
from imgloop_widgets.forms import FormFile, FormModel, LoopParts, load_form, loop_parts
from imgloop_widgets.forms.parts import scores_of
from imgloop_widgets.forms.slots import TARGET_TOKEN
from imgloop_widgets.generators import revising
from imgloop_widgets.generators.contract import Generator, Reviser, name_of, version_of
from imgloop_widgets.generators.named import build
from imgloop_widgets.generators.orders import Terms
from imgloop_widgets.library import Library, Target
from imgloop_widgets.loop import Rules
from imgloop_widgets.part import Part
from imgloop_widgets.scorers import as_scorer
from imgloop_widgets.scorers.in_loop import InLoop
from imgloop_widgets.store import Limits
from imgloop_widgets.study import Study
from imgloop_widgets.study_tables import Loop

NO_GENERATOR = (
    "is left out, so the notebook must bring a callback: open_page(study, generate=draw) or "
    "LookAlike(study, generate=draw), where draw(prompt, context) returns an image"
)
NO_SCORER = (
    "is true, but no scorer is named; name one, leave show_metric out, or bring a function: "
    "open_page(study, scorer=my_scorer) or LookAlike(study, scorer=my_scorer), where my_scorer(image, target) returns "
    "a number"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """Functions of the notebook's own, which go before those that the study file names; None: it brings none."""

    generate: Generator | None = None
    revise: Reviser | None = None
    scorer: Callable[..., float] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadyArm:
    """duration: from opening the link to the deadline; None: no limit. early: how long before it the work so far is
    submitted. terms: what all generations keep to. revise: rewrites prompts before they are sent; None: nothing does.
    scorer: measures each image beside its target; None: nothing does. options: of the generator. place: of the arm in
    the study file, for messages. show_metric: whether the file wants the worker to see the measure.
    keep_prompt, history, score_labels, signals: see `Part`.
    """

    name: str
    rules: Rules
    form_file: FormFile
    generator: Generator
    place: str
    duration: timedelta | None = None
    early: timedelta = timedelta(0)
    terms: Terms = field(default_factory=Terms)
    revise: Reviser | None = None
    scorer: InLoop | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    show_metric: bool = False
    keep_prompt: bool = True
    history: bool = True
    score_labels: tuple[str, str] = ("", "")
    signals: bool = False

    def part(self, target: Target, version: int) -> Part:
        """What a session of this arm plays with. version: of the form, counted from 0, round and round."""
        versions = self.form_file.versions
        # the page shows the target itself, so the token is filled with its id alone
        form = versions[version % len(versions)].form({TARGET_TOKEN: target.id})
        return Part(
            rules=self.rules,
            form=form,
            parts=loop_parts(form),
            target=target,
            generator=self.generator,
            terms=self.terms,
            revise=self.revise,
            options=self.options,
            scorer=self.scorer,
            keep_prompt=self.keep_prompt,
            history=self.history,
            score_labels=self.score_labels,
            signals=self.signals,
        )

    def check_complete(self) -> None:
        """Raises: ConfigurationError: the file leaves to the notebook what the notebook does not bring."""
        if self.generator is no_generator:
            raise ConfigurationError([Problem(f"{self.place}.generator", NO_GENERATOR)])
        if self.show_metric and self.scorer is None:
            raise ConfigurationError([Problem(f"{self.place}.show_metric", NO_SCORER)])


def ready_arms(study: Study, library: Library, forms: Mapping[Path, FormFile], brought: Brought) -> list[ReadyArm]:
    """Return the arms in the order of the file. forms: of `load_forms`.

    Raises:
        ConfigurationError: something that is named can't be built, or does not go together.
    """
    arms, problems = [], []
    for arm in study.arms:
        loop = study.loop_of(arm.name)
        generator = _generator(study, arm.name, library, brought.generate)
        revise, terms = _reviser(study, arm.name, brought.revise), terms_of(study, generator, loop)
        problems += generation_problems(study, arm.name, generator)
        arms.append(
            ReadyArm(
                name=arm.name,
                rules=study.rules_of(arm.name),
                form_file=forms[study.form_of(arm.name)],
                generator=generator,
                place=_place(study, arm.name),
                duration=study.duration_of(arm.name),
                early=timedelta(seconds=loop.auto_submit_before_expiration_sec),
                terms=replace(terms, free=terms.free and revise is None),
                revise=revise,
                scorer=_scorer(study, arm.name, brought.scorer),
                options=arm.options,
                show_metric=arm.show_metric,
                keep_prompt=arm.keep_prompt,
                history=arm.history,
                score_labels=loop.score_labels,
                signals=study.about.signals,
            )
        )
    if problems:
        raise ConfigurationError(list(dict.fromkeys(problems)))
    return arms


def load_forms(study: Study) -> dict[Path, FormFile]:
    """Return the forms of all arms by the path of each. Raises: ConfigurationError: every mistake in any of them."""
    forms: dict[Path, FormFile] = {}
    problems: list[Problem] = []
    for path in dict.fromkeys(study.form_of(arm.name) for arm in study.arms):
        try:
            forms[path] = load_form(path)
        except ConfigurationError as error:
            problems += error.problems
    if problems:
        raise ConfigurationError(problems)
    return forms


def arm_problems(study: Study, library: Library | None, *, verify: bool) -> list[Problem]:
    """What is wrong with what the file names for its arms. verify: also import scorers and read their weights."""
    problems: list[Problem] = []
    for arm in study.arms:
        try:
            if library is not None:
                problems += generation_problems(study, arm.name, _generator(study, arm.name, library, None))
        except ConfigurationError as error:
            problems += error.problems
        try:
            _reviser(study, arm.name, None)
        except ConfigurationError as error:
            problems += error.problems
        if verify:
            problems += _scorer_problems(study, arm.name)
    return list(dict.fromkeys(problems))


def form_problems(study: Study, forms: Mapping[Path, FormFile]) -> list[Problem]:
    """What is wrong between the arms and their forms, in any version of these; each mistake once."""
    problems: dict[Problem, None] = {}
    for arm in study.arms:
        loop = study.loop_of(arm.name)
        for version in forms[study.form_of(arm.name)].versions:
            try:
                form = version.form({TARGET_TOKEN: "target"})
                parts = loop_parts(form)
            except ConfigurationError as error:
                problems |= dict.fromkeys(error.problems)
                continue
            for index, band in enumerate(loop.band):
                if band.template not in parts.templates:
                    possible = ", ".join(parts.templates)
                    what = f"the form has no dynamic fieldset {band.template!r}; possible: {possible}"
                    where = _of_loop(study, arm.name, "band")
                    problems[Problem(f"{where}[{index}].template", what)] = None
            problems |= dict.fromkeys(_scale_problems(study, arm.name, loop, form, parts))
    return list(problems)


def terms_of(study: Study, generator: Generator, loop: Loop | None = None) -> Terms:
    """Return what the study says of all calls of this generator. loop: of its arm; None: the study's."""
    wanted = study.generation
    price = getattr(generator, "price", None) if wanted.price is None else wanted.price
    limits = Limits(
        at_once=wanted.at_once or None,
        per_minute=wanted.per_minute or None,
        max_cost=wanted.max_cost,
        price=price or 0.0,
    )
    timeout_s = (loop or study.loop).generation_timeout_in_seconds
    return Terms(limits=limits, cache=wanted.cache, timeout_s=timeout_s, free=price == 0)


def generation_problems(study: Study, arm: str, generator: Generator) -> list[Problem]:
    """What is wrong between the table [generation] and the arm's generator."""
    if generator is no_generator:  # the notebook's own is looked at when it is there
        return []
    wanted, name, problems = study.generation, name_of(generator), []
    if wanted.max_cost is not None and not terms_of(study, generator).limits.price:
        what = f"must be more than 0; max_cost needs it, as {name!r} does not say what one call costs at most"
        problems.append(Problem(f"{study.path.name}: generation.price", what))
    if wanted.cache and not version_of(generator):
        what = f'needs a version of {name!r} ({name}.version = "1"): else a changed one gives the images of the old'
        problems.append(Problem(f"{study.path.name}: generation.cache", what))
    return problems


def no_generator(prompt: str, context: object) -> str:
    """Stand where the notebook brings its own callback: files can be checked and sessions closed without it."""
    raise ConfigurationError([Problem("arm.generator", NO_GENERATOR)])


def _place(study: Study, arm: str) -> str:
    return f"{study.path.name}: arm[{[a.name for a in study.arms].index(arm)}]"


def _of_loop(study: Study, arm: str, name: str) -> str:
    """The place of a setting of the loop: in the arm, where that sets it, else in the study's."""
    return f"{_place(study, arm)}.loop.{name}" if name in study.arm(arm).loop else f"{study.path.name}: loop.{name}"


def _generator(study: Study, arm: str, library: Library, generate: Generator | None) -> Generator:
    if generate is not None:
        if not callable(generate):
            what = f"must be a function of (prompt, context) that returns an image; not {generate!r}"
            raise ConfigurationError([Problem("generate", what)])
        return generate
    named = study.arm(arm)
    if named.generator is None:
        return no_generator
    try:
        return build(named.generator, library, study.path.parent, **named.options)
    except ValueError as error:
        raise ConfigurationError([Problem(f"{_place(study, arm)}.generator", str(error))]) from None


def _reviser(study: Study, arm: str, revise: Reviser | None) -> Reviser | None:
    if revise is not None:
        if not callable(revise):
            what = f"must be a function of (prompt, context) that returns the prompt to send; not {revise!r}"
            raise ConfigurationError([Problem("revise", what)])
        return revise
    options = study.arm(arm).revise
    if options is None:
        return None
    try:
        return revising.build(options, study.path.parent)
    except ValueError as error:
        raise ConfigurationError([Problem(f"{_place(study, arm)}.revise", str(error))]) from None


def _scorer(study: Study, arm: str, given: Callable[..., float] | None) -> InLoop | None:
    """Return what measures the images; one that the file names is built with the first of them."""
    named = study.arm(arm)
    if given is not None:
        try:
            own = as_scorer(given)
            scorer = InLoop(name=own.name, own=own, shown=named.show_metric, between=named.metric_range)
            scorer.scorer()
        except ValueError as error:
            raise ConfigurationError([Problem("scorer", str(error))]) from None
        return scorer
    if named.scorer is None:
        return None
    shown, between = named.show_metric, named.metric_range
    return InLoop(name=named.scorer, options=named.scorer_options, shown=shown, between=between)


def _scorer_problems(study: Study, arm: str) -> Iterator[Problem]:
    """What is wrong with the scorer. Its packages are imported and its weights read: not for a worker's page."""
    scorer = _scorer(study, arm, None)
    try:
        if scorer is not None:
            scorer.scorer()
    except (ValueError, ImgloopError) as error:
        yield Problem(f"{_place(study, arm)}.scorer", str(error))


def _scale_problems(study: Study, arm: str, loop: Loop, form: FormModel, parts: LoopParts) -> Iterator[Problem]:
    """Find scores that the form offers and the study refuses, or the other way round."""
    if not loop.self_rating:
        return
    low, high = loop.score_min, loop.score_max
    for name, template in parts.templates.items():
        offered = scores_of(form.field(template.score))
        if offered != set(range(low, high + 1)):
            yield Problem(
                _of_loop(study, arm, "score_max"),
                f"the scale is {low} to {high}, but the form's field {template.score!r} (in {name!r}) offers "
                f"{min(offered, default='none')} to {max(offered, default='none')}; make them the same",
            )
