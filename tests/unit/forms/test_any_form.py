"""What holds for every form that loads, and for everything that a page could send for it."""

import json
import re
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from unit.forms.strategies import SECRET, answers, forms, register

from imgloop_widgets.errors import ConfigurationError, Refused
from imgloop_widgets.forms import (
    FormModel,
    Sheet,
    answer_fields,
    check_answers,
    check_field,
    load_form,
    make_form,
    run_trigger,
    typed_values,
)
from imgloop_widgets.forms.fields import first_values
from imgloop_widgets.forms.sheet import elements

some = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


def _has_file(sha256: str) -> bool:
    return True


def _made(form: dict[str, Any]) -> FormModel:
    register()
    return make_form(form)


def _with_copies(sheet: Sheet, data: st.DataObject) -> Sheet:
    """The sheet after some presses of the buttons that add templates."""
    for element in elements(sheet.form):
        button = element.node
        if getattr(button, "type", "") == "button" and button.name and button.triggers.onClick:
            for _ in range(data.draw(st.integers(0, 2))):
                sheet, _ = run_trigger(sheet, element.path, "onClick", {})
    return sheet


@some
@given(form=forms(), data=st.data())
def test_a_form_can_be_filled_submitted_and_reloaded_and_gives_back_the_same(
    form: dict[str, Any], data: st.DataObject
) -> None:
    model = _made(form)
    sheet = _with_copies(Sheet(form=model), data)
    values = data.draw(answers(sheet))

    given = check_answers(sheet, values, has_file=_has_file)

    assert list(given) == [field.name for field in answer_fields(sheet.form)]
    shown = sheet.visible(values)
    assert all((given[name] is None) >= (name not in shown) for name in given)
    kept = json.loads(json.dumps(given, allow_nan=False))
    reloaded = Sheet.from_json(model, json.loads(json.dumps(sheet.to_json(), allow_nan=False)))
    assert reloaded == sheet
    assert check_answers(reloaded, kept, has_file=_has_file) == given == kept
    assert reloaded.visible(kept) == shown
    for name in given:
        assert check_field(sheet, name, values, has_file=_has_file) is None


@some
@given(form=forms(), data=st.data())
def test_what_the_page_gets_is_plain_and_holds_nothing_of_the_kernel_s(
    form: dict[str, Any], data: st.DataObject
) -> None:
    model = _made(form)
    sheet = _with_copies(Sheet(form=model), data)

    for sent in (model.to_json(), sheet.form.to_json(), sheet.changes()):
        text = json.dumps(sent, ensure_ascii=False, allow_nan=False)
        assert json.loads(text) == sent
        text.encode()
        assert SECRET not in text
        assert "neverThis" not in text
        assert "custom--task-image" not in text


@some
@given(form=forms())
def test_what_a_form_holds_at_first_is_what_its_page_would_send(form: dict[str, Any]) -> None:
    model = _made(form)
    values = {field.name: first_values(field) for field in answer_fields(model)}
    assert json.loads(json.dumps(values)) == values
    try:
        check_answers(Sheet(form=model), values, has_file=_has_file)
    except Refused as refused:
        assert refused.problems  # required, too long …, but nothing that no page could have sent


@some
@given(form=forms())
def test_json_toml_and_python_say_the_same_form(form: dict[str, Any]) -> None:
    model = _made(form)
    with TemporaryDirectory() as folder:
        for name, text in (
            ("form.json", json.dumps({"form": form})),
            ("alone.json", json.dumps(form, ensure_ascii=False)),
            ("form.toml", f"form = {_toml(form)}"),
            ("alone.toml", "".join(f"{_toml(key)} = {_toml(value)}\n" for key, value in form.items())),
        ):
            (Path(folder) / name).write_bytes(text.encode())
            (version,) = load_form(Path(folder) / name).versions
            assert version.form() == model, name
            assert version.form().to_json() == model.to_json()


def _toml(value: Any) -> str:
    match value:
        case dict():
            return "{" + ", ".join(f"{_toml(key)} = {_toml(item)}" for key, item in value.items()) + "}"
        case list():
            return "[" + ", ".join(map(_toml, value)) + "]"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007F")


GARBAGE = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["", "true", "1", "\ud800", "\0", "2026-01-31", 10**400, "__proto__", {"sha256": "x"}]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)


@some
@given(form=forms(), data=st.data())
def test_whatever_is_sent_gives_answers_or_a_refusal(form: dict[str, Any], data: st.DataObject) -> None:
    sheet = _with_copies(Sheet(form=_made(form)), data)
    names = [field.name for field in sheet.form.fields()]
    values = data.draw(answers(sheet)) | data.draw(st.dictionaries(st.sampled_from(names) | st.text(), GARBAGE))
    try:
        given = check_answers(sheet, values, has_file=_has_file)
    except Refused as refused:
        assert str(refused)
        assert set(refused.problems) <= sheet.visible(values)
        assert all(refused.problems.values())
    else:
        assert check_answers(sheet, given, has_file=_has_file) == given
    assert set(typed_values(sheet, values)) == {field.name for field in answer_fields(sheet.form)}
    for name in values:
        message = check_field(sheet, name, values, has_file=_has_file)
        assert message is None or message


ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text("ab{}[]/.<>\0\ud800é", max_size=8)
    | st.sampled_from(["{{ x }}", "[[x]]", "insertions/x.html", "requestNextFieldSet", "select", "2026-01-31", 1e400]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["name", "type", "value", "field", "equals", "all", "x"]), inner, max_size=3)
    ),
    max_leaves=6,
)
KEYS = st.sampled_from(
    ["name", "id", "min", "show_if", "validators", "triggers", "fields", "value", "checked", "colour"]
)


def _places(value: Any, at: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [at, *(place for key, child in children for place in _places(child, (*at, key)))]


@settings(some, max_examples=100)
@given(form=forms(), data=st.data())
def test_one_wrong_place_loads_or_is_told_where_it_is(form: dict[str, Any], data: st.DataObject) -> None:
    *steps, last = data.draw(st.sampled_from(_places(form, ())[1:]))
    place: Any = form
    for step in steps:
        place = place[step]
    if isinstance(place, dict):
        last = data.draw(st.just(last) | KEYS)
    if data.draw(st.integers(0, 4)) == 0 and (isinstance(place, list) or last in place):
        del place[last]
    else:
        place[last] = data.draw(ANYTHING)

    try:
        model = _made(form)
    except ConfigurationError as error:
        for problem in error.problems:
            str(problem).encode()
            assert problem.what
            assert _stands(form, problem.where), str(problem)
    else:
        check = Sheet(form=model)
        assert json.dumps(model.to_json(), allow_nan=False, ensure_ascii=False).encode()
        assert check.visible({}) <= {field.name for field in model.fields()}


def _stands(value: Any, path: str) -> bool:
    """Whether a path of a message leads to a place in the form, or to one that could be beside what is there."""
    if path in ("", "form") or re.fullmatch(r"\.?[^.\[]+", path):
        return True
    match value:
        case dict():
            steps = {f"{dot}{key}": item for key, item in value.items() for dot in ("", ".")}
        case list() | tuple():
            steps = {f"[{k}]": item for k, item in enumerate(value)}
        case _:
            return False
    return any(_stands(item, path[len(step) :]) for step, item in steps.items() if path.startswith(step))
