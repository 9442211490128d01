"""A form alone: filled in, sent, kept; and everything that its author can say has its effect."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from browser.front_end.conftest import picture
from browser.front_end.forms import ANSWERS, a_form, a_form_view, everything, options
from browser.front_end.looks import look_everywhere

Json = dict[str, Any]

PHOTO = {"name": "me.webp", "mimeType": "image/webp", "buffer": picture("me")}
FILLED: Json = {
    "name": "Ada",
    "age": "36",
    "mail": "",
    "day": "2026-02-03",
    "secret": "hush",
    "story": "A walk in the rain, all day long",
    "pet": "yes",
    "kind": "dog",
    "food": {"bread": True, "rice": False, "noodles": False, "potatoes": False},
    "places": ["asia"],
    "mood": 51,
    "stars": 4,
    "order": ["blue", "red", "green"],
    "arm": "a",
}


def text(name: str, **more: Any) -> Json:
    return {"type": "input", "name": name, "label": name.title(), **more}


def one_field(form: Json, **more: Any) -> Json:
    """The form with further attributes of its first field, as the kernel's JSON has them."""
    form["form"]["sections"][0]["fieldsets"][0]["rows"][0]["fields"][0].update(more)
    return form


def fill_in(sheet: Any) -> None:
    page = sheet.page
    for label, value in (("Your name", "Ada"), ("Age", "36"), ("What did you do", FILLED["story"])):
        page.get_by_role("textbox", name=label).fill(value)
    page.get_by_label("Day of the visit").fill("2026-02-03")
    page.get_by_label("A word that only you know").fill("hush")
    page.get_by_role("radio", name="Yes").check()
    page.get_by_role("combobox", name="Which?").select_option("Dog")
    page.get_by_role("checkbox", name="Bread").check()
    page.get_by_role("checkbox", name="Asia").check()
    page.get_by_role("slider", name="Your mood").press("ArrowRight")
    page.get_by_role("radio", name="4 of 5").check(force=True)
    for colour in ("Blue", "Red", "Green"):
        page.get_by_role("button", name=colour, exact=True).click()


def send(sheet: Any) -> None:
    sheet.page.get_by_role("button", name="Send").click()


# ---------------------------------------------------------------- filling in, sending, keeping


def test_every_type_of_field_is_filled_in_and_sent(sheet: Any) -> None:
    sheet.open(a_form_view(), everything())
    fill_in(sheet)
    sheet.page.get_by_label("A photograph").set_input_files([PHOTO])
    sheet.page.get_by_text("· Uploaded").wait_for()
    send(sheet)
    command = sheet.command()
    photo = command["values"].pop("photo")
    assert (command["name"], command["seq"], command["values"]) == ("submit", 1, FILLED)
    assert (photo["name"], photo["type"], len(photo["sha256"])) == ("me.webp", "image/webp", 64)


def test_after_sending_the_answers_are_read_and_nothing_can_be_changed(sheet: Any) -> None:
    sheet.open(a_form_view(), everything())
    fill_in(sheet)
    send(sheet)
    sheet.page.get_by_role("button", name="Sending").wait_for()
    sheet.accept()
    sheet.show(a_form_view("submitted", 2, answers=ANSWERS))
    assert sheet.focused() == "Sent, thank you!"
    assert sheet.page.get_by_role("textbox").count() == 0
    assert not sheet.page.get_by_role("button", name="Send").is_visible()
    said = dict(zip(*(sheet.page.locator(tag).all_inner_texts() for tag in ("dt", "dd")), strict=True))
    assert said["What do you eat?"] == "Bread, Noodles"
    assert said["Put in order"] == "Blue, Red, Green"
    assert (said["A photograph"], said["A word that only you know"]) == ("me.png", "not shown")
    assert said["What did you do yesterday?"] == "I went for a long walk\nin the rain."
    assert "arm" not in said
    assert sheet.page.evaluate("localStorage.length") == 0


def test_a_form_that_is_emptied_can_be_filled_in_again(sheet: Any) -> None:
    sheet.open(a_form_view("submitted", 2, answers={"name": "Ada"}), a_form(text("name")))
    sheet.show(a_form_view(seq=3))
    sheet.page.get_by_role("textbox", name="Name").fill("Bob")
    sheet.show(a_form_view(seq=4))  # emptied before it was sent
    assert sheet.page.get_by_role("textbox", name="Name").input_value() == ""


