"""What is wrong with an answer: said at once, beside the field, and in the same words as the kernel's."""

import re
from typing import Any

import pytest
from browser.front_end.forms import a_form, a_form_view, options

from imgloop_widgets.forms import WORDS, Sheet, check_field, make_form

Json = dict[str, Any]

CHOICES: Json = {
    "options": [{"label": "One", "value": 1}, {"label": "Two", "value": "two"}, {"label": "Yes", "value": True}]
}
FILE: Json = {"name": "cat.PNG", "type": "image/png", "size": 3, "sha256": "0" * 64}
TEXTS: list[Any] = [
    None, "", "  ", "\u3000\ufeff", "a", "ab", "abc", " abc ", "👩‍👩‍👧", "ab\ncd", 5, True, ["a"], {}, "a\0b",
    "x" * 10_001,
]  # fmt: skip
NUMBERS: list[Any] = [
    None, "", " ", "7", "+7", "-7.5", "7,5", "7.", ".5", "1e3", "abc", "1234567890123456", 7, 7.25, -1, True, "0", 0,
    "10", 1e16,
]  # fmt: skip

CASES: list[tuple[Json, list[Any]]] = [
    ({"type": "input"}, TEXTS),
    ({"type": "input", "validators": {"required": True}}, TEXTS),
    ({"type": "textarea", "validators": {"minLength": 3}}, TEXTS),
    ({"type": "textarea", "validators": {"minLength": 1, "maxLength": 2}}, TEXTS),
    ({"type": "password", "validators": {"maxLength": 1}}, TEXTS),
    ({"type": "input", "validators": {"maxLength": 0}}, TEXTS),
    ({"type": "input", "validators": {"minLength": 2, "regexp": ["^[a-c]+$", "ig"]}}, [*TEXTS, "ABC", "abd", "cab "]),
    ({"type": "input", "validators": {"regexp": "^.b"}}, [*TEXTS, "a\nxb"]),
    ({"type": "input", "validators": {"regexp": ["^.b$", "m"]}}, [*TEXTS, "a\nxb"]),
    ({"type": "input", "validators": {"regexp": ["^\\w{2,}\\d?$", ""]}}, [*TEXTS, "äö", "a1", "ab1"]),
    ({"type": "email"}, ["", "a@b.c", "a@b", "a b@c.de", "a@b..c", "@b.c", "a@b.c ", "ä@ö.ü", "a@@b.c", 3]),
    ({"type": "number"}, NUMBERS),
    ({"type": "number", "validators": {"required": True}}, NUMBERS),
    ({"type": "number", "min": 0, "max": 7.25}, NUMBERS),
    ({"type": "number", "min": 1000, "max": 1_000_000}, ["999", "1000", "1000001", 1234567, "12.5"]),
    ({"type": "number", "min": 0.5, "step": 0.1}, ["0.5", "0.6", "0.65", "0.4", "1.2", 0.7, "0,8"]),
    ({"type": "number", "step": 5}, NUMBERS),
    ({"type": "date", "min": "2026-01-10", "max": "2026-02-20", "validators": {"required": True}},
     ["", None, "2026-01-10", "2026-01-09", "2026-02-20", "2026-02-21", "2026-02-30", "26-01-10", "2026-1-10", "x", 3]),
    ({"type": "date"}, ["2024-02-29", "2023-02-29", "0000-01-01", "0001-01-01", "2026-13-01", " 2026-01-01 ", "1-1-1"]),
    ({"type": "slider", "max": 10, "validators": {"required": True}}, [None, "", 0, 10, 11, -1, 2.5, "4", True]),
    ({"type": "rating", "validators": {"required": True}}, [None, "", 1, 5, 6, 0, 2.5, "4", True, 3.0]),
    ({"type": "radio", **CHOICES, "validators": {"required": True}}, [None, "", 1, 1.0, "1", "two", " two", True, []]),
    ({"type": "radio", **CHOICES}, [None, "", 2, False]),
    ({"type": "select", **CHOICES, "validators": {"required": True}}, [None, "", 1, "two", True, "x", ["two"]]),
    ({"type": "select", "multiple": True, **CHOICES, "validators": {"required": True}}, ["", [], [1], "two", [2]]),
    ({"type": "select", "multiple": True, **CHOICES, "validators": {"minLength": 2, "maxLength": 2}},
     [[], [1], [1, "two"], [1, "two", True], [1, 1], ["1", "two"]]),
    ({"type": "checkbox", **CHOICES, "validators": {"required": True}},
     [None, "", {}, {"1": False}, {"1": True}, {"true": True}, {"True": True}, {"1": "yes"}, [], {"x": True}]),
    ({"type": "checkbox", **CHOICES, "validators": {"minLength": 1, "maxLength": 1}},
     [{}, {"1": True}, {"1": True, "two": True}]),
    ({"type": "ranking", **CHOICES, "validators": {"required": True}}, [None, [], [1], [1, "two", True], [1, 1], [2]]),
    ({"type": "ranking", **CHOICES}, [[], ["two"], [True, 1, "two"]]),
    ({"type": "ranking", **CHOICES, "validators": {"minLength": 2, "maxLength": 2}},
     [[], [1], [1, True], [1, True, "two"]]),
    ({"type": "file", "validators": {"required": True}}, [None, "", FILE, {"name": "x"}, {**FILE, "sha256": "0"}, "x"]),
    ({"type": "file", "validators": {"fileExtension": ["png", "JPG"]}},
     [FILE, *({**FILE, "name": name} for name in ("cat", "cat.png.exe", "a.b.jpg", ".png", "png"))]),
]  # fmt: skip


