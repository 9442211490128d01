"""Where things stand: a scene → placements. What is said is honoured; the rest is chance, out of the others' way.

A thing's place depends on what is said of it, on its own chance and on the things named before it; never on those
named after it. So a detail that is added at the end moves nothing. Relations are the exception that they must be.

    y of the ground:  horizon ── depth 0 ············ depth 1 ── lower edge
"""

from dataclasses import dataclass, replace

from imgloop_widgets.generators.scenes.chance import Chance
from imgloop_widgets.generators.scenes.scene import Scene, Thing
from imgloop_widgets.generators.scenes.vocabulary import KINDS, Kind

SIZES = {"tiny": 0.45, "small": 0.7, "medium": 1.0, "large": 1.3, "huge": 1.7}
COLUMNS = {"left": 0.23, "centre": 0.5, "right": 0.77}
DEPTHS = {"background": 0.16, "foreground": 0.93}
AIR = {"top": 0.17, "middle": 0.42, "bottom": 0.7}
OPPOSITE = {"left of": "right of", "right of": "left of", "behind": "in front of", "in front of": "behind",
            "above": "under", "next to": "next to"}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """One thing to be drawn. x, y: where it stands (or hovers), shares of the picture. height, width: shares.

    depth: 0 far, 1 near. flip: it faces left. number: which of a count, 0-based. thing: position in the scene.
    """

    thing: int
    number: int
    x: float
    y: float
    height: float
    width: float
    depth: float
    flip: bool
    aloft: bool = False

    @property
    def top(self) -> float:
        """y of its upper edge."""
        return self.y - self.height


def ground_y(depth: float, horizon: float) -> float:
    """Return the y at which a thing of this depth stands."""
    return horizon + (1 - horizon) * (0.1 + 0.8 * depth)


def near_scale(depth: float) -> float:
    """Return the size of a thing of this depth, 1 where it is nearest."""
    return 0.42 + 0.58 * depth


def arrange(scene: Scene, chance: Chance, horizon: float, water: tuple[float, float] | None) -> list[Spot]:
    """Return a spot for all that stands, floats or hovers, from far to near. water: depths at which things float."""
    plan = _Plan(scene, chance, horizon, water)
    order = [i for i, thing in enumerate(scene.things) if KINDS[thing.kind].zone in ("ground", "air", "water")]
    for index in order:
        plan.place(index, frozenset())
    spots = [spot for index in order for spot in plan.done[index]]
    return sorted(spots, key=lambda s: (s.depth, s.thing, s.number))


def sky_spot(thing: Thing, chance: Chance, scene: Scene) -> tuple[float, float]:
    """Return where a part of the sky is; x and y, shares of the picture."""
    x = COLUMNS.get(thing.x or "", chance.pick("x", (0.2, 0.32, 0.68, 0.8)) + chance.between("jitter", -0.04, 0.04))
    low = 0.46 if thing.kind == "sun" and scene.time in ("sunset", "dawn") else 0.17
    y = {"top": 0.12, "middle": 0.3, "bottom": 0.48}.get(thing.y or "", low + chance.between("y", -0.03, 0.03))
    return x, y


