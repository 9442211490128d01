"""What a study file says of who is given what, as a `Plan`; and what a worker is told who is given nothing."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from imgloop_widgets.assignment import Why
from imgloop_widgets.errors import Problem
from imgloop_widgets.plans import Condition, Plan
from imgloop_widgets.study import Study

PAUSED = "This task is paused at the moment, and nothing was begun. Please open your link again later."

TOLD: dict[Why, str] = {
    "unknown": "This link is for a unit that does not exist. Please use the link you were given.",
    "paused": PAUSED,
    "busy": "As many people as possible are at work at this moment. Please open your link again in some minutes.",
    "full": "Every task is taken at the moment. One may become free again: please open your link later.",
    "over": "All tasks of this study are done. Thank you for your interest!",
}
"""Why a worker is given nothing → what they are told."""

MEANT: dict[Why, str] = {
    "unknown": "there is no such unit",
    "paused": "the study is paused",
    "busy": "as many as may be are at work",
    "full": "every unit is taken",
    "over": "every unit is done, or this worker has had theirs",
}
"""Why a worker is given nothing → what the researcher reads of it."""


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
