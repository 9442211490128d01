"""What workers live through, from link to thanks, in a real browser against a real server.

Each journey waits for what a worker reads, and ends with what is stored.
"""

import os
import re
import signal
import time
from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from browser.playing import see_image
from live import ROOT, Server
from playwright.sync_api import BrowserContext, Page, WebSocketRoute, expect

from imgloop_widgets.events import GenerationFailed, ImageGenerated, PromptSubmitted
from imgloop_widgets.loop import Phase

MakeServer = Callable[..., Server]

FIRST = "a big brown bear sitting in a meadow at night"
SECOND = "a big brown bear sitting beside a red tent at night"
THIRD = "a big brown bear beside a red tent under a full moon"


def join(page: Page, link: str) -> None:
    """Open the link and wait for the form."""
    page.goto(link)
    expect(page.get_by_role("button", name="Start", exact=True)).to_be_visible()


def fill_about_you(page: Page) -> None:
    """Answer the two questions."""
    page.get_by_role("textbox", name="Your age").fill("33")
    page.get_by_role("combobox", name="Your gender").select_option(label="Woman")


def write(page: Page, prompt: str) -> None:
    """Type a prompt in place of what stands there."""
    page.locator("textarea").fill(prompt)


def press(page: Page, name: str) -> None:
    """Press the button of this name."""
    page.get_by_role("button", name=name, exact=True).click()


def choose(page: Page, score: int) -> None:
    """Choose a score."""
    page.get_by_role("radio", name=str(score), exact=True).check(force=True)


def ask(page: Page, link: str, prompt: str = FIRST) -> None:
    """Join and ask for the first image."""
    join(page, link)
    fill_about_you(page)
    write(page, prompt)
    press(page, "Start")


def play_first(page: Page, link: str, prompt: str = FIRST) -> None:
    """Join and get the first image."""
    ask(page, link, prompt)
    see_image(page, 1)


def no_violations(page: Page) -> None:
    """Axe finds nothing."""
    results = Axe().run(page, options={"resultTypes": ["violations"]})
    found = [f"{v['id']}: {n['html']}" for v in results.response["violations"] for n in v["nodes"]]
    assert not found, "\n".join(found)


def test_a_worker_plays_three_attempts_and_is_thanked(page: Page, server: Server) -> None:
    play_first(page, server.link("three"))
    choose(page, 3)
    write(page, SECOND)
    press(page, "Update")
    see_image(page, 2)
    choose(page, 6)
    write(page, THIRD)
    press(page, "Update")
    see_image(page, 3)
    expect(page.locator("textarea")).to_have_count(0)
    choose(page, 8)
    press(page, "Finish")

    expect(page.get_by_role("heading", name="All done, thank you!")).to_be_visible()
    state = server.state("three")
    assert [(a.prompt.prompt, a.score) for a in state.attempts] == [(FIRST, 3), (SECOND, 6), (THIRD, 8)]
    assert state.answers == {"age": "33", "gender": "woman"}
    assert state.finished and state.finished.reason == "attempts_used"


def test_a_score_of_ten_ends_the_task_and_asks_for_no_prompt(page: Page, server: Server) -> None:
    play_first(page, server.link("ten"))
    choose(page, 10)
    press(page, "Finish")

    expect(page.get_by_role("heading", name="A perfect match!")).to_be_visible()
    state = server.state("ten")
    assert state.finished and state.finished.reason == "perfect"
    assert len(state.attempts) == 1


@pytest.mark.parametrize("file", ["", "task_data.json"])
def test_the_configuration_of_mephisto_is_played_as_it_is(page: Page, serve: MakeServer, file: str) -> None:
    form = ROOT.parent / "shared" / "mephisto_look_alike" / file
    if not form.exists():
        pytest.skip(f"{form.name} of the reference is not on this machine")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    server = serve(form=form)
    join(page, server.link("mephisto"))
    no_violations(page)
    page.locator("input[name=age]").fill("33")
    page.locator("select[name=gender]").select_option(label="Female")
    write(page, FIRST)
    press(page, "Start")
    see_image(page, 1)
    expect(page.get_by_text("Does it look close enough?")).to_be_visible()
    choose(page, 6)
    write(page, SECOND)
    press(page, "Update")
    see_image(page, 2)
    expect(page.get_by_text("We're on the right track!")).to_be_visible()
    choose(page, 10)
    press(page, "Finish")
    expect(page.get_by_role("heading", name="A perfect match!")).to_be_visible()
    assert server.state("mephisto").answers == {"age": "33", "gender": "female"}
    assert not [url for url in asked if not url.startswith((f"http://127.0.0.1:{server.port}/", "blob:", "data:"))]


