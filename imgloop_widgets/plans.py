"""What a study gives to its workers: its units with their numbers, the order of the arms and of the targets. Pure.

    unit 1, 2, …: through the targets, round and round; each round begins with another version of the form, and over as
    many rounds as there are versions times weights each target meets each version in each arm, the arms by chance

All chance is a hash of the study's seed and name and of what it is for, so that a plan says the same for ever.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property, lru_cache
from hashlib import sha256
from math import lcm
from typing import Literal, TypeVar, get_args

from imgloop_widgets.events import Reason

Order = Literal["fixed", "random", "latin_square"]
"""In which order a worker sees their targets: as the file has them, by chance, or by a row of Williams's square."""

ORDERS: tuple[Order, ...] = get_args(Order)

Randomisation = Literal["blocked", "simple"]
"""blocked: in each block of workers every arm comes as often as its weight says. simple: each by chance alone."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """An arm. weight: how often it comes, ≥ 1. versions: of its form, ≥ 1. targets: its own, as many as the plan has,
    each in the place of one of these; none: the plan's.
    """

    name: str
    weight: int = 1
    versions: int = 1
    targets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """A unit's number, from 1, and what it is of; of gold units from -1 downwards. form_version: 1-based."""

    unit: int
    target_id: str
    form_version: int
    arm: str

    @property
    def assignment(self) -> tuple[str, int, str]:
        """Target, version of the form, arm."""
        return self.target_id, self.form_version, self.arm


@dataclass(frozen=True, slots=True, kw_only=True)
class Golds:
    """The gold units: with known answers, in nobody's quota. targets: of each, all different and none of the plan's.

    first: that are passed before anything else is given. chance: of one before each unit after that, 0 to 1; fall: by
    which factor it falls with each further one that is passed, 0 to 1; least: below which it does not fall. most: for
    one worker. strikes: wrong ones after which a worker is given nothing more; None: any number.
    """

    targets: tuple[str, ...]
    first: int = 1
    chance: float = 0.2
    fall: float = 0.5
    least: float = 0.02
    most: int = 1
    strikes: int | None = None


