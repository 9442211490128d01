"""The small study of tests/unit/conftest.py, with prompts for its targets, opened on a store in memory."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from imgloop_widgets.forms import FormModel, load_form
from imgloop_widgets.opening import OpenStudy
from imgloop_widgets.store import Store, open_store

PROMPTS = {
    "bear": "a large brown bear on the left in a forest at night, next to a lake",
    "cub": "two red foxes in front of a house with a blue roof in winter",
}

StudyFiles = Callable[..., Path]


@pytest.fixture
def small_study(study_files: StudyFiles) -> Path:
    """A study's folder: two targets for three workers each, and a form with four questions."""
    arm = 'generator = "scenes"\noptions = { size = 32 }'
    folder = study_files(study="units_per_assignment = 3", arm=arm)
    rows = [f"[[target]]\nid = {json.dumps(name)}\nprompt = {json.dumps(prompt)}" for name, prompt in PROMPTS.items()]
    (folder.parent / "images" / "prompts.toml").write_text("\n\n".join(rows))
    return folder


@pytest.fixture
def images(small_study: Path) -> Path:
    """The study's folder of images."""
    return small_study.parent / "images"


@pytest.fixture
def opened(small_study: Path) -> Callable[..., OpenStudy]:
    """Open the small study with a fresh store in memory, or with the store that is given."""

    def load(store: Store | None = None) -> OpenStudy:
        return OpenStudy.load(small_study, store=store or open_store(":memory:"))

    return load


@pytest.fixture
def ask(small_study: Path) -> Callable[..., FormModel]:
    """Have the study's form ask these questions instead of its own, and return it."""
    file = small_study / "form.json"
    original = json.loads(file.read_text())

    def write(*fields: dict[str, Any]) -> FormModel:
        content = copy.deepcopy(original)
        content[0]["form"]["sections"][0]["fieldsets"][0]["rows"] = [{"fields": list(fields)}]
        file.write_text(json.dumps(content))
        return load_form(file).versions[0].form({"target_image": "target"})

    return write
