"""A form as one worker has it: paths, what is shown and added, and all of it again from what was kept."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from imgloop_widgets.errors import Refused
from imgloop_widgets.forms import FormModel, Sheet, answer_fields, check_answers, make_form, trigger
from imgloop_widgets.forms.fields import first_values
from imgloop_widgets.forms.sheet import MOST_ADDED, Added, elements


def nothing(context: Any) -> None:
    """A trigger, since a form with templates has one; these tests add by hand."""


def household(**first: Any) -> FormModel:
    """Two sections; in `pets` and in `people` copies of a template can be added."""
    trigger("add")(nothing)
    pet = {
        "lookup_name": "pet",
        "name": "a_pet",
        "id": "id_pet",
        "title": "<b>Pet</b> [[ kind ]] [[kind]]",
        "help": "[[kind]]",
        "show_if": {"field": "owns", "equals": "yes"},
        "rows": [
            {
                "id": "id_row",
                "fields": [
                    {
                        "type": "input",
                        "name": "pet",
                        "id": "id_field",
                        "label": "Name of the [[kind]]",
                        "tooltip": "[[kind]]",
                        "value": "pet",
                        "validators": {"maxLength": 10, "regexp": ["^pet", ""]},
                    },
                    {
                        "type": "radio",
                        "name": "age",
                        "label": "Age",
                        "options": [{"label": "young [[kind]]", "value": "pet"}, {"label": "old", "value": 3}],
                        "show_if": {"all": [{"field": "pet", "not_equals": "pet"}, {"field": "owns", "equals": "yes"}]},
                    },
                    {"type": "hidden", "name": "mark", "value": "age"},
                    {"type": "button", "name": "", "id": "", "value": "No name"},
                ],
            }
        ],
    }
    owns = {"type": "radio", "name": "owns", "id": "id_owns", "label": "Pets?", "options": ["yes", "no"], **first}
    button = {"type": "button", "name": "more", "value": "One more", "triggers": {"onClick": "add"}}
    person = {"lookup_name": "person", "fields": [{"type": "input", "name": "person", "label": "Who?"}]}
    return make_form(
        {
            "title": "Household",
            "sections": [
                {"title": "Pets", "name": "pets", "fieldsets": [pet, {"name": "ask", "fields": [owns, button]}]},
                {"title": "People", "name": "people", "fieldsets": [person, {"fields": [{"type": "button"}]}]},
            ],
        }
    )


def with_pets(*kinds: str, form: FormModel | None = None) -> Sheet:
    sheet = Sheet(form=form or household())
    for kind in kinds:
        sheet = sheet.add(Added("pets", "pet", {"kind": kind}))
    return sheet


def test_paths_are_positions_from_outside_in() -> None:
    paths = {element.path: type(element.node).__name__ for element in elements(household())}
    assert paths == {
        "0": "Section",
        "0.0": "Fieldset",
        "0.0.0": "Row",
        "0.0.0.0": "Input",
        "0.0.0.1": "Radio",
        "0.0.0.2": "Hidden",
        "0.0.0.3": "Button",
        "0.1": "Fieldset",
        "0.1.0": "Row",
        "0.1.0.0": "Radio",
        "0.1.1": "Row",
        "0.1.1.0": "Button",
        "1": "Section",
        "1.0": "Fieldset",
        "1.0.0": "Row",
        "1.0.0.0": "Input",
        "1.1": "Fieldset",
        "1.1.0": "Row",
        "1.1.0.0": "Button",
    }


def test_an_element_is_found_by_its_path() -> None:
    sheet = Sheet(form=household())
    assert sheet.element("submit") is sheet.form.submit_button
    assert sheet.element("1") is sheet.form.sections[1]
    assert sheet.element("0.1.0.0") is sheet.form.field("owns")
    for path in ("", "2", "0.2", "0.1.0.1", "0.1.0.0.0", "-1", "00", "0.", "Submit", "0.1.0.0 "):
        with pytest.raises(KeyError):
            sheet.element(path)


@pytest.mark.parametrize(
    ("reference", "path"),
    [("pets", "0"), ("ask", "0.1"), ("owns", "0.1.0.0"), ("id_owns", "0.1.0.0"), ("a_pet", "0.0"), ("id_row", "0.0.0")],
)
def test_an_element_is_found_by_its_name_or_id(reference: str, path: str) -> None:
    assert Sheet(form=household()).find(reference).path == path


def test_a_name_goes_before_an_id() -> None:
    sheet = Sheet(form=household(id="people"))
    assert sheet.find("people").path == "1"


@pytest.mark.parametrize("reference", ["", "onws", "Pets", "submit", "0.1", None, 5])
def test_what_is_not_there_is_said_with_what_is_near(reference: Any) -> None:
    with pytest.raises(ValueError, match=f"the form has no element {reference!r}") as error:
        Sheet(form=household()).find(reference)
    assert ("did you mean `owns`?" in str(error.value)) is (reference == "onws")


def test_a_copy_stands_at_the_end_of_its_section_with_names_of_its_own() -> None:
    sheet = with_pets("cat", "dog")
    assert [len(section.fieldsets) for section in sheet.form.sections] == [4, 2]
    first, second = sheet.form.sections[0].fieldsets[2:]
    assert [field.name for field in first.fields()] == ["pet__1__", "age__1__", "mark__1__", ""]
    assert [field.name for field in second.fields()] == ["pet__2__", "age__2__", "mark__2__", ""]
    assert (first.name, first.id, first.rows[0].id, first.lookup_name) == (
        "a_pet__1__",
        "id_pet__1__",
        "id_row__1__",
        "",
    )
    assert sheet.form.field("pet__1__").id == "id_field__1__"
    assert sheet.find("a_pet__2__").path == "0.3"
    assert sheet.form.sections[0].fieldsets[:2] == household().sections[0].fieldsets


def test_copies_are_counted_over_the_whole_form() -> None:
    sheet = with_pets("cat").add(Added("people", "person", {})).add(Added("pets", "pet", {"kind": "x"}))
    names = [field.name for field in answer_fields(sheet.form)]
    assert names == ["owns", "pet__1__", "age__1__", "mark__1__", "pet__3__", "age__3__", "mark__3__", "person__2__"]


def test_the_rest_of_a_copy_is_the_template() -> None:
    sheet = with_pets("cat")
    pet, age, mark = (sheet.form.field(f"{name}__1__") for name in ("pet", "age", "mark"))
    assert (pet.value, mark.value) == ("pet", "age")  # type: ignore[union-attr]
    assert pet.validators.for_page() == {"required": False, "maxLength": 10, "regexp": ["^pet", ""]}  # type: ignore[union-attr]
    assert [option.value for option in age.options] == ["pet", 3]  # type: ignore[union-attr]
    assert sheet.form.field("pet").label == "Name of the [[kind]]"


def test_what_a_copy_holds_at_first_is_what_the_template_holds() -> None:
    trigger("add")(nothing)
    tools = {"type": "checkbox", "name": "tools", "label": "", "options": ["id", "name"], "value": {"id": True}}
    several = {
        "type": "select",
        "name": "several",
        "label": "",
        "options": ["id", 2],
        "multiple": True,
        "value": ["id"],
    }
    order = {"type": "ranking", "name": "order", "label": "", "options": ["id", 2], "value": ["id"]}
    template = {"lookup_name": "t", "fields": [tools, several, order]}
    more = {"type": "button", "value": "More", "triggers": {"onClick": "add"}}
    sections = [{"title": "", "name": "s", "fieldsets": [template, {"fields": [more]}]}]
    sheet = Sheet(form=make_form({"title": "", "sections": sections})).add(Added("s", "t", {}))
    held = [first_values(field) for field in answer_fields(sheet.form)]
    assert held == [{"id": True, "name": False}, ["id"], ["id"]]


def test_conditions_in_a_copy_ask_the_copy_and_the_fields_outside() -> None:
    sheet = with_pets("cat", "dog")
    assert sheet.form.field("age__2__").show_if == {  # type: ignore[union-attr]
        "all": [{"field": "pet__2__", "not_equals": "pet"}, {"field": "owns", "equals": "yes"}]
    }
    values = {"owns": "yes", "pet__1__": "pet", "pet__2__": "pet two"}
    in_sight = {"owns", "more", "pet__1__", "mark__1__", "pet__2__", "age__2__", "mark__2__"}
    assert sheet.visible(values) == in_sight
    assert sheet.visible({**values, "owns": "no"}) == {"owns", "more"}
    assert check_answers(sheet, values) == {
        "owns": "yes",
        "pet__1__": "pet",
        "age__1__": None,
        "mark__1__": "age",
        "pet__2__": "pet two",
        "age__2__": None,
        "mark__2__": "age",
    }
    with pytest.raises(Refused) as refused:
        check_answers(sheet, {**values, "pet__2__": "no"})
    assert refused.value.problems == {"pet__2__": "This is not in the expected form."}


def test_tokens_of_a_copy_are_escaped_in_html_and_plain_in_plain_text() -> None:
    sheet = with_pets('<img src=x onerror="e()"> & [[kind]]')
    fieldset, field = sheet.form.sections[0].fieldsets[2], sheet.form.field("pet__1__")
    escaped = "&lt;img src=x onerror=&quot;e()&quot;&gt; &amp; [[kind]]"
    assert (fieldset.title, fieldset.help) == (f"<b>Pet</b> {escaped} {escaped}", escaped)
    assert field.label == 'Name of the <img src=x onerror="e()"> & [[kind]]'
    assert field.tooltip == '<img src=x onerror="e()"> & [[kind]]'  # type: ignore[union-attr]
    assert sheet.form.field("age__1__").options[0].label.startswith("young <img")  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("added", "what"),
    [
        (Added("pets", "pet", {}), "the token [[kind]] has no value"),
        (Added("pets", "pt", {"kind": ""}), "the section 'pets' has no template 'pt'; did you mean `pet`?"),
        (Added("pets", "person", {}), "the section 'pets' has no template 'person'"),
        (Added("pets", "", {}), "the section 'pets' has no template ''"),
        (Added("petz", "pet", {"kind": ""}), "the form has no section 'petz'; did you mean `pets`?"),
        (Added("", "pet", {"kind": ""}), "the form has no section ''"),
        (Added("ask", "pet", {"kind": ""}), "the form has no section 'ask'"),
    ],
)
def test_a_copy_that_can_not_be_made_says_why(added: Added, what: str) -> None:
    with pytest.raises(ValueError) as error:
        Sheet(form=household()).add(added)
    assert str(error.value).startswith(what)


def test_the_loop_s_templates_are_the_loop_s(form: FormModel) -> None:
    with pytest.raises(ValueError, match="the template 'low' is the loop's own; only the loop can add it"):
        Sheet(form=form).add(Added("loop", "low", {}))


def test_a_form_has_room_for_so_many_copies() -> None:
    sheet = Sheet(form=household(), added=(Added("people", "person", {}),) * (MOST_ADDED - 1))
    sheet = sheet.add(Added("people", "person", {}))
    assert answer_fields(sheet.form)[-1].name == f"person__{MOST_ADDED}__"
    with pytest.raises(ValueError, match=f"at most {MOST_ADDED} added fieldsets"):
        sheet.add(Added("people", "person", {}))


def test_a_template_itself_is_never_shown() -> None:
    sheet = Sheet(form=household())
    for reference in ("a_pet", "id_row", "pet", "person"):
        for shown in (True, False):
            with pytest.raises(ValueError, match=r"is of the template '(pet|person)'; only copies of it are shown"):
                sheet.set_shown(reference, shown)
    assert sheet.visible({"owns": "yes"}) == {"owns", "more"}
    assert with_pets("cat").set_shown("a_pet__1__", False).visible({"owns": "yes"}) == {"owns", "more"}


def test_what_was_shown_last_counts() -> None:
    sheet = Sheet(form=household(classes="hidden"))
    assert sheet.visible({}) == {"more"}
    sheet = sheet.set_shown("owns", True)
    assert sheet.visible({}) == {"owns", "more"}
    sheet = sheet.set_shown("pets", False)
    assert sheet.visible({}) == frozenset()
    assert sheet.set_shown("id_owns", False).set_shown("pets", True).visible({}) == {"more"}


def test_a_sheet_never_changes() -> None:
    sheet = Sheet(form=household())
    before = sheet.to_json(), sheet.changes(), sheet.form.to_json()
    sheet.add(Added("people", "person", {})).set_shown("people", False).hold("x", 5)
    assert (sheet.to_json(), sheet.changes(), sheet.form.to_json()) == before == ({}, before[1], before[2])


def test_changes_are_what_the_page_draws_besides_the_form() -> None:
    sheet = with_pets("cat").add(Added("people", "person", {})).add(Added("pets", "pet", {"kind": "dog"}))
    sheet = sheet.set_shown("a_pet__3__", False).set_shown("owns", True)

    changes = sheet.changes()

    assert json.loads(json.dumps(changes)) == changes
    assert changes["shown"] == {"0.3": False, "0.1.0.0": True}
    drawn = sheet.form.to_json()["sections"]
    assert [(one["section"], one["fieldset"]["rows"][0]["fields"][0]["name"]) for one in changes["added"]] == [
        (0, "pet__1__"),
        (1, "person__2__"),
        (0, "pet__3__"),
    ]
    assert [one["fieldset"] for one in changes["added"] if one["section"] == 0] == drawn[0]["fieldsets"][2:]
    assert [one["fieldset"] for one in changes["added"] if one["section"] == 1] == drawn[1]["fieldsets"][2:]


def test_the_page_is_told_of_hidden_values_that_conditions_ask_for() -> None:
    form = household()
    assert Sheet(form=form).changes() == {"shown": {}, "added": []}
    assert Sheet(form=form).hold("mark__1__", [1]).changes() == {"shown": {}, "added": [], "held": {"mark__1__": [1]}}


@pytest.mark.parametrize(
    "make",
    [
        lambda: Sheet(form=household()),
        lambda: with_pets("cat", "dog"),
        lambda: with_pets("<&>").set_shown("pet__1__", False).set_shown("pets", True),
        lambda: with_pets("x").hold("mark__1__", {"a": [1, None]}).hold("mark__1__", None),
        lambda: with_pets("x").add(Added("people", "person", {})).set_shown("people", False),
    ],
)
def test_a_sheet_comes_back_from_what_was_kept(make: Callable[[], Sheet]) -> None:
    sheet = make()
    kept = json.loads(json.dumps(sheet.to_json()))
    again = Sheet.from_json(household(), kept)
    assert again == sheet
    assert again.changes() == sheet.changes()
    assert again.visible({"owns": "yes"}) == sheet.visible({"owns": "yes"})


def test_what_was_kept_for_another_form_is_left_out() -> None:
    kept = with_pets("cat", "dog").set_shown("pet__2__", True).set_shown("owns", False).to_json()
    other = make_form({"title": "", "fields": [{"type": "input", "name": "a", "label": "A"}]})
    assert Sheet.from_json(other, kept) == Sheet(form=other)
    assert Sheet.from_json(household(), {**kept, "added": kept["added"][:1]}).shown == {"0.1.0.0": False}
    assert Sheet.from_json(other, {}) == Sheet(form=other)