@dataclass(frozen=True, kw_only=True)  # no slots: what follows from the fields is computed once
class Plan:
    """targets: ids, in the order of the file. units_per_assignment: workers due for each, in an arm of weight 1.

    units_per_worker: that a link without a number gives at most. concurrent_units, concurrent_units_per_worker: that
    somebody is at, at once; None: no limit. block_size: a multiple of the sum of the weights. silence: after which a
    worker counts as gone; None: only after the deadline. returning: the reasons for which a finished unit is due again.
    gold: the units with known answers; None: there are none.
    """

    study: str
    seed: int
    targets: tuple[str, ...]
    arms: tuple[Condition, ...]
    units_per_assignment: int = 1
    units_per_worker: int = 1
    concurrent_units: int | None = None
    concurrent_units_per_worker: int | None = None
    order: Order = "fixed"
    randomisation: Randomisation = "blocked"
    block_size: int | None = None
    silence: timedelta | None = None
    returning: frozenset[Reason] = frozenset({"expired", "withdrawn", "failed"})
    gold: Golds | None = None

    @cached_property
    def weights(self) -> tuple[str, ...]:
        """The arms' names, each as often as its weight says."""
        return tuple(arm.name for arm in self.arms for _ in range(arm.weight))

    @cached_property
    def turns(self) -> int:
        """Rounds in which each arm has shown each version of its form equally often."""
        return lcm(*(arm.versions for arm in self.arms))

    @cached_property
    def units(self) -> int:
        """How many units there are."""
        return len(self.targets) * self.turns * len(self.weights) * self.units_per_assignment

    @cached_property
    def due(self) -> dict[tuple[str, int, str], int]:
        """Target, version, arm → units due, in the order of targets, versions and arms."""
        most = max(arm.versions for arm in self.arms)
        return {
            (self.targets_of(arm.name)[index], version, arm.name): (
                self.units_per_assignment * arm.weight * self.turns // arm.versions
            )
            for index in range(len(self.targets))
            for version in range(1, most + 1)
            for arm in self.arms
            if version <= arm.versions
        }

    def due_in(self, arm: str) -> int:
        """Units due in an arm, over all targets and versions."""
        return len(self.targets) * self.turns * self.weights.count(arm) * self.units_per_assignment

    def versions_of(self, arm: str) -> int:
        """How many versions the arm's form has."""
        return next(condition.versions for condition in self.arms if condition.name == arm)

    def targets_of(self, arm: str) -> tuple[str, ...]:
        """The arm's targets, in the order of the file."""
        return next(condition.targets for condition in self.arms if condition.name == arm) or self.targets

    def slot(self, unit: int) -> Slot:
        """What the unit of this number, 1 to `units`, is of."""
        turn, index = divmod(unit - 1, len(self.targets))
        rest, start = divmod(turn, self.turns)
        block, place = divmod(rest, len(self.weights))
        arm = self._arms_of(index, block, start)[place]
        version = (start + index) % self.turns % self.versions_of(arm) + 1
        return Slot(unit=unit, target_id=self.targets_of(arm)[index], form_version=version, arm=arm)

    def numbers(self, target: str, version: int, arm: str) -> Iterator[int]:
        """Yield the numbers of an assignment's units, the lowest block first."""
        index, versions = self.targets_of(arm).index(target), self.versions_of(arm)
        for block in range(self.units_per_assignment):
            for start in range(self.turns):
                if (start + index) % self.turns % versions + 1 != version:
                    continue
                for place, name in enumerate(self._arms_of(index, block, start)):
                    if name == arm:
                        turn = (block * len(self.weights) + place) * self.turns + start
                        yield turn * len(self.targets) + index + 1

    def arm_at(self, stratum: str, place: int) -> str:
        """The arm of a place (from 0) in a stratum's sequence of blocks."""
        size = self.block_size or len(self.weights)
        block, within = divmod(place, size)
        names = self.weights * (size // len(self.weights))
        return shuffled(names, self.seed, self.study, "block", stratum, block)[within]

    def _arms_of(self, index: int, block: int, start: int) -> tuple[str, ...]:
        return shuffled(self.weights, self.seed, self.study, "unit", index, block, start)


def targets_in_order(plan: Plan, arm: str, turn: int) -> tuple[str, ...]:
    """Return the targets in the order in which the arm's worker number `turn` (from 0) is given them.

    The first `units_per_worker` are the worker's own, such that over the workers each target comes equally often;
    the others follow for where these are all taken.
    """
    targets, own = plan.targets_of(arm), min(plan.units_per_worker, len(plan.targets))
    match plan.order:
        case "fixed":
            start = turn * own % len(targets)
            around = [(start + k) % len(targets) for k in range(len(targets))]
            order = [*sorted(around[:own]), *around[own:]]
        case "random":
            order = _by_chance(plan, arm, turn, own)
        case "latin_square":
            rows = williams(len(targets))
            square, row = divmod(turn, len(rows))
            order = list(shuffled(rows, plan.seed, plan.study, "square", arm, square)[row])
    return tuple(targets[k] for k in order)


def _by_chance(plan: Plan, arm: str, turn: int, own: int) -> list[int]:
    """Deal the targets out, all of them before any comes again, and shuffle what each worker has got."""
    all_, dealt, at = tuple(range(len(plan.targets))), list[int](), turn * own
    while len(dealt) < own:
        deal, within = divmod(at, len(all_))
        index = shuffled(all_, plan.seed, plan.study, "deal", arm, deal)[within]
        if index not in dealt:
            dealt.append(index)
        at += 1
    rest = tuple(index for index in all_ if index not in dealt)
    first, last = (shuffled(t, plan.seed, plan.study, "order", arm, turn) for t in (tuple(dealt), rest))
    return [*first, *last]


def williams(size: int) -> tuple[tuple[int, ...], ...]:
    """Return the rows of Williams's square of 0 to size - 1: `size` rows; twice as many where it is odd, and not 1.

    Each comes in each column equally often, and right after each other one equally often.
    """
    first = [k // 2 + 1 if k % 2 else -(k // 2) for k in range(size)]  # 0, 1, -1, 2, -2, …
    rows = [tuple((shift + step) % size for step in first) for shift in range(size)]
    return tuple(rows + [row[::-1] for row in rows] if size % 2 and size > 1 else rows)


def draw(size: int, *about: object) -> int:
    """Return a number from 0 to size - 1 by chance, always the same for the same `about`."""
    text = "\0".join(map(str, about))
    return int.from_bytes(sha256(text.encode()).digest()[:16], "big") % size


@lru_cache(maxsize=100_000)
def _order(size: int, about: tuple[object, ...]) -> tuple[int, ...]:
    return tuple(sorted(range(size), key=lambda k: draw(1 << 128, *about, k)))


def shuffled(items: Sequence[T], *about: object) -> tuple[T, ...]:
    """Return the items in an order by chance, always the same for the same `about`."""
    return tuple(items[k] for k in _order(len(items), about)) if len(items) > 1 else tuple(items)
