"""Sessions of a first study, and rating studies that judge them, in files and on a store."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from judged import STUDY, T0, first_study

from imgloop_widgets.judging import OpenRatings
from imgloop_widgets.store import open_store


@pytest.fixture
def rating_file(tmp_path: Path, study_files: Callable[..., Path]) -> Callable[..., Path]:
    """Write a rating study beside a small study: `rating_file(ratings="raters_per_item = 2", item="single", …)`."""

    def write(**parts: str) -> Path:
        images = study_files().parent / "images"
        folder = tmp_path / "ratings"
        folder.mkdir(exist_ok=True)
        (folder / "study.toml").write_text(STUDY(images=images, **parts))
        return folder

    return write


@pytest.fixture
def opened(rating_file: Callable[..., Path], tmp_path: Path) -> Callable[..., OpenRatings]:
    """Open a rating study over sessions of a first one: `opened(sessions=3, attempts=4, item="pair", …)`."""

    def make(sessions: int = 4, attempts: int = 3, **parts: str) -> OpenRatings:
        folder = rating_file(**parts)
        store = open_store(tmp_path / "results")
        made = OpenRatings.load(folder, store=store)
        first_study(store, made.library, sessions, attempts)
        return replace(made, first=store)

    return make


@pytest.fixture
def at() -> Callable[[float], Any]:
    """A clock that stands so many seconds after the start: `at(60)`."""
    return lambda seconds: lambda: T0 + timedelta(seconds=seconds)
