"""What a worker does on the page, and what the kernel hears of it."""

from typing import Any

import pytest
from playwright.sync_api import expect

Json = dict[str, Any]


def focused(task: Any) -> str:
    """The text or the name of what has the focus."""
    text: str = task.page.evaluate("document.activeElement.name || document.activeElement.innerText")
    return text


def tab_to(task: Any, name: str) -> None:
    """Press Tab until something with this text or name has the focus."""
    for _ in range(30):
        task.page.keyboard.press("Tab")
        if name in focused(task):
            return
    raise AssertionError(f"{name!r} can't be reached with the Tab key")


def fill_in(task: Any) -> None:
    """Give what the page asks for before it sends anything."""
    task.page.get_by_role("textbox", name="Age").fill("34")
    task.page.get_by_role("combobox", name="Gender").select_option("Female")
    task.page.get_by_role("textbox", name="Describe the target").fill("A red house on a green hill")


def test_the_whole_task_can_be_done_with_the_keyboard_alone(task: Any, views: Json) -> None:
    keyboard, first_prompt, next_prompt = task.page.keyboard, views["generating"]["prompt"], views["last"]["prompt"]
    task.open(views["start"])

    tab_to(task, "Enlarge")
    keyboard.press("Enter")
    task.page.get_by_role("dialog").wait_for()
    keyboard.press("Escape")
    task.page.get_by_role("dialog").wait_for(state="detached")
    assert "Enlarge" in focused(task)

    tab_to(task, "age")
    keyboard.type("34")
    tab_to(task, "gender")
    keyboard.type("Fem")
    tab_to(task, "prompt_0")
    keyboard.type(first_prompt)
    tab_to(task, "Start")
    keyboard.press("Enter")
    first = task.command()
    assert (first["name"], first["seq"], first["prompt"]) == ("submit_prompt", 1, first_prompt)
    assert first["answers"] == {"age": "34", "gender": "female"}
    task.accept()

    task.show(views["generating"])
    assert focused(task) == "Attempt 1: making your image"
    task.show(views["scoring"])
    assert focused(task) == "Attempt 1: how close is it?"

    tab_to(task, "score_1__1__")
    keyboard.press("Space")
    for _ in range(3):
        keyboard.press("ArrowRight")
    tab_to(task, "prompt_1__1__")
    keyboard.press("ControlOrMeta+A")
    keyboard.type(next_prompt)
    keyboard.press("Control+Enter")
    second = task.command(2)
    assert (second["name"], second["score"], second["prompt"]) == ("score", 4, next_prompt)

    task.show(views["last"])
    tab_to(task, "score_2__3__")
    keyboard.press("Space")
    tab_to(task, "Finish")
    keyboard.press("Enter")
    third = task.command(3)
    assert (third["score"], "prompt" in third) == (1, False)
    task.show(views["finished"])
    assert focused(task) == "All done, thank you!"


def test_a_double_click_sends_one_command(task: Any, views: Json) -> None:
    task.open(views["scoring"])
    task.page.get_by_role("radio", name="3").check()
    task.page.get_by_role("button", name="Update").dblclick()
    task.page.keyboard.press("Enter")
    task.page.get_by_role("button", name="Sending").wait_for()
    assert len(task.sent("command")) == 1


def test_the_button_stays_off_until_the_new_view_is_here(task: Any, views: Json) -> None:
    task.open(views["scoring"])
    task.page.get_by_role("radio", name="3").check()
    task.page.get_by_role("button", name="Update").click()
    task.accept()
    assert task.page.get_by_role("button", name="Sending").get_attribute("aria-disabled") == "true"