@pytest.mark.parametrize(("field", "values"), CASES, ids=lambda case: str(case)[:70] if isinstance(case, dict) else "")
def test_the_page_says_of_every_value_what_the_kernel_says(field: Json, values: list[Any], sheet: Any) -> None:
    form = make_form({"title": "T", "fields": [{"name": "it", "label": "It", **field}]})
    spec = form.to_json()["sections"][0]["fieldsets"][0]["rows"][0]["fields"][0]
    sheet.page.goto("http://page.test/harness.html?widget=form")
    said = sheet.page.evaluate(
        "async ([spec, values, words]) => {"
        "  const { problemOf } = await import('/page/validate.js');"
        "  return values.map((value) => problemOf(spec, value, words)); }",
        [spec, values, WORDS],
    )
    kernel = [check_field(Sheet(form=form), "it", {"it": value}, has_file=lambda sha256: True) for value in values]
    assert list(zip(values, said, strict=True)) == list(zip(values, kernel, strict=True))


NAME: Json = {"type": "input", "name": "name", "label": "Name", "validators": {"required": True, "minLength": 3}}
AGE: Json = {"type": "number", "name": "age", "label": "Age", "min": 18, "validators": {"required": True}}
PET: Json = {
    "type": "radio",
    "name": "pet",
    "label": "Pet",
    "options": options("Cat", "Dog"),
    "validators": {"required": True},
}


def name_of(sheet: Any) -> Any:
    return sheet.page.get_by_role("textbox", name="Name")


def type_behind(node: Any, text: str) -> None:
    node.press("End")
    node.press_sequentially(text)


def described(sheet: Any, node: Any) -> str:
    """What a screen reader says of it besides its name."""
    text: str = node.evaluate(
        "node => (node.getAttribute('aria-describedby') ?? '').split(' ').filter(Boolean)"
        ".map((id) => document.getElementById(id).innerText).join(' ')"
    )
    return text


def test_a_field_that_was_only_passed_through_is_not_complained_about(sheet: Any) -> None:
    sheet.open(a_form_view(), a_form(NAME, AGE))
    name_of(sheet).focus()
    sheet.page.keyboard.press("Tab")
    sheet.page.keyboard.press("Tab")
    assert sheet.page.locator(".imgloop-problem:visible").count() == 0


