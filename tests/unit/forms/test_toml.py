"""A form in TOML is the same form; TOML's own mistakes are told by their line."""

from collections.abc import Callable
from typing import Any

import pytest

from imgloop_widgets.errors import ConfigurationError
from imgloop_widgets.forms import FormFile, make_form

Load = Callable[..., FormFile]

CONSENT = '''
title = "Consent"
instruction = """
<p>Please read this.</p>
<p>Then decide.</p>"""
submit_button = "I have decided"

[[fields]]
type = "radio"
name = "consent"
label = "Do you take part?"
options = ["yes", "no"]
validators = { required = true }

[[fields]]
type = "date"
name = "birthday"
label = "Your birthday"
max = 2008-01-31
show_if = { all = [{ field = "consent", equals = "yes" }] }

[[fields]]
type = "checkbox"
name = "tools"
label = "Your tools"
options = ["pen", { label = "Two", value = 2 }]
value = { pen = true, "2" = false }
'''


def problems(load: Load, text: str | bytes, **files: Any) -> list[tuple[str, str]]:
    with pytest.raises(ConfigurationError) as error:
        load(form_toml=text, **files)
    return [(problem.where, problem.what) for problem in error.value.problems]


def test_a_form_in_toml_is_the_form_in_python(load: Load) -> None:
    (version,) = load(form_toml=CONSENT).versions
    assert version.form() == make_form(
        {
            "title": "Consent",
            "instruction": "<p>Please read this.</p>\n<p>Then decide.</p>",
            "submit_button": "I have decided",
            "fields": [
                {
                    "type": "radio",
                    "name": "consent",
                    "label": "Do you take part?",
                    "options": ["yes", "no"],
                    "validators": {"required": True},
                },
                {
                    "type": "date",
                    "name": "birthday",
                    "label": "Your birthday",
                    "max": "2008-01-31",
                    "show_if": {"all": [{"field": "consent", "equals": "yes"}]},
                },
                {
                    "type": "checkbox",
                    "name": "tools",
                    "label": "Your tools",
                    "options": ["pen", {"label": "Two", "value": 2}],
                    "value": {"pen": True, "2": False},
                },
            ],
        }
    )


@pytest.mark.parametrize("start", ["", "form.toml", "other.TOML"])
def test_a_form_in_toml_is_found_by_its_folder_or_its_name(load: Load, start: str) -> None:
    files = {start or "form.toml": CONSENT}
    assert load(start=start, **files).versions[0].form().title == "Consent"


def test_windows_line_ends_and_a_byte_order_mark_are_no_mistake(load: Load) -> None:
    text = CONSENT.replace("\n", "\r\n").encode("utf-8-sig")
    assert load(form_toml=text).versions[0].form() == load(form_toml=CONSENT).versions[0].form()


def test_tokens_insertions_and_metadata_work_in_toml(load: Load) -> None:
    file = load(
        form_toml='[form]\ntitle = "{{ x }}"\ninstruction = "insertions/i.html"\nsubmit_button = "Go"\n'
        '[[form.fields]]\ntype = "input"\nname = "a"\nlabel = "A"\n'
        "[form_metadata]\nday = 2026-01-31\nat = 12:30:00\nversion = 2\n[gold]\na = 2026-01-31T12:30:00Z\n",
        insertions__i_html="<p>I</p>",
        token_sets_values_config_json=[{"tokens_values": {"x": "1"}}, {"tokens_values": {"x": "2"}}],
    )
    assert [version.form().title for version in file.versions] == ["1", "2"]
    assert file.versions[0].form().instruction == "<p>I</p>"
    assert file.versions[0].metadata == {
        "day": "2026-01-31",
        "at": "12:30:00",
        "version": 2,
        "tokens_values": {"x": "1"},
    }
    assert file.versions[0].extra == {"gold": {"a": "2026-01-31T12:30:00+00:00"}}


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ('title = "x"\nfields = [', "this is no TOML (Invalid value (at end of document))"),
        ("title = x", "this is no TOML (Invalid value (at line 1, column 9))"),
        ('title = "a"\ntitle = "b"', "this is no TOML (Cannot overwrite a value"),
        ('title = "a\nb"', "this is no TOML ("),
        (b'title = "\xff"', "the file form.toml is not in UTF-8 (line 1); save it as UTF-8"),
        ("x = " + "[" * 5_000, "objects are nested too deeply"),
    ],
)
def test_what_is_no_toml_says_where(load: Load, text: str | bytes, what: str) -> None:
    ((where, found),) = problems(load, text)
    assert where == "form.toml" or what.endswith("deeply")
    assert found.startswith(what)


def test_an_empty_file_holds_no_form(load: Load) -> None:
    assert problems(load, "") == [("form.toml: form", "is missing; add it")]


@pytest.mark.parametrize(
    ("line", "where", "what"),
    [
        ("value = nan", "fields[0].value", "must be text; not NaN"),
        ("min = inf", "fields[0].min", "must be between -10^15 and 10^15; not Infinity"),
        ("max = 1e300", "fields[0].max", "must be between -10^15 and 10^15; not 1e+300"),
        ("value = 12:30:00", "fields[0].value", 'must be a number; not "12:30:00"'),
        ("vlue = 5", "fields[0].vlue", "unknown attribute `vlue`; did you mean `value`?"),
        ('show_if = { field = "a", equals = inf }', "fields[0].show_if", "`equals` must be text, a number, or true or"),
    ],
)
def test_mistakes_have_the_paths_of_the_file(load: Load, line: str, where: str, what: str) -> None:
    kind = "input" if "nan" in line else "number"
    text = f'title = ""\n[[fields]]\ntype = "{kind}"\nname = "a"\nlabel = ""\n{line}\n'
    ((found_where, found_what),) = problems(load, text)
    assert found_where == f"form.toml: {where}"
    assert found_what.startswith(what)


@pytest.mark.parametrize("kind", ["number", "slider", "rating"])
@pytest.mark.parametrize("lines", ["value = nan", "max = inf\nvalue = inf", "min = nan\nvalue = 5", "min = -inf"])
def test_numbers_that_are_none_are_mistakes_and_no_crash(load: Load, kind: str, lines: str) -> None:
    text = f'title = ""\n[[fields]]\ntype = "{kind}"\nname = "a"\nlabel = ""\n{lines}\n'
    assert all(where.startswith("form.toml: fields[0]") for where, _ in problems(load, text))
