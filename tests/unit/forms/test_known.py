"""A form that was read already is not read again, as long as reading it would give the same."""

from pathlib import Path

import pytest

from imgloop_widgets.forms import load_form, validator
from imgloop_widgets.forms.functions import _OF_PROCESS

FORM = 'title = "One"\nfields = [{ type = "input", name = "a", label = "{{ target_image }}" }]\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "form.toml").write_text(FORM)
    return tmp_path


def test_the_same_files_are_the_same_form_and_filled_once_for_each_value(folder: Path) -> None:
    form = load_form(folder)
    assert load_form(folder) is form
    (version,) = form.versions
    assert version.form({"target_image": "x"}) is version.form({"target_image": "x"})
    assert version.form({"target_image": "y"}).field("a").label == "y"  # type: ignore[union-attr]


def test_a_file_that_was_changed_is_read_again(folder: Path) -> None:
    before = load_form(folder)
    (folder / "form.toml").write_text(FORM.replace("One", "Two"))
    assert before.versions[0].form({"target_image": "x"}).title == "One"
    assert load_form(folder).versions[0].form({"target_image": "x"}).title == "Two"


def test_a_file_that_was_added_beside_it_is_seen(folder: Path) -> None:
    before = load_form(folder)
    (folder / "insertions").mkdir()
    (folder / "insertions" / "mine.css").write_text(".a { color: red }")
    assert not before.css
    assert "red" in load_form(folder).css


def test_functions_of_the_author_run_each_time(folder: Path) -> None:
    (folder / "functions.py").write_text("number = 1\n")
    assert load_form(folder) is not load_form(folder)


def test_functions_of_the_notebook_count(folder: Path) -> None:
    known = load_form(folder)
    try:
        validator("mine")(lambda value, context: None)
        form = load_form(folder)
        assert form is not known
        assert "mine" in form.versions[0].functions.validators
    finally:
        _OF_PROCESS.validators.clear()