def test_one_refused_field_is_led_to_and_says_why_until_it_is_changed(task: Any, views: Json) -> None:
    task.open(views["scoring"])
    task.page.get_by_role("radio", name="3").check()
    task.page.get_by_role("button", name="Update").click()
    task.refuse("Please change it.", {"prompt": "Same prompt cannot be used twice."})
    assert focused(task).startswith("Please look at one answer")
    task.page.get_by_role("link", name="Same prompt cannot be used twice.").click()
    prompt = task.page.get_by_role("textbox", name="Change the prompt")
    assert focused(task) == "prompt_1__1__"
    assert prompt.get_attribute("aria-invalid") == "true"
    described = task.page.evaluate(
        "document.activeElement.getAttribute('aria-describedby').split(' ')"
        ".map(id => document.getElementById(id).innerText).join(' ')"
    )
    assert "Same prompt cannot be used twice." in described
    assert task.page.get_by_role("button", name="Update").get_attribute("aria-disabled") == "false"

    prompt.press_sequentially("!")
    assert prompt.get_attribute("aria-invalid") is None
    assert not task.page.get_by_text("Same prompt cannot be used twice.").is_visible()


def test_several_refused_fields_are_summed_up_with_links_to_them(task: Any, views: Json) -> None:
    task.open(views["start"])
    fill_in(task)
    task.page.get_by_role("heading", name="About you").click()  # folded away
    task.page.get_by_role("button", name="Start").click()
    task.refuse("Not yet.", {"age": "Digits only.", "prompt": "At least 20 characters."})
    assert focused(task).startswith("Please look at 2 answers")
    task.page.get_by_role("link", name="Age: Digits only.").click()
    assert focused(task) == "age"
    assert task.page.get_by_role("textbox", name="Age").is_visible()


def test_a_refusal_without_a_field_is_shown_beside_the_button(task: Any, views: Json) -> None:
    task.open(views["scoring"])
    task.page.get_by_role("radio", name="3").check()
    task.page.get_by_role("button", name="Update").click()
    task.refuse("This page was not up to date.")
    assert focused(task) == "This page was not up to date."


@pytest.mark.parametrize(("side", "on"), [("ltr", "ArrowRight"), ("rtl", "ArrowLeft")])
def test_no_arrow_key_leads_from_the_best_score_to_the_worst(side: str, on: str, task: Any, views: Json) -> None:
    page = task.open(views["scoring"]).page
    page.evaluate("side => (document.documentElement.dir = side)", side)
    page.get_by_role("radio", name="9", exact=True).focus()
    for key in ("Space", on, on, "ArrowDown"):
        page.keyboard.press(key)
    expect(page.get_by_role("radio", name="10", exact=True)).to_be_checked()


def test_a_perfect_score_needs_no_prompt_and_another_choice_brings_it_back(task: Any, views: Json) -> None:
    task.open(views["scoring"])
    prompt = task.page.get_by_role("textbox", name="Change the prompt")
    prompt.fill("A new wording of it all")
    task.page.get_by_role("radio", name="10").check()
    assert not prompt.is_visible()
    task.page.get_by_text("10 means a perfect match").wait_for()
    task.page.get_by_role("radio", name="9").check()
    assert prompt.input_value() == "A new wording of it all"
    task.page.get_by_role("radio", name="10").check()
    task.page.get_by_role("button", name="Finish").click()
    command = task.command()
    assert (command["score"], "prompt" in command) == (10, False)


@pytest.mark.parametrize("state", ["start", "generating", "scoring", "failed_next", "last"])
def test_a_worker_can_leave_at_every_moment_after_a_warning(state: str, task: Any, views: Json) -> None:
    task.open(views[state])
    if state == "scoring":
        task.page.get_by_role("radio", name="6").check()
        task.page.get_by_role("textbox", name="Change the prompt").fill("half a")
    task.page.get_by_role("button", name="Exit").click()
    task.page.get_by_text("Incomplete work is worth less").wait_for()
    task.page.get_by_role("button", name="Keep working").click()
    assert task.sent("command") == []

    task.page.get_by_role("button", name="Exit").click()
    task.page.get_by_role("dialog").get_by_role("button", name="Exit").click()
    command = task.command()
    assert (command["name"], command["seq"]) == ("exit", views[state]["seq"])
    if state == "scoring":
        assert (command["score"], command["draft"]) == (6, {"score": 6, "prompt": "half a"})