def test_an_error_appears_on_leaving_and_goes_with_the_key_that_mends_it(sheet: Any) -> None:
    sheet.open(a_form_view(), a_form(NAME, AGE))
    name = name_of(sheet)
    name.press_sequentially("A")
    assert sheet.page.locator(".imgloop-problem:visible").count() == 0
    sheet.page.keyboard.press("Tab")
    message = "Please write at least 3 characters (now 1)."
    sheet.page.get_by_text(message, exact=True).wait_for()
    assert (name.get_attribute("aria-invalid"), message in described(sheet, name)) == ("true", True)
    sheet.page.get_by_text(f"Name: {message}").wait_for(state="attached")  # announced

    name.focus()
    sheet.page.keyboard.press("End")
    sheet.page.keyboard.type("d")
    sheet.page.get_by_text("Please write at least 3 characters (now 2).", exact=True).wait_for()
    sheet.page.keyboard.type("a")
    assert sheet.page.locator(".imgloop-problem:visible").count() == 0
    assert name.get_attribute("aria-invalid") is None


def test_what_was_typed_and_taken_away_again_is_missing(sheet: Any) -> None:
    sheet.open(a_form_view(), a_form(NAME, AGE))
    name_of(sheet).press_sequentially("A")
    sheet.page.keyboard.press("Backspace")
    sheet.page.keyboard.press("Tab")
    sheet.page.get_by_text("Please fill in this field.", exact=True).wait_for()


def test_a_complaint_does_not_move_the_button_away_under_the_pointer(sheet: Any) -> None:
    sheet.open(a_form_view(), a_form(NAME))
    name_of(sheet).press_sequentially("A")
    button = sheet.page.get_by_role("button", name="Submit")
    box = button.bounding_box()
    sheet.page.mouse.move(box["x"] + 5, box["y"] + 5)
    sheet.page.mouse.down()
    sheet.page.wait_for_function("document.activeElement.name !== 'name'")
    assert button.bounding_box() == box
    sheet.page.mouse.up()
    sheet.page.get_by_text("Please look at one answer").wait_for()


def test_moving_between_the_choices_of_a_group_is_not_leaving_it(sheet: Any) -> None:
    some = {
        "type": "checkbox",
        "name": "some",
        "label": "Some",
        "options": options("A", "B"),
        "validators": {"minLength": 2},
    }
    sheet.open(a_form_view(), a_form(some, NAME))
    sheet.page.get_by_role("checkbox", name="A").check()
    sheet.page.keyboard.press("Tab")
    assert sheet.page.locator(".imgloop-problem:visible").count() == 0
    sheet.page.keyboard.press("Tab")
    sheet.page.get_by_text("Please choose at least 2 (now 1).", exact=True).wait_for()


def test_nothing_is_sent_while_something_is_wrong_and_the_summary_leads_to_it(sheet: Any) -> None:
    sections = [
        {"title": "One", "fieldsets": [{"rows": [{"fields": [NAME]}]}]},
        {"title": "Two", "initially_collapsed": True, "fieldsets": [{"rows": [{"fields": [AGE, PET]}]}]},
    ]
    sheet.open(a_form_view(), a_form(sections=sections))
    name_of(sheet).fill("Ada")
    sheet.page.get_by_role("button", name="Submit").click()
    assert sheet.focused().startswith("Please look at 2 answers")
    assert sheet.sent("command") == []

    age = sheet.page.get_by_role("textbox", name="Age")
    assert age.is_visible()  # the section is open now
    sheet.page.get_by_role("heading", name="Two").click()
    sheet.page.get_by_role("link", name="Age: Please fill in this field.").click()
    assert (sheet.focused(), age.is_visible()) == ("age", True)
    sheet.page.keyboard.type("17")
    sheet.page.get_by_role("link", name="Age: Please give a number of at least 18.").wait_for()
    age.fill("18")
    sheet.page.get_by_text("Please look at one answer").wait_for()
    sheet.page.get_by_role("link", name="Pet: Please choose an answer.").click()
    sheet.page.keyboard.press("Space")
    assert not sheet.page.get_by_text("Please look at").is_visible()

    sheet.page.get_by_role("button", name="Submit").click()
    assert sheet.command()["values"] == {"name": "Ada", "age": "18", "pet": "cat"}


