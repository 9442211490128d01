"""What a worker sees: in a real browser."""

import re
import time
from collections.abc import Callable
from typing import Any

import pytest

COUNT = "count is {} for worker_id=ana"


@pytest.fixture
def address(server: Any) -> str:
    """A worker's link."""
    return f"{server.url}?worker_id=ana"


def button(tab: Any, count: int) -> Any:
    return tab.get_by_role("button", name=COUNT.format(count))


def kernel_of(tab: Any) -> str:
    return str(tab.evaluate("JSON.parse(document.getElementById('shell-config').textContent).kernel"))


def test_a_worker_opens_the_link_and_clicks(tab: Any, address: str) -> None:
    """The widget is drawn, its style sheet counts, traits and binary messages come through."""
    tab.goto(address)
    button(tab, 0).click()
    button(tab, 1).click()
    button(tab, 2).wait_for()
    tab.get_by_text("image 1000").wait_for()
    assert tab.locator("button").first.evaluate("e => getComputedStyle(e).padding") == "16px"
    assert not tab.get_by_text("Getting your task ready").count()
    assert tab.locator("main").get_attribute("aria-busy") is None
    assert tab.locator("main button").count() == 1


def test_nothing_is_loaded_from_elsewhere(tab: Any, address: str, server: Any) -> None:
    """Not a font, not a style, not a script; and nothing of ours is refused by our own policy."""
    asked, said = [], []
    tab.on("request", lambda request: asked.append(request.url))
    tab.on("websocket", lambda socket: asked.append(socket.url))
    tab.on("console", lambda message: said.append(message.text))
    tab.on("pageerror", lambda error: said.append(str(error)))
    tab.goto(address)
    button(tab, 0).click()
    button(tab, 1).wait_for()
    own = (server.url, server.url.replace("http", "ws"), "blob:" + server.url, "data:")
    assert [url for url in asked if not url.startswith(own)] == []
    assert said == []
    assert len(asked) <= 8


def test_the_page_is_light(tab: Any, address: str) -> None:
    """Compressed, a few thousand bytes; the second time next to nothing."""
    wire = tab.context.new_cdp_session(tab)
    wire.send("Network.enable")
    loaded: list[float] = []
    wire.on("Network.loadingFinished", lambda event: loaded.append(event["encodedDataLength"]))
    tab.goto(address)
    button(tab, 0).wait_for()
    first, _ = sum(loaded), loaded.clear()
    tab.goto(address)
    button(tab, 0).wait_for()
    assert first < 30_000
    assert sum(loaded) < 5_000


def test_the_waiting_shows_at_once(tab: Any, start_server: Callable[..., Any], until: Callable[..., Any]) -> None:
    """Long before there is a kernel; after a while it says so, and offers to try again."""
    server = start_server("slow")
    tab.clock.install()
    start = time.monotonic()
    tab.goto(server.url, wait_until="commit")
    tab.get_by_text("Getting your task ready…").wait_for()
    assert time.monotonic() - start < 6  # the notebook alone takes longer
    assert tab.get_by_role("status").count() == 1
    slow = tab.get_by_text("This takes longer than usual. You can wait, or try again.")
    until(lambda: tab.clock.fast_forward(21_000) or slow.count(), within_s=5)
    assert tab.get_by_role("button", name="Try again").is_visible()
    tab.get_by_text("it was worth the wait").wait_for(timeout=30_000)
    assert not tab.get_by_role("button", name="Try again").count()


def test_a_page_that_fails_says_so_and_can_be_tried_again(
    tab: Any, start_server: Callable[..., Any], until: Callable[..., Any]
) -> None:
    """One sentence, one number, one way on; nothing of the cause."""
    server = start_server("broken")
    tab.goto(f"{server.url}?worker_id=ana")
    tab.get_by_role("alert").get_by_text("be shown at the moment.").wait_for()
    first = tab.locator("strong").inner_text()
    assert not tab.get_by_text("Getting your task ready").is_visible()
    assert "a-secret-of-the-notebook" not in tab.content()
    tab.get_by_role("link", name="Try again").click()
    until(lambda: tab.locator("strong").inner_text() != first)
    assert tab.url == f"{server.url}?worker_id=ana"


def test_a_closed_tab_frees_its_kernel(tab: Any, address: str, server: Any, until: Callable[..., Any]) -> None:
    """At once, not when somebody looks for idle ones."""
    tab.goto(address)
    button(tab, 0).wait_for()
    kernel = kernel_of(tab)
    assert server.kernel_of(kernel)
    tab.close(run_before_unload=True)
    until(lambda: server.kernel_of(kernel) is None, within_s=20)


def test_a_reload_frees_the_old_kernel_and_takes_a_new_one(
    tab: Any, address: str, server: Any, until: Callable[..., Any]
) -> None:
    """Never two for one tab."""
    tab.goto(address)
    button(tab, 0).wait_for()
    kernel = kernel_of(tab)
    tab.reload()
    button(tab, 0).wait_for()
    assert kernel_of(tab) != kernel
    until(lambda: server.kernel_of(kernel) is None, within_s=5)


def test_leaving_and_coming_back(tab: Any, address: str, server: Any, until: Callable[..., Any]) -> None:
    """The back button finds a page that works."""
    tab.goto(address)
    button(tab, 0).wait_for()
    tab.goto(f"{server.url}healthz")
    tab.go_back()
    button(tab, 0).click()
    button(tab, 1).wait_for()


def test_a_killed_kernel_is_replaced_by_itself(tab: Any, address: str, server: Any) -> None:
    """The worker does nothing; what the study saved is there again (here: nothing)."""
    tab.goto(address)
    button(tab, 0).click()
    button(tab, 1).wait_for()
    kernel = kernel_of(tab)
    server.kernel_of(kernel).kill()
    button(tab, 0).wait_for(timeout=15_000)
    assert kernel_of(tab) != kernel
    button(tab, 0).click()
    button(tab, 1).wait_for()


def test_a_lost_connection_comes_back_with_nothing_lost_or_doubled(tab: Any, address: str) -> None:
    """What is clicked meanwhile waits; the kernel is the same."""
    routes: list[Any] = []

    def through(route: Any) -> None:
        routes.append(route)
        route.connect_to_server()

    tab.route_web_socket(re.compile("channels"), through)
    tab.goto(address)
    button(tab, 0).click()
    button(tab, 1).wait_for()
    kernel = kernel_of(tab)
    tab.evaluate("document.querySelector('main button').dataset.mine = 'yes'")
    routes[0].close(code=1001)
    tab.locator("main button").click()
    tab.locator("main button").click()
    button(tab, 3).wait_for(timeout=10_000)
    assert len(routes) == 2
    assert kernel_of(tab) == kernel
    assert tab.locator("main button").get_attribute("data-mine") == "yes"


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_every_window(browser: Any, start_server: Callable[..., Any], width: int, scheme: str) -> None:
    """No sideways scrolling; a dark page where the worker's system is dark."""
    server = start_server("broken")
    context = browser.new_context(viewport={"width": width, "height": 700}, color_scheme=scheme)
    tab = context.new_page()
    tab.goto(server.url)
    tab.get_by_role("alert").wait_for()
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    red = int(re.findall(r"\d+", tab.evaluate("getComputedStyle(document.body).backgroundColor"))[0])
    assert (red < 60) == (scheme == "dark")
    assert tab.evaluate("document.documentElement.lang") == "en"
    context.close()
