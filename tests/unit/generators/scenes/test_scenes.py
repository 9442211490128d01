"""The pictures of `Scenes`: the same for ever, close to the words, and never an exception."""

import subprocess
import sys
import tomllib
from pathlib import Path
from statistics import mean

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageFilter, ImageStat

from imgloop_widgets.generators.contract import Context
from imgloop_widgets.generators.scenes import Scenes, parse, words_of
from imgloop_widgets.generators.scenes.chance import Chance
from imgloop_widgets.generators.scenes.layout import arrange
from imgloop_widgets.generators.scenes.vocabulary import KINDS

SMALL = Scenes(size=96)
PROMPTS = Path(__file__).parents[4] / "images" / "prompts.toml"


def context(seed=1):
    return Context(attempt=1, target_id="bears-01", category="bears", seed=seed, idempotency_key="k")


def distance(a: Image.Image, b: Image.Image) -> float:
    """Mean difference of two pictures on 64 by 64 pixels, 0 to 255."""
    a, b = (image.resize((64, 64), Image.Resampling.BOX) for image in (a, b))
    return mean(ImageStat.Stat(ImageChops.difference(a, b)).mean)


def test_it_is_a_plain_callable_that_says_how_to_make_the_image_again():
    generated = Scenes(quality="basic", size=64)("a bear", context(seed=9))
    assert isinstance(generated.image, Image.Image)
    assert (generated.image.size, generated.image.mode) == ((64, 64), "RGB")
    assert generated.parameters == {"quality": "basic", "size": 64, "seed": 9}
    assert (Scenes().name, Scenes("basic").name) == ("scenes", "scenes-basic")
    assert isinstance(Scenes().version, str)


@pytest.mark.parametrize("prompt", ["two foxes in the snow at night", "a castle on a hill, watercolour", "qwertz", ""])
def test_the_same_prompt_and_seed_give_the_same_bytes(prompt):
    assert Scenes(size=96).draw(prompt, 4).tobytes() == Scenes(size=96).draw(prompt, 4).tobytes()


def test_another_seed_gives_another_picture():
    assert SMALL.draw("a bear", 1).tobytes() != SMALL.draw("a bear", 2).tobytes()


def test_words_that_mean_nothing_give_a_landscape_of_their_own():
    first, second = SMALL.draw("qwertz", 1), SMALL.draw("asdfgh", 1)
    assert first.tobytes() != second.tobytes()
    assert ImageStat.Stat(first.convert("L")).stddev[0] > 5


@pytest.mark.parametrize("seed", range(6))
def test_a_detail_that_is_added_leaves_the_rest_unchanged(seed):
    """Where the bear stands, most pixels are the same with a house behind; and far from the house, all of them."""
    scenes = Scenes(size=256)
    nothing = scenes.draw("a meadow, day, summer", seed)
    bear = scenes.draw("a bear on a meadow, day, summer", seed)
    both = scenes.draw("a bear on a meadow, day, summer, with a red house", seed)
    region = ImageChops.difference(nothing, bear).convert("L").point(lambda v: 255 * (v > 24))
    changed = ImageChops.difference(bear, both).convert("L").point(lambda v: 255 * (v > 8))
    of_the_bear = ImageChops.multiply(region, changed)
    assert ImageStat.Stat(of_the_bear).sum[0] < 0.08 * ImageStat.Stat(region).sum[0]
    assert ImageStat.Stat(changed).mean[0] / 255 < 0.3


def test_a_colour_that_is_added_changes_nothing_but_its_thing():
    for seed in range(4):
        plain, purple = (SMALL.draw(f"a {w}bear, a house, a meadow, day, summer", seed) for w in ("", "purple "))
        nothing = SMALL.draw("a house, a meadow, day, summer", seed)
        bear = ImageChops.difference(nothing, plain).convert("L").getbbox()
        changed = ImageChops.difference(plain, purple).convert("L").point(lambda v: 255 * (v > 3)).getbbox()
        assert changed is not None and bear is not None
        assert bear[0] <= changed[0] and bear[1] <= changed[1] and changed[2] <= bear[2] and changed[3] <= bear[3]


def test_better_wording_gives_a_closer_picture():
    """The mean over all targets falls from no words, over the bare nouns, to the whole prompt, whatever the seed."""
    targets = tomllib.loads(PROMPTS.read_text(encoding="utf-8"))["target"]
    scenes, steps = Scenes(size=96), (0.0, 0.34, 0.67, 1.0)
    found: dict[float, list[float]] = {step: [] for step in steps}
    for target in targets:
        words = words_of(parse(target["prompt"]))
        picture = scenes.draw(target["prompt"], target["seed"])
        for step in steps:
            prompt = ", ".join(words[: round(step * len(words))])
            found[step] += [distance(picture, scenes.draw(prompt, seed)) for seed in (1001, 1002)]
    means = [mean(found[step]) for step in steps]
    assert means == sorted(means, reverse=True)
    assert means[-1] < 0.4 * means[0]


