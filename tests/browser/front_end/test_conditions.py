"""What is shown: by conditions as one types, by triggers, and in both cases as the kernel sees it."""

from itertools import product
from typing import Any

import pytest
from browser.front_end.forms import a_form, a_form_view, options

from imgloop_widgets.forms import Sheet, make_form

Json = dict[str, Any]

CHOICES = [{"label": "One", "value": 1}, {"label": "Two", "value": "two"}, {"label": "Yes", "value": True}]
SOURCES: dict[str, tuple[Json, list[Any]]] = {
    "text": ({"type": "input"}, [None, "", "  ", "yes", " yes ", "5", "2026-02-01", 5]),
    "number": ({"type": "number"}, [None, "", "5", " 5.0", "5,0", 5, "x", "-1"]),
    "date": ({"type": "date"}, ["", "2026-02-01", "2025-12-31", "2026-02-30"]),
    "slider": ({"type": "slider"}, [None, "", 0, 5, 5.5]),
    "rating": ({"type": "rating"}, [None, 5, 1, 9]),
    "radio": ({"type": "radio", "options": CHOICES}, [None, "", 1, "two", True, "1", False]),
    "select": ({"type": "select", "options": CHOICES}, ["", 1, "two", True]),
    "many": ({"type": "select", "multiple": True, "options": CHOICES}, [[], [1], ["two", True], ["x"]]),
    "boxes": ({"type": "checkbox", "options": CHOICES}, [{}, {"1": True}, {"1": False, "true": True}, {"x": True}]),
    "order": ({"type": "ranking", "options": CHOICES}, [[], ["two"], [True, 1]]),
    "hidden": ({"type": "hidden", "value": "yes"}, ["yes"]),
}
TESTS: dict[str, list[Json]] = {
    "text": [
        {"equals": "yes"},
        {"not_equals": "yes"},
        {"one_of": ["no", "yes "]},
        {"answered": True},
        {"answered": False},
    ],
    "number": [
        {"equals": 5},
        {"not_equals": 5},
        {"at_least": 5},
        {"at_most": 4.5},
        {"one_of": [1, 5]},
        {"answered": True},
    ],
    "date": [{"equals": "2026-02-01"}, {"at_least": "2026-01-01"}, {"at_most": "2026-01-01"}, {"answered": False}],
    "slider": [{"equals": 5}, {"at_least": 0}, {"answered": True}],
    "rating": [{"equals": 5}, {"at_most": 3}, {"answered": True}],
    "radio": [{"equals": 1}, {"equals": True}, {"not_equals": 1}, {"one_of": [1, "two"]}, {"answered": True}],
    "select": [{"equals": "two"}, {"not_equals": True}, {"answered": False}],
    "many": [{"contains": 1}, {"contains": True}, {"answered": True}],
    "boxes": [{"contains": 1}, {"contains": True}, {"answered": True}],
    "order": [{"contains": "two"}, {"contains": True}, {"answered": False}],
    "hidden": [{"equals": "yes"}, {"answered": True}],
}
VISIBLE = """async ([form, shown, rounds]) => {
  const { shownPaths, elements } = await import('/page/conditions.js');
  const { answerOf } = await import('/page/validate.js');
  const fields = [...elements(form)].filter(([, { type }]) => type);
  const specs = new Map(fields.map(([, spec]) => [spec.name, spec]));
  return rounds.map((values) => {
    const answer = (name) => answerOf(specs.get(name), values[name]);
    const paths = shownPaths(form, { shown, answer });
    return fields.filter(([path]) => paths.has(path)).map(([, { name }]) => name).sort();
  });
}"""


def both(page: Any, given: Json, shown: dict[str, bool], rounds: list[Json]) -> tuple[list[list[str]], list[list[str]]]:
    """The names of the fields that are shown: on the page, and in the kernel."""
    form = make_form({"title": "T", **given})
    page.goto("http://page.test/harness.html?widget=form")
    on_page: list[list[str]] = page.evaluate(VISIBLE, [form.to_json(), shown, rounds])
    sheet = Sheet(form=form, shown=shown)
    return on_page, [sorted(sheet.visible(values)) for values in rounds]


@pytest.mark.parametrize("source", SOURCES)
def test_a_condition_holds_on_the_page_where_it_holds_in_the_kernel(source: str, sheet: Any) -> None:
    field, values = SOURCES[source]
    tests = [{"field": "it", **test} for test in TESTS[source]]
    targets = [{"type": "input", "name": f"t{k}", "label": "T", "show_if": test} for k, test in enumerate(tests)]
    targets.append({"type": "input", "name": "none", "label": "T", "show_if": {"not": {"any": tests}}})
    fields = [{"name": "it", "label": "It", **field}, *targets]
    on_page, in_kernel = both(sheet.page, {"fields": fields}, {}, [{"it": value} for value in values])
    assert on_page == in_kernel
    assert len({tuple(names) for names in in_kernel}) > 1 or source == "hidden"  # the values make a difference