def test_what_was_typed_survives_a_reload_for_every_type_but_a_password(sheet: Any) -> None:
    sheet.open(a_form_view(), everything())
    fill_in(sheet)
    sheet.page.get_by_label("A photograph").set_input_files([PHOTO])
    sheet.page.get_by_text("· Uploaded").wait_for()
    sheet.open(a_form_view(), everything())  # the page is loaded anew
    sheet.page.get_by_text("me.webp").wait_for()
    sheet.page.get_by_label("A word that only you know").fill("hush")
    send(sheet)
    values = sheet.command()["values"]
    assert values.pop("photo")["name"] == "me.webp"
    assert values == FILLED


def test_a_password_is_kept_nowhere(sheet: Any) -> None:
    sheet.page.clock.install()
    sheet.open(a_form_view(), a_form({"type": "password", "name": "secret", "label": "Secret"}, text("name")))
    sheet.page.get_by_label("Secret").fill("hush")
    sheet.page.clock.run_for(2_000)
    assert "hush" not in sheet.page.evaluate("JSON.stringify({ ...localStorage, ...sessionStorage })")
    assert [draft["values"] for draft in sheet.sent("draft")] == [{"name": ""}]


def test_a_file_that_is_on_its_way_is_waited_for(sheet: Any) -> None:
    sheet.open(a_form_view(), a_form({"type": "file", "name": "photo", "label": "Photo"}))
    sheet.page.evaluate("model.files = false")
    sheet.page.get_by_label("Photo").set_input_files([PHOTO])
    sheet.page.get_by_role("button", name="Submit").click()
    sheet.page.get_by_role("link", name="Photo: This file is still on its way").wait_for()
    assert sheet.sent("command") == []
    upload = sheet.sent("file")[0]["upload"]
    value = {"name": "me.webp", "type": "image/webp", "size": 9, "sha256": "a" * 64}
    sheet.tell("file", upload=upload, value=value)
    sheet.page.get_by_text("Please look at").wait_for(state="hidden")
    sheet.page.get_by_role("button", name="Submit").click()
    assert sheet.command()["values"] == {"photo": value}


def test_without_a_connection_nothing_is_sent_and_typing_goes_on(sheet: Any) -> None:
    sheet.open(a_form_view(), a_form(text("name")), health="health")
    sheet.served = False
    sheet.page.evaluate("model.alive = false; dispatchEvent(new Event('offline'))")
    sheet.page.get_by_text("Connection lost").wait_for()
    sheet.page.get_by_role("textbox", name="Name").fill("Ada")
    sheet.page.get_by_role("button", name="Submit").click(force=True)
    assert sheet.sent("command") == []
    sheet.page.evaluate("model.alive = true; dispatchEvent(new Event('online'))")
    sheet.page.get_by_text("Connection lost").wait_for(state="hidden")
    sheet.page.get_by_role("button", name="Submit").click()
    assert sheet.command()["values"] == {"name": "Ada"}


def test_after_a_reload_what_the_kernel_has_refused_still_stands_there(sheet: Any) -> None:
    view = a_form_view(draft={"name": "Adam"}, problems={"name": "There is an Adam already."})
    sheet.open(view, a_form(text("name")))
    sheet.page.get_by_text("There is an Adam already.", exact=True).wait_for()
    sheet.page.get_by_role("textbox", name="Name").fill("Ada")
    assert not sheet.page.get_by_text("There is an Adam already.", exact=True).is_visible()


# ---------------------------------------------------------------- what an author can say


