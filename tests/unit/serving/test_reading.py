"""What a study's files are read for before kernels are forked, and what is left to the kernels."""

import os
import shutil
from pathlib import Path

import pytest

from imgloop_widgets.forms import load_form
from imgloop_widgets.serving.reading import read_before
from imgloop_widgets.widgets import pictures
from tests.live import FORM, study_text


@pytest.fixture
def study(tmp_path: Path) -> Path:
    form = shutil.copytree(FORM, tmp_path / "form")
    (tmp_path / "study.toml").write_text(study_text(form=form))
    return tmp_path / "study.toml"


def test_a_page_in_the_studys_folder_finds_its_form_and_targets_read(
    study: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = os.getcwd()
    read_before(study)
    assert os.getcwd() == here
    assert pictures._bare
    monkeypatch.chdir(study.parent)
    (version,) = load_form(study.parent / "form").versions
    assert version._filled


def test_nothing_of_the_researchers_is_run(study: Path) -> None:
    (study.parent / "form" / "functions.py").write_text(f"open({str(study.parent / 'ran')!r}, 'w').close()\n")
    read_before(study)
    assert not (study.parent / "ran").exists()


def test_a_mistake_is_left_for_the_pages_to_tell(tmp_path: Path) -> None:
    (tmp_path / "study.toml").write_text("nonsense = [")
    read_before(tmp_path / "study.toml")
    read_before(tmp_path / "nowhere" / "study.toml")
