"""`imgloop check`: read everything a study is made of, images too, and say what is there or all that is wrong."""

from typing import TYPE_CHECKING, Any

import typer

from imgloop_widgets.cli.arguments import StudyPath, count, facts, open_any_file, short, tinted
from imgloop_widgets.cli.notebook import notebook_problems
from imgloop_widgets.cli.of_ratings import open_checked, summary
from imgloop_widgets.errors import ConfigurationError

if TYPE_CHECKING:
    from imgloop_widgets.gold_table import Gold
    from imgloop_widgets.loop import Rules
    from imgloop_widgets.opening import Files
    from imgloop_widgets.study import Study
    from imgloop_widgets.study_tables import Arm, Pay

EXAMPLE = "imgloop check notebooks/look_alike"
WORKER_NOTEBOOK = "worker.ipynb"


def check(study: StudyPath) -> None:
    """Check a study before it is served.

    Reads the study file, the form, targets.toml, every image and the worker's notebook (without running it), and lists
    all mistakes with their places.
    """
    from imgloop_widgets.ratings import RatingStudy

    file = open_any_file(study)
    if isinstance(file, RatingStudy):
        rows = summary(open_checked(file, WORKER_NOTEBOOK, verify=True))
    else:
        rows = _summary(check_files(file, verify=True))
    typer.echo(tinted(f"{file.name}: all is well", "green"))
    typer.echo(facts(rows))


def check_files(study: "Study", *, verify: bool) -> "Files":
    """Return what the study is made of. verify: also read every image and compare its hash.

    Raises:
        ConfigurationError: every mistake in any of the files, the worker's notebook among them.
    """
    from imgloop_widgets.opening import load_files

    problems = notebook_problems(
        study.path.parent / WORKER_NOTEBOOK,
        needs_generator=any(arm.generator is None for arm in study.arms),
        needs_scorer=any(arm.show_metric and arm.scorer is None for arm in study.arms),
    )
    try:
        files = load_files(study.path, verify=verify)
    except ConfigurationError as error:
        raise ConfigurationError([*error.problems, *problems]) from None
    if problems:
        raise ConfigurationError(problems)
    return files


def _summary(files: "Files") -> list[tuple[str, Any]]:
    study, targets = files.study, files.targets
    categories = sorted({target.category for target in targets})
    images = sum(len(files.library.images(category)) for category in categories)
    plan, each = files.plan, study.about.units_per_assignment
    per = "each target" if plan.units == len(targets) * each else "each target, version of the form and arm"
    return [
        ("targets", f"{len(targets)} in {count(len(categories), 'category', 'categories')} ({', '.join(categories)})"),
        ("units", f"{count(plan.units, 'unit')}, {each} for {per}, {plan.units_per_worker} for each worker"),
        *([("gold", _gold(study.gold))] if study.gold else []),
        ("library", count(images, "image")),
        *([("pay", _pay(study.pay, plan.units, gold=study.gold is not None))] if study.pay else []),
        ("signals", "recorded, and listed for the worker" if study.about.signals else "not recorded"),
        *(fact for arm in study.arms for fact in _of_arm(files, arm)),
        *([("steps", ", ".join(step.called for step in study.steps))] if study.steps else []),
        *([("asks for", ", ".join(str(one.requirement) for one in study.require))] if study.require else []),
        ("notebook", WORKER_NOTEBOOK),
        ("results", short(study.results)),
    ]


def _pay(pay: "Pay", units: int, *, gold: bool) -> str:
    from imgloop_widgets.pay import amount, most, said

    bonuses = [f"{amount(bonus.amount):.2f} for {said(bonus)}" for bonus in pay.bonus]
    whole = f"{pay.currency} {amount(pay.base):.2f} a unit"
    return f"{'; '.join([whole, *bonuses])}; at most {most(pay, units):,.2f} in all{', and the golds' if gold else ''}"


def _gold(gold: "Gold") -> str:
    chance = f"{gold.first} for sure, then {gold.chance:.0%}, falling to {gold.least:.0%}"
    strikes = f"{gold.max_wrong} wrong end it" if gold.max_wrong else "wrong ones end nothing"
    return f"{', '.join(unit.target for unit in gold.unit)}; {chance}; {strikes}"


def _of_arm(files: "Files", arm: "Arm") -> list[tuple[str, Any]]:
    from imgloop_widgets.forms import answer_fields, loop_parts, prompt_limits
    from imgloop_widgets.forms.slots import TARGET_TOKEN

    study = files.study
    loop, rules = study.loop_of(arm.name), study.rules_of(arm.name)
    versions = files.forms[study.form_of(arm.name)].versions
    form = versions[0].form({TARGET_TOKEN: "target"})
    limits = prompt_limits(form, loop_parts(form).start.prompt)
    answers = [field.name for field in answer_fields(form)]
    minutes = loop.assignment_duration_in_seconds / 60
    return [
        *([("arm", arm.name + (f", weight {arm.weight}" if arm.weight > 1 else ""))] if len(study.arms) > 1 else []),
        ("form", f"{form.title!r}, {count(len(versions), 'version')}"),
        ("answers", ", ".join(answers) or "none"),
        ("prompt", f"{limits['min'] or 1} to {limits['max'] or 'any number of'} characters"),
        ("loop", _loop(rules)),
        *([("images", _images(rules))] if rules.images > 1 else []),
        ("repeats", {"allow": "allowed"}.get(loop.duplicate_prompts, f"refused ({loop.duplicate_prompts})")),
        ("time", f"{minutes:g} minutes" if minutes else "no limit"),
        ("generator", arm.generator or "the notebook's own"),
    ]


def _loop(rules: "Rules") -> str:
    """Say how long a session goes on, and what is scored."""
    most, least = rules.max_answer_loops, rules.min_answer_loops
    attempts = f"up to {count(most, 'attempt')}" if most else "any number of attempts"
    enough = f", from {least} on the worker may finish" if least else ""
    scores = f"scores {rules.score_min} to {rules.score_max}" if rules.self_rating else "no scores"
    perfect = "" if rules.perfect_score is None else f", {rules.perfect_score} ends it"
    return f"{attempts}{enough}, {scores}{perfect}"


def _images(rules: "Rules") -> str:
    """Say what becomes of several images of a prompt."""
    choice = "one is picked" if rules.pick else "all are shown"
    more = ", and the next ones are variations of it" if rules.steer == "pick" else ""
    return f"{rules.images} of each prompt, {choice}{more}"