def test_a_generation_can_be_cancelled_and_a_failure_keeps_the_prompt(task: Any, views: Json) -> None:
    task.open(views["generating"])
    task.page.get_by_text("Generating… 4 s").wait_for()
    task.page.get_by_role("button", name="Cancel").click()
    assert task.command()["name"] == "cancel"
    task.show(views["failed"])
    prompt = task.page.get_by_role("textbox", name="Describe the target")
    assert prompt.input_value() == views["generating"]["prompt"]
    assert focused(task) == "prompt_0"
    task.page.get_by_text("This wording was refused").wait_for()


def test_after_a_failure_only_the_next_prompt_is_asked_for(task: Any, views: Json) -> None:
    task.open(views["failed_next"])
    assert task.page.get_by_role("radio").count() == 0
    task.page.get_by_role("textbox", name="Change the prompt").fill("A wooden house on a hill")
    task.page.get_by_role("button", name="Update").click()
    command = task.command()
    assert (command["name"], command["prompt"], "answers" in command) == (
        "submit_prompt",
        "A wooden house on a hill",
        False,
    )


def test_a_new_image_is_announced_and_asked_for_once(task: Any, views: Json) -> None:
    task.open(views["generating"])
    task.show(views["scoring"])
    task.page.get_by_text("The image of attempt 1 is here.").wait_for(state="attached")
    task.show({**views["scoring"], "notice": "Hello"})
    task.page.get_by_role("img", name="Image 1").wait_for()
    assert sorted(message["id"] for message in task.sent("image")) == ["image-1", "target"]


def test_what_a_scorer_says_is_announced_with_the_new_image_where_the_worker_is_to_see_it(
    task: Any, views: Json
) -> None:
    for metric, said in ((63, "Similarity 63 of 100. "), (0, "Similarity 0 of 100. "), (None, "")):
        view = views["scoring"]
        measured = [{**attempt, "metric": metric} for attempt in view["attempts"]]
        task.open(views["generating"])
        task.show({**view, "attempts": measured})
        whole = f"The image of attempt 1 is here. {said}Please score it."
        task.page.get_by_text(whole, exact=True).wait_for(state="attached")


def test_answers_that_were_sent_are_shown_and_can_no_longer_be_changed(task: Any, views: Json) -> None:
    task.open(views["start"])
    task.show(views["generating"])
    assert task.page.get_by_role("textbox").count() == 0
    task.page.get_by_role("heading", name="About you").click()
    task.page.get_by_text("Female").wait_for()


def test_what_a_worker_wrote_is_text_and_never_html(task: Any, views: Json) -> None:
    bad = '<img src=x onerror="window.hacked=1"> of a house'
    wrong = {**views["generating_next"]["attempts"][0], "prompt": bad}
    task.open({**views["generating_next"], "prompt": bad, "attempts": [wrong], "answers": {"age": bad, "gender": ""}})
    assert task.page.get_by_text(bad).count() == 3
    assert task.page.evaluate("window.hacked") is None


def test_every_kind_of_field_is_drawn_and_read(task: Any, views: Json, form: Json) -> None:
    colours = [{"label": "Red", "value": "red"}, {"label": "Blue", "value": "blue", "checked": True}]
    fields = [
        {"name": "many", "label": "Many", "type": "select", "multiple": True, "options": colours},
        {"name": "one", "label": "One of them", "type": "radio", "options": colours},
        {"name": "some", "label": "Some of them", "type": "checkbox", "options": colours},
        {"name": "count", "label": "How many", "type": "number"},
        {"name": "mail", "label": "Mail", "type": "email", "value": "a@b.example"},
        {"name": "secret", "label": "", "type": "hidden", "value": "kept"},
        {"name": "later", "label": "Not known yet", "type": "hologram", "help": "Any <b>text</b>"},
    ]
    form["form"]["sections"][0]["fieldsets"].append({"rows": [{"fields": [field]} for field in fields]})
    task.open(views["start"], form)
    fill_in(task)
    task.page.get_by_role("group", name="Many").get_by_role("checkbox", name="Red").check()
    task.page.get_by_role("group", name="Some of them").get_by_role("checkbox", name="Red").check()
    task.page.get_by_role("textbox", name="How many").fill("7")
    task.page.get_by_role("textbox", name="Not known yet").fill("text")
    task.page.get_by_role("button", name="Start").click()
    answers = task.command()["answers"]
    assert answers == {
        "age": "34",
        "gender": "female",
        "many": ["red", "blue"],
        "one": "blue",
        "some": {"red": True, "blue": True},
        "count": "7",
        "mail": "a@b.example",
        "secret": "kept",
        "later": "text",
    }


