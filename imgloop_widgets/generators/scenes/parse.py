"""Words → `Scene`. A prompt is read from left to right, in clauses; what is not understood is passed over.

    "a small red fox sitting on the left, next to a house with a blue roof, no clouds, at night"
       │ │     │   │   │              │     │              │                │          └ setting
       │ modifiers │   pose         place   relation       part's colour    negation
       └ count    noun

Modifiers wait for their noun; places and poses go to the noun of their clause; a relation waits for its object.
"the bear" means the bear that was named before, "a bear" is a further one.
"""

from dataclasses import replace
from typing import Any

from imgloop_widgets.generators.scenes import vocabulary as words
from imgloop_widgets.generators.scenes.levels import Level, level
from imgloop_widgets.generators.scenes.phrases import read
from imgloop_widgets.generators.scenes.scene import Relation, Scene, Thing
from imgloop_widgets.generators.scenes.vocabulary import KINDS

MOST_THINGS = 24
UNIQUE_ZONES = ("sky", "stream", "land", "relief")
PLACELESS = frozenset({"land", "stream"})


class _Reader:
    """The state of reading: what has been found, and what waits for its noun."""

    def __init__(self, limits: Level) -> None:
        self.limits = limits
        self.things: list[Thing] = []
        self.setting: dict[str, str] = {}
        self.absent: set[str] = set()
        self.negated = self.negated_noun = False
        self.last: int | None = None
        self.fresh = True  # a sentence has begun and has no noun yet
        self.start_clause()

    def start_clause(self) -> None:
        self.waiting: dict[str, Any] = {}
        self.relation: tuple[str, int] | None = None
        self.between: list[int] = []
        self.clause: int | None = None
        self.open = self.unknown = self.definite = False

    def set(self, index: int, **values: Any) -> None:
        thing = self.things[index]
        new = {k: v for k, v in values.items() if v is not None}
        self.things[index] = replace(thing, **new)

    def end_clause(self) -> None:
        """Give what still waits to the last noun ("the bear is brown"), unless it was for a word we don't know."""
        self.waiting.pop("count", None)
        shade = self.waiting.pop("shade", None)
        if self.waiting and not self.unknown and self.last is not None and not self.negated:
            if shade and "colour" in self.waiting:
                self.waiting["colour"] = self.shaded(shade, self.waiting["colour"])
            thing, late = self.things[self.last], "colour" in self.waiting and self.clause is not None
            self.set(self.last, **{k: v for k, v in self.waiting.items() if not late or getattr(thing, k) is None})
        self.start_clause()

    def shaded(self, shade: str | None, colour: str) -> str:
        plain = colour.rpartition(" ")[2]
        if not self.limits.shades:
            return plain
        return f"{shade} {plain}" if shade else colour

    def read(self, role: str, value: Any) -> None:
        getattr(self, f"on_{role}")(value)
        if role != "unknown":
            self.unknown = False

    def on_break(self, value: str) -> None:
        if value == "and" and len(self.between) == 1:
            return
        if value == "and" and "colour" in self.waiting and self.open:
            return  # "a red and white house"
        if value == "," and self.fresh and self.clause is None and self.waiting:
            return  # "on the right, a bear"
        if value not in ("and", "or"):
            self.end_clause()
            self.fresh = value in ".;!?"
            self.negated = False
        elif not self.negated:
            self.end_clause()

    def on_article(self, count: int) -> None:
        if self.negated_noun:
            self.end_clause()
            self.negated = self.negated_noun = False
        self.open, self.definite = True, count == 0
        if count:
            self.waiting["count"] = count

    def on_negation(self, value: str) -> None:
        self.end_clause()
        self.negated, self.negated_noun = True, False

    def on_unknown(self, value: str) -> None:
        self.unknown = True

    def on_part(self, value: str) -> None:
        colour = self.waiting.pop("colour", None)
        if colour and self.last is not None and not self.negated:
            self.set(self.last, accent=self.shaded(self.waiting.pop("shade", None), colour))
        self.waiting.clear()

    def on_shade(self, value: str) -> None:
        self.open = True
        self.waiting["shade"] = value

    def on_colour(self, value: str) -> None:
        self.open = True
        if "colour" not in self.waiting:
            self.waiting["colour"] = self.shaded(self.waiting.pop("shade", None), value)
        elif self.waiting.pop("shade", None) is None:
            self.waiting.setdefault("accent", self.shaded(None, value))

    def on_size(self, value: str) -> None:
        self.open = True
        self.waiting["size"] = value

    def on_count(self, value: int) -> None:
        if self.negated_noun:
            self.negated = self.negated_noun = False
        self.open = True
        self.waiting["count"] = value

    def on_pose(self, value: tuple[str, str]) -> None:
        if not self.limits.places:
            return
        if self.open or self.clause is None:
            self.waiting[value[0]] = value[1]
        else:
            self.set(self.clause, **{value[0]: value[1]})

    def on_place(self, pairs: tuple[tuple[str, str], ...]) -> None:
        self.relation = None  # "on the left": this "on" was no relation
        if not self.limits.places or self.negated:
            return
        for aspect, value in pairs:
            if self.clause is None or self.open_before_place():
                self.waiting[aspect] = value
            else:
                assert self.last is not None
                self.set(self.last, **{aspect: value})

    def open_before_place(self) -> bool:
        return bool(self.waiting.keys() - {"count"}) and self.open

    def on_relation(self, value: str) -> None:
        if self.unknown:
            self.waiting.clear()  # "with a red hat next to …": the red was the hat's
        if self.limits.places and not self.negated:
            subject = self.clause if self.clause is not None else self.last
            if self.clause is not None and self.things[self.clause].relation is not None:
                subject = self.last
            self.relation = (value, subject) if subject is not None else None
        self.open = False

    def on_setting(self, value: tuple[str, str]) -> None:
        aspect, name = value
        if self.negated:
            self.absent.add(name)
            self.negated_noun = True
        elif aspect != "style" or self.limits.styles:
            self.setting[aspect] = name
        if self.relation and self.relation[0] in ("next to", "on"):
            self.relation = None  # "by night", "on a rainy day"
        self.waiting.pop("count", None)

    def on_noun(self, value: tuple[str, str | None, bool]) -> None:
        name, implied, is_plural = value
        kind = KINDS[name]
        if self.negated:
            self.absent |= words.TREES if name == "tree" else {name}
            self.negated_noun, self.waiting, self.open = True, {}, False
            return
        if not (kind.basic or self.limits.all_kinds):
            self.waiting, self.open, self.relation = {}, False, None
            return
        name, kind = self.resolve(name)
        index = self.find(name) if self.definite or kind.zone in UNIQUE_ZONES else None
        said_count = self.waiting.pop("count", None)
        shade = self.waiting.pop("shade", None)
        if shade and implied and "colour" not in self.waiting:
            self.waiting["colour"] = self.shaded(shade, implied)
        if index is None:
            if len(self.things) >= MOST_THINGS:
                self.waiting, self.open, self.relation = {}, False, None
                return
            count = said_count or (kind.many if is_plural else 1)
            self.things.append(Thing(kind=name, count=count, colour=implied))
            index = len(self.things) - 1
        elif said_count:
            self.set(index, count=said_count)
        self.set(index, **self.waiting)
        self.waiting, self.open, self.definite = {}, False, False
        self.relate(index)
        self.last, self.fresh = index, False
        if self.clause is None:
            self.clause = index

    def resolve(self, name: str) -> tuple[str, Any]:
        """ "three stars" are shapes, "stars" are the sky's."""
        if name == "stars" and isinstance(self.waiting.get("count"), int) and self.waiting["count"] < 6:
            name = "star"
        return name, KINDS[name]

    def find(self, name: str) -> int | None:
        for index in range(len(self.things) - 1, -1, -1):
            if self.things[index].kind == name:
                return index
        return None

    def relate(self, index: int) -> None:
        """Join the subject of a waiting relation to its object."""
        if self.relation is None:
            return
        name, subject = self.relation
        if name == "between":
            self.between.append(index)
            if len(self.between) < 2:
                return
            to = tuple(self.between)
        else:
            to = (index,)
        self.relation, self.between = None, []
        placeless = KINDS[self.things[index].kind].zone in PLACELESS or self.things[index].kind == "road"
        if subject in to or placeless or self.things[index].kind == "stars":
            return
        self.set(subject, relation=Relation(name=name, to=to))


def parse(prompt: str, quality: str = "full") -> Scene:
    """Return what a prompt says, as far as this level of quality understands it.

    Raises:
        ValueError: quality is neither "full" nor "basic".
    """
    reader = _Reader(level(quality))
    for role, value in read(prompt):
        reader.read(role, value)
    reader.end_clause()
    return _tidy(reader)


def _tidy(reader: _Reader) -> Scene:
    """Leave out what was ruled out, and let relations point at what remains."""
    gone = reader.absent
    kept = [i for i, thing in enumerate(reader.things) if thing.kind not in gone]
    place = {old: new for new, old in enumerate(kept)}
    things = []
    for i in kept:
        thing = reader.things[i]
        relation = thing.relation
        if relation is not None:
            to = tuple(place[t] for t in relation.to if t in place)
            relation = Relation(name=relation.name, to=to) if len(to) == len(relation.to) else None
        things.append(replace(thing, relation=relation))
    setting = {aspect: value for aspect, value in reader.setting.items() if value not in gone}
    return Scene(things=tuple(things), absent=frozenset(gone), **setting)