def test_values_and_checked_options_stand_there_at_first(sheet: Any) -> None:
    chosen, colours = [*options("Red"), {"label": "Blue", "value": "blue", "checked": True}], options("Red", "Blue")
    fields = [
        text("name", value="Ada"),
        {"type": "number", "name": "age", "label": "Age", "value": 36},
        {"type": "radio", "name": "one", "label": "One", "options": chosen},
        {"type": "select", "name": "list", "label": "List", "options": chosen},
        {"type": "select", "name": "many", "label": "Many", "options": colours, "multiple": True, "value": ["red"]},
        {"type": "checkbox", "name": "some", "label": "Some", "options": chosen},
        {"type": "slider", "name": "mood", "label": "Mood", "value": 30},
        {"type": "rating", "name": "stars", "label": "Stars", "value": 2},
        {"type": "ranking", "name": "order", "label": "Order", "options": colours, "value": ["blue", "red"]},
        {"type": "date", "name": "day", "label": "Day", "value": "2026-01-31"},
    ]
    sheet.open(a_form_view(), a_form(*fields))
    sheet.page.get_by_role("button", name="Submit").click()
    assert sheet.command()["values"] == {
        "name": "Ada",
        "age": "36",
        "one": "blue",
        "list": "blue",
        "many": ["red"],
        "some": {"red": False, "blue": True},
        "mood": 30,
        "stars": 2,
        "order": ["blue", "red"],
        "day": "2026-01-31",
    }


def test_a_list_holds_no_answer_before_one_was_given(sheet: Any) -> None:
    kind = {
        "type": "select",
        "name": "kind",
        "label": "Kind",
        "options": options("Cat", "Dog"),
        "placeholder": "Which one",
    }
    sheet.open(a_form_view(), a_form({**kind, "validators": {"required": True}}))
    chosen = sheet.page.get_by_role("combobox", name="Kind").evaluate("node => node.selectedOptions[0].text")
    sheet.page.get_by_role("button", name="Submit").click()
    sheet.page.get_by_role("link", name="Kind: Please choose an answer.").wait_for()
    assert chosen == "Which one"


def test_ids_classes_placeholders_icons_and_help_are_where_the_author_wants_them(sheet: Any) -> None:
    field = text(
        "name",
        id="id_name",
        classes="wide centered",
        classes_input_element="big",
        placeholder="Any name",
        help="Any <b>name</b>",
        icon="😀",
    )
    row = {"id": "id_row", "classes": "row_class", "help": "About the <i>row</i>", "fields": [field]}
    fieldset = {
        "id": "id_fieldset",
        "classes": "set_class",
        "title": "<u>Set</u>",
        "instruction": "Read",
        "help": "End",
    }
    section = {
        "id": "id_section",
        "classes": "part",
        "title": "<u>Part</u>",
        "instruction": "Begin",
        "collapsable": False,
    }
    button = {
        "text": "Go",
        "id": "id_go",
        "classes": "foot",
        "classes_button_element": "round",
        "instruction": "<i>Now</i>",
    }
    sections = [{**section, "fieldsets": [{**fieldset, "rows": [row]}]}]
    sheet.open(a_form_view(), a_form(sections=sections, submit_button=button, id="id_form", classes="whole"))
    page = sheet.page
    wanted = ["#id_name.big", "#id_row.row_class", "#id_fieldset.set_class", "#id_section.part", "#id_go.round"]
    assert [
        page.locator(one).count() for one in [*wanted, "form#id_form", ".whole", ".foot #id_go", ".wide.centered"]
    ] == [1] * 9
    assert page.locator("#id_name").get_attribute("placeholder") == "Any name"
    shown = page.locator("#id_section").inner_text().split("\n")
    assert [line for line in shown if line.strip()] == [
        "Part",
        "Begin",
        "Set",
        "Read",
        "😀",
        "Name",
        "Any name",
        "About the row",
        "End",
    ]
    assert page.get_by_text("Now").is_visible()
    assert page.locator(".wide .imgloop-label").evaluate("node => getComputedStyle(node).textAlign") == "center"


