"""The page judges an answer as the kernel does: the same message for every value, and the same fields in sight.

Hypothesis writes fields, values and forms, and the page's own script answers for many of them at once. JSON goes to
the page as text, since half of an emoji would not survive the way otherwise.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Browser
from unit.forms.strategies import EIGHTHS, FIELDS, answer, answers, forms, register

from imgloop_widgets.forms import (
    WORDS,
    FormModel,
    Sheet,
    answer_fields,
    check_field,
    conditions,
    make_form,
    run_trigger,
)
from imgloop_widgets.forms.fields import Button, Hidden
from imgloop_widgets.forms.sheet import elements
from imgloop_widgets.forms.values import SPACES, option_key
from imgloop_widgets.widgets.bundle import script_text

Json = dict[str, Any]
Ask = Callable[[str, Any], Any]

PROBLEMS = """(cases, words) => cases.map(([spec, values]) => values.map((value) => problemOf(spec, value, words)))"""

IN_SIGHT = """(cases) => cases.map(([form, changes, rounds]) => rounds.map((values) => {
  const sheet = new Sheet(form, changes);
  const fields = [...elements(sheet.whole)].filter(([, { type }]) => type);
  for (const [path, spec] of fields) {
    const [s, f] = path.split(".");
    if (spec.type === "button" || sheet.whole.sections[s].fieldsets[f].lookup_name) continue;
    const read = () => (spec.type === "hidden" ? spec.value : values[spec.name]);
    sheet.add({ key: spec.name, path, spec, node: {}, read });
  }
  sheet.reflect();
  return fields.filter(([path, { name }]) => name && sheet.isShown(path)).map(([, { name }]) => name);
}))"""

LETTERS = [*"aZ7.,-+@ \t\n\0é\u0301😀٣\uff17\ud83d\x1c\x85\u180e\u200b", "👩‍🎨", *SPACES[-4:]]
NUMBER_LIKE = "1e3 0x10 +7 -0 .5 5. 1,5 ७ NaN Infinity true"
DAY_LIKE = "2024-02-29 2023-02-29 0000-01-01 0001-01-01 9999-12-31 2026-1-1 ٢٠٢٦-01-01 2026-13-01"
MAIL_LIKE = "a@b.de a@b a@b\x85.de a@b..de ä@ö.ü"
LONG = ["9" * 15, "9" * 16, f"0.{'3' * 15}", f"1.{'0' * 16}", "1 000", "x" * 10_000, " " + "😀" * 10_001]
TEXTS = st.lists(st.sampled_from(LETTERS), max_size=6).map("".join) | st.sampled_from(
    [text for like in (NUMBER_LIKE, DAY_LIKE, MAIL_LIKE) for text in like.split(" ")] + LONG
)
NUMBERS = (
    EIGHTHS
    | st.integers(-12, 12)
    | st.sampled_from([0.1, 0.2, 0.3, 0.30000000000000004, 0.1000001, 0.10000001, 1e-7, 1234567.25])
    | st.sampled_from([10**15, 10**15 + 1, -(10**15), 10**15 - 0.5, 2**53, 1e16, 1e300, 5e-324])
)
SCALARS = st.none() | st.booleans() | NUMBERS | TEXTS
GARBAGE = (
    SCALARS | st.lists(SCALARS, max_size=3) | st.dictionaries(st.sampled_from(["a", "1", "true"]), SCALARS, max_size=2)
)
FILE = {"name": "cat.png", "type": "image/png", "size": 3, "sha256": "0" * 64}
FILES = st.tuples(
    st.just({})
    | st.fixed_dictionaries({"name": st.sampled_from(["cat.PNG", "a.tar.txt ", ".txt", "cat", "cat.", "ə.\u0422XT"])}),
    st.fixed_dictionaries({}, optional={"name": st.sampled_from(["", "x" * 256, "a\0"]) | SCALARS, "more": SCALARS})
    | st.fixed_dictionaries({}, optional={"size": st.sampled_from([20 * 2**20, 20 * 2**20 + 1, 1.5]) | SCALARS})
    | st.fixed_dictionaries({}, optional={"sha256": st.sampled_from(["A" * 64, "a" * 63, "a" * 64 + "\n"]) | SCALARS})
    | st.fixed_dictionaries({}, optional={"type": SCALARS}),
).map(lambda changes: FILE | changes[0] | changes[1]) | st.sampled_from(sorted(FILE)).map(
    lambda name: {key: value for key, value in FILE.items() if key != name}
)
BOUNDS = NUMBERS.filter(lambda number: abs(number) <= 10**15)
STEPS = st.sampled_from([0.1, 0.05, 0.3, 1e-9, 1e-6, 1, 2, 7, 1000, 10**15])
LIKE_NOTHING = [0, False, "", "0", "false", " ", "null"]
REQUIRED = st.sampled_from([{}, {"required": True}])


@pytest.fixture(scope="module")
def ask(browser: Browser) -> Iterator[Ask]:
    """Call a function of the page's script: ask(source, cases) returns its answers."""
    page = browser.new_page()
    known = "Object.assign(globalThis, { problemOf, Sheet, elements, ready: true });"
    page.add_script_tag(content=f"{script_text('form.js')}\n{known}", type="module")
    page.wait_for_function("globalThis.ready")

    def call(source: str, cases: Any) -> Any:
        text = page.evaluate(
            f"([cases, words]) => JSON.stringify(({source})(JSON.parse(cases), words))", [json.dumps(cases), WORDS]
        )
        return json.loads(text)

    yield call
    page.close()


