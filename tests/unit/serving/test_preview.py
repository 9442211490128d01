"""`preview_page`: which version, which component, and what it says; tests/browser/test_preview.py looks at it."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import ipywidgets
import pytest

from imgloop_widgets.errors import ConfigurationError
from imgloop_widgets.forms import FormModel, make_form
from imgloop_widgets.loop import band
from imgloop_widgets.serving import preview
from imgloop_widgets.serving.preview import label_of, preview_page
from imgloop_widgets.serving.rehearsal import loop_of, rules_of
from imgloop_widgets.widgets import LookAlike
from imgloop_widgets.widgets.form import Form

FIELDS = [{"type": "input", "name": "a", "label": "What does the {{animal}} do?"}]
UNIT = {"form": {"title": "The {{animal}}", "submit_button": "Go", "fields": FIELDS}}
SETS = [{"tokens_values": {"animal": animal}} for animal in ("bear", "<b>fox</b>", "owl")]


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    yield
    ipywidgets.Widget.close_all()


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The HTML that the cell displayed."""
    found: list[str] = []
    monkeypatch.setattr(preview, "display", lambda html: found.append(html.data))
    monkeypatch.delenv("QUERY_STRING", raising=False)
    return found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "unit_config.json").write_text(json.dumps(UNIT))
    (tmp_path / "token_sets_values_config.json").write_text(json.dumps(SETS))
    return tmp_path


@pytest.mark.parametrize(
    ("query", "number", "strange"),
    [
        ("", 1, None),
        ("version=2", 2, None),
        ("version=1&version=3", 3, None),
        ("version=4", 1, "4"),
        ("version=0", 1, "0"),
        ("version=%3Cscript%3E", 1, "&lt;script&gt;"),
        ("version=99999999999999999999999999", 1, "99999999999999999999"),
        ("worker_id=ana&id=1", 1, None),
    ],
)
def test_the_version_comes_from_the_link(
    query: str, number: int, strange: str | None, folder: Path, shown: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QUERY_STRING", query)

    page = preview_page(folder)

    (bar,) = shown
    assert isinstance(page, Form)
    assert f"The {['bear', '&lt;b&gt;fox&lt;/b&gt;', 'owl'][number - 1]}" == page.form["form"]["title"]
    assert f"version {number} of 3" in bar
    assert f'<option value="{number}" selected>' in bar
    assert "2: animal=&lt;b&gt;fox&lt;/b&gt;</option>" in bar
    assert ("There is no version" in bar) == (strange is not None)
    assert strange is None or strange in bar


def test_a_form_of_one_version_needs_no_chooser(folder: Path, shown: list[str]) -> None:
    (folder / "token_sets_values_config.json").write_text(json.dumps(SETS[:1]))

    preview_page(folder)

    assert "<form" not in shown[0]


def test_a_form_with_the_loop_is_played_in_memory_with_a_target(
    study_files: Callable[..., Path], shown: list[str]
) -> None:
    page = preview_page(study_files() / "form.json")

    assert isinstance(page, LookAlike)
    assert page.view["phase"] == "prompting"
    assert page.view["remaining_s"] is None
    assert (page.view["target"]["width"], page.view["target"]["height"]) == (512, 512)
    assert "low from a score of 1, high from a score of 6" in shown[0]


def test_mistakes_are_listed_with_their_places(folder: Path, shown: list[str]) -> None:
    (folder / "unit_config.json").write_text(json.dumps({"form": {**UNIT["form"], "titel": "<i>"}}))

    assert preview_page(folder) is None

    assert "<h1>1 mistake in" in shown[0]
    assert "<code>unit_config.json: form.titel</code>: unknown attribute `titel`" in shown[0]


def test_mistakes_of_the_loop_are_listed_as_well(study_files: Callable[..., Path], shown: list[str], form: Any) -> None:
    file = study_files() / "form.json"
    content = json.loads(file.read_text())
    section = content[0]["form"]["sections"][form_loop(form)]
    section["fieldsets"] = [fieldset for fieldset in section["fieldsets"] if "lookup_name" not in fieldset]
    file.write_text(json.dumps(content))

    assert preview_page(file) is None
    assert "the loop needs at least one, to show an image in" in shown[0]


def form_loop(form: FormModel) -> int:
    parts = loop_of(form)
    assert parts is not None
    return parts.section


def test_a_path_that_has_gone_is_a_mistake(tmp_path: Path, shown: list[str]) -> None:
    assert preview_page(tmp_path / "nowhere") is None
    assert "there is no such folder or file" in shown[0]


def test_every_template_can_be_reached(form: FormModel) -> None:
    parts = loop_of(form)
    assert parts is not None

    rules = rules_of(form, parts)

    assert (rules.score_min, rules.score_max, rules.perfect_score, rules.max_answer_loops) == (1, 10, 10, None)
    reached = {band(rules, score) for score in (None, *range(rules.score_min, rules.score_max))}
    assert reached == parts.templates.keys()


def test_a_form_without_the_loop_is_none_of_its_own(form: FormModel) -> None:
    assert loop_of(make_form({"title": "T", "fields": [{"type": "button", "value": "Nothing"}]})) is None


def test_a_loop_without_scores_is_a_mistake(form: FormModel) -> None:
    parts = loop_of(form)
    assert parts is not None
    names = {template.score for template in parts.templates.values()}

    with pytest.raises(ConfigurationError, match="offers no score"):
        rules_of(without_options(form, names), parts)


def without_options(form: FormModel, names: set[str]) -> FormModel:
    """The form, with nothing but an empty choice in these fields."""

    def emptied(node: Any) -> Any:
        if isinstance(node, dict) and node.get("name") in names:
            return {**node, "options": [{"label": "-", "value": ""}]}
        if isinstance(node, dict):
            return {key: emptied(value) for key, value in node.items()}
        return [emptied(value) for value in node] if isinstance(node, list) else node

    return FormModel.model_validate(emptied(form.model_dump(mode="json", exclude_unset=True)))


@pytest.mark.parametrize(
    ("tokens", "label"),
    [
        ({}, "8"),
        ({"animal": "bear"}, "8: animal=bear"),
        ({"link": "https://example.org/a/very/long/path/to/bear.webp"}, "8: link=https://exa…to/bear.webp"),
        ({"text": "two\nlines"}, "8: text=two lines"),
    ],
)
def test_a_version_is_called_by_its_tokens_values_shortened(tokens: dict[str, str], label: str) -> None:
    assert label_of(7, tokens) == label


def test_a_label_is_never_longer_than_the_chooser_takes() -> None:
    assert len(label_of(0, {f"token{k}": "x" * 50 for k in range(20)})) == preview.LONGEST_LABEL