def test_a_tip_is_shown_by_pointer_focus_and_click_and_goes_with_escape(sheet: Any) -> None:
    sheet.open(a_form_view(), a_form(text("name", tooltip="A first name is enough."), text("other")))
    button = sheet.page.get_by_role("button", name="What is meant by Name")
    tip = sheet.page.locator(".imgloop-bubble")
    field = sheet.page.get_by_role("textbox", name="Name")
    assert not tip.is_visible()
    assert tip.get_attribute("id") in field.get_attribute("aria-describedby").split()

    button.hover()
    tip.wait_for()
    tip.hover()  # the pointer may go there to read
    sheet.page.wait_for_timeout(300)  # longer than the way is waited for
    assert tip.is_visible()
    sheet.page.mouse.move(600, 600)
    tip.wait_for(state="hidden")

    button.click()
    assert (tip.is_visible(), button.get_attribute("aria-expanded")) == (True, "true")
    sheet.page.keyboard.press("Escape")
    assert not tip.is_visible()

    field.focus()
    sheet.page.keyboard.press("Shift+Tab")
    assert tip.is_visible()
    sheet.page.keyboard.press("Tab")
    assert not tip.is_visible()


def test_the_instruction_is_a_window_at_first_and_whenever_it_is_asked_for(sheet: Any) -> None:
    form = a_form(text("name"), instruction="<p>Read <b>this</b></p>" * 60, show_instructions_as_modal=True)
    sheet.open(a_form_view(), form)
    dialog = sheet.page.get_by_role("dialog", name="Instructions")
    dialog.wait_for()
    assert sheet.focused() == "Instructions"  # at its beginning, however long it is
    assert dialog.get_by_role("heading").is_visible()
    sheet.page.keyboard.press("Escape")
    dialog.wait_for(state="detached")
    sheet.open(a_form_view(), form)  # loaded anew: it was read
    sheet.page.get_by_role("textbox", name="Name").wait_for()
    assert dialog.count() == 0
    sheet.page.get_by_role("button", name="Instructions").click()
    dialog.get_by_role("button", name="Close").click()
    assert sheet.focused() == "Instructions"


def test_the_loop_has_the_window_too(task: Any, views: Json, form: Json) -> None:
    form["form"]["show_instructions_as_modal"] = True
    task.open(views["scoring"], form)
    assert task.page.get_by_role("dialog").count() == 0  # the work has begun
    task.open(views["start"], form)
    task.page.get_by_role("dialog", name="Instructions").get_by_role("button", name="Close").click()
    task.page.get_by_text("Score how close").wait_for(state="detached")
    task.page.get_by_role("button", name="Instructions").click()
    task.page.get_by_text("Score how close").wait_for()


def test_a_section_is_folded_as_its_author_says(sheet: Any) -> None:
    def section(name: str, **more: Any) -> Json:
        return {"title": name.title(), "fieldsets": [{"rows": [{"fields": [text(name)]}]}], **more}

    sections = [section("a"), section("b", initially_collapsed=True), section("c", collapsable=False)]
    sheet.open(a_form_view(), a_form(sections=sections))
    boxes = [sheet.page.get_by_role("textbox", name=name, exact=True) for name in "ABC"]
    assert [box.is_visible() for box in boxes] == [True, False, True]
    for name in "ABC":
        sheet.page.get_by_role("heading", name=name, exact=True).click()
    assert [box.is_visible() for box in boxes] == [False, True, True]


def test_an_authors_styles_are_for_the_form_alone(sheet: Any) -> None:
    sheet.open(
        a_form_view(),
        a_form(text("name"), css="h1, p { color: rgb(1, 2, 3); } @media (width > 1px) { h1 { top: 1px; } }"),
    )
    sheet.page.evaluate("document.body.append(Object.assign(document.createElement('p'), { id: 'outside' }))")
    colour = "node => getComputedStyle(node).color"
    assert sheet.page.get_by_role("heading", name="About you").evaluate(colour) == "rgb(1, 2, 3)"
    assert sheet.page.locator("#outside").evaluate(colour) != "rgb(1, 2, 3)"


@pytest.mark.parametrize(
    ("language", "direction"),
    [
        ("ar", "rtl"),
        ("he-IL", "rtl"),
        ("fa", "rtl"),
        ("ur", "rtl"),
        ("az-Arab", "rtl"),
        ("de", "ltr"),
        ("pt-BR", "ltr"),
    ],
)
def test_the_language_gives_the_direction(language: str, direction: str, sheet: Any) -> None:
    sheet.open(a_form_view(), a_form(text("name"), language=language))
    root = sheet.page.locator(".imgloop")
    assert (root.get_attribute("lang"), root.get_attribute("dir")) == (language, direction)