@st.composite
def fields(draw: Callable[..., Any]) -> Json:
    """A field with its attributes, some bounds wider than those of forms that are to be filled."""
    kind = draw(st.sampled_from(sorted(FIELDS.keys() - {"button"})))
    field = {"type": kind, "name": "it", "label": "It"} | draw(FIELDS[kind])
    if kind in ("radio", "select") and draw(st.booleans()):
        options = draw(st.lists(st.sampled_from(LIKE_NOTHING), min_size=1, unique_by=option_key))
        field = {"type": kind, "name": "it", "label": "It", "options": options, "validators": draw(REQUIRED)}
    if kind in ("number", "slider") and draw(st.booleans()):
        low, step = draw(BOUNDS), draw(STEPS)
        high = min(low + draw(st.sampled_from([1, 3, 2.5, 1000])) * step, 10**15)
        bounds = [("min", low), ("max", high), ("step", step)]
        chosen = bounds if kind == "slider" else draw(st.lists(st.sampled_from(bounds)))
        if kind == "number" or high - low >= step:
            field = {"type": kind, "name": "it", "label": "It", "validators": draw(REQUIRED), **dict(chosen)}
    return field


def near(field: Any) -> st.SearchStrategy[Any]:
    """What is near to an answer: at its bounds, between its steps, like one of its options."""
    options = [option.value for option in getattr(field, "options", ())]
    if options:
        right = st.sampled_from(options)
        one = right | st.sampled_from([v for value in options for v in (option_key(value), f" {value} ")]) | SCALARS
        checked = st.dictionaries(st.sampled_from([*map(option_key, options), "x"]), st.booleans() | SCALARS)
        return right | st.lists(right, max_size=4) | one | st.lists(one, max_size=4) | checked
    if field.type in ("number", "slider", "rating"):
        bounds = [bound for bound in (field.min, field.max, getattr(field, "step", None)) if bound is not None]
        step = getattr(field, "step", None) or 1
        small = st.sampled_from([0, 1, -1, 0.5, 1e-5, -1e-5, 1e-7, -1e-7]).map(lambda share: share * step)
        return st.tuples(st.sampled_from(bounds or [0]), small).map(sum)
    if field.type == "date":
        return st.sampled_from([day for day in (field.min, field.max) if day] or [""])
    return FILES if field.type == "file" else TEXTS


def values_of(field: Any) -> st.SearchStrategy[list[Any]]:
    """Values for a field: some that it takes, some that are near, some that are anything."""
    right = st.none() if field.type == "hidden" or _is_empty(field) else answer(field)
    return st.lists(right | near(field) | near(field).map(_as_text) | GARBAGE, min_size=4, max_size=12)


def _is_empty(field: Any) -> bool:
    """Whether the steps and bounds of a field, or its options, leave no value."""
    if field.type == "select" and not field.multiple:
        return all(option.value == "" for option in field.options)
    low, high, step = (getattr(field, name, None) for name in ("min", "max", "step"))
    return field.type in ("number", "slider") and (
        max(abs(low or 0), abs(high or 0)) > 1000 or bool(step and step not in (0.125, 0.5, 1, 2, 25))
    )


def _as_text(value: Any) -> Any:
    return f" {value}".replace(".", ",") if isinstance(value, float) else value


def _made(field: Json) -> FormModel:
    return make_form({"title": "", "fields": [field]})


@st.composite
def field_cases(draw: Callable[..., Any]) -> tuple[Json, list[Any]]:
    """A field and values for it."""
    field = draw(fields())
    (made,) = _made(field).fields()
    return field, draw(values_of(made))


many = settings(
    max_examples=40,
    deadline=None,
    database=None,
    phases=[Phase.generate],  # each difference is small as it is: one field and one value
    suppress_health_check=list(HealthCheck),
)


@many
@given(cases=st.lists(field_cases(), min_size=15, max_size=30))
def test_the_page_says_of_every_value_what_the_kernel_says(ask: Ask, cases: list[tuple[Json, list[Any]]]) -> None:
    sheets = [Sheet(form=_made(field)) for field, _ in cases]
    specs = [sheet.form.to_json()["sections"][0]["fieldsets"][0]["rows"][0]["fields"][0] for sheet in sheets]

    said = ask(PROBLEMS, [[spec, values] for spec, (_, values) in zip(specs, cases, strict=True)])

    wrong: list[str] = []
    for sheet, (field, values), messages in zip(sheets, cases, said, strict=True):
        for value, message in zip(values, messages, strict=True):
            kernels = check_field(sheet, "it", {"it": value}, has_file=lambda sha256: True)
            if message != kernels:
                wrong.append(f"{field}: {value!r} {message} on the page, {kernels} in the kernel")
    assert not wrong, min(wrong, key=len)


