"""Who judges what: a random consecutive block of items for each rater, with checks among them. Pure.

    due (fewer raters than asked for; not the rater's own image; not given to them before)
      →  in the random order of their round  →  the first so many  →  images in random order, checks in between

In its first round an item has no rater yet, in its second one, and so on. Each round has an order of its own, drawn
from the study's seed, and a block is what comes next in it: so all items are judged once before one is judged twice,
and the raters of an item are others than those of its neighbour. Items that come in later take their place in it.
"""

import hashlib
import random
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from imgloop_widgets.ratings.items import TARGET, Item, Picture, Shown
from imgloop_widgets.ratings.questions import right_answers
from imgloop_widgets.ratings.tables import Check, Question, Ratings


def block(
    items: Iterable[Item],
    *,
    live: Mapping[str, int],
    before: Collection[str],
    worker_id: str,
    wanted: Ratings,
    seed: int,
) -> tuple[Item, ...]:
    """Return the items that this rater judges now, in random order; none: there is nothing for them at the moment.

    live: item → raters who have judged it or are at it. before: items that this rater was given already. seed: the
    study's.
    """
    due = [
        item
        for item in items
        if live.get(item.id, 0) < wanted.raters_per_item and item.id not in before and item.author != worker_id
    ]
    order = {item.id: (live.get(item.id, 0), _place(seed, live.get(item.id, 0), item.id)) for item in due}
    return tuple(sorted(due, key=lambda item: order[item.id])[: wanted.items_per_rater])


def present(
    items: Sequence[Item],
    *,
    wanted: Ratings,
    questions: Sequence[Question],
    targets: Mapping[str, Picture],
    seed: int,
) -> tuple[Shown, ...]:
    """Return a rater's items as they are shown, checks among them. targets: id → its picture. seed: the session's."""
    chance = random.Random(seed)
    shown = [_shown(item, item.pictures, chance) for item in items]
    number = min(wanted.checks_per_block, len(items))
    made = [_check(item, wanted.check, targets[item.target_id], chance) for item in chance.sample(list(items), number)]
    right = right_answers(questions, wanted.check)
    places = sorted(chance.sample(range(1, len(shown) + len(made)), len(made)))  # never the first one
    for place, check in zip(places, made, strict=True):
        shown.insert(place, replace(check, right=right))
    return tuple(shown)


def _place(seed: int, round_: int, item: str) -> str:
    return hashlib.sha256(f"{seed}\0{round_}\0{item}".encode()).hexdigest()


def _shown(item: Item, pictures: Sequence[Picture], chance: random.Random) -> Shown:
    return Shown(
        item=item.id,
        session_id=item.session_id,
        arm=item.arm,
        target_id=item.target_id,
        target_sha256=item.target_sha256,
        pictures=tuple(chance.sample(list(pictures), len(pictures))),
    )


def _check(item: Item, how: Check, target: Picture, chance: random.Random) -> Shown:
    """Return a check that looks like the item: the target stands for one of its images, or another of them does."""
    kept = chance.sample(list(item.pictures), len(item.pictures) - 1)
    pictures = [kept[0], kept[0]] if how == "same" else [replace(target, attempt=TARGET), *kept]
    made = _shown(item, pictures, chance)
    return replace(made, item=f"check:{how}:{item.id}")