def test_what_a_worker_wrote_is_text_and_never_html(sheet: Any) -> None:
    bad = '<img src=x onerror="window.hacked=1">'
    field = text("name", label=bad, placeholder=bad, tooltip=bad, icon="user")
    sheet.open(a_form_view(draft={"name": bad}, problems={"name": bad}), a_form(field))
    sheet.tell("notice", message=bad)
    sheet.show(a_form_view("submitted", 2, answers={"name": bad}))
    assert sheet.page.get_by_text(bad).count() >= 2
    assert sheet.page.evaluate("window.hacked") is None


# ---------------------------------------------------------------- triggers


def fired(sheet: Any) -> list[tuple[str, str]]:
    return [(message["path"], message["event"]) for message in sheet.sent("trigger")]


def test_the_four_events_of_a_field_are_told(sheet: Any) -> None:
    sheet.page.clock.install()
    events = ["onClick", "onChange", "onBlur", "onFocus"]
    sheet.open(a_form_view(), one_field(a_form(text("name"), text("other")), triggers=events))
    sheet.page.clock.pause_at(datetime.now(UTC) + timedelta(hours=1))  # typing may take as long as it likes
    sheet.page.get_by_role("textbox", name="Name").click()
    assert fired(sheet) == [("0.0.0.0", "onFocus"), ("0.0.0.0", "onClick")]
    sheet.page.keyboard.type("Ada")
    assert len(fired(sheet)) == 2
    sheet.page.clock.run_for(1_000)
    assert fired(sheet)[2:] == [("0.0.0.0", "onChange")]
    assert sheet.sent("trigger")[-1]["values"] == {"name": "Ada", "other": ""}
    sheet.page.keyboard.type("!")
    sheet.page.keyboard.press("Tab")  # what was typed is told before it is left
    assert fired(sheet)[3:] == [("0.0.0.0", "onChange"), ("0.0.0.0", "onBlur")]


def test_a_group_is_one_field_for_its_triggers(sheet: Any) -> None:
    pet = {"type": "radio", "name": "pet", "label": "Pet", "options": options("Cat", "Dog")}
    form = one_field(a_form(pet, text("other")), triggers=["onClick", "onChange", "onBlur", "onFocus"])
    sheet.open(a_form_view(), form)
    sheet.page.get_by_text("Cat", exact=True).click()
    sheet.page.get_by_text("Dog", exact=True).click()
    sheet.page.wait_for_function("model.sent.filter(m => m.event === 'onChange').length === 2")
    sheet.page.keyboard.press("Tab")
    told = [event for _, event in fired(sheet)]
    assert {event: told.count(event) for event in told} == {"onFocus": 1, "onClick": 2, "onChange": 2, "onBlur": 1}


def test_buttons_and_headers_have_triggers(sheet: Any) -> None:
    go = {
        "type": "button",
        "name": "go",
        "value": "More",
        "tooltip": "One more pet",
        "help": "Up to <b>three</b>",
        "icon": "heart",
    }
    sections = [
        {"title": "Pets", "fieldsets": [{"rows": [{"fields": [text("a")]}, {"fields": [go]}]}]},
        {"title": "Rest", "collapsable": False, "fieldsets": [{"rows": [{"fields": [text("b")]}]}]},
    ]
    form = a_form(sections=sections)
    form["form"]["sections"][0]["fieldsets"][0]["rows"][1]["fields"][0]["triggers"] = ["onClick"]
    for section in form["form"]["sections"]:
        section["triggers"] = ["onClick"]
    form["form"]["submit_button"]["triggers"] = ["onClick"]
    sheet.open(a_form_view(), form)
    button = sheet.page.get_by_role("button", name="More")
    assert (button.get_attribute("title"), sheet.page.get_by_text("Up to three").is_visible()) == ("One more pet", True)
    button.click()
    sheet.page.get_by_role("heading", name="Pets").click()
    sheet.page.get_by_role("button", name="Rest").click()
    sheet.page.get_by_role("button", name="Submit").click()
    assert fired(sheet) == [(path, "onClick") for path in ("0.0.1.0", "0", "1", "submit")]
    kinds = [message["kind"] for message in sheet.page.evaluate("model.sent")]
    assert kinds.index("command") > len(kinds) - 1 - kinds[::-1].index("trigger")