@st.composite
def sheets(draw: Callable[..., Any]) -> tuple[FormModel, Sheet]:
    """A form, and the same as a worker may have it: with what triggers have added, shown, hidden and set."""
    register()
    form = make_form(draw(forms()))
    sheet = Sheet(form=form)
    for element in elements(form):
        button = element.node
        if isinstance(button, Button) and button.triggers.onClick:
            for _ in range(draw(st.integers(0, 2))):
                sheet, _ = run_trigger(sheet, element.path, "onClick", {})
    templates = tuple(path for path, node in elements(form) if getattr(node, "lookup_name", ""))
    paths = [path for path, _ in elements(sheet.form) if not f"{path}.".startswith(tuple(f"{t}." for t in templates))]
    shown = draw(st.dictionaries(st.sampled_from(paths), st.booleans(), max_size=3))
    hidden = [field.name for field in sheet.form.fields() if isinstance(field, Hidden)]
    given = GARBAGE | st.sampled_from([[], {}, {"a": 0}, "", " ", False, 0])
    held = draw(st.fixed_dictionaries({}, optional=dict.fromkeys(hidden, given)))
    return form, replace(sheet, shown=shown, held=held)


@st.composite
def sight_cases(draw: Callable[..., Any]) -> tuple[FormModel, Sheet, list[Json]]:
    """A form, a sheet of it and what its controls may hold: answers, what its conditions ask for, and anything."""
    form, sheet = draw(sheets())
    asked = _asked(sheet)
    strange = st.dictionaries(st.sampled_from([field.name for field in answer_fields(sheet.form)] or [""]), GARBAGE)
    wanted = st.fixed_dictionaries({}, optional={name: st.sampled_from(values) for name, values in asked.items()})
    rounds = st.tuples(answers(sheet), wanted, strange | st.just({})).map(lambda parts: parts[0] | parts[1] | parts[2])
    return form, sheet, draw(st.lists(rounds, min_size=3, max_size=6))


def _asked(sheet: Sheet) -> dict[str, list[Any]]:
    """Name of field → values that conditions compare its answer with, as a control may hold them."""
    asked: dict[str, list[Any]] = {}
    for element in elements(sheet.form):
        for test in conditions.tests(getattr(element.node, "show_if", None)):
            for value in test.value if isinstance(test.value, list) else [test.value]:
                padded = f"\u2003{value}\n" if isinstance(value, str) else _as_text(value)
                several = {option_key(value): True} if isinstance(value, str | int | float) else None
                asked.setdefault(test.field, []).extend([value, value, padded, padded, [value], several])
    return asked


@many
@given(cases=st.lists(sight_cases(), min_size=5, max_size=10))
def test_the_page_shows_the_fields_that_the_kernel_takes_answers_of(
    ask: Ask, cases: list[tuple[FormModel, Sheet, list[Json]]]
) -> None:
    shown = ask(IN_SIGHT, [[form.to_json(), sheet.changes(), rounds] for form, sheet, rounds in cases])

    wrong = []
    for (form, sheet, rounds), on_page in zip(cases, shown, strict=True):
        for values, names in zip(rounds, on_page, strict=True):
            if sheet.visible(values) ^ set(names):
                wrong.append(f"{sorted(sheet.visible(values) ^ set(names))}: {values}, {sheet.changes()}, {form!r}")
    assert not wrong, min(wrong, key=len)


NOTHING = ["", " \t", None, [], {}]
SOMETHING = [0, False, True, 1, " 1 ", [0], {"a": 0}, {"1": True}]


def test_what_a_trigger_puts_into_a_hidden_field_is_an_answer_on_both_sides_or_on_none(ask: Ask) -> None:
    asked = [{"answered": True}, {"equals": 1}, {"not_equals": "1"}, {"one_of": [0, False]}]
    fields = [
        {"type": "input", "name": f"{k}", "label": "", "show_if": {"field": "it", **a}} for k, a in enumerate(asked)
    ]
    form = make_form({"title": "", "fields": [{"type": "hidden", "name": "it"}, *fields]})
    sheets = [Sheet(form=form).hold("it", value) for value in NOTHING + SOMETHING]

    shown = ask(IN_SIGHT, [[form.to_json(), sheet.changes(), [{}]] for sheet in sheets])

    assert [set(names) for (names,) in shown] == [sheet.visible({}) for sheet in sheets]
    assert ["0" in names for (names,) in shown] == [False] * len(NOTHING) + [True] * len(SOMETHING)