def test_the_same_prompt_is_refused_beside_its_field_and_costs_nothing(page: Page, server: Server) -> None:
    play_first(page, server.link("twice"))
    choose(page, 4)
    press(page, "Update")

    expect(page.get_by_text("Same prompt cannot be used twice.").first).to_be_visible()
    expect(page.locator("textarea")).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_text("Please look at one answer")).to_be_visible()
    assert len(server.events("twice")) == 4
    write(page, SECOND)
    press(page, "Update")
    see_image(page, 2)


def test_an_incomplete_form_says_why_beside_each_field(page: Page, server: Server) -> None:
    join(page, server.link("incomplete"))
    page.get_by_role("textbox", name="Your age").fill("thirty")
    write(page, "too short")
    press(page, "Start")

    expect(page.locator("[aria-invalid=true]")).to_have_count(3)
    expect(page.get_by_text("Please look at 3 answers:")).to_be_visible()
    assert len(server.events("incomplete")) == 1


SLOW = """
import time
from PIL import Image
def generate(prompt, context):
    for step in range(40):
        context.progress(step / 40, "mixing colours")
        if context.cancelled():
            return Image.new("RGB", (64, 64))
        time.sleep(0.1)
    return Image.new("RGB", (256, 256), "teal")
"""


def test_a_reload_in_the_middle_of_a_generation_goes_on(page: Page, serve: MakeServer) -> None:
    server = serve(callback=SLOW)
    ask(page, server.link("reload"))
    expect(page.get_by_text("mixing colours")).to_be_visible()
    page.reload()

    see_image(page, 1)
    events = server.events("reload")
    assert [type(e) for e in events].count(PromptSubmitted) == 1
    assert [type(e) for e in events].count(ImageGenerated) == 1


def test_a_generation_can_be_cancelled_and_the_prompt_stays(page: Page, serve: MakeServer) -> None:
    server = serve(callback=SLOW)
    ask(page, server.link("cancel"))
    expect(page.get_by_text("mixing colours")).to_be_visible()
    press(page, "Cancel")

    expect(page.get_by_text("Cancelled.")).to_be_visible()
    expect(page.locator("textarea")).to_have_value(FIRST)
    assert server.state("cancel").attempts == ()


def test_what_was_typed_survives_a_reload_and_the_back_button(page: Page, server: Server) -> None:
    play_first(page, server.link("draft"))
    choose(page, 7)
    write(page, "half of a sentence about a be")
    page.reload()
    see_image(page, 1)
    expect(page.locator("textarea")).to_have_value("half of a sentence about a be")
    expect(page.get_by_role("radio", name="7")).to_be_checked()
    page.goto("about:blank")
    page.go_back()
    see_image(page, 1)
    expect(page.locator("textarea")).to_have_value("half of a sentence about a be")


def test_another_device_takes_over_what_was_typed(page: Page, context: BrowserContext, server: Server) -> None:
    play_first(page, server.link("device"))
    write(page, "half of a sentence about a be")
    time.sleep(1)  # the draft's way to the kernel; nothing on the page tells of it
    device = context.browser.new_context() if context.browser else context
    other = device.new_page()
    other.goto(server.link("device"))
    see_image(other, 1)
    expect(other.locator("textarea")).to_have_value("half of a sentence about a be")
    device.close()


def test_the_newer_of_two_tabs_has_the_session_and_the_older_says_so_until_it_takes_it_back(
    page: Page, context: BrowserContext, server: Server
) -> None:
    play_first(page, server.link("tabs"))
    newer = context.new_page()
    newer.goto(server.link("tabs"))
    see_image(newer, 1)
    expect(page.get_by_role("heading", name="This task is open in another window")).to_be_visible()
    expect(page.locator("textarea")).to_be_hidden()
    no_violations(page)
    kernel = page.evaluate("JSON.parse(document.getElementById('shell-config').textContent).kernel")
    newer.wait_for_function("async (url) => (await fetch(url)).status === 404", arg=f"/api/kernels/{kernel}")
    choose(newer, 3)
    write(newer, SECOND)
    press(newer, "Update")
    see_image(newer, 2)
    expect(page.get_by_role("heading", name="Attempt 2")).to_be_hidden()

    press(page, "Go on in this window instead")
    see_image(page, 2)
    expect(newer.get_by_role("heading", name="This task is open in another window")).to_be_visible()
    assert len(server.state("tabs").attempts) == 2


