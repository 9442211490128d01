"""`imgloop forms extrapolate`: what it writes reads as what it was made from."""

import json
import re
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from imgloop_widgets.cli import app as cli
from imgloop_widgets.cli.arguments import short
from imgloop_widgets.errors import ConfigurationError
from imgloop_widgets.forms import FormFile, load_form
from imgloop_widgets.forms.insertions import is_insertion

Run = Callable[..., Any]

TOKENS = ("{{a}}", "{{b}}", "{{target_image}}", "{{ a }}")
TARGETS = (
    '<img src="{{target_image}}"><br>',
    '<img class="custom--task-image" src="{{target_image}}">',
    '<img class="custom--task-image" alt="{{b}}">',
)
PATHS = ("insertions/x.html", "insertions/", ".html")
ODD = ("{{", "}}", "{", "[[", "]]", "<b>", "&amp;", "&", '"', " ", "é", "\n", *PATHS)
plain = st.text(max_size=6).filter(lambda text: "\0" not in text)
value = st.one_of(plain, st.lists(st.sampled_from((*ODD, *TOKENS)), max_size=4).map("".join))
label = st.lists(st.one_of(plain, st.sampled_from(TOKENS)), max_size=4).map("".join)
html = st.lists(st.one_of(plain, st.sampled_from((*TOKENS, *TARGETS, *ODD))), max_size=4).map("".join)


@st.composite
def units(draw: st.DrawFn) -> dict[str, Any]:
    """A form whose texts are made of tokens, of what looks like them, and of anything else."""
    fields: list[dict[str, Any]] = [
        {"type": "input", "name": "one", "label": draw(label), "tooltip": draw(label), "help": draw(html)},
        {"type": "radio", "name": "two", "label": draw(label), "options": [{"label": draw(label), "value": 1}, "{x"]},
        {"type": "textarea", "name": "three", "label": "{{a}}{{b}}", "placeholder": "none"},
    ]
    sections = [{"title": draw(html), "instruction": draw(html), "fields": fields}]
    form = {"title": draw(html), "instruction": draw(html), "sections": sections, "submit_button": "Go"}
    return {"form": form, **draw(st.sampled_from(({}, {"isScreeningUnit": True}, {"form_metadata": {"version": 3}})))}


def read(folder: Path, name: str) -> FormFile:
    return load_form(folder / name)


def same(one: FormFile, other: FormFile) -> None:
    """Both files have the same versions, with the study's target and without."""
    assert len(one.versions) == len(other.versions)
    for first, second in zip(one.versions, other.versions, strict=True):
        assert (first.metadata, first.extra) == (second.metadata, second.extra)
        for target in ({"target_image": "of the study"}, {}):
            try:
                wanted = first.form(target)
            except ConfigurationError:  # the target has no value
                continue
            assert second.form(target).model_dump() == wanted.model_dump()


def write(folder: Path, unit: Any, sets: Any = None, **insertions: str) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "unit_config.json").write_text(json.dumps(unit), encoding="utf-8")
    if sets is not None:
        content = [{"tokens_values": one} for one in sets]
        (folder / "token_sets_values_config.json").write_text(json.dumps(content), encoding="utf-8")
    (folder / "insertions").mkdir(exist_ok=True)
    for name, text in insertions.items():
        (folder / "insertions" / f"{name}.html").write_text(text, encoding="utf-8")
    return folder


def entries_of(folder: Path) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = json.loads((folder / "task_data.json").read_text(encoding="utf-8"))
    return entries


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow])
@given(
    unit=units(),
    sets=st.lists(st.fixed_dictionaries({"a": value, "b": value, "target_image": value}), min_size=1, max_size=3),
    with_target=st.booleans(),
    inserted=html,
)
def test_what_is_written_reads_as_what_it_was_made_from(
    unit: dict[str, Any], sets: list[dict[str, str]], with_target: bool, inserted: str
) -> None:
    assume(not is_insertion(inserted))  # refused: no list of forms can say it
    used = set(re.findall(r"\{\{ *(\w+) *\}\}", json.dumps(unit)))
    names = {name for name in used if with_target or name != "target_image"}
    sets = [{name: given for name, given in one.items() if name in names} for one in sets]
    with tempfile.TemporaryDirectory() as name:
        folder = write(Path(name), unit, sets, x=inserted)
        try:
            before = read(folder, "unit_config.json")
        except ConfigurationError:
            assume(False)
        with pytest.raises(SystemExit) as ended:
            cli.main(["forms", "extrapolate", str(folder)])
        assert ended.value.code == 0
        same(before, read(folder, "task_data.json"))


def form_of(**texts: str) -> dict[str, Any]:
    field = {"type": "input", "name": "one", "label": texts.pop("label", "One")}
    return {"form": {"title": "T", "submit_button": "Go", "fields": [field], **texts}}


