"""What words mean to `Scenes`."""

import pytest

from imgloop_widgets.generators.scenes import Relation, parse
from imgloop_widgets.generators.scenes.vocabulary import KINDS, nouns, plural


def only(prompt, quality="full"):
    (thing,) = parse(prompt, quality).things
    return thing


@pytest.mark.parametrize(
    ("prompt", "kind"),
    [
        ("grizzly", "bear"), ("a vixen", "fox"), ("the woods", "forest"), ("a sailing ship", "boat"), ("kitten", "cat"),
        ("a hot air balloon", "balloon"), ("the ocean", "sea"), ("a cottage", "house"), ("fir tree", "pine"),
    ],
)  # fmt: skip
def test_synonyms_name_the_same_thing(prompt, kind):
    assert only(prompt).kind == kind


@pytest.mark.parametrize("kind", [k for k in KINDS if k != "stars"])
def test_every_noun_is_understood_in_singular_and_plural(kind):
    assert only(kind).kind == kind
    assert only(f"two {plural(kind)}").kind == kind


def test_there_are_about_sixty_things_or_more():
    assert len(KINDS) >= 60
    assert set(nouns()) >= set(KINDS)


@pytest.mark.parametrize(
    ("prompt", "count"),
    [("a fox", 1), ("two foxes", 2), ("a pair of foxes", 2), ("3 foxes", 3), ("several foxes", 4), ("many foxes", 8),
     ("foxes", 3), ("a herd of cows", 6), ("twelve sheep", 12)],
)  # fmt: skip
def test_counts_are_words_or_digits(prompt, count):
    assert only(prompt).count == count


@pytest.mark.parametrize(
    ("prompt", "said"),
    [
        ("a dark green tree", {"colour": "dark green"}), ("a pale blue house", {"colour": "light blue"}),
        ("a huge bear", {"size": "huge"}), ("a very small fox", {"size": "tiny"}),
        ("the bear is brown", {"colour": "brown"}),
        ("a house with a blue roof", {"accent": "blue"}), ("a cat asleep", {"pose": "sleeping"}),
        ("a sitting dog", {"pose": "sitting"}), ("a horse facing to the left", {"facing": "left"}),
        ("a bear on the left side", {"x": "left"}), ("on the right, a bear", {"x": "right"}),
        ("a bear in the center", {"x": "centre"}), ("a bear in the distance", {"depth": "background"}),
        ("a bear in the foreground", {"depth": "foreground"}),
        ("a balloon in the upper right corner", {"x": "right", "y": "top"}),
        ("a grey-coloured bear", {"colour": "grey"}), ("a polar bear", {"colour": "white"}),
    ],
)  # fmt: skip
def test_what_is_said_of_a_thing_goes_to_it(prompt, said):
    thing = only(prompt)
    assert {name: getattr(thing, name) for name in said} == said


def test_a_colour_goes_to_its_own_noun_only():
    bear, house = parse("a bear next to a red house").things
    assert (bear.colour, house.colour) == (None, "red")


def test_the_colour_of_an_unknown_thing_goes_nowhere():
    bear, tent = parse("a bear with a red hat next to a tent").things
    assert bear.colour is None
    assert tent.colour is None


@pytest.mark.parametrize(
    ("words", "name"),
    [("left of", "left of"), ("to the right of", "right of"), ("behind", "behind"), ("in front of", "in front of"),
     ("above", "above"), ("beneath", "under"), ("on top of", "on"), ("on", "on"), ("beside", "next to")],
)  # fmt: skip
def test_relations_join_two_things(words, name):
    bear = parse(f"a bear {words} a house").things[0]
    assert bear.relation == Relation(name=name, to=(1,))


def test_between_needs_two_things():
    assert parse("a fox between a tree and a house").things[0].relation == Relation(name="between", to=(1, 2))


def test_on_the_left_is_no_relation():
    bear, house = parse("a bear on the left and a house on the right").things
    assert (bear.x, house.x) == ("left", "right")
    assert bear.relation is None


def test_right_is_a_place_after_the_and_an_emphasis_elsewhere():
    assert parse("a lighthouse on the right by the sea").things[0].x == "right"
    bear = parse("a bear right behind a house").things[0]
    assert (bear.x, bear.relation) == (None, Relation(name="behind", to=(1,)))


def test_the_bear_is_the_one_named_before_and_a_bear_is_another():
    assert len(parse("a bear, the bear is brown").things) == 1
    assert len(parse("a bear, a brown bear").things) == 2


def test_the_setting_is_understood():
    scene = parse("a fox on a foggy winter evening, watercolor")
    assert (scene.time, scene.weather, scene.season, scene.style) == ("sunset", "fog", "winter", "watercolour")


@pytest.mark.parametrize(
    "prompt", ["a bear, no clouds", "a bear without clouds", "no clouds and a bear", "no clouds, a bear"]
)
def test_negation_rules_out_and_leaves_the_rest(prompt):
    scene = parse(prompt)
    assert scene.absent == {"cloud"}
    assert [t.kind for t in scene.things] == ["bear"]


def test_negation_goes_on_after_or():
    assert {"tree", "pine", "cloud"} <= parse("a bear without trees or clouds").absent


def test_relations_survive_what_is_ruled_out():
    scene = parse("a tree, a bear next to a house, without trees")
    assert [t.kind for t in scene.things] == ["bear", "house"]
    assert scene.things[0].relation == Relation(name="next to", to=(1,))


def test_basic_knows_fewer_things_and_neither_places_nor_shades_nor_styles():
    prompt = "a dark blue house on the left, a windmill behind the house, two foxes sitting, pixel art, night"
    house, foxes = parse(prompt, "basic").things
    assert (house.colour, house.x, house.relation) == ("blue", None, None)
    assert (foxes.kind, foxes.count, foxes.pose) == ("fox", 2, None)
    assert parse(prompt, "basic").style is None
    assert parse(prompt, "basic").time == "night"


def test_an_unknown_quality_is_refused():
    with pytest.raises(ValueError, match="quality must be 'full' or 'basic'; not 'best'"):
        parse("a bear", "best")