def test_further_fields_of_a_template_carry_the_number_of_the_attempt(task: Any, views: Json, form: Json) -> None:
    row = {"fields": [{"name": "why", "id": "id_why", "label": "Why?", "type": "input"}]}
    form["form"]["sections"][1]["fieldsets"][1]["rows"].insert(1, row)
    task.open(views["scoring_next"], form)
    why = task.page.get_by_role("textbox", name="Why?")
    assert (why.get_attribute("id"), why.get_attribute("name")) == ("id_why__2__", "why__2__")
    why.fill("the roof")
    task.page.get_by_role("radio", name="3").check()
    task.page.get_by_role("button", name="Update").click()
    assert task.command()["answers"] == {"why__2__": "the roof"}


def test_a_preview_stands_where_the_image_will_be_and_gives_way_to_the_next_and_to_the_image(
    task: Any, views: Json
) -> None:
    task.open(views["generating_next"])
    so_far = task.page.get_by_role("img", name="Your image so far")
    task.preview(5)  # of a state that is over
    assert so_far.count() == 0
    task.preview(6)
    so_far.wait_for()
    first = so_far.get_attribute("src")
    task.preview(6)
    task.page.wait_for_function("before => document.querySelector('.imgloop-so-far').src !== before", arg=first)
    assert so_far.count() == 1
    task.show(views["scoring_next"])
    task.page.get_by_role("img", name="Image 2, made from").first.wait_for()
    assert so_far.count() == 0
    task.preview(6)  # a late one
    assert so_far.count() == 0


def test_a_preview_of_an_image_that_was_cancelled_does_not_stand_for_the_next(task: Any, views: Json) -> None:
    task.open(views["generating"])
    task.preview(3)
    task.page.get_by_role("img", name="Your image so far").wait_for()
    task.show({**views["generating"], "seq": 5})
    task.page.get_by_text("Making your image…", exact=True).wait_for()
    assert task.page.get_by_role("img", name="Your image so far").count() == 0


def test_what_may_work_the_next_time_can_be_tried_again_with_one_press(task: Any, views: Json) -> None:
    task.open(views["failed for now"])
    again = task.page.get_by_role("button", name="Try again")
    again.wait_for()
    task.page.get_by_label("Describe the target").fill("Other words about a red house on a hill")
    task.page.get_by_role("button", name="Start").wait_for()
    task.page.get_by_label("Describe the target").fill(views["failed for now"]["prompt"])
    again.click()
    assert task.command()["prompt"] == views["failed for now"]["prompt"]


def test_what_was_refused_is_not_offered_again(task: Any, views: Json) -> None:
    task.open(views["failed"])
    task.page.get_by_role("button", name="Start").wait_for()
    assert task.page.get_by_role("button", name="Try again").count() == 0


def test_what_a_scorer_says_stands_beside_every_image_where_the_worker_is_to_see_it(task: Any, views: Json) -> None:
    view = views["last"]
    measured = [{**attempt, "metric": 50 + attempt["number"]} for attempt in view["attempts"]]
    number = len(measured)

    task.open({**view, "attempts": measured})

    expect(task.page.get_by_text(f"Attempt {number} · Similarity {50 + number} of 100")).to_be_visible()
    for attempt in measured[:-1]:
        expect(task.page.get_by_text(f"Similarity {attempt['metric']} of 100", exact=True)).to_be_visible()

    task.open(view)
    expect(task.page.get_by_text(f"Attempt {number}", exact=True).first).to_be_visible()
    expect(task.page.get_by_text("Similarity")).to_have_count(0)
