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

MEANT: dict[Why, str] = {
    "unknown": "there is no such unit",
    "paused": "the study is paused",
    "busy": "as many as may be are at work",
    "full": "every unit is taken",
    "over": "every unit is done, or this worker has had theirs",
    "struck": "too many gold units were answered wrongly",
}
"""Why a worker is given nothing → what the researcher reads of it."""


def plan_of(study: Study, targets: Sequence[str], versions: Mapping[str, int]) -> Plan:
    """Return the plan of a study. targets: ids, in the order of the units, of arms without their own.

    versions: arm → of its form.
    """
    wanted = study.assignment
    return Plan(
        study=study.name,
        seed=study.about.seed,
        targets=tuple(targets),
        arms=tuple(
            Condition(name=arm.name, weight=arm.weight, versions=versions[arm.name], targets=arm.targets)
            for arm in study.arms
        ),
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


def shared_targets(study: Study, everything: Sequence[str]) -> Sequence[str]:
    """Return the targets of arms without their own; the first arm's, where every arm has its own.

    everything: ids of all targets that there are.
    """
    if study.arms and all(arm.targets for arm in study.arms):
        return study.arms[0].targets
    return study.about.targets or [name for name in everything if not (study.gold and study.gold.of(name))]


def plan_problems(study: Study, everything: Sequence[str]) -> list[Problem]:
    """What can't be given out. everything: ids of all targets that there are."""
    shared, file = shared_targets(study, everything), study.path.name
    named = {"study": study.about.targets, **{f"arm[{k}]": arm.targets for k, arm in enumerate(study.arms)}}
    for place, ids in named.items():
        if doubled := [name for index, name in enumerate(ids) if name in ids[:index]]:
            what = f"{doubled[0]!r} is there more than once; for more workers raise units_per_assignment"
            return [Problem(f"{file}: {place}.targets", what)]
    for index, arm in enumerate(study.arms):
        if arm.targets and len(arm.targets) != len(shared):
            what = f"must be as many as the other arms have, {len(shared)}; not {len(arm.targets)}"
            return [Problem(f"{file}: arm[{index}].targets", what)]
        lacking = [name for name in arm.target_seeds if name not in (arm.targets or shared)]
        if lacking:
            what = f"{lacking[0]!r} is none of the arm's targets; remove it"
            return [Problem(f"{file}: arm[{index}].target_seeds", what)]
    if study.about.targets and shared is not study.about.targets:
        return [Problem(f"{file}: study.targets", "has no effect: every arm has targets of its own; leave it out")]
    if study.assignment.units_per_worker > len(shared):
        what = f"must be at most the number of targets, {len(shared)}; not {study.assignment.units_per_worker}"
        return [Problem(f"{file}: assignment.units_per_worker", what)]
    return []
