"""What a study file says of who is given what, as a `Plan`; and what a worker is told who is given nothing."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from imgloop_widgets.assignment import Why
from imgloop_widgets.errors import Problem
from imgloop_widgets.gold_table import Gold
from imgloop_widgets.plans import Condition, Golds, Plan
from imgloop_widgets.study import Study

PAUSED = "This task is paused at the moment, and nothing was begun. Please open your link again later."

ENOUGH = "What you did is saved. There are no further tasks for you in this study."
"""What a worker reads at the end who may begin no other unit, where nothing else is said of it."""

DISMISSED = (
    "Your work is saved, and it counts as before. There are no further tasks for you in this study, "
    "as some of your answers were not the ones that we know to fit. That is no judgement of you. If you think that it "
    "is a mistake, please write to the researcher, with your code."
)
"""What a worker reads who had too many golds wrong, where the study file does not say it."""

TOLD: dict[Why, str] = {
    "unknown": "This link is for a unit that does not exist. Please use the link you were given.",
    "paused": PAUSED,
    "busy": "As many people as possible are at work at this moment. Please open your link again in some minutes.",
    "full": "Every task is taken at the moment. One may become free again: please open your link later.",
    "over": "All tasks of this study are done. Thank you for your interest!",
    "struck": DISMISSED,
}
"""Why a worker is given nothing → what they are told."""


def plan_of(study: Study, targets: Sequence[str], versions: Mapping[str, int]) -> Plan:
    """Return the plan of a study. targets: ids, in the order of the units. versions: arm → of its form."""
    wanted = study.assignment
    return Plan(
        study=study.name,
        seed=study.about.seed,
        targets=tuple(targets),
        arms=tuple(Condition(name=arm.name, weight=arm.weight, versions=versions[arm.name]) for arm in study.arms),
        units_per_assignment=study.about.units_per_assignment,
        units_per_worker=wanted.units_per_worker,
        concurrent_units=wanted.concurrent_units or None,
        concurrent_units_per_worker=wanted.concurrent_units_per_worker or None,
        order=wanted.order,
        randomisation=wanted.randomisation,
        block_size=wanted.block_size or None,
        silence=timedelta(seconds=wanted.silence_in_seconds) if wanted.silence_in_seconds else None,
        returning=frozenset(wanted.returned),
        gold=_golds(study.gold) if study.gold else None,
    )


def _golds(gold: Gold) -> Golds:
    return Golds(
        targets=tuple(unit.target for unit in gold.unit),
        first=gold.first,
        chance=gold.chance,
        fall=gold.fall,
        least=gold.least,
        most=gold.most_of_all,
        strikes=gold.max_wrong or None,
    )


def plan_problems(study: Study, targets: int) -> list[Problem]:
    """What can't be given out. targets: how many there are."""
    doubled = [name for index, name in enumerate(study.about.targets) if name in study.about.targets[:index]]
    if doubled:
        what = f"{doubled[0]!r} is there more than once; for more workers raise units_per_assignment"
        return [Problem(f"{study.path.name}: study.targets", what)]
    if study.assignment.units_per_worker > targets:
        what = f"must be at most the number of targets, {targets}; not {study.assignment.units_per_worker}"
        return [Problem(f"{study.path.name}: assignment.units_per_worker", what)]
    return []
