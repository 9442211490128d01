"""What is seen in a target."""

from pathlib import Path

import pytest

from imgloop_widgets.errors import ConfigurationError
from imgloop_widgets.library import load_library
from imgloop_widgets.simulate.target import load_prompts, sight


def test_a_target_is_seen_through_the_prompt_it_was_made_from(images: Path) -> None:
    bear = load_library(images).target("bear")

    seen = sight(bear, load_prompts(images))

    assert seen.resemblance("a large brown bear on the left in a forest at night, next to a lake") == 1.0
    assert seen.resemblance("a red car in a city") < 0.5
    assert "a bear" in seen.words


def test_a_target_without_a_prompt_is_seen_through_its_alternative_text(images: Path) -> None:
    bear = load_library(images).target("bear")

    assert sight(bear, {}).words == ("a bear",)


def test_images_without_prompts_have_none(tmp_path: Path) -> None:
    assert load_prompts(tmp_path) == {}


@pytest.mark.parametrize("text", ["[[target", '[[target]]\nid = "a"', "target = 3"])
def test_prompts_that_cannot_be_read_are_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "prompts.toml").write_text(text)

    with pytest.raises(ConfigurationError, match=r"prompts\.toml"):
        load_prompts(tmp_path)