def test_what_a_trigger_sets_stands_in_the_field_and_in_the_draft(sheet: Any) -> None:
    sheet.page.clock.install()
    form = one_field(a_form(text("name", validators={"required": True}), text("other")), triggers=["onChange"])
    sheet.open(a_form_view(), form)
    sheet.page.get_by_role("button", name="Submit").click()
    sheet.tell("set", values={"name": "Ada", "nobody": 1})
    assert sheet.page.get_by_role("textbox", name="Name").input_value() == "Ada"
    assert not sheet.page.get_by_text("Please look at").is_visible()
    sheet.page.clock.run_for(1_000)
    assert sheet.sent("draft")[-1]["values"] == {"name": "Ada", "other": ""}
    assert sheet.sent("trigger") == []  # or it would go round and round


def added(name: str) -> Json:
    fieldset = a_form(text(name, validators={"required": True}))["form"]["sections"][0]["fieldsets"][0]
    return {"section": 0, "fieldset": {**fieldset, "title": name.title()}}


def test_an_added_fieldset_disturbs_nobody_who_is_typing(sheet: Any) -> None:
    sheet.open(a_form_view(), a_form(text("name")))
    name = sheet.page.get_by_role("textbox", name="Name")
    name.press_sequentially("Ad")
    name.evaluate("node => { node.mark = 'the same node'; node.setSelectionRange(1, 1); }")
    sheet.change({"shown": {}, "added": [added("pet__1__")]})
    sheet.change({"shown": {}, "added": [added("pet__1__"), added("pet__2__")]})
    sheet.page.get_by_role("textbox", name="Pet__2__").wait_for()
    assert name.evaluate("node => [node.mark, node.value, node.selectionStart, document.activeElement === node]") == [
        "the same node", "Ad", 1, True,
    ]  # fmt: skip
    sheet.page.get_by_text("There are more questions now.").wait_for(state="attached")

    sheet.page.get_by_role("textbox", name="Pet__1__").fill("Cat")
    sheet.page.get_by_role("button", name="Submit").click()
    sheet.page.get_by_role("link", name="Pet__2__: Please fill in this field.").wait_for()
    sheet.page.get_by_role("textbox", name="Pet__2__").fill("Dog")
    sheet.page.get_by_role("button", name="Submit").click()
    assert sheet.command()["values"] == {"name": "Ad", "pet__1__": "Cat", "pet__2__": "Dog"}


def test_what_was_typed_into_an_added_fieldset_survives_a_reload(sheet: Any) -> None:
    changes = {"shown": {}, "added": [added("pet__1__")]}
    sheet.open(a_form_view(), a_form(text("name")), changes=changes)
    sheet.page.get_by_role("textbox", name="Pet__1__").fill("Cat")
    sheet.open(a_form_view(), a_form(text("name")), changes=changes)
    assert sheet.page.get_by_role("textbox", name="Pet__1__").input_value() == "Cat"


def test_an_added_fieldset_can_be_hidden_by_its_path(sheet: Any) -> None:
    sheet.open(a_form_view(), a_form(text("name")), changes={"shown": {"0.1": False}, "added": [added("pet__1__")]})
    assert not sheet.page.get_by_role("textbox", name="Pet__1__").is_visible()
    sheet.page.get_by_role("button", name="Submit").click()
    sheet.command()


def test_a_trigger_that_went_wrong_is_told_until_something_else_is_done(sheet: Any) -> None:
    sheet.open(a_form_view(), a_form(text("name")))
    sheet.tell("notice", message="Something went wrong on our side. (Incident 7)")
    sheet.page.get_by_role("alert").get_by_text("Incident 7").wait_for()
    sheet.page.get_by_role("button", name="Submit").click()
    sheet.page.get_by_text("Incident 7").wait_for(state="hidden")


