"""Nothing that a worker typed is ever lost: not by a new view, a second drawing, a reload, or another window."""

from typing import Any

Json = dict[str, Any]


def the_prompt(task: Any) -> Any:
    return task.page.get_by_role("textbox", name="Describe the target")


def test_a_new_view_keeps_value_focus_and_caret(task: Any, views: Json) -> None:
    task.open(views["start"])
    the_prompt(task).fill("A house on a hill")
    the_prompt(task).evaluate("node => { node.setSelectionRange(2, 7); node.mark = 'the same node'; }")
    task.show(
        {**views["start"], "notice": "Open in another window too.", "remaining_s": 300.0, "draft": {"prompt": "x"}}
    )
    task.page.get_by_text("Open in another window too.").wait_for()
    active = task.page.evaluate(
        "(({ name, value, selectionStart, selectionEnd, mark }) => [name, value, selectionStart, selectionEnd, mark])"
        "(document.activeElement)"
    )
    assert active == ["prompt_0", "A house on a hill", 2, 7, "the same node"]


def test_a_view_of_a_later_seq_in_the_same_step_keeps_what_is_typed(task: Any, views: Json) -> None:
    task.open(views["failed"])
    the_prompt(task).fill("Half of a new prompt")
    task.show({**views["failed"], "seq": 6, "failure": "The image took too long. Please try again."})
    task.page.get_by_text("The image took too long").wait_for()
    assert the_prompt(task).input_value() == "Half of a new prompt"


def test_what_was_typed_survives_a_second_drawing_and_a_reload(task: Any, views: Json) -> None:
    task.open(views["start"])
    the_prompt(task).fill("A house on a hill")
    task.page.get_by_role("combobox", name="Gender").select_option("Other")
    task.page.evaluate("cleanups.pop()(); draw()")
    assert the_prompt(task).input_value() == "A house on a hill"
    task.open(views["start"])  # the page is loaded anew
    assert the_prompt(task).input_value() == "A house on a hill"
    assert task.page.get_by_role("combobox", name="Gender").input_value() == "3"


def test_a_score_that_was_chosen_survives_a_reload(task: Any, views: Json) -> None:
    task.open(views["scoring"])
    task.page.get_by_role("radio", name="10").check()
    task.open(views["scoring"])
    task.page.get_by_role("button", name="Finish").wait_for()
    assert task.page.get_by_role("radio", name="10").is_checked()


def test_this_browsers_draft_wins_over_the_kernels_only_for_the_same_state(task: Any, views: Json) -> None:
    kernels = {**views["start"], "draft": {"prompt": "The kernel's copy", "age": "40"}}
    task.open(kernels)
    assert the_prompt(task).input_value() == "The kernel's copy"
    the_prompt(task).fill("This browser's own")
    task.open(kernels)
    assert the_prompt(task).input_value() == "This browser's own"
    assert task.page.get_by_role("textbox", name="Age").input_value() == "40"
    task.open({**views["failed"], "draft": {}})
    assert the_prompt(task).input_value() == views["failed"]["prompt"]
    task.open({**kernels, "session": "another worker's"})
    assert the_prompt(task).input_value() == "The kernel's copy"


def test_typing_sends_one_draft_when_the_worker_pauses(task: Any, views: Json) -> None:
    task.page.clock.install()
    task.open(views["start"])
    the_prompt(task).press_sequentially("A house")
    task.page.clock.run_for(1000)
    drafts = task.sent("draft")
    assert len(drafts) == 1
    assert drafts[0]["seq"] == 1
    assert drafts[0]["values"] == {"age": "", "gender": "", "prompt": "A house"}


def test_the_draft_is_forgotten_when_the_task_is_finished(task: Any, views: Json) -> None:
    task.open(views["scoring"])
    task.page.get_by_role("radio", name="5").check()
    assert task.page.evaluate("localStorage.length") == 1
    task.show(views["finished"])
    assert task.page.evaluate("localStorage.length") == 0


def test_a_browser_without_storage_shows_the_kernels_draft(task: Any, views: Json) -> None:
    broken = (
        "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('no', 'SecurityError'); } })"
    )
    task.page.add_init_script(broken)
    task.open({**views["start"], "draft": {"prompt": "The kernel's copy"}})
    assert the_prompt(task).input_value() == "The kernel's copy"
    the_prompt(task).fill("typed all the same")


def test_several_drawings_of_one_model_work_and_share_no_id(task: Any, views: Json) -> None:
    task.open(views["scoring"])
    task.page.evaluate("draw()")
    ids = task.page.evaluate("[...document.querySelectorAll('[id]')].map(node => node.id)")
    assert len(ids) == len(set(ids))
    task.page.get_by_role("radio", name="4").nth(1).check()
    assert not task.page.get_by_role("radio", name="4").nth(0).is_checked()
    task.page.wait_for_function("document.querySelectorAll('img.imgloop-here').length === 4")
    task.show(views["finished"])
    assert task.page.get_by_role("heading", name="All done, thank you!").count() == 2


def test_a_drawing_that_is_removed_leaves_nothing_behind(task: Any, views: Json) -> None:
    task.page.clock.install()
    task.open(views["scoring"])
    task.page.evaluate("cleanups.pop()()")
    before = len(task.sent("ping"))
    task.page.clock.run_for(10_000)
    assert len(task.sent("ping")) == before
    assert task.page.evaluate("[model.handlers.length, document.querySelector('main').innerText.trim()]") == [0, ""]


def test_a_page_that_is_drawn_before_its_traits_are_there_waits_for_them(task: Any, views: Json) -> None:
    task.open({})
    task.page.get_by_text("Loading the task").wait_for()
    assert len(task.sent("hello")) == 1
    task.show(views["start"])
    task.page.get_by_role("button", name="Start").wait_for()
