"""How alike scenes are, and that their words say them again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgloop_widgets.generators.scenes import parse, resemblance, words_of

LOOSE = [
    "a", "two", "bear", "fox", "foxes", "house", "red", "dark", "blue", "huge", "tiny", "on the left", "right",
    "left of", "behind", "next to", "between", "and", ",", "in the background", "sitting", "night", "snow",
    "autumn", "watercolour", "no", "clouds", "stars", "sea", "boat", "with", "sail", "tree", "mountain", "is",
    "facing left", "at the top",
]  # fmt: skip
WORDS = st.lists(st.sampled_from(LOOSE), max_size=16).map(" ".join)

RICH = (
    "a small dark brown bear sitting on the left, next to a red house with a blue roof, no clouds, night, watercolour",
    "two foxes facing left in the woods in autumn, a huge grey rock in the background, fog, three clouds at the top",
    "a bird between a house and a tree, a boat with a yellow sail on the sea, stars, a moon on the right",
)


@given(WORDS, WORDS)
def test_it_is_symmetric_and_a_share(a, b):
    x, y = parse(a), parse(b)
    assert resemblance(x, y) == pytest.approx(resemblance(y, x))
    assert 0 <= resemblance(x, y) <= 1


@given(WORDS)
def test_a_scene_resembles_itself_wholly(words):
    assert resemblance(parse(words), parse(words)) == 1


def test_it_grows_with_what_is_shared():
    target = parse("a brown bear on the left, a red house, night")
    prompts = ("a cake", "a fox", "a bear", "a brown bear", "a brown bear on the left",
               "a brown bear on the left, a red house",
               "a brown bear on the left, a red house, night")  # fmt: skip
    scores = [resemblance(parse(p), target) for p in prompts]
    assert scores == sorted(scores)
    assert len(set(scores)) == len(scores)


@pytest.mark.parametrize("prompt", RICH)
def test_the_words_of_a_scene_say_it_again(prompt):
    scene = parse(prompt)
    assert parse(", ".join(words_of(scene))) == scene


@given(WORDS)
def test_the_words_of_any_scene_say_it_nearly(words):
    scene = parse(words)
    assert resemblance(parse(", ".join(words_of(scene))), scene) > 0.8


@pytest.mark.parametrize("prompt", RICH)
def test_every_further_phrase_brings_the_scene_closer_or_keeps_it(prompt):
    scene = parse(prompt)
    words = words_of(scene)
    scores = [resemblance(parse(", ".join(words[:k])), scene) for k in range(len(words) + 1)]
    assert scores == sorted(scores)
    assert scores[-1] == 1
