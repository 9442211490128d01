"""How simulated workers decide: alone, without a study."""

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgloop_widgets.generators.scenes import parse
from imgloop_widgets.simulate.policies import (
    FLOURISHES,
    MIX,
    EarlyQuitter,
    HillClimber,
    Leaving,
    Perfectionist,
    RandomWords,
    Seen,
    Tried,
    policies,
)
from imgloop_widgets.simulate.wording import OPENING, Limits, compose, phrases_of

WORDS = ("brown bear", "forest", "river", "night", "two pines", "moon")
FRESH = Seen(words=WORDS, tried=(), limits=Limits(shortest=20, longest=500), lowest=1, highest=10)
VOCABULARY = ("red circle", "blue boat", "cake", "fox", "green tree", "car")


def after(*tried: tuple[tuple[str, ...], int | None, float]) -> Seen:
    """What is seen after attempts of (phrases, score, resemblance)."""
    made = tuple(Tried(prompt=compose(p, FRESH.limits), score=s, resemblance=r) for p, s, r in tried)
    return replace(FRESH, tried=made)


@pytest.mark.parametrize("seed", range(30))
def test_a_hill_climber_begins_with_some_of_the_targets_words_in_their_order(seed: int) -> None:
    prompt = HillClimber().next_prompt(FRESH, random.Random(seed))

    assert isinstance(prompt, str)
    named = phrases_of(prompt)
    assert 1 <= len(named) < len(WORDS)
    assert list(named) == [word for word in WORDS if word in named]


@pytest.mark.parametrize("seed", range(30))
def test_a_hill_climber_adds_one_word_to_what_served_best(seed: int) -> None:
    seen = after((("brown bear", "forest"), 6, 0.5), (("brown bear", "forest", "moon"), 4, 0.4))

    prompt = HillClimber().next_prompt(seen, random.Random(seed))

    assert isinstance(prompt, str)
    assert {"brown bear", "forest"} < set(phrases_of(prompt))
    (new,) = set(phrases_of(prompt)) - {"brown bear", "forest"}
    assert new in {"river", "night", "two pines"}


def test_a_hill_climber_who_has_said_all_adds_a_flourish_that_says_nothing() -> None:
    seen = after((WORDS, 8, 0.8))

    prompt = HillClimber().next_prompt(seen, random.Random(1))

    assert isinstance(prompt, str)
    *said, last = phrases_of(prompt)
    assert tuple(said) == WORDS
    assert last in FLOURISHES


@pytest.mark.parametrize("flourish", FLOURISHES)
def test_a_flourish_changes_nothing_in_the_scene(flourish: str) -> None:
    assert parse(f"a brown bear in a forest, at night, {flourish}") == parse("a brown bear in a forest, at night")


@given(st.floats(0, 1), st.integers(0, 10_000))
def test_every_score_is_on_the_scale(resemblance: float, seed: int) -> None:
    seen = replace(after((("forest",), None, resemblance)), lowest=2, highest=7)

    for policy in policies(VOCABULARY).values():
        assert 2 <= policy.score(seen, random.Random(seed)) <= 7


def test_a_closer_picture_gets_a_higher_score_on_average() -> None:
    far, near = after((("forest",), None, 0.2)), after((("forest",), None, 0.8))

    for policy in policies(VOCABULARY).values():
        scores = [[policy.score(seen, random.Random(seed)) for seed in range(200)] for seen in (far, near)]
        assert sum(scores[1]) > sum(scores[0]), policy.name


def test_a_perfectionist_is_stricter_and_gives_a_ten_to_perfect_pictures_only() -> None:
    nearly, perfect = after((WORDS, None, 0.97)), after((WORDS, None, 1.0))

    strict = [Perfectionist().score(perfect, random.Random(seed)) for seed in range(300)]
    honest = [HillClimber().score(perfect, random.Random(seed)) for seed in range(300)]

    assert sum(strict) < sum(honest)
    assert 0 < strict.count(10) < honest.count(10)
    assert all(Perfectionist().score(nearly, random.Random(seed)) < 10 for seed in range(300))


def test_an_early_quitter_leaves_in_both_ways_and_sometimes_stays() -> None:
    moves = [EarlyQuitter().next_prompt(FRESH, random.Random(seed)) for seed in range(300)]

    assert {move for move in moves if isinstance(move, Leaving)} == set(Leaving)
    assert any(isinstance(move, str) for move in moves)


def test_random_words_have_nothing_to_do_with_the_target() -> None:
    prompt = RandomWords(vocabulary=VOCABULARY).next_prompt(FRESH, random.Random(1))

    assert isinstance(prompt, str)
    assert set(phrases_of(prompt)) <= set(VOCABULARY)


def test_the_same_chance_gives_the_same_move() -> None:
    for policy in policies(VOCABULARY).values():
        assert policy.next_prompt(FRESH, random.Random(7)) == policy.next_prompt(FRESH, random.Random(7))


def test_every_policy_has_its_share_of_the_population() -> None:
    assert set(MIX) == set(policies(VOCABULARY))


phrases = st.lists(st.sampled_from(WORDS), min_size=1, max_size=6, unique=True)


@given(phrases, st.integers(0, 60))
def test_a_prompt_is_never_too_short_and_can_be_read_back(named: list[str], shortest: int) -> None:
    prompt = compose(named, Limits(shortest=shortest))

    assert len(prompt.strip()) >= shortest
    assert phrases_of(prompt) == tuple(named)


@given(phrases, st.integers(0, 60), st.integers(60, 200))
def test_a_prompt_is_never_too_long(named: list[str], shortest: int, longest: int) -> None:
    prompt = compose(named, Limits(shortest=shortest, longest=longest))

    assert shortest <= len(prompt) <= longest


def test_the_opening_words_stand_only_where_they_are_needed() -> None:
    assert not compose(["a bear"], Limits(shortest=3)).startswith(OPENING)
    assert compose(["a bear"], Limits(shortest=20)).startswith(OPENING)