class _Plan:
    def __init__(self, scene: Scene, chance: Chance, horizon: float, water: tuple[float, float] | None) -> None:
        self.scene, self.chance, self.horizon, self.water = scene, chance, horizon, water
        self.done: dict[int, list[Spot]] = {}
        self.names = names(scene)
        self.anchors = self.find_anchors()

    def find_anchors(self) -> dict[int, tuple[str, tuple[int, ...]]]:
        """Return thing → its relation; turned round where only the first of the two has a place of its own."""
        found: dict[int, tuple[str, tuple[int, ...]]] = {}
        for i, thing in enumerate(self.scene.things):
            if thing.relation is None:
                continue
            name, to = thing.relation.name, thing.relation.to
            other = self.scene.things[to[0]]
            if thing.x and not other.x and name in OPPOSITE and len(to) == 1 and other.relation is None:
                found.setdefault(to[0], (OPPOSITE[name], (i,)))
            elif i not in found:
                found[i] = (name, to)
        return found

    def place(self, index: int, asking: frozenset[int]) -> list[Spot]:
        if index in self.done:
            return self.done[index]
        anchor = self.anchors.get(index)
        spots: list[Spot] | None = None
        if anchor and not asking & {index, *anchor[1]}:
            others = [s for t in anchor[1] for s in self.place(t, asking | {index})]
            if others:
                spots = self.related(index, anchor[0], others)
        found = spots or self.free(index)
        self.done[index] = found
        return found

    def relief(self, index: int) -> list[Spot]:
        """Return a stand-in for what is drawn with the land or the sky, so that others can stand by it."""
        thing = self.scene.things[index]
        kind, own = KINDS[thing.kind], self.chance(self.names[index])
        x, y = sky_spot(thing, own, self.scene)
        height = kind.height * SIZES[thing.size or "medium"]
        if kind.zone == "relief":
            x = COLUMNS.get(thing.x or "", own.between("hill", 0.3, 0.7))
            y, depth = ground_y(kind.depth, self.horizon), kind.depth
            height = height if thing.kind == "hill" else 0.25
        else:
            y, depth = y + height / 2, 0.0
        return [Spot(thing=index, number=0, x=x, y=y, height=height, width=height * kind.aspect, depth=depth,
                     flip=False,
                     aloft=kind.zone == "sky")]  # fmt: skip

    def free(self, index: int) -> list[Spot]:
        thing = self.scene.things[index]
        kind, own = KINDS[thing.kind], self.chance(self.names[index])
        if kind.zone not in ("ground", "air", "water"):
            return self.relief(index)
        depth = self.depth(thing, kind, own)
        crowd = 1.0 if thing.count == 1 else 0.9 if thing.count <= 3 else 0.72 if thing.count <= 6 else 0.58
        together = thing.count * kind.height * kind.aspect * SIZES[thing.size or "medium"] * near_scale(depth)
        crowd = min(crowd, max(0.5, 1.05 / together)) if thing.count > 1 else crowd
        if thing.count > 1 and kind.zone == "water":
            crowd *= 0.85
        if thing.count > 1 and thing.x and kind.height * kind.aspect > 0.5:
            crowd *= 0.76  # a group of wide things on one side
        spots: list[Spot] = []
        for number in range(thing.count):
            one = own(number) if number else own
            d = depth if thing.count == 1 else min(1.0, max(0.05, depth + one.between("row", -0.16, 0.14)))
            if thing.size == "huge" and thing.depth is None:
                d = max(d, 0.6)
            night_star = thing.kind == "star" and self.scene.time == "night"
            aloft = kind.zone == "air" or thing.pose == "flying" or night_star
            near = 0.55 + 0.45 * near_scale(d) if aloft else near_scale(d)
            height = kind.height * SIZES[thing.size or "medium"] * near * crowd * one.between("height", 0.96, 1.04)
            height = min(height, 0.8, 0.94 / kind.aspect)
            width = height * kind.aspect
            y = ground_y(d, self.horizon)
            if aloft:
                y = AIR.get(thing.y or "", one.between("y", 0.24, 0.4)) + height / 2
                if thing.count > 1:
                    y += one.between("flock", -0.1, 0.1)
                y = max(y, height * (1.3 if thing.kind == "bird" else 1.0) + 0.02)  # wings reach higher
            x = self.column(thing, one, number, width, [*(s for done in self.done.values() for s in done), *spots], d)
            if thing.x and thing.depth is None and thing.count == 1 and not aloft and kind.zone == "ground":
                d, y = self.make_room(x, width, height, d, y)
            spots.append(Spot(thing=index, number=number, x=x, y=y, height=height, width=width, depth=d,
                              flip=self.flip(thing, own, x if thing.count == 1 else 0.5), aloft=aloft))  # fmt: skip
        return spots

    def make_room(self, x: float, width: float, height: float, depth: float, y: float) -> tuple[float, float]:
        """Return a depth at which nothing hides what was named before, nor what is much smaller."""
        for index, spots in self.done.items():
            if KINDS[self.scene.things[index].kind].zone not in ("ground", "water"):
                continue
            for other in spots:
                overlap = min(x + width / 2, other.x + other.width / 2) - max(x - width / 2, other.x - other.width / 2)
                if overlap > 0.25 * min(width, other.width) and not other.aloft:
                    small = height < 0.72 * other.height
                    near, far = min(1.0, other.depth + 0.1), max(0.05, other.depth - 0.08)
                    depth = max(depth, near) if small else min(depth, far)
                    y = ground_y(depth, self.horizon)
        return depth, y

    def depth(self, thing: Thing, kind: Kind, own: Chance) -> float:
        if thing.depth:
            depth = DEPTHS[thing.depth]
        elif thing.y and kind.zone == "ground":
            depth = {"top": 0.1, "middle": 0.5, "bottom": 0.97}[thing.y]
        else:
            depth = kind.depth + own.between("depth", -0.06, 0.06)
        if kind.zone == "water" and self.water and thing.pose != "flying":
            low, high = self.water
            depth = low + (high - low) * (0.15 if thing.depth == "background" else 0.9 if thing.depth else 0.5)
            depth += own.between("drift", -0.06, 0.06)
        return depth

    def column(self, thing: Thing, own: Chance, number: int, width: float, others: list[Spot], depth: float) -> float:
        """Return an x: the one that is said, or the emptiest of a few."""
        room = min(0.46, width / 2)
        if thing.count > 1:
            centre = COLUMNS.get(thing.x or "", 0.5)
            wide = min(0.42, max(0.16 * thing.count, width * thing.count * 0.46))
            reach = min(wide, (0.5 - room) * thing.count / (thing.count - 1)) if thing.x is None else min(0.22, wide)
            if KINDS[thing.kind].zone == "water":
                reach = min(reach, 0.27)  # lakes have shores
            room = min(room, 0.5 - reach * 0.9)
            centre = min(max(centre, room + reach * 0.7), 1 - room - reach * 0.7)
            share = (number + 0.5) / thing.count * 2 - 1
            x = centre + reach * share + own.between("x", -0.25, 0.25) * reach / thing.count
        elif thing.x:
            x = COLUMNS[thing.x] + own.between("x", -0.02, 0.02)
            room *= 0.9
        else:
            sides = {"left of": (0.7,), "right of": (0.3,), "next to": (0.26, 0.74)}.get(self.leans_on_me(thing))
            if sides:
                return own.pick("side", sides)
            choices = [own(k).between("x", 0.24, 0.76) for k in range(7)]
            x = min(choices, key=lambda c: (round(self.crowding(c, width, depth, others), 2), choices.index(c)))
        return min(max(x, room + 0.015), 1 - room - 0.015)

    def leans_on_me(self, thing: Thing) -> str:
        me = next(i for i, t in enumerate(self.scene.things) if t is thing)
        return next((name for name, to in self.anchors.values() if to == (me,)), "")

    @staticmethod
    def crowding(x: float, width: float, depth: float, others: list[Spot]) -> float:
        total = 0.0
        for other in others:
            overlap = min(x + width / 2, other.x + other.width / 2) - max(x - width / 2, other.x - other.width / 2)
            if overlap > 0:
                total += overlap / min(width, other.width or 1) * (0.4 if abs(depth - other.depth) > 0.3 else 1.0)
        return total

    def flip(self, thing: Thing, own: Chance, x: float) -> bool:
        if thing.facing:
            return thing.facing == "left"
        return own.share("flip") < (0.8 if x > 0.6 else 0.2 if x < 0.4 else 0.5)

    def related(self, index: int, name: str, others: list[Spot]) -> list[Spot]:
        """Return spots that keep a relation to those of other things."""
        thing, own = self.scene.things[index], self.chance(self.names[index])
        if KINDS[thing.kind].zone not in ("ground", "air", "water"):
            return self.relief(index)
        spots = self.free(index)
        left = min(s.x - s.width / 2 for s in others)
        right = max(s.x + s.width / 2 for s in others)
        other = others[-1]
        middle = (left + right) / 2
        span = max(s.x + s.width / 2 for s in spots) - min(s.x - s.width / 2 for s in spots)
        here = sum(s.x for s in spots) / len(spots)
        depth, y, aloft = spots[0].depth, None, spots[0].aloft
        side = name
        if name == "next to":
            roomier = "left of" if middle > 0.5 else "right of"
            side = {"left": "left of", "right": "right of"}.get(thing.x or "", roomier)
        if side in ("left of", "right of"):
            goal = left - span * 0.52 if side == "left of" else right + span * 0.52
            goal = min(max(goal, min(span / 2, 0.3)), 1 - min(span / 2, 0.3))
            if other.aloft == aloft:
                depth = depth if thing.depth or abs(depth - other.depth) > 0.35 else (depth + other.depth) / 2
        elif name == "between":
            goal = (others[0].x + others[-1].x) / 2
        elif name == "behind":
            goal, depth = middle + (0.32 if middle < 0.5 else -0.32) * (right - left), max(0.02, other.depth - 0.16)
        elif name == "in front of":
            goal = middle + own.between("front", -0.12, 0.12) * (right - left)
            depth = min(1.0, max(depth, other.depth + 0.2))
        elif name == "under":
            goal = middle + own.between("under", -0.1, 0.1) * (right - left)
            depth = depth if other.aloft else min(1.0, other.depth + 0.04)
        else:  # above, on
            kind = KINDS[self.scene.things[other.thing].kind]
            goal, aloft, depth = middle, True, other.depth + 0.005
            y = other.y - other.height * kind.perch if name == "on" else other.top - 0.04
        if name not in ("left of", "right of"):
            goal = min(max(goal, min(span / 2, 0.45)), 1 - min(span / 2, 0.45))
        moved = []
        for spot in spots:
            height = spot.height
            if not spot.aloft and depth != spot.depth:
                height *= near_scale(depth) / near_scale(spot.depth)
            if name == "on":
                height = min(height, max(other.height * 0.8, 0.1))
            at = y if y is not None else spot.y if spot.aloft else ground_y(depth, self.horizon)
            if name == "above":
                at = max(height + 0.03, at)
            moved.append(replace(spot, x=spot.x - here + goal, y=at, height=height, depth=depth, aloft=aloft,
                                 width=height * KINDS[thing.kind].aspect))  # fmt: skip
        return moved


def names(scene: Scene) -> list[str]:
    """Return the name of every thing's chance: its kind, and which of that kind it is."""
    seen: dict[str, int] = {}
    names = []
    for thing in scene.things:
        number = seen.get(thing.kind, 0)
        seen[thing.kind] = number + 1
        names.append(f"{thing.kind}/{number}" if number else thing.kind)
    return names