def test_one_error_has_a_summary_too(sheet: Any) -> None:
    sheet.open(a_form_view(), a_form(NAME))
    sheet.page.get_by_role("button", name="Submit").click()
    assert sheet.focused().startswith("Please look at one answer")
    sheet.page.keyboard.press("Tab")
    sheet.page.keyboard.press("Enter")
    assert sheet.focused() == "name"


def test_what_the_kernel_refuses_stands_beside_its_field_until_it_is_changed(sheet: Any) -> None:
    sheet.open(a_form_view(), a_form(NAME))
    name_of(sheet).fill("Adam")
    sheet.page.get_by_role("button", name="Submit").click()
    sheet.refuse("Please look at the marked answer.", {"name": "There is an Adam already."})
    assert sheet.focused().startswith("Please look at one answer")
    sheet.page.get_by_role("link", name="Name: There is an Adam already.").click()
    sheet.page.keyboard.press("Tab")  # leaving it mends nothing
    assert "There is an Adam already." in described(sheet, name_of(sheet))
    type_behind(name_of(sheet), "s")
    assert not sheet.page.get_by_text("There is an Adam already.").first.is_visible()


def test_an_authors_own_validator_is_asked_on_leaving_and_again_while_its_error_is_shown(sheet: Any) -> None:
    sheet.page.clock.install()
    form = a_form(NAME, AGE)
    form["form"]["sections"][0]["fieldsets"][0]["rows"][0]["fields"][0]["validators"]["kernel"] = True
    sheet.open(a_form_view(), form)
    name = name_of(sheet)
    name.press_sequentially("Ca")
    sheet.page.keyboard.press("Tab")
    assert sheet.sent("check") == []  # too short: the page knows that by itself
    type_behind(name, "t")
    sheet.page.keyboard.press("Tab")
    assert [(m["name"], m["values"]) for m in sheet.sent("check")] == [("name", {"name": "Cat", "age": ""})]
    sheet.tell("checked", name="name", message="No cats, please.")
    sheet.page.get_by_text("No cats, please.", exact=True).wait_for()

    type_behind(name, "s")
    sheet.page.clock.run_for(1000)
    assert sheet.page.get_by_text("No cats, please.", exact=True).is_visible()  # nobody has said otherwise yet
    assert sheet.sent("check")[-1]["values"]["name"] == "Cats"
    type_behind(name, "a")
    sheet.tell("checked", name="name", message=None)  # of what stood there before
    assert sheet.page.get_by_text("No cats, please.", exact=True).is_visible()
    sheet.page.clock.run_for(1000)
    sheet.tell("checked", name="name", message=None)
    assert not sheet.page.get_by_text("No cats, please.", exact=True).is_visible()


def test_a_number_and_a_day_that_are_half_typed_are_not_taken_for_nothing(sheet: Any) -> None:
    day = {"type": "date", "name": "day", "label": "Day"}
    sheet.open(a_form_view(), a_form({**AGE, "validators": {}}, day))
    sheet.page.get_by_role("textbox", name="Age").fill("about forty")
    sheet.page.get_by_label("Day").press_sequentially("03")
    sheet.page.get_by_role("button", name="Submit").click()
    sheet.page.get_by_role("link", name="Age: Please write a number.").wait_for()
    sheet.page.get_by_role("link", name="Day: Please give a day").wait_for()


def test_a_required_group_says_so_to_a_screen_reader(sheet: Any) -> None:
    some = {
        "type": "checkbox",
        "name": "some",
        "label": "Some",
        "options": options("A"),
        "validators": {"required": True},
    }
    sheet.open(a_form_view(), a_form(NAME, PET, some))
    assert name_of(sheet).get_attribute("aria-required") == "true"
    assert sheet.page.get_by_role("radiogroup", name="Pet").get_attribute("aria-required") == "true"
    sheet.page.get_by_role("group", name=re.compile("Some.*required")).wait_for()