def test_tokens_are_filled_and_insertions_put_in_their_places(tmp_path: Path, run: Run) -> None:
    unit = form_of(title="{{ animal }} &amp; co", instruction="insertions/how.html", label="Like a {{animal}}?")
    sets = [{"animal": "<bear>", "note": "insertions/note.html"}, {"animal": "fox", "note": "-"}]
    folder = write(tmp_path, unit, sets, how="<p>Look: {{note}}</p>\n", note="<i>slowly</i>")

    ran = run("forms", "extrapolate", folder)

    assert (ran.code, ran.err) == (0, "")
    assert ran.out == f"{short(folder / 'task_data.json')}: 2 versions of unit_config.json\n"
    bear, fox = entries_of(folder)
    assert bear["form"]["title"] == "&lt;bear&gt; &amp; co"
    assert bear["form"]["instruction"] == "<p>Look: <i>slowly</i></p>"
    assert bear["form"]["sections"][0]["fieldsets"][0]["rows"][0]["fields"][0]["label"] == "Like a <bear>?"
    assert (bear["form_metadata"], fox["form_metadata"]) == ({"tokens_values": sets[0]}, {"tokens_values": sets[1]})
    assert fox["form"]["instruction"] == "<p>Look: -</p>"
    same(read(folder, "unit_config.json"), read(folder, "task_data.json"))


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ('<img class="custom--task-image" src="{{target_image}}">', '<img class="custom--task-image" src="the bear">'),
        ('{{a}} <img src="{{target_image}}">', '1 <img src="{{target_image}}">'),
        ("{{a}} {{target_image}}", "1 {{target_image}}"),
    ],
)
def test_the_target_stays_a_token_where_the_study_s_own_has_to_find_its_place(
    text: str, left: str, tmp_path: Path, run: Run
) -> None:
    unit = form_of(instruction=text, title="{{a}}")
    folder = write(tmp_path, unit, [{"a": "1", "target_image": "the bear"}])

    ran = run("forms", "extrapolate", folder)

    assert entries_of(folder)[0]["form"]["instruction"] == left
    assert ("still tokens in it" in ran.err) == ("{{" in left)
    same(read(folder, "unit_config.json"), read(folder, "task_data.json"))


@pytest.mark.parametrize("value", ["{{b}}", "say [[image_url]]", "insertions/x.html ?"])
def test_a_value_that_looks_like_something_else_stays_text(value: str, tmp_path: Path, run: Run) -> None:
    folder = write(tmp_path, form_of(title="{{a}}", label="{{a}}"), [{"a": value}])

    assert run("forms", "extrapolate", folder).code == 0

    same(read(folder, "unit_config.json"), read(folder, "task_data.json"))


def test_a_form_without_tokens_has_one_version(tmp_path: Path, run: Run) -> None:
    folder = write(tmp_path, {**form_of(), "form_metadata": {"made": "by hand"}})

    assert run("forms", "extrapolate", folder).code == 0

    (entry,) = entries_of(folder)
    assert list(entry) == ["form", "form_metadata"]
    assert entry["form_metadata"] == {"made": "by hand"}


def test_mistakes_of_the_form_and_of_its_token_sets_are_told_and_nothing_is_written(tmp_path: Path, run: Run) -> None:
    folder = write(tmp_path, form_of(titel="", title="{{a}}"), [{"b": "1"}])

    ran = run("forms", "extrapolate", folder)

    assert (ran.code, ran.out) == (1, "")
    for mistake in ("unknown attribute `titel`", "the form does not use the token `b`", "no value for the token `a`"):
        assert mistake in ran.err
    assert not (folder / "task_data.json").exists()


def test_an_insertion_that_is_a_path_itself_is_a_mistake(tmp_path: Path, run: Run) -> None:
    folder = write(tmp_path, form_of(instruction="insertions/a.html"), a="insertions/b.html")

    ran = run("forms", "extrapolate", folder)

    assert ran.code == 1
    assert "form.instruction: the insertion holds the path of another, 'insertions/b.html'" in ran.err


def test_other_versions_are_overwritten_only_by_force(tmp_path: Path, run: Run) -> None:
    folder = write(tmp_path, form_of())
    (folder / "task_data.json").write_text("[]")

    ran = run("forms", "extrapolate", folder)

    assert ran.code == 1
    assert "task_data.json: holds something else (0 entries, not 1); look at it" in ran.err
    assert run("forms", "extrapolate", folder, "--force").code == 0
    assert run("forms", "extrapolate", folder).out.endswith("; they stood there already\n")


def test_a_folder_without_a_form_is_named(tmp_path: Path, run: Run) -> None:
    (tmp_path / "task_data.json").write_text("[]")

    ran = run("forms", "extrapolate", tmp_path)

    assert ran.err == f"{tmp_path}: the folder holds no unit_config.json to make versions of\n"


def test_the_real_configuration_is_extrapolated_as_its_own_tool_does_it(real_form: Path, run: Run) -> None:
    theirs = entries_of(real_form)

    assert run("forms", "extrapolate", real_form, "--force").code == 0

    ours = entries_of(real_form)
    same(read(real_form, "unit_config.json"), read(real_form, "task_data.json"))
    for entry in (*ours, *theirs):
        entry["form"]["instruction"] = entry["form"]["instruction"].strip()
        for fieldset in entry["form"]["sections"][1]["fieldsets"]:
            fieldset["instruction"] = ""  # their insertions have changed since
    assert ours == theirs
