"""What a worker sees while the kernel or the server does not answer, and how the page comes back."""

from typing import Any

Json = dict[str, Any]

LOST = "Connection lost. What you have typed is kept."


def test_silence_of_the_kernel_is_told_and_typing_goes_on(task: Any, views: Json) -> None:
    task.page.clock.install()
    task.open(views["scoring"], health="health")
    task.page.clock.run_for(10_000)
    assert not task.page.get_by_text(LOST).is_visible()

    task.page.evaluate("model.alive = false")
    task.served = False
    task.page.clock.run_for(9_000)
    task.page.get_by_text(LOST).wait_for()
    update = task.page.get_by_role("button", name="Update")
    assert update.get_attribute("aria-disabled") == "true"
    assert "without a connection" in task.page.locator(f"#{update.get_attribute('aria-describedby')}").inner_text()
    prompt = task.page.get_by_role("textbox", name="Change the prompt")
    prompt.fill("Typed while nobody listened")
    update.click(force=True)
    assert task.sent("command") == []

    hellos = len(task.sent("hello"))
    task.page.evaluate("model.alive = true")
    task.page.clock.run_for(3_000)
    task.page.get_by_text(LOST).wait_for(state="hidden")
    assert len(task.sent("hello")) == hellos + 1
    assert update.get_attribute("aria-disabled") == "false"
    assert prompt.input_value() == "Typed while nobody listened"


def test_going_offline_is_told_at_once(task: Any, views: Json) -> None:
    task.open(views["start"], health="health")
    task.page.evaluate("model.alive = false; dispatchEvent(new Event('offline'))")
    task.page.get_by_text(LOST).wait_for()
    task.page.evaluate("model.alive = true; dispatchEvent(new Event('online'))")
    task.page.get_by_text(LOST).wait_for(state="hidden")


def test_in_a_notebook_the_sentence_speaks_of_the_cell(task: Any, views: Json) -> None:
    task.open(views["start"])
    task.page.evaluate("model.alive = false; dispatchEvent(new Event('offline'))")
    task.page.get_by_text("run the cell again").wait_for()


def test_a_page_whose_server_is_back_without_its_kernel_loads_itself_again_with_what_was_typed(
    task: Any, views: Json
) -> None:
    task.open(views["start"], health="health")
    task.page.get_by_role("textbox", name="Describe the target").fill("Typed before the server went")
    task.served = False
    task.page.evaluate("window.before = true; model.alive = false; dispatchEvent(new Event('offline'))")
    task.page.get_by_text(LOST).wait_for()
    task.served = True
    task.page.wait_for_function("window.ready && !window.before", timeout=15_000)
    task.open(views["start"], health="health")
    assert task.page.get_by_role("textbox", name="Describe the target").input_value() == "Typed before the server went"


def test_a_command_that_got_lost_is_sent_again_with_the_same_id(task: Any, views: Json) -> None:
    task.page.clock.install()
    task.open(views["generating"], health="health")
    task.served = False
    task.page.evaluate("model.alive = false")
    task.page.get_by_role("button", name="Cancel").click()
    task.page.clock.run_for(9_000)
    task.page.get_by_text(LOST).wait_for()
    task.page.evaluate("model.alive = true")
    task.page.clock.run_for(6_000)
    first, again = task.sent("command")
    assert first == again


def test_a_command_that_arrived_is_not_sent_again(task: Any, views: Json) -> None:
    task.page.clock.install()
    task.open(views["generating"], health="health")
    task.page.get_by_role("button", name="Cancel").click()
    task.page.evaluate("model.alive = false; dispatchEvent(new Event('offline'))")
    task.page.evaluate("model.alive = true; dispatchEvent(new Event('online'))")
    task.show(views["failed"])
    task.page.clock.run_for(20_000)
    assert len(task.sent("command")) == 1


def test_a_command_without_an_answer_can_be_given_again(task: Any, views: Json) -> None:
    task.page.clock.install()
    task.open(views["scoring"])
    task.page.get_by_role("radio", name="3").check()
    task.page.get_by_role("button", name="Update").click()
    task.page.clock.run_for(5_000)
    assert task.page.get_by_role("button", name="Sending").is_visible()
    task.page.clock.run_for(15_000)
    task.page.get_by_text("There was no reply.").wait_for()
    task.page.get_by_role("button", name="Update").click()
    assert len(task.sent("command")) == 2


def test_an_image_is_asked_for_again_until_it_is_there(task: Any, views: Json) -> None:
    task.page.clock.install()
    task.page.add_init_script("addEventListener('DOMContentLoaded', () => { model.images = false; })")
    task.open(views["scoring"])
    assert len(task.sent("image")) == 2
    task.page.evaluate("model.images = true")
    task.page.clock.run_for(4_000)
    task.page.wait_for_function("document.querySelectorAll('img.imgloop-here').length === 2")
    assert len(task.sent("image")) == 4
    task.page.clock.run_for(10_000)
    assert len(task.sent("image")) == 4


def test_the_time_left_is_counted_down_and_announced(task: Any, views: Json) -> None:
    task.page.clock.install()
    task.open({**views["start"], "remaining_s": 63.0})
    task.page.get_by_text("1:03 left").wait_for()
    task.page.evaluate("model.alive = false")
    task.page.clock.run_for(4_000)
    task.page.get_by_text("0:59 left").wait_for()
    task.page.get_by_text("1 minute left.").wait_for(state="attached")


def test_the_kernels_clock_counts_and_not_the_browsers(task: Any, views: Json) -> None:
    task.page.clock.install()
    task.open(views["start"])
    task.page.evaluate("model.remaining_s = 8")
    task.page.clock.run_for(2_500)
    task.page.get_by_text("0:08 left").wait_for()
    task.page.get_by_text("10 seconds left.").wait_for(state="attached")


def test_an_answer_that_tells_no_time_leaves_the_clock(task: Any, views: Json) -> None:
    task.page.clock.install()
    task.page.add_init_script("addEventListener('DOMContentLoaded', () => { model.tells = false; })")
    task.open({**views["start"], "remaining_s": 63.0})
    task.page.clock.run_for(4_000)
    assert task.sent("ping")
    task.page.get_by_text("0:59 left").wait_for()


def test_the_seconds_of_a_generation_are_counted(task: Any, views: Json) -> None:
    task.page.clock.install()
    task.open(views["generating"])
    task.page.get_by_text("Generating… 4 s").wait_for()
    task.page.clock.run_for(3_000)
    task.page.get_by_text("Generating… 7 s").wait_for()


def test_a_finished_page_needs_no_connection(task: Any, views: Json) -> None:
    task.page.clock.install()
    task.open(views["finished"], health="health")
    task.page.evaluate("model.alive = false")
    task.page.clock.run_for(20_000)
    assert not task.page.get_by_text(LOST).is_visible()