def test_kill_9_of_the_kernel_brings_the_same_page_back(page: Page, serve: MakeServer) -> None:
    server = serve()
    play_first(page, server.link("killed"))
    choose(page, 5)
    write(page, "typed before the kernel died, twenty characters")
    with page.expect_navigation():  # the page opens anew by itself
        os.kill(server.kernels()[-1], signal.SIGKILL)
    see_image(page, 1)
    expect(page.locator("textarea")).to_have_value("typed before the kernel died, twenty characters")
    expect(page.get_by_role("radio", name="5")).to_be_checked()
    press(page, "Update")
    see_image(page, 2)


def test_kill_9_of_the_server_in_a_generation_loses_nothing(page: Page, serve: MakeServer) -> None:
    server = serve(callback=SLOW)
    ask(page, server.link("crash"))
    expect(page.get_by_text("mixing colours")).to_be_visible()
    deadline = server.state("crash").opened
    server.stop(signal.SIGKILL)
    expect(page.get_by_text("Connection lost.")).to_be_visible()
    server.start()

    see_image(page, 1)
    state = server.state("crash")
    assert len(state.attempts) == 1
    assert state.opened == deadline


def test_the_banner_comes_at_once_without_a_network_and_goes_with_it(
    page: Page, context: BrowserContext, server: Server
) -> None:
    play_first(page, server.link("offline"))
    context.set_offline(True)
    expect(page.get_by_text("Connection lost.")).to_be_visible()
    write(page, "typed without a network, and yet it is kept")
    context.set_offline(False)
    expect(page.get_by_text("Connection lost.")).to_be_hidden()
    choose(page, 2)
    press(page, "Update")
    see_image(page, 2)
    assert server.state("offline").attempts[1].prompt.prompt == "typed without a network, and yet it is kept"


def test_a_connection_that_is_cut_is_told_at_once_and_what_was_clicked_meanwhile_is_done_once(
    page: Page, server: Server
) -> None:
    sockets: list[WebSocketRoute] = []
    away = False

    def join(socket: WebSocketRoute) -> None:
        sockets.append(socket)
        if away:
            socket.close()
        else:
            socket.connect_to_server()

    page.route_web_socket(re.compile("/channels"), join)
    play_first(page, server.link("cut"))
    choose(page, 2)
    write(page, "written before the connection was cut")
    away = True
    page.get_by_role("button", name="Update").click()
    sockets[-1].close()
    expect(page.get_by_text("Connection lost.")).to_be_visible(timeout=4000)  # silence alone would take five seconds
    away = False
    expect(page.get_by_text("Connection lost.")).to_be_hidden()
    see_image(page, 2)
    assert [attempt.prompt.prompt for attempt in server.state("cut").attempts][1:] == [
        "written before the connection was cut"
    ]


RAISING = """
from PIL import Image
calls = iter([RuntimeError("secret of the callback"), ValueError("another secret")])
def generate(prompt, context):
    error = next(calls, None)
    if error:
        raise error
    return Image.new("RGB", (64, 64), "teal")
"""


def test_a_generator_that_raises_costs_no_attempt_and_shows_no_traceback(page: Page, serve: MakeServer) -> None:
    server = serve(callback=RAISING)
    join(page, server.link("raising"))
    fill_about_you(page)
    write(page, FIRST)
    for name in ("Start", "Try again"):
        press(page, name)
        expect(page.get_by_text("The image could not be made.")).to_be_visible()
        expect(page.get_by_role("button", name="Try again")).to_be_enabled()
        assert "secret" not in page.content()
    press(page, "Try again")
    see_image(page, 1)
    events = server.events("raising")
    assert [type(e) for e in events].count(GenerationFailed) == 2
    assert [type(e) for e in events].count(ImageGenerated) == 1


ASYNC = """
import asyncio
from PIL import Image
async def generate(prompt, context):
    await asyncio.sleep(0.2)
    return Image.new("RGB", (64, 64), "teal")
"""


def test_an_async_generator_works_as_well(page: Page, serve: MakeServer) -> None:
    play_first(page, serve(callback=ASYNC).link("async"))


def test_the_work_so_far_is_submitted_when_the_time_is_over(page: Page, serve: MakeServer) -> None:
    server = serve(loop="assignment_duration_in_seconds = 14\nauto_submit_before_expiration_sec = 2")
    play_first(page, server.link("late"))
    choose(page, 6)
    write(page, "not finished when the time was over")

    expect(page.get_by_role("heading", name="The time is over")).to_be_visible()
    state = server.state("late")
    assert state.finished and state.finished.reason == "expired"
    assert state.attempts[0].score == 6
    assert state.finished.draft["prompt"] == "not finished when the time was over"


