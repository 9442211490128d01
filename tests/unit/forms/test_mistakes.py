"""A wrong configuration is refused with a message that says where, what, and what to do."""

import json
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imgloop_widgets.errors import ConfigurationError
from imgloop_widgets.forms import Form, FormFile, load_form

PLACES = {
    "ABOUT": "form.sections[0].fieldsets[0].rows[0].fields",
    "MORE": "form.sections[0].fieldsets[0].rows[1].fields",
    "START": "form.sections[1].fieldsets[0].rows[1].fields[0]",
    "LOOP": "form.sections[1].fieldsets",
}
Load = Callable[..., FormFile]
Change = Callable[[Any, str, Any], Any]


def _full(path: str) -> str:
    for short, full in PLACES.items():
        path = path.replace(short, full, 1)
    return path


def _cases() -> list[Any]:
    lines = [line for line in (Path(__file__).parent / "mistakes.txt").read_text(encoding="utf-8").splitlines() if line]
    blocks = [line for line in lines if not line.startswith("#")]
    cases = []
    for head, text in zip(blocks[::2], blocks[1::2], strict=True):
        path, value = head.split(" = ", 1)
        where, _, what = text.strip().rpartition(" @ ")
        cases.append(pytest.param(_full(path), value, _full(where or path), what, id=head[:80]))
    return cases


def _problems(load: Load, *contents: Any, **files: Any) -> list[tuple[str, str]]:
    with pytest.raises(ConfigurationError) as error:
        load(*contents, **files)
    return [(problem.where, problem.what) for problem in error.value.problems]


@pytest.mark.parametrize(("path", "value", "where", "what"), _cases())
def test_one_mistake_gives_one_message_at_its_place(
    load: Load, unit: Any, change: Change, path: str, value: str, where: str, what: str
) -> None:
    if value == "-":
        *parent, last = path.rpartition(".")
        place = unit
        for step in _steps(parent[0]):
            place = place[step]
        del place[last]
    else:
        unit = change(unit, path, json.loads(value))

    ((found_where, found_what),) = _problems(load, unit)

    assert found_where == ("unit_config.json" if where == "file" else f"unit_config.json: {where}")
    assert found_what.startswith(what)


def _steps(path: str) -> list[str | int]:
    return [
        int(step) if step.isdigit() else step for step in path.replace("]", "").replace("[", ".").split(".") if step
    ]


def test_all_mistakes_are_reported_at_once_in_the_order_of_the_file(load: Load, unit: Any, change: Change) -> None:
    for path, value in (
        ("form.title", 3),
        ("form.sections[0].colour", "red"),
        (_full("ABOUT[0].validators.regexp"), "("),
        (_full("ABOUT[1].name"), "age"),
        (_full("MORE[0].options[0].label"), None),
        (_full("START.triggers.onClick"), "sendMail"),
        ("form.submit_button.text", ""),
    ):
        unit = change(unit, path, value)

    where = [place.removeprefix("unit_config.json: ") for place, _ in _problems(load, unit)]

    assert where == [
        "form.title",
        _full("ABOUT[0].validators.regexp"),
        _full("ABOUT[1].name"),
        _full("MORE[0].options[0].label"),
        "form.sections[0].colour",
        _full("START.triggers.onClick"),
        "form.submit_button.text",
    ]


def test_mistakes_of_the_token_file_come_with_those_of_the_form(load: Load, unit: Any, change: Change) -> None:
    unit = change(unit, "form.title", 3)
    problems = _problems(load, unit, token_sets_values_config_json=[{"tokens_values": {"targt_image": "x"}}])
    assert problems == [
        ("unit_config.json: form.title", "must be text; not 3"),
        (
            "token_sets_values_config.json: [0].tokens_values.targt_image",
            "the form does not use the token `targt_image`; did you mean `target_image`?",
        ),
    ]


