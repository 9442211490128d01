"""The generators that a study file can name."""

from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from imgloop_widgets.generators.contract import Context
from imgloop_widgets.generators.making import Making
from imgloop_widgets.generators.named import NAMED, build
from imgloop_widgets.library import Library

CONTEXT = Context(attempt=1, target_id="bear", category="bears", seed=7, idempotency_key="k")


@pytest.fixture
def library(tmp_path: Path, target: Any) -> Library:
    folder = tmp_path / "library" / "bears"
    folder.mkdir(parents=True)
    Image.new("RGB", (40, 30), "sienna").save(folder / "1.webp")
    return Library(folder=tmp_path, targets=(target,))


@pytest.mark.parametrize("name", list(NAMED))
def test_every_name_gives_a_generator_that_makes_an_image(name: str, library: Library) -> None:
    generator: Any = build(name, library)
    assert generator.name == name
    assert str(generator.version)
    made = Making(generator, "a brown bear beside a river", CONTEXT).run()
    assert made.webp[8:12] == b"WEBP"


@pytest.mark.parametrize("name", list(NAMED))
def test_a_repeated_request_gives_the_same_image(name: str, library: Library) -> None:
    first, second = (Making(build(name, library), "a brown bear", CONTEXT).run() for _ in range(2))
    assert first == second


def test_options_reach_the_generator(library: Library) -> None:
    with pytest.raises(ValueError, match="delay_s must be 0 or more"):
        build("local_images", library, delay_s=-1)


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("local_image", "did you mean 'local_images'"),
        ("scene", "did you mean 'scenes'"),
        ("dall-e", "possible: local_images, scenes"),
        ("", "possible: local_images, scenes"),
    ],
)
def test_a_name_that_is_not_known_is_told_with_what_is_possible(name: str, hint: str, library: Library) -> None:
    with pytest.raises(ValueError, match=hint):
        build(name, library)


@pytest.mark.parametrize("name", list(NAMED))
@pytest.mark.parametrize("option", ["speed", "name", "library", "images", "self"])
def test_options_that_it_does_not_take_are_told(name: str, option: str, library: Library) -> None:
    with pytest.raises(ValueError, match=rf"generator '{name}' does not take these options: .*{option}"):
        build(name, library, **{option: 1})


def test_local_images_says_where_images_are_missing(tmp_path: Path, target: Any) -> None:
    with pytest.raises(ValueError, match="library/bears; put at least one there"):
        build("local_images", Library(folder=tmp_path, targets=(target,)))
