"""A wrong configuration is refused with a message that says where, what, and what to do."""

import json
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from imgloop_widgets.errors import ConfigurationError
from imgloop_widgets.forms import FormFile, FormModel, load_form, make_form, trigger

PLACES = {
    "ABOUT": "form.sections[0].fieldsets[0].rows[0].fields",
    "MORE": "form.sections[0].fieldsets[0].rows[1].fields",
    "FURTHER": "form.sections[0].fieldsets[0].rows[2].fields",
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


def test_the_table_is_as_long_as_it_was() -> None:
    assert len(_cases()) >= 368
    assert len({case.values[:2] for case in _cases()}) == len(_cases())


def _problems(load: Load, *contents: Any, **files: Any) -> list[tuple[str, str]]:
    with pytest.raises(ConfigurationError) as error:
        load(*contents, **files)
    return [(problem.where, problem.what) for problem in error.value.problems]


@pytest.mark.parametrize(("path", "value", "where", "what"), _cases())
def test_one_mistake_gives_one_message_at_its_place(
    load: Load, unit: Any, change: Change, path: str, value: str, where: str, what: str
) -> None:
    unit = _without(unit, path) if value == "-" else change(unit, path, json.loads(value))

    ((found_where, found_what),) = _problems(load, unit)

    assert found_where == ("unit_config.json" if where == "file" else f"unit_config.json: {where}")
    assert found_what.startswith(what)


def _without(config: Any, path: str) -> Any:
    """A copy of the JSON from which one place is taken away."""
    config = deepcopy(config)
    *steps, last = _steps(path)
    place = config
    for step in steps:
        place = place[step]
    del place[last]
    return config


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


NUMBERS = (
    "ABOUT[1].options[1].value",
    "MORE[1].value",
    "MORE[1].min",
    "MORE[1].step",
    "MORE[3].value",
    "FURTHER[1].max",
)


@pytest.mark.parametrize("place", NUMBERS)
@pytest.mark.parametrize("number", ["1e400", "-1e400", "1e16", str(10**16), "1" * 5_000])
def test_a_number_that_no_browser_has_is_a_mistake(
    load: Load, unit: Any, change: Change, place: str, number: str
) -> None:
    text = json.dumps(change(unit, _full(place), "NUMBER")).replace('"NUMBER"', number)
    ((where, what),) = _problems(load, text)
    assert where == f"unit_config.json: {_full(place)}"
    assert what.startswith(("must be between -10^15 and 10^15; not ", "must be a number above 0; not "))


@pytest.mark.parametrize("operator", ["equals", "not_equals", "one_of", "at_least", "at_most"])
def test_a_condition_asks_for_numbers_that_a_browser_has(load: Load, unit: Any, change: Change, operator: str) -> None:
    condition = {"field": "years", operator: ["NUMBER"] if operator == "one_of" else "NUMBER"}
    text = json.dumps(change(unit, _full("FURTHER[6].show_if"), condition)).replace('"NUMBER"', "1e400")
    ((where, what),) = _problems(load, text)
    assert where == f"unit_config.json: {_full('FURTHER[6].show_if')}"
    assert what.startswith(f"`{operator}` must be ")


def test_conditions_that_wait_for_each_other_are_all_told(load: Load, unit: Any, change: Change) -> None:
    unit = change(unit, _full("ABOUT[2].show_if"), {"field": "mail", "answered": True})
    unit = change(unit, _full("MORE[2].show_if"), {"any": [{"field": "note", "answered": True}]})
    unit = change(unit, _full("MORE[4].show_if"), {"not": {"all": [{"field": "which", "answered": True}]}})
    text = "depends on itself: what it asks for is shown only if it holds"
    assert _problems(load, unit) == [
        (f"unit_config.json: {_full(place)}.show_if", text)
        for place in ("ABOUT[2]", "MORE[2]", "MORE[4]", "FURTHER[6]")
    ]


def test_whole_sections_that_wait_for_each_other_are_told(load: Load, unit: Any, change: Change) -> None:
    more = {"type": "input", "name": "more", "label": "More"}
    unit["form"]["sections"].append({"title": "More", "fieldsets": [{"rows": [{"fields": [more]}]}]})
    unit = change(unit, "form.sections[2].show_if", {"field": "age", "answered": True})
    unit = change(unit, "form.sections[0].fieldsets[0].show_if", {"field": "more", "answered": True})
    assert [where for where, _ in _problems(load, unit)] == [
        "unit_config.json: form.sections[0].fieldsets[0].show_if",
        "unit_config.json: form.sections[2].show_if",
    ]


def test_several_of_several_choices_may_be_checked(load: Load, unit: Any, change: Change) -> None:
    both = [{"label": "A", "value": "a", "checked": True}, {"label": "B", "value": "b", "checked": True}, "c"]
    for place in ("ABOUT[3].options", "MORE[0].options"):
        assert load(change(unit, _full(place), both)).versions


def test_a_condition_that_asks_into_a_circle_from_outside_is_none_itself(load: Load, unit: Any, change: Change) -> None:
    unit = change(unit, _full("MORE[2].show_if"), {"field": "note", "answered": True})
    unit = change(unit, _full("MORE[4].show_if"), {"field": "mail", "answered": True})
    unit = change(unit, _full("FURTHER[6].show_if"), {"field": "note", "answered": True})
    assert [where for where, _ in _problems(load, unit)] == [
        f"unit_config.json: {_full(place)}.show_if" for place in ("MORE[2]", "MORE[4]")
    ]


def test_a_condition_of_an_element_may_ask_what_stands_beside_it(load: Load, unit: Any, change: Change) -> None:
    unit = change(unit, "form.sections[1].fieldsets[0].rows[1].show_if", {"field": "which", "answered": True})
    unit = change(unit, "form.sections[0].fieldsets[0].rows[1].show_if", {"field": "hand", "equals": "left"})
    assert load(unit).versions


PETS = """
from imgloop_widgets import forms
forms.trigger("addPet")(lambda context: context.add_fieldset("pets", "pet", kind="cat"))
"""


def _pets(unit: Any, *others: Any, **fields: Any) -> Any:
    """The small form with a section in which fieldsets for pets can be added."""
    pet = {"type": "input", "name": "pet", "id": "id_pet", "label": "Your [[kind]]", **fields}
    kind = {"type": "radio", "name": "kind", "label": "Kind", "options": ["cat", "dog"]}
    more = {"type": "button", "value": "More", "triggers": {"onClick": "addPet"}}
    template = {"lookup_name": "pet", "rows": [{"fields": [kind, pet]}]}
    section = {"title": "Pets", "name": "pets", "fieldsets": [template, {"rows": [{"fields": [more, *others]}]}]}
    unit["form"]["sections"].append(section)
    return unit


PET = "unit_config.json: form.sections[2].fieldsets[0].rows[0].fields[1]"
OTHER = "unit_config.json: form.sections[2].fieldsets[1].rows[0].fields[1]"


@pytest.mark.parametrize(
    ("pet", "where", "what"),
    [
        ({"placeholder": "A [[kind]]"}, "placeholder", "the token [[kind]] can't stand here, only in `help`"),
        ({"value": "[[kind]]"}, "value", "the token [[kind]] can't stand here, only in `help`"),
        ({"name": "pet [[kind]]"}, "name", "the token [[kind]] can't stand here, only in `help`"),
        ({"label": "{{ kind }}"}, None, "no value for the token `kind`"),
        ({"help": "<b onclick='f([[kind]])'>"}, None, None),
        ({"show_if": {"field": "pet", "answered": True}}, "show_if", "depends on itself"),
        ({"show_if": {"field": "kind", "equals": "cow"}}, "show_if", "\"cow\" is no option of the field 'kind'"),
        ({"show_if": {"field": "prompt_1", "answered": True}}, "show_if", "the field 'prompt_1' stands in a template"),
        ({"show_if": {"field": "kind", "equals": "cat"}}, None, None),
        ({"show_if": {"field": "hand", "equals": 2}}, None, None),
        (
            {"validators": {"addPet": True}},
            "validators.addPet",
            "`addPet` of the field `pet` is no registered validator",
        ),
    ],
)
def test_templates_of_the_author_s_own(load: Load, unit: Any, pet: Any, where: str | None, what: str | None) -> None:
    if what is None:
        assert load(_pets(unit, **pet), functions_py=PETS).versions
        return
    ((found_where, found_what),) = _problems(load, _pets(unit, **pet), functions_py=PETS)
    assert found_where == ("unit_config.json" if where is None else f"{PET}.{where}")
    assert found_what.startswith(what)


@pytest.mark.parametrize(
    ("other", "where", "what"),
    [
        ({"name": "pet__1__"}, "name", '"pet__1__" is taken by copies of the template with "pet"; choose another name'),
        ({"name": "pet__20__"}, "name", '"pet__20__" is taken by copies of the template with "pet"; choose another'),
        ({"name": "x", "id": "id_pet__3__"}, "id", '"id_pet__3__" is taken by copies of the template with "id_pet"'),
        ({"name": "x", "show_if": {"field": "kind", "equals": "cat"}}, "show_if", "the field 'kind' stands in a templ"),
        ({"name": "pet__0__"}, None, None),
        ({"name": "pet__1_"}, None, None),
        ({"name": "age__1__"}, None, None),
        ({"name": "x", "placeholder": "[[kind]]"}, None, None),
        ({"name": "x", "label": "[[kind]]"}, "label", "the token [[kind]] is not known; known is [[image_url]]"),
    ],
)
def test_what_stands_beside_a_template(load: Load, unit: Any, other: Any, where: str | None, what: str | None) -> None:
    unit = _pets(unit, {"type": "input", "label": "X", **other})
    if where is None or what is None:
        assert load(unit, functions_py=PETS).versions
        return
    ((found_where, found_what),) = _problems(load, unit, functions_py=PETS)
    assert found_where == f"{OTHER}.{where}"
    assert found_what.startswith(what)


def test_a_trigger_s_token_and_name_are_told_both(load: Load, unit: Any, change: Change) -> None:
    unit = change(unit, _full("ABOUT[0].triggers"), {"onBlur": ["{{ v }}", ["{{ w }}"]]})
    assert [(where.rpartition(".")[2], what[:18]) for where, what in _problems(load, unit)] == [
        ("onBlur", "`{{ v }}` of the f"),
        ("onBlur[0]", "the token {{ v }} "),
        ("onBlur[1][0]", "the token {{ w }} "),
    ]


@pytest.mark.parametrize(
    ("css", "what"),
    [
        ("@import 'x.css';", "the file a.css loads something from elsewhere (@import…); remove it"),
        ("@IMPORT url(x.css);", "the file a.css loads something from elsewhere (@IMPORT…); remove it"),
        (".a { background: url(https://example.org/x.png) }", "the file a.css loads something from elsewhere (url(h"),
        (".a { background: URL( '//example.org/x.png') }", "the file a.css loads something from elsewhere (URL("),
        ('.a { background: image-set("https://example.org/x" 1x) }', "the file a.css loads something from elsewhere"),
        (b".a { color: \xff }", "the file a.css is not in UTF-8 (line 1); save it as UTF-8"),
    ],
)
def test_styles_load_nothing_from_elsewhere(load: Load, unit: Any, css: Any, what: str) -> None:
    ((where, found),) = _problems(load, unit, insertions__a_css=css)
    assert where == "insertions"
    assert found.startswith(what)


def test_a_style_sheet_that_leads_out_of_the_folder_is_refused(load: Load, unit: Any, tmp_path: Path) -> None:
    outside = tmp_path.parent / f"{tmp_path.name}-secret.css"
    outside.write_text(".a {}")
    (tmp_path / "insertions").mkdir()
    (tmp_path / "insertions" / "x.css").symlink_to(outside)
    assert _problems(load, unit) == [
        (
            "insertions",
            "`insertions/x.css` is not within the folder insertions/ beside the configuration; move the file there",
        )
    ]


@pytest.mark.parametrize("text", ["\\ud83d", "\\u0000", "a\\udc00b"])
def test_characters_that_can_not_be_stored_are_mistakes_anywhere(
    load: Load, unit: Any, change: Change, text: str
) -> None:
    for place in (
        "form.title",
        "ABOUT[0].name",
        "ABOUT[1].value",
        "ABOUT[1].options[1].value",
        "MORE[3].value",
        "ABOUT[0].validators.x",
    ):
        content = json.dumps(change(unit, _full(place), "TEXT")).replace('"TEXT"', f'"{text}"')
        problems = _problems(load, content)
        assert (
            "holds a character that can't be stored (half of a pair, or NUL); write it again" in dict(problems).values()
        )
        for where, what in problems:
            f"{where}: {what}".encode()
    content = json.dumps(change(unit, _full("ABOUT[0].validators"), {"TEXT": 1})).replace("TEXT", text)
    assert all(what.encode() and where.encode() for where, what in _problems(load, content))
    content = json.dumps(unit).replace('"title": "A form"', f'"title": "A form", "{text}": 1')
    assert all(what.encode() and where.encode() for where, what in _problems(load, content))
    sets = json.dumps([{"tokens_values": {"x": "TEXT", "target_image": ""}}]).replace("TEXT", text)
    unit = change(unit, "form.title", "{{ x }}")
    assert [where for where, _ in _problems(load, unit, token_sets_values_config_json=sets)] == [
        "token_sets_values_config.json: [0].tokens_values.x"
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


@pytest.mark.parametrize("value", [[[]], {"x": {}}, None, 5, "x", True, ...], ids=repr)
def test_a_value_of_another_type_is_no_crash_at_any_place(unit: Any, change: Change, value: Any) -> None:
    trigger("addPet")(lambda context: None)
    unit = _pets(unit, show_if={"field": "kind", "equals": "cat"})
    for place in _places(unit["form"], "form")[1:]:
        try:
            make_form((_without(unit, place) if value is ... else change(unit, place, value))["form"])
        except ConfigurationError as error:
            assert error.problems


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_any_value_at_any_place_loads_or_is_a_mistake(form: FormModel, data: st.DataObject) -> None:
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