def test_mistakes_in_a_list_of_forms_name_the_entry(load: Load, unit: Any, change: Change) -> None:
    entries = [unit, change(unit, "form.title", 3), change(unit, "annotator", {}), 5]
    assert [where for where, _ in _problems(load, task_data_json=entries)] == [
        "task_data.json: [1].form.title",
        "task_data.json: [2].annotator",
        "task_data.json: [3]",
    ]


def test_a_template_name_given_twice_is_told_with_the_trigger_that_now_leads_nowhere(
    load: Load, unit: Any, change: Change
) -> None:
    problems = _problems(load, change(unit, _full("LOOP[2].lookup_name"), "low"))
    assert [what.split(";")[0] for _, what in problems] == [
        "`requestNextFieldSet` of the field `go_2` names the template 'high', which the section 'loop' does not have",
        '"low" is taken by form.sections[1].fieldsets[1].lookup_name',
    ]


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (
            '{"form": {\n  "title": "x",\n  "title" "y"}}',
            "line 3, column 11: this is no JSON (Expecting ':' delimiter)",
        ),
        ("", "line 1, column 1: this is no JSON (Expecting value)"),
        ('{"form": NaN}', "NaN is no JSON value"),
        (b'{"form": "\xff"}', "the file unit_config.json is not in UTF-8 (line 1); save it as UTF-8"),
        ("null", "must be an object with `form`, or a list of them; not null"),
        ("[]", "must be an object with `form`, or a list of them; not []"),
        ('"form"', 'must be an object with `form`, or a list of them; not "form"'),
        ("[" * 100_000, "objects are nested too deeply"),
    ],
)
def test_a_file_that_holds_no_form_says_why(load: Load, content: str | bytes, what: str) -> None:
    assert [found for _, found in _problems(load, content)] == [what]


def test_deep_nesting_within_a_form_is_a_mistake_and_no_crash(load: Load, unit: Any, change: Change) -> None:
    deep = json.dumps(change(unit, _full("ABOUT[1].value"), "DEEP")).replace('"DEEP"', "[" * 900 + "]" * 900)
    assert _problems(load, deep)


def test_a_key_that_stands_twice_is_a_mistake(load: Load, unit: Any) -> None:
    twice = json.dumps(unit).replace('"title": "A form"', '"title": "A form", "title": "B"')
    assert _problems(load, twice) == [
        ("unit_config.json", "the key `title` stands twice in one object; remove one"),
    ]


def test_a_misspelled_form_is_recognised(load: Load, unit: Any) -> None:
    problems = _problems(load, {"from": unit["form"]})
    assert problems == [("unit_config.json: form", "is missing; add it; is it `from`?")]


def test_a_folder_without_a_configuration_and_a_missing_path_say_so(load: Load) -> None:
    assert "holds neither unit_config.json nor task_data.json" in _problems(load)[0][1]
    assert "there is no such folder or file" in _problems(load, start="nowhere")[0][1]


ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=12)
    | st.sampled_from(
        ["{{ x }}", "[[image_url]]", "<img src={{x}}", "insertions/x.html", "requestNextFieldSet", "select"]
    ),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["name", "type", "value", "x"]), inner, max_size=3)
    ),
    max_leaves=6,
)


def _places(value: Any, at: str) -> list[str]:
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    steps = [(f"{at}[{key}]" if isinstance(key, int) else f"{at}.{key}", child) for key, child in children]
    return [at, *(place for step, child in steps for place in _places(child, step))]


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_any_value_at_any_place_loads_or_is_a_mistake(form: Form, data: st.DataObject) -> None:
    unit = {"form": form.model_dump(mode="json", exclude_unset=True)}
    *steps, last = _steps(data.draw(st.sampled_from(_places(unit["form"], "form"))))
    place: Any = unit
    for step in steps:
        place = place[step]
    place[last] = data.draw(ANYTHING)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "form.json"
        path.write_text(json.dumps(unit), encoding="utf-8")
        try:
            (version,) = load_form(path).versions
        except ConfigurationError as error:
            assert all(str(problem) for problem in error.problems)
        else:
            assert version.form({"target_image": "x"}).to_json()
