"""What can be judged: the items that follow from the sessions of the first study, and how one is shown.

    sessions (folds of their logs)  →  items_of  →  Item: target, attempts     →  present  →  Shown: what a rater sees

An item's id follows from the session and its attempts (`3f…:1+5`), so it is the same whenever it is looked for.
Pure: no clock, no chance but what follows from a seed.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from imgloop_widgets.loop import Attempt, State, best
from imgloop_widgets.ratings.tables import Ratings
from imgloop_widgets.rows import SIMULATED

TARGET = 0
"""Stands for the number of an attempt where an image is the target itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """An image of an item. attempt: 1-based; `TARGET`: the target itself. width, height: pixels."""

    attempt: int
    sha256: str
    width: int
    height: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """Something to judge. author: the worker whose images these are. pictures: by attempt."""

    id: str
    session_id: str
    author: str
    arm: str
    target_id: str
    target_sha256: str
    pictures: tuple[Picture, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """An item as one rater sees it. pictures: in the order shown. right: of a check, question → answers that are right.

    item: its id; of a check: the id of what it was made from, marked as a check.
    """

    item: str
    session_id: str
    arm: str
    target_id: str
    target_sha256: str
    pictures: tuple[Picture, ...]
    right: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)

    @property
    def is_check(self) -> bool:
        """Whether the answer is known."""
        return bool(self.right)

    def to_record(self) -> dict[str, Any]:
        """Return it as JSON values, as it stands in `ItemsAllotted.items`."""
        return {
            "item": self.item,
            "session_id": self.session_id,
            "arm": self.arm,
            "target_id": self.target_id,
            "target_sha256": self.target_sha256,
            "pictures": [[p.attempt, p.sha256, p.width, p.height] for p in self.pictures],
            "right": {name: list(answers) for name, answers in self.right.items()},
        }

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> "Shown":
        """Return what `to_record` was given."""
        pictures = [Picture(attempt=a, sha256=s, width=w, height=h) for a, s, w, h in record["pictures"]]
        right = {name: tuple(answers) for name, answers in record["right"].items()}
        return cls(**{**record, "pictures": tuple(pictures), "right": right})


def items_of(wanted: Ratings, sessions: Iterable[State]) -> tuple[Item, ...]:
    """Return every item of these sessions, in their order.

    Sessions of simulated workers are judged only where there is no other; those of gold units never.
    """
    found = [item for state in sessions for item in _of_session(wanted, state)]
    people = [item for item in found if not item.author.startswith(SIMULATED)]
    return tuple(people or found)


def item_id(session_id: str, attempts: Iterable[int]) -> str:
    """Return the id of the item that these attempts of a session are."""
    return f"{session_id}:{'+'.join(str(number) for number in sorted(attempts))}"


def _of_session(wanted: Ratings, state: State) -> Iterator[Item]:
    opened = state.opened
    if opened is None or opened.gold or not state.attempts or (wanted.finished_only and state.finished is None):
        return
    if (wanted.arms and opened.arm not in wanted.arms) or (wanted.targets and opened.target_id not in wanted.targets):
        return
    chosen = _chosen(wanted, state)
    if wanted.item == "single":
        groups: list[Sequence[Attempt]] = [(attempt,) for attempt in chosen]
    else:
        groups = [chosen] if len(chosen) >= 2 else []
    for group in groups:
        yield Item(
            id=item_id(opened.session_id, (a.number for a in group)),
            session_id=opened.session_id,
            author=opened.worker_id,
            arm=opened.arm,
            target_id=opened.target_id,
            target_sha256=opened.target_sha256,
            pictures=tuple(_picture(a) for a in group),
        )


def _chosen(wanted: Ratings, state: State) -> tuple[Attempt, ...]:
    """Return the attempts that are asked for and there, each once, by their numbers."""
    asked = wanted.attempts or (("first", "last") if wanted.item == "pair" else ())
    if not asked:
        return state.attempts
    top = best(state)
    named = {"first": 1, "last": len(state.attempts), "best": top.number if top else 0}
    numbers = {named[one] if isinstance(one, str) else one for one in asked}
    return tuple(attempt for attempt in state.attempts if attempt.number in numbers)


def _picture(attempt: Attempt) -> Picture:
    image = attempt.image
    return Picture(attempt=attempt.number, sha256=image.image_sha256, width=image.width, height=image.height)