def test_what_hangs_on_something_hidden_has_no_answer_to_hang_on(sheet: Any) -> None:
    text = {"type": "input", "label": "T"}
    fields = [
        {**text, "name": "a"},
        {**text, "name": "b", "show_if": {"field": "a", "equals": "x"}},
        {**text, "name": "c", "show_if": {"field": "b", "answered": True}},
        {**text, "name": "d", "show_if": {"field": "b", "not_equals": "y"}},
        {**text, "name": "e", "classes": "wide hidden"},
        {
            **text,
            "name": "f",
            "show_if": {"all": [{"field": "a", "answered": True}, {"not": {"field": "b", "equals": "y"}}]},
        },
    ]
    rounds = [dict(zip("abc", values, strict=True)) for values in product(("", "x"), ("", "y"), ("", "z"))]
    for shown in ({}, {"0.0.1.0": True}, {"0.0.0": False}, {"0.0.4.0": True, "0.0": True}, {"0": False}):
        on_page, in_kernel = both(sheet.page, {"fields": fields}, shown, rounds)
        assert on_page == in_kernel


PET: Json = {"type": "radio", "name": "pet", "label": "Pet", "options": options("Yes", "No")}
KIND: Json = {"type": "input", "name": "kind", "label": "Kind", "validators": {"required": True}}


def test_a_field_comes_and_goes_with_an_answer_and_is_asked_for_only_while_it_is_there(sheet: Any) -> None:
    sheet.open(a_form_view(), a_form(PET, {**KIND, "show_if": {"field": "pet", "equals": "yes"}}))
    kind = sheet.page.get_by_role("textbox", name="Kind")
    assert not kind.is_visible()
    assert not sheet.page.get_by_text("Fields marked").is_visible()
    sheet.page.get_by_role("radio", name="Yes").check()
    assert kind.is_visible()
    sheet.page.get_by_role("button", name="Submit").click()
    sheet.page.get_by_role("link", name="Kind: Please fill in this field.").wait_for()

    kind.fill("")
    sheet.page.get_by_role("radio", name="No").check()
    assert not kind.is_visible()
    assert not sheet.page.get_by_text("Please look at").is_visible()
    sheet.page.get_by_role("button", name="Submit").click()
    assert sheet.command()["values"] == {"pet": "no", "kind": ""}


def test_sections_fieldsets_and_rows_have_conditions_too(sheet: Any) -> None:
    def condition(value: str) -> Json:
        return {"field": "pet", "equals": value}

    def text(name: str) -> Json:
        return {"type": "input", "name": name, "label": name.title()}

    sections = [
        {"title": "First", "fieldsets": [{"rows": [{"fields": [PET]}]}]},
        {"title": "Second", "show_if": condition("yes"), "fieldsets": [
            {"rows": [{"fields": [text("a")]}]},
            {"title": "Never", "show_if": condition("no"), "rows": [{"fields": [text("b")]}]},
        ]},
        {"title": "Third", "fieldsets": [{"rows": [
            {"fields": [text("c")], "help": "About c", "show_if": condition("no")},
            {"fields": [{**text("d"), "show_if": condition("yes")}], "help": "About d"},
        ]}]},
    ]  # fmt: skip
    sheet.open(a_form_view(), a_form(sections=sections))

    def seen() -> list[str]:
        texts = ["Second", "Third", "Never", "About c", "About d"]
        boxes = [name for name in "ABCD" if sheet.page.get_by_role("textbox", name=name, exact=True).is_visible()]
        return boxes + [text for text in texts if sheet.page.get_by_text(text, exact=True).is_visible()]

    assert seen() == ["Third"]
    sheet.page.get_by_role("radio", name="Yes").check()
    assert seen() == ["A", "D", "Second", "Third", "About d"]
    sheet.page.get_by_role("radio", name="No").check()
    assert seen() == ["C", "Third", "About c"]


def test_a_trigger_shows_what_was_hidden_and_hides_what_was_shown(sheet: Any) -> None:
    form = a_form({**KIND, "classes": "hidden wide"}, {"type": "input", "name": "other", "label": "Other"})
    sheet.open(a_form_view(), form)
    kind = sheet.page.get_by_role("textbox", name="Kind")
    assert not kind.is_visible()
    sheet.change({"shown": {"0.0.0.0": True, "0.0.1.0": False}, "added": []})
    assert kind.is_visible()
    assert not sheet.page.get_by_role("textbox", name="Other").is_visible()
    assert "hidden" not in sheet.page.locator(".wide").get_attribute("class").split()


def test_a_draft_shows_what_hangs_on_it(sheet: Any) -> None:
    form = a_form(PET, {**KIND, "show_if": {"field": "pet", "equals": "yes"}})
    sheet.open(a_form_view(draft={"pet": "yes", "kind": "cat"}), form)
    assert sheet.page.get_by_role("textbox", name="Kind").input_value() == "cat"


def test_answers_that_were_not_asked_for_are_not_read_out(sheet: Any) -> None:
    form = a_form(PET, {**KIND, "show_if": {"field": "pet", "equals": "yes"}})
    sheet.open(a_form_view("submitted", 2, answers={"pet": "no", "kind": None}), form)
    assert sheet.page.locator("dt").all_inner_texts() == ["Pet"]
