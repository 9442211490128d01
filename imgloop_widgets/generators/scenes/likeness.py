"""How alike two scenes are, and the phrases that say a scene; both are the truth that synthetic workers go by.

resemblance = 0.72 · things + 0.28 · setting
things:  every thing is matched with the most similar one of the other scene; half of a match is its kind,
         half are colour, count, size, place, pose and relation
setting: time, weather, season and style
"""

from imgloop_widgets.generators.scenes import colours
from imgloop_widgets.generators.scenes.scene import Scene, Thing
from imgloop_widgets.generators.scenes.vocabulary import KINDS, plural

KIND_SHARE, THINGS_SHARE = 0.5, 0.72
_ASPECTS: dict[str, float] = {
    "colour": 0.28, "count": 0.16, "x": 0.18, "depth": 0.08, "size": 0.1, "y": 0.05, "pose": 0.06, "facing": 0.03,
    "accent": 0.06,
}  # fmt: skip  # of the half that is not the kind; the relation gets the rest
_SETTING: dict[str, float] = {"time": 0.35, "style": 0.25, "weather": 0.22, "season": 0.18}
UNSAID = 0.25
"""What a detail counts when only one of the two says it: chance may have met it."""


def resemblance(a: Scene, b: Scene) -> float:
    """Return how alike two scenes are, 0 to 1: symmetric, 1 for the same scene."""
    if a == b:
        return 1.0
    things = max(_matched(a, b), _matched(b, a))
    setting = sum(share * _agree(getattr(a, name), getattr(b, name)) for name, share in _SETTING.items())
    return THINGS_SHARE * things + (1 - THINGS_SHARE) * setting


def _agree(a: object, b: object) -> float:
    return 1.0 if a == b else UNSAID if a is None or b is None else 0.0


def _matched(a: Scene, b: Scene) -> float:
    if not a.things and not b.things:
        return 1.0
    pairs = sorted(
        ((_alike(a, x, b, y), i, j) for i, x in enumerate(a.things) for j, y in enumerate(b.things)),
        key=lambda p: (-p[0], p[1], p[2]),
    )
    left, right, total = set(range(len(a.things))), set(range(len(b.things))), 0.0
    for score, i, j in pairs:
        if i in left and j in right:
            left.remove(i)
            right.remove(j)
            total += score
    return 2 * total / (len(a.things) + len(b.things))


def _alike(a: Scene, x: Thing, b: Scene, y: Thing) -> float:
    if x.kind != y.kind:
        return 0.15 if KINDS[x.kind].group == KINDS[y.kind].group else 0.0
    score = 0.0
    for aspect, share in _ASPECTS.items():
        p, q = getattr(x, aspect), getattr(y, aspect)
        if aspect == "count":
            score += share * min(p, q) / max(p, q)
        elif aspect in ("colour", "accent") and p and q:
            score += share * (1 - colours.distance(p, q))
        else:
            score += share * _agree(p, q)
    rest = 1 - sum(_ASPECTS.values())
    score += rest * _agree(_stands(a, x), _stands(b, y))
    return KIND_SHARE + (1 - KIND_SHARE) * score


def _stands(scene: Scene, thing: Thing) -> tuple[str, tuple[str, ...]] | None:
    relation = thing.relation
    return (relation.name, tuple(sorted(scene.things[t].kind for t in relation.to))) if relation else None


_COUNTS = ("", "a", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_UNCOUNTED = frozenset({"sky", "water", "land"})
_PLACES = {
    "x": {"left": "on the left", "centre": "in the centre", "right": "on the right"},
    "y": {"top": "at the top", "middle": "halfway up", "bottom": "at the bottom"},
    "depth": {"foreground": "in the foreground", "background": "in the background"},
}
_PARTS = {"boat": "sail", "balloon": "stripes"}


def _noun(thing: Thing) -> str:
    return KINDS[thing.kind].name if thing.count == 1 else plural(KINDS[thing.kind].name)


def words_of(scene: Scene) -> list[str]:
    """Return phrases that, joined with commas, say the scene again, nearly; the most important ones first.

    Every phrase adds one thing or one detail, so a prompt may be built from any beginning of the list.
    """
    first: list[str] = []
    details: list[str] = []
    for index, thing in enumerate(scene.things):
        number = "" if thing.kind == "stars" else _COUNTS[thing.count]
        bare = KINDS[thing.kind].group in _UNCOUNTED and thing.count == 1 and thing.kind != "cloud"
        single = sum(other.kind == thing.kind for other in scene.things) == 1
        words = [
            number if not bare else "a" if thing.kind != "stars" else "",
            *([] if single else _adjectives(thing)),
            _noun(thing),
        ]
        phrase = " ".join(filter(None, words))
        more = [table[value] for aspect, table in _PLACES.items() if (value := getattr(thing, aspect))]
        pose = [thing.pose] if thing.pose else []
        facing = [f"facing {thing.facing}"] if thing.facing else []
        if not single:
            first.append(" ".join([phrase, *pose, *facing, *more]))
            if thing.accent:
                first[-1] += f" with {thing.accent} {_PARTS.get(thing.kind, 'roof')}"
            continue
        first.append(phrase)
        name = f"the {_noun(thing)}"
        details += [f"the {adjective} {_noun(thing)}" for adjective in _adjectives(thing)]
        details += [f"{name} {place}" for place in (*more, *pose, *facing)]
        if thing.accent:
            details.append(f"{name} with {thing.accent} {_PARTS.get(thing.kind, 'roof')}")
        if thing.relation and all(t != index for t in thing.relation.to):
            others = " and ".join(f"the {_noun(scene.things[t])}" for t in thing.relation.to)
            details.append(f"{name} {thing.relation.name} {others}")
    setting = [_SAID[aspect].format(value) for aspect in _SAID if (value := getattr(scene, aspect))]
    absent = [f"no {plural(kind) if kind in KINDS and kind != 'stars' else kind}" for kind in sorted(scene.absent)]
    return [*first, *setting, *details, *absent]


_SAID = {"time": "at {}", "season": "in {}", "weather": "{} weather", "style": "{} style"}


def _adjectives(thing: Thing) -> list[str]:
    return [word for word in (thing.size, thing.colour) if word]