def test_what_a_refused_click_carried_is_kept_when_the_time_is_over(page: Page, serve: MakeServer) -> None:
    server = serve(loop="assignment_duration_in_seconds = 14\nauto_submit_before_expiration_sec = 2")
    play_first(page, server.link("refused"))
    choose(page, 7)
    press(page, "Update")
    expect(page.get_by_text("Same prompt cannot be used twice.").first).to_be_visible()

    expect(page.get_by_role("heading", name="The time is over")).to_be_visible()
    assert server.state("refused").attempts[0].score == 7


def test_the_server_submits_the_work_of_a_page_that_was_closed(page: Page, serve: MakeServer) -> None:
    server = serve(loop="assignment_duration_in_seconds = 10\nauto_submit_before_expiration_sec = 2")
    join(page, server.link("gone"))
    page.close()
    for _ in range(250):
        if server.state("gone").phase is Phase.FINISHED:
            break
        time.sleep(0.1)
    assert server.state("gone").phase is Phase.FINISHED


def test_exit_is_possible_with_an_invalid_form_after_a_warning(page: Page, server: Server) -> None:
    join(page, server.link("exit"))
    page.get_by_role("textbox", name="Your age").fill("not a number")
    press(page, "Exit")
    expect(page.get_by_role("dialog")).to_contain_text("Incomplete work is worth less")
    page.get_by_role("dialog").get_by_role("button", name="Exit").click()

    expect(page.get_by_role("heading", name="Thank you!", exact=True)).to_be_visible()
    state = server.state("exit")
    assert state.finished and state.finished.reason == "exited"
    assert state.finished.draft["age"] == "not a number"


def test_a_double_click_asks_for_one_image(page: Page, serve: MakeServer) -> None:
    page.set_viewport_size({"width": 390, "height": 800})  # here Cancel comes to stand where Start was
    server = serve(callback=SLOW)
    join(page, server.link("double"))
    fill_about_you(page)
    write(page, FIRST)
    page.get_by_role("button", name="Start", exact=True).dblclick(delay=100)
    see_image(page, 1)
    assert [type(e) for e in server.events("double")].count(PromptSubmitted) == 1
    assert GenerationFailed not in [type(e) for e in server.events("double")]


def test_an_arrow_key_does_not_turn_the_worst_score_into_the_best(page: Page, server: Server) -> None:
    play_first(page, server.link("arrow"))
    choose(page, 1)
    page.get_by_role("radio", name="1", exact=True).focus()
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_role("radio", name="1", exact=True)).to_be_checked()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("radio", name="2", exact=True)).to_be_checked()


def test_the_whole_task_can_be_played_with_the_keyboard_alone(page: Page, server: Server) -> None:
    join(page, server.link("keys"))

    def tab_to(selector: str) -> None:
        for _ in range(40):
            page.keyboard.press("Tab")
            if page.evaluate("s => document.activeElement?.matches(s) ?? false", selector):
                return
        raise AssertionError(f"the keyboard does not reach {selector}")

    tab_to("input[name=age]")
    page.keyboard.type("33")
    tab_to("select[name=gender]")
    page.keyboard.type("W")
    tab_to("textarea")
    page.keyboard.type(FIRST)
    page.keyboard.press("Control+Enter")
    see_image(page, 1)
    tab_to("input[type=radio]")
    page.keyboard.press("Space")
    for _ in range(9):
        page.keyboard.press("ArrowRight")
    expect(page.get_by_role("radio", name="10")).to_be_checked()
    page.keyboard.press("Enter")
    if server.state("keys").phase is not Phase.FINISHED:
        tab_to("button")
        page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="A perfect match!")).to_be_visible()


@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_and_nothing_is_cut_off(page: Page, server: Server, width: int, scheme: str) -> None:
    page.set_viewport_size({"width": width, "height": 780})
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light", reduced_motion="reduce")
    join(page, server.link(f"axe-{width}-{scheme}"))
    no_violations(page)
    press(page, "Start")
    expect(page.get_by_text("Please look at")).to_be_visible()
    no_violations(page)
    fill_about_you(page)
    write(page, FIRST)
    press(page, "Start")
    see_image(page, 1)
    no_violations(page)
    choose(page, 10)
    press(page, "Finish")
    expect(page.get_by_role("heading", name="A perfect match!")).to_be_visible()
    no_violations(page)
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_a_link_that_is_not_complete_says_so(page: Page, server: Server) -> None:
    page.goto(f"http://127.0.0.1:{server.port}/")
    expect(page.get_by_text("worker_id is missing")).to_be_visible()
    no_violations(page)


def test_a_unit_that_does_not_exist_says_so(page: Page, server: Server) -> None:
    page.goto(server.link("nobody", unit=999))
    expect(page.get_by_text("a unit that does not exist")).to_be_visible()
