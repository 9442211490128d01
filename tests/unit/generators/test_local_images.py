"""The stand-in for a model: which picture an attempt gets, and how it waits."""

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgloop_widgets.errors import GenerationError
from imgloop_widgets.generators.contract import Context, Generated
from imgloop_widgets.generators.local_images import LocalImages, choose

FILES = tuple(Path("library") / "bears" / f"{k}.webp" for k in range(5))


def context(attempt: int = 1, seed: int = 7, **more: object) -> Context:
    values = {"target_id": "bear", "category": "bears", "idempotency_key": "k", **more}
    return Context(attempt=attempt, seed=seed, **values)  # type: ignore[arg-type]


@given(st.integers(0, 2**31 - 1), st.integers(1, 12), st.integers(0, 4))
def test_no_picture_comes_twice_before_all_have_come(seed: int, count: int, round_number: int) -> None:
    files = tuple(Path(f"{k}.webp") for k in range(count))
    attempts = range(round_number * count + 1, (round_number + 1) * count + 1)
    assert sorted(choose(files, seed, k) for k in attempts) == sorted(files)


@given(st.integers(0, 2**31 - 1), st.integers(2, 12), st.integers(1, 5))
def test_no_picture_comes_twice_in_a_row(seed: int, count: int, round_number: int) -> None:
    """Also where one round ends and the next begins: two equal pictures for two prompts look like a fault."""
    files = tuple(Path(f"{k}.webp") for k in range(count))
    assert choose(files, seed, round_number * count) != choose(files, seed, round_number * count + 1)


@given(st.integers(0, 2**31 - 1), st.integers(1, 20))
def test_a_repeated_request_gets_the_very_same_picture(seed: int, attempt: int) -> None:
    assert choose(FILES, seed, attempt) == choose(FILES, seed, attempt)


def test_the_choice_is_what_it_always_was() -> None:
    """Sessions are replayed from their seeds: a change here changes what workers of a running study see."""
    assert [choose(FILES, 7, k).stem for k in range(1, 6)] == ["2", "0", "3", "4", "1"]


def test_sessions_differ_in_their_order() -> None:
    orders = {tuple(choose(FILES, seed, k) for k in range(1, 6)) for seed in range(50)}
    assert len(orders) > 20


def test_it_returns_the_file_and_notes_which_it_was() -> None:
    generate = LocalImages(lambda category: FILES)
    made = generate("anything", context())
    assert isinstance(made, Generated)
    assert made.image in FILES
    assert isinstance(made.image, Path)
    assert made.parameters == {"file": f"bears/{made.image.name}"}
    assert (generate.name, generate.version) == ("local_images", "1")


def test_the_prompt_plays_no_part_in_it() -> None:
    generate = LocalImages(lambda category: FILES)
    assert generate("a", context()).image == generate("b", context()).image


def test_it_asks_for_the_category_of_the_target() -> None:
    asked: list[str] = []

    def images(category: str) -> tuple[Path, ...]:
        asked.append(category)
        return FILES

    LocalImages(images)("a", context(category="faces"))
    assert asked == ["faces"]


def test_an_empty_category_is_named() -> None:
    with pytest.raises(GenerationError, match="'bears'; add some") as raised:
        LocalImages(lambda category: ())("a", context())
    assert raised.value.failure == "invalid_parameters"


def test_it_waits_as_long_as_it_is_told_and_says_how_far_it_is() -> None:
    shares: list[float] = []
    generate = LocalImages(lambda category: FILES, delay_s=0.3)
    begun = time.monotonic()
    generate("a", context(progress=lambda share, text="": shares.append(share)))
    assert time.monotonic() - begun >= 0.3
    assert shares == sorted(shares) and shares[0] >= 0 and shares[-1] < 1


def test_a_worker_who_no_longer_waits_ends_the_waiting() -> None:
    begun = time.monotonic()
    with pytest.raises(GenerationError) as raised:
        LocalImages(lambda category: FILES, delay_s=900)("a", context(cancelled=lambda: time.monotonic() - begun > 0.1))
    assert raised.value.failure == "cancelled"


@pytest.mark.parametrize("delay_s", [-1, -0.001, float("nan"), float("inf")])
def test_a_delay_that_is_none_is_refused(delay_s: float) -> None:
    with pytest.raises(ValueError, match="delay_s must be"):
        LocalImages(lambda category: FILES, delay_s=delay_s)