def test_the_loop_has_triggers_too(task: Any, views: Json, form: Json) -> None:
    more = {"type": "button", "name": "more", "value": "More", "triggers": ["onClick"]}
    start = form["form"]["sections"][1]["fieldsets"][0]
    start["rows"].insert(0, {"fields": [more, {"type": "input", "name": "mood", "label": "Mood", "value": "fine"}]})
    task.open(views["start"], form)
    task.page.get_by_role("textbox", name="Describe the target").fill("A red house on a green hill")
    task.page.get_by_role("button", name="More").click()
    told = task.sent("trigger")[-1]
    assert (told["path"], told["event"]) == ("1.0.0.0", "onClick")
    assert told["values"] == {"age": "", "gender": "", "mood": "fine", "prompt_0": "A red house on a green hill"}

    task.change({"shown": {}, "added": [added("pet__1__")]})
    task.tell("set", values={"age": "34", "gender": "female", "pet__1__": "Cat", "prompt_0": "A red house, very old"})
    task.page.get_by_role("button", name="Start").click()
    command = task.command()
    assert command["prompt"] == "A red house, very old"
    assert command["answers"] == {"age": "34", "gender": "female", "mood": "fine", "pet__1__": "Cat"}


def test_what_a_trigger_sets_in_a_hidden_field_counts_for_conditions(sheet: Any) -> None:
    arm = {"type": "hidden", "name": "arm", "value": "a"}
    sheet.open(a_form_view(), a_form(arm, text("name", show_if={"field": "arm", "equals": "b"})))
    assert not sheet.page.get_by_role("textbox", name="Name").is_visible()
    sheet.change({"shown": {}, "added": [], "held": {"arm": "b"}})
    assert sheet.page.get_by_role("textbox", name="Name").is_visible()


def test_several_forms_on_one_page_share_no_id(sheet: Any) -> None:
    sheet.open(a_form_view(), everything())
    sheet.page.evaluate("draw()")
    ids = sheet.page.evaluate("[...document.querySelectorAll('[id]')].map(node => node.id)")
    assert len(ids) == len(set(ids))
    sheet.page.evaluate("cleanups.forEach((clean) => clean())")
    assert sheet.page.evaluate("[model.handlers.length, document.querySelector('main').innerText.trim()]") == [0, ""]


# ---------------------------------------------------------------- every state


def incomplete(sheet: Any) -> None:
    send(sheet)
    sheet.page.get_by_text("Please look at 5 answers").wait_for()


def filled(sheet: Any) -> None:
    fill_in(sheet)
    sheet.page.get_by_label("A photograph").set_input_files([PHOTO])
    sheet.page.get_by_text("· Uploaded").wait_for()
    sheet.page.evaluate("document.querySelectorAll('img').forEach((img) => img.classList.add('imgloop-here'))")


def sending(sheet: Any) -> None:
    fill_in(sheet)
    send(sheet)
    sheet.page.get_by_role("button", name="Sending").wait_for()


def with_a_tip(sheet: Any) -> None:
    sheet.page.get_by_role("button", name="What is meant by Your name").click()


def in_trouble(sheet: Any) -> None:
    sheet.tell("notice", message="Something went wrong on our side. Please go on. (Incident 7)")
    sheet.change({"shown": {}, "added": [added("pet__1__")]})
    sheet.page.evaluate("model.alive = false; dispatchEvent(new Event('offline'))")
    sheet.page.get_by_text("does not answer").wait_for()


def sent(sheet: Any) -> None:
    sheet.show(a_form_view("submitted", 2, answers=ANSWERS))
    sheet.page.get_by_text("Sent, thank you!").wait_for()


STATES: dict[str, tuple[Json, Callable[[Any], None] | None]] = {
    "form": ({}, None),
    "form incomplete": ({}, incomplete),
    "form filled": ({}, filled),
    "form sending": ({}, sending),
    "form with a tip": ({}, with_a_tip),
    "form in trouble": ({}, in_trouble),
    "form sent": ({}, sent),
    "form with a window": ({"show_instructions_as_modal": True}, None),
    "form from right to left": ({"language": "he"}, incomplete),
}


@pytest.mark.parametrize("state", STATES)
def test_a_state_has_no_accessibility_fault_and_no_sideways_scroll(state: str, new_task: Callable[..., Any]) -> None:
    parts, act = STATES[state]
    sheet = new_task(widget="form", reduced_motion="reduce").open(a_form_view(), everything(**parts))
    if act:
        act(sheet)
    look_everywhere(sheet.page, state)
