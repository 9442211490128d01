"""The words that `Scenes` understands.

To add a thing: a row in `KINDS`, a painter of the same name in `painters/`, and the tests draw it for you.

zone says where a thing lives: `ground` it stands, `air` it hovers, `sky` it is part of the sky, `water` it floats,
`land` it is a kind of ground, `relief` it rises at the horizon, `stream` it is water itself.
"""

from dataclasses import dataclass
from functools import cache


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A noun. height: share of the picture when near. aspect: width / height. depth: where it stands, 0 far, 1 near.

    words: what people call it, singular. many: how many an uncounted plural means. basic: known to the weaker level.
    perch: height at which another thing stands on it, as a share of its own height.
    """

    name: str
    group: str
    words: tuple[str, ...]
    zone: str = "ground"
    height: float = 0.3
    aspect: float = 1.0
    depth: float = 0.7
    many: int = 3
    basic: bool = False
    perch: float = 0.95


def _kind(line: str, group: str, zone: str, **more: float) -> Kind:
    """Read a row: `name | words | height aspect depth`; a star before the name means basic, too."""
    name, words, numbers = (part.strip() for part in line.split("|"))
    height, aspect, depth = map(float, numbers.split())
    return Kind(
        name=name.lstrip("*"), basic=name.startswith("*"), group=group, zone=zone, height=height, aspect=aspect,
        depth=depth, words=(name.lstrip("*"), *filter(None, (w.strip() for w in words.split(",")))),
        many=int(more.get("many", 3)), perch=more.get("perch", 0.95),
    )  # fmt: skip


_ANIMALS = """
*bear | grizzly bear, grizzly, bear cub, teddy bear, brown bear=brown, polar bear=white, panda | .54 1.34 .72
*fox | vixen, fox cub, red fox | .42 1.7 .74
*cat | kitten, kitty, tomcat | .38 1.4 .78
*dog | puppy, hound, doggy | .41 1.4 .76
*horse | pony, stallion, mare, foal | .62 1.4 .66
rabbit | bunny, hare | .33 .95 .8
deer | stag, doe, fawn, reindeer, elk, moose | .6 1.0 .66
*sheep | lamb, ram, ewe | .4 1.35 .72
*cow | bull, calf, ox | .52 1.6 .68
elephant | | .66 1.4 .62
owl | | .36 .72 .8
"""
_AIR = """
*bird | sparrow, robin, songbird, swallow, crow, raven, seagull, gull, pigeon, dove | .19 1.4 .8
butterfly | moth | .19 1.1 .9
*balloon | hot air balloon, hot-air balloon, air balloon | .44 .72 .7
*plane | airplane, aeroplane, aircraft, jet, airliner | .2 2.6 .7
"""
_AFLOAT = """
*fish | trout, salmon fish, goldfish=orange | .22 1.6 .75
*boat | sailboat, sailing boat, sailing ship, ship, yacht, dinghy | .52 .95 .5
duck | duckling, drake | .26 1.25 .8
"""
_PLANTS = """
*tree | | .66 .78 .5
*pine | pine tree, fir, fir tree, spruce, conifer, christmas tree, evergreen | .7 .5 .5
oak | oak tree, maple, maple tree, big tree | .66 1.0 .5
palm | palm tree, coconut tree | .7 .72 .55
*flower | tulip, daisy, blossom, wildflower, poppy, rose flower | .27 .7 .88
sunflower | | .48 .5 .82
mushroom | toadstool | .28 1.0 .86
cactus | cacti | .46 .72 .66
grass | tall grass, reed | .2 1.8 .9
bush | shrub, hedge | .24 1.5 .62
"""
_BUILDINGS = """
*house | cottage, hut, cabin, home, farmhouse | .54 1.1 .45
*castle | palace, fortress | .74 1.15 .3
tower | turret | .74 .36 .36
barn | stable, shed | .52 1.25 .42
lighthouse | light house, beacon | .8 .42 .42
bridge | | .32 2.6 .4
windmill | mill, wind mill | .72 .8 .38
tent | teepee, tipi | .36 1.3 .68
"""
_VEHICLES = """
*car | automobile, auto, taxi=yellow | .31 2.0 .74
*bus | coach | .4 2.0 .7
train | locomotive, steam train, railway | .31 2.9 .6
bicycle | bike, cycle | .36 1.6 .78
"""
_OBJECTS = """
rock | stone, boulder | .22 1.4 .76
fence | picket fence, wooden fence | .18 3.6 .6
"""
_FOOD = """
*apple | | .44 .95 .62
cake | birthday cake, cupcake | .52 1.1 .6
pizza | | .34 2.0 .62
banana | | .36 1.4 .64
"""
_SHAPES = """
*circle | ball, disc, disk, dot, sphere | .52 1.0 .6
*square | box, cube, rectangle | .5 1.0 .6
*triangle | pyramid | .52 1.1 .6
*star | star shape | .52 1.0 .6
heart | | .5 1.05 .6
"""
_SKY = """
*sun | sunshine | .15 1.0 .1
*moon | full moon, moonlight | .12 1.0 .1
crescent | crescent moon, half moon, new moon | .12 1.0 .1
*stars | starry sky, starlight, starry, night sky | .5 2.0 0
*cloud | | .14 2.2 .2
rainbow | | .5 1.6 0
"""
_STREAMS = """
*river | stream, creek, brook | .4 1.0 .5
*lake | pond, lagoon | .3 2.0 .5
*sea | ocean, seaside, bay, waves, wave, harbour, harbor, coast | .4 2.0 .3
waterfall | cascade, water fall | .5 .5 .3
"""
_LANDS = """
*meadow | field, pasture, lawn, grassland, prairie, countryside, farmland, garden, park | .4 2 .5
*forest | woods, woodland, wood, jungle, pine forest | .4 2 .2
*desert | dune, sahara, sand dune | .4 2 .5
*beach | sandy beach, shore, sand | .4 2 .8
snowfield | snowy field, snowy landscape, snowy ground, ice, tundra, snowy meadow | .4 2 .5
*city | town, skyline, street, downtown, village | .4 2 .2
table | tabletop, kitchen, desk | .4 2 .5
plain | plain background, blank background, white background=white, studio | .4 2 .5
"""
_RELIEF = """
*mountain | mountain range, peak, alps, snowy mountain, volcano | .42 1.7 0
hill | rolling hill, hillside | .26 2.4 .1
*road | path, lane, trail, track, highway | .4 1 .5
"""

_TABLE: tuple[tuple[str, str, str, dict[str, float]], ...] = (
    (_ANIMALS, "animal", "ground", {"perch": 0.78}),
    (_AIR, "flyer", "air", {}),
    (_AFLOAT, "floater", "water", {"perch": 0.2}),
    (_PLANTS, "plant", "ground", {"many": 5, "perch": 0.8}),
    (_BUILDINGS, "building", "ground", {"perch": 0.97}),
    (_VEHICLES, "vehicle", "ground", {}),
    (_OBJECTS, "object", "ground", {"perch": 0.85}),
    (_FOOD, "food", "ground", {"perch": 0.9}),
    (_SHAPES, "shape", "ground", {"perch": 0.95}),
    (_SKY, "sky", "sky", {}),
    (_STREAMS, "water", "stream", {}),
    (_LANDS, "land", "land", {}),
    (_RELIEF, "relief", "relief", {"perch": 0.9}),
)

KINDS: dict[str, Kind] = {
    kind.name: kind
    for rows, group, zone, more in _TABLE
    for kind in (_kind(row, group, zone, **more) for row in rows.strip().splitlines())
}
TREES = frozenset({"tree", "pine", "oak", "palm"})

UNCHANGED = frozenset(
    {"fish", "sheep", "deer", "grass", "trout", "moose", "cacti", "aircraft", "woods", "waves", "alps"}
)
_IRREGULAR = {"calf": "calves", "ox": "oxen", "mouse": "mice", "bus": "buses", "cactus": "cactuses"}

NUMBERS: dict[str, int] = {
    "one": 1, "single": 1, "lone": 1, "two": 2, "pair of": 2, "couple of": 2, "three": 3, "trio of": 3, "four": 4,
    "several": 4, "some": 3, "few": 3, "five": 5, "group of": 5, "row of": 5, "six": 6, "flock of": 6, "herd of": 6,
    "seven": 7, "eight": 8, "many": 8, "lots of": 8, "lot of": 8, "nine": 9, "ten": 10, "dozens of": 12, "dozen": 12,
    "eleven": 11, "twelve": 12, "crowd of": 9, "full of": 8, "numerous": 8, "field of": 8,
}  # fmt: skip

SIZE_WORDS: dict[str, str] = {
    "tiny": "tiny", "minuscule": "tiny", "miniature": "tiny", "little": "small", "small": "small", "short": "small",
    "medium": "medium", "normal": "medium", "medium-sized": "medium", "big": "large", "large": "large", "tall": "large",
    "great": "large", "fat": "large", "huge": "huge", "giant": "huge", "enormous": "huge", "gigantic": "huge",
    "massive": "huge", "very big": "huge", "very large": "huge", "very small": "tiny", "very little": "tiny",
}  # fmt: skip

# phrase → (aspect, value) pairs; "the" and "side" are dropped before matching
PLACES: dict[str, tuple[tuple[str, str], ...]] = {
    "left": (("x", "left"),), "right": (("x", "right"),), "centre": (("x", "centre"),), "middle": (("x", "centre"),),
    "top": (("y", "top"),), "upper": (("y", "top"),), "bottom": (("y", "bottom"),), "lower": (("y", "bottom"),),
    "background": (("depth", "background"),), "distance": (("depth", "background"),),
    "far away": (("depth", "background"),), "distant": (("depth", "background"),),
    "faraway": (("depth", "background"),),
    "horizon": (("depth", "background"),),
    "foreground": (("depth", "foreground"),), "close up": (("depth", "foreground"),),
    "closeup": (("depth", "foreground"),), "close-up": (("depth", "foreground"),), "centered": (("x", "centre"),),
    "centred": (("x", "centre"),), "leftmost": (("x", "left"),), "rightmost": (("x", "right"),),
    "halfway up": (("y", "middle"),), "central": (("x", "centre"),), "up close": (("depth", "foreground"),),
}  # fmt: skip

RELATION_WORDS: dict[str, str] = {
    "left of": "left of", "right of": "right of", "behind": "behind", "in back of": "behind",
    "in front of": "in front of", "before": "in front of", "above": "above", "over": "above", "under": "under",
    "below": "under", "beneath": "under", "underneath": "under", "on": "on", "on top of": "on", "atop": "on",
    "upon": "on", "next to": "next to", "beside": "next to", "near": "next to", "by": "next to",
    "alongside": "next to", "close to": "next to", "between": "between", "on back of": "on",
    "riding": "on", "rides": "on", "aboard": "on",
}  # fmt: skip

POSE_WORDS: dict[str, tuple[str, str]] = {
    "standing": ("pose", "standing"), "stands": ("pose", "standing"), "sitting": ("pose", "sitting"),
    "sits": ("pose", "sitting"), "seated": ("pose", "sitting"), "sleeping": ("pose", "sleeping"),
    "asleep": ("pose", "sleeping"), "sleeps": ("pose", "sleeping"), "lying": ("pose", "sleeping"),
    "resting": ("pose", "sleeping"), "curled": ("pose", "sleeping"), "running": ("pose", "running"),
    "runs": ("pose", "running"), "jumping": ("pose", "running"), "galloping": ("pose", "running"),
    "walking": ("pose", "running"), "walks": ("pose", "running"), "flying": ("pose", "flying"),
    "flies": ("pose", "flying"), "soaring": ("pose", "flying"), "facing left": ("facing", "left"),
    "facing right": ("facing", "right"), "looking left": ("facing", "left"), "looking right": ("facing", "right"),
    "faces left": ("facing", "left"), "faces right": ("facing", "right"), "facing to left": ("facing", "left"),
    "facing to right": ("facing", "right"), "looking to left": ("facing", "left"),
    "looking to right": ("facing", "right"),
}  # fmt: skip

SETTING_WORDS: dict[str, tuple[str, str]] = {
    **dict.fromkeys(("dawn", "sunrise", "morning", "daybreak"), ("time", "dawn")),
    **dict.fromkeys(("day", "daytime", "noon", "midday", "afternoon", "daylight", "sunny day"), ("time", "day")),
    **dict.fromkeys(("sunset", "dusk", "evening", "twilight", "golden hour"), ("time", "sunset")),
    **dict.fromkeys(("night", "nighttime", "midnight", "moonlit", "night time", "starry night"), ("time", "night")),
    **dict.fromkeys(("rain", "rainy", "raining", "drizzle", "shower"), ("weather", "rain")),
    **dict.fromkeys(("snow", "snowing", "snowfall", "snowy", "snowflakes", "blizzard"), ("weather", "snow")),
    **dict.fromkeys(("fog", "foggy", "mist", "misty", "haze", "hazy"), ("weather", "fog")),
    **dict.fromkeys(("storm", "stormy", "thunderstorm", "lightning", "thunder", "tempest"), ("weather", "storm")),
    **dict.fromkeys(("clear", "clear sky", "sunny", "cloudless"), ("weather", "clear")),
    **dict.fromkeys(("spring", "springtime"), ("season", "spring")),
    **dict.fromkeys(("summer", "summertime"), ("season", "summer")),
    **dict.fromkeys(("autumn", "fall", "autumnal"), ("season", "autumn")),
    **dict.fromkeys(("winter", "wintry", "wintertime"), ("season", "winter")),
    **dict.fromkeys(("flat", "vector", "minimalist", "flat design", "cartoon"), ("style", "flat")),
    **dict.fromkeys(("watercolour", "watercolor", "aquarelle", "painting", "painted"), ("style", "watercolour")),
    **dict.fromkeys(("pixel", "pixel art", "pixelated", "8-bit", "8 bit", "pixelart"), ("style", "pixel")),
    **dict.fromkeys(("sketch", "pencil", "drawing", "pencil drawing", "hand-drawn", "sketched"), ("style", "sketch")),
    **dict.fromkeys(("neon", "glowing", "night style", "synthwave", "cyberpunk"), ("style", "neon")),
}  # fmt: skip

PARTS = frozenset({"roof", "roofs", "sail", "sails", "door", "doors", "stripe", "stripes"})
NEGATIONS = frozenset({"no", "without", "not", "never", "minus", "nor", "lacking", "isnt", "dont", "arent", "zero"})


def plural(words: str) -> str:
    """Return the plural of a singular noun, the last word of a phrase changed."""
    *head, last = words.split(" ")
    if last in UNCHANGED:
        form = last
    elif last in _IRREGULAR:
        form = _IRREGULAR[last]
    elif last.endswith(("s", "x", "ch", "sh")):
        form = last + "es"
    elif last.endswith("y") and last[-2] not in "aeiou":
        form = last[:-1] + "ies"
    else:
        form = last + "s"
    return " ".join([*head, form])


@cache
def nouns() -> dict[str, tuple[str, str | None, bool]]:
    """Return phrase → (kind, colour it implies, is plural). A word that is both forms counts as singular."""
    found: dict[str, tuple[str, str | None, bool]] = {}
    for kind in KINDS.values():
        for entry in kind.words:
            words, _, colour = entry.partition("=")
            if kind.name != "stars":
                found.setdefault(plural(words), (kind.name, colour or None, True))
            found[words] = (kind.name, colour or None, False)
    found["stars"] = ("stars", None, False)
    return found
