"""The gold units of a study, read and built: what is wrong with them, and what a session of one plays with.

[gold] + forms + targets  →  `gold_problems`;   a part + the session's opening  →  `gold_part`
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from imgloop_widgets.errors import ConfigurationError, Problem
from imgloop_widgets.events import SessionOpened
from imgloop_widgets.forms import FormFile, answer_fields
from imgloop_widgets.forms.slots import TARGET_TOKEN
from imgloop_widgets.generators.orders import Terms
from imgloop_widgets.generators.shown import Shown
from imgloop_widgets.gold_table import GoldUnit
from imgloop_widgets.library import Library
from imgloop_widgets.loop import Rules
from imgloop_widgets.part import Part
from imgloop_widgets.steps import impossible
from imgloop_widgets.study import Study


def gold_problems(study: Study, library: Library | None, forms: Mapping[Path, FormFile]) -> list[Problem]:
    """What is wrong between the gold units and the other files, in any arm and version of its form; each once."""
    found: dict[Problem, None] = {}
    for index, unit in enumerate(study.gold.unit if study.gold else ()):
        where = f"{study.path.name}: gold.unit[{index}]"
        found |= dict.fromkeys(_of_targets(study, library, unit, where))
        for arm in study.arms:
            found |= dict.fromkeys(_of_scores(study, arm.name, unit, where))
            if form := forms.get(study.form_of(arm.name)):
                found |= dict.fromkeys(_of_answers(form, unit, where))
    return list(found)


def gold_rules(study: Study, rules: Rules, opened: SessionOpened) -> Rules:
    """Return the rules of a session: where it is a gold, with what is known of it."""
    unit = study.gold.of(opened.target_id) if study.gold and opened.gold else None
    return replace(rules, known=unit.known) if unit else rules


def gold_part(study: Study, library: Library, part: Part, opened: SessionOpened) -> Part:
    """Return what a session plays with: where it is a gold, with what is known of it and what it shows."""
    part = replace(part, rules=gold_rules(study, part.rules, opened))
    unit = study.gold.of(opened.target_id) if study.gold and opened.gold else None
    if unit is None or not unit.shows:
        return part
    shown = Shown(library.target(unit.shows).file, unit.shows)
    return replace(part, generator=shown, terms=Terms(free=True, timeout_s=part.terms.timeout_s), revise=None)


def _of_targets(study: Study, library: Library | None, unit: GoldUnit, where: str) -> Iterator[Problem]:
    if unit.target in study.about.targets:
        what = f"{unit.target!r} is a target of the study too; leave it out of study.targets, or choose another"
        yield Problem(f"{where}.target", what)
    for setting in ("target", "shows"):
        try:
            if library is not None and (name := getattr(unit, setting)):
                library.target(name)
        except ConfigurationError as error:
            yield from (Problem(f"{where}.{setting}", problem.what) for problem in error.problems)


def _of_scores(study: Study, arm: str, unit: GoldUnit, where: str) -> Iterator[Problem]:
    loop = study.loop_of(arm)
    for which, (low, high) in unit.known.scores.items():
        if not loop.score_min <= low <= high <= loop.score_max:
            what = f"must be within the scale, {loop.score_min} to {loop.score_max}; not {low} to {high}"
            yield Problem(f"{where}.{which}", what)


def _of_answers(file: FormFile, unit: GoldUnit, where: str) -> Iterator[Problem]:
    for version in file.versions if unit.right else ():
        try:
            fields = {field.name: field for field in answer_fields(version.form({TARGET_TOKEN: "target"}))}
        except ConfigurationError:  # said of the form itself
            continue
        for name, right in unit.right.items():
            if name not in fields:
                yield Problem(f"{where}.right.{name}", f"the form has no such field; possible: {', '.join(fields)}")
            elif mistake := impossible(fields[name], right):
                yield Problem(f"{where}.right.{name}", mistake)