@pytest.mark.parametrize("kind", KINDS)
def test_every_thing_is_drawn(kind):
    absent = "no stars, no clouds, no sun, no moon"
    own = {"stars": "no stars, ", "cloud": "no clouds, ", "sun": "no sun, ", "moon": ", no moon"}
    own["crescent"] = own["moon"]
    empty = SMALL.draw(f"a meadow, day, summer, {absent}", 3)
    prompt = f"a {kind}, day, summer, {absent.replace(own.get(kind, '-'), '')}"
    if kind == "meadow":
        prompt, empty = f"a meadow, day, {absent}", SMALL.draw(f"a desert, day, {absent}", 3)
    assert distance(empty, SMALL.draw(prompt, 3)) > 0.15


@pytest.mark.parametrize(
    "words",
    ["dawn", "sunset", "night", "rain", "snow", "fog", "storm", "autumn", "winter", "spring", "flat", "watercolour",
     "pixel art",
     "sketch", "neon"],
)  # fmt: skip
def test_every_setting_changes_the_picture(words):
    base = (
        "a house on a meadow, day, summer"
        if words not in ("dawn", "sunset", "night")
        else "a house on a meadow, summer, day"
    )
    assert distance(SMALL.draw(base, 3), SMALL.draw(f"{base}, {words}", 3)) > 1


@pytest.mark.parametrize("x", ["left", "right"])
def test_a_place_is_honoured(x):
    """The bear's colours are on the side that was said, for many seeds."""
    for seed in range(8):
        with_bear = SMALL.draw(f"a meadow, a bear on the {x}, day, summer", seed)
        change = ImageChops.difference(with_bear, SMALL.draw("a meadow, day, summer", seed)).convert("L")
        halves = [ImageStat.Stat(change.crop(box)).sum[0] for box in ((0, 0, 48, 96), (48, 0, 96, 96))]
        assert halves.index(max(halves)) == ("left", "right").index(x)


def test_a_relation_is_honoured():
    for name, holds in (
        ("left of", lambda a, b: a.x < b.x), ("right of", lambda a, b: a.x > b.x),
        ("behind", lambda a, b: a.depth < b.depth),
        ("in front of", lambda a, b: a.depth > b.depth), ("above", lambda a, b: a.y < b.y),
        ("on", lambda a, b: a.y < b.y),
    ):  # fmt: skip
        scene = parse(f"a fox {name} a house")
        for seed in range(20):
            spots = {s.thing: s for s in arrange(scene, Chance(seed), 0.58, None)}
            assert holds(spots[0], spots[1]), (name, seed)


def test_a_count_is_honoured():
    for count in range(1, 13):
        assert len(arrange(parse(f"{count} foxes"), Chance(1), 0.58, None)) == count


def test_what_is_ruled_out_is_not_drawn():
    """Without clouds, every row of the sky is of one colour."""
    for seed in range(5):
        for words, even in (("three clouds", False), ("no clouds", True)):
            sky = SMALL.draw(f"a meadow, day, summer, no sun, {words}", seed).convert("L").crop((10, 8, 86, 30))
            rows = [sky.crop((0, y, 76, y + 1)).getextrema() for y in range(22)]
            assert (max(high - low for low, high in rows) < 12) is even


def test_basic_is_plainer_than_full_but_of_the_same_things():
    prompt = "a bear on a meadow, day, summer"
    edges = [
        ImageStat.Stat(scenes.draw(prompt, 3).convert("L").filter(ImageFilter.FIND_EDGES)).mean[0]
        for scenes in (Scenes(size=192), Scenes("basic", 192))
    ]
    assert edges[1] < 0.92 * edges[0]
    assert distance(Scenes(size=192).draw(prompt, 3), Scenes("basic", 192).draw(prompt, 3)) < 20
    assert (
        Scenes("basic", 96).draw("a bear", 3).tobytes() == Scenes("basic", 96).draw("a bear on the left", 3).tobytes()
    )


LOOSE = [
    "on", "left of", "behind", "under", "two", "many", "no", ",", "and", "the", "huge", "red", "sleeping", "flying",
    "night", "snow", "neon", "pixel", "sketch", "watercolour", "flat", "storm", "top", "background", "between",
]  # fmt: skip
PHRASES = st.lists(st.sampled_from([*KINDS, *LOOSE]), max_size=14).map(" ".join)


@settings(max_examples=60, deadline=None)
@given(st.one_of(st.text(max_size=300), PHRASES))
def test_any_text_draws(prompt):
    image = Scenes(size=32).draw(prompt, 5)
    assert (image.size, image.mode) == ((32, 32), "RGB")


@pytest.mark.parametrize(
    ("quality", "size", "message"), [("best", 64, "quality must be"), ("full", 5, "size must be between 16 and 2048")]
)
def test_a_wrong_setting_is_refused(quality, size, message):
    with pytest.raises(ValueError, match=message):
        Scenes(quality=quality, size=size)


def test_it_needs_nothing_but_pillow_and_the_standard_library():
    code = "import sys, imgloop_widgets.generators.scenes; print({'numpy', 'pandas', 'matplotlib'} & set(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=PROMPTS.parents[1]
    )
    assert done.stdout.strip() == "set()"
