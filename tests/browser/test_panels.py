"""Each panel, played by a page in a real browser: arrival, preview, completion, screen-out, return.

The panel's hosts are answered by the test: whatever the browser sends there is noted, with what was stored by then.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import nbformat
import pytest
from browser.front_end.looks import shoot
from browser.test_journeys import FIRST, choose, fill_about_you, no_violations, press, write
from live import FLAGS, Server, free_port, study_text, write_study
from playwright.sync_api import BrowserContext, Frame, Page, Route, expect

from imgloop_widgets.access import Entrance
from imgloop_widgets.panel_table import Outcome
from imgloop_widgets.store import open_store
from imgloop_widgets.study import load_study

SCREENING = """
import os
from imgloop_widgets.serving.page import end_page

screened_out = "screened" in os.environ["QUERY_STRING"]
end_page(study, "screened_out", "Thank you", "This study is for others.") if screened_out else open_page(study)
"""

SONA = "https://uni.sona-systems.com/webstudy_credit.aspx?experiment_id=7&credit_token=abc&survey_code={worker}"
GENERIC = """
worker = "pid"
keep = ["batch"]
hosts = ["panel.example"]
addresses.completed = "https://panel.example/done?pid={worker}&batch={batch}&code={code}"
addresses.screened_out = "https://panel.example/out?pid={worker}"
"""
CONNECT = """
addresses.completed = "https://connect.cloudresearch.com/participant/project/p1/complete?code={code}"
addresses.screened_out = "https://connect.cloudresearch.com/participant/project/p1/partial"
"""


NEAR = ("LocalNetworkAccessChecks", "LocalNetworkAccessForSubframeNavigations", "LocalNetworkAccessForNavigations")
"""Features of the browser that let no page from elsewhere show one of this very machine, where the tests' server is."""


@pytest.fixture(scope="module")
def browser_flags() -> list[str]:
    return [*FLAGS, f"--disable-features={','.join(NEAR)}"]


@dataclass(frozen=True)
class Case:
    """table: of the study file. query: of a worker's arrival. done, out: where they are sent; None: nowhere."""

    table: str
    query: str
    done: str | None
    out: str | None


CASES = {
    "prolific": Case(
        "",
        "PROLIFIC_PID={worker}&STUDY_ID=st1&SESSION_ID=se1",
        "https://app.prolific.com/submissions/complete?cc={completed}",
        "https://app.prolific.com/submissions/complete?cc={screened_out}",
    ),
    "connect": Case(
        CONNECT,
        "participantId={worker}&assignmentId=a1&projectId=p1",
        "https://connect.cloudresearch.com/participant/project/p1/complete?code={completed}",
        "https://connect.cloudresearch.com/participant/project/p1/partial",
    ),
    "sona": Case(f'addresses.completed = "{SONA}"', "survey_code={worker}", SONA.replace("{worker}", "ana%2F1"), None),
    "generic": Case(
        GENERIC,
        "pid={worker}&batch=b%26c",
        "https://panel.example/done?pid=ana%2F1&batch=b%26c&code={completed}",
        "https://panel.example/out?pid=screened",
    ),
}


@dataclass
class Desk:
    """The panel's own pages. came: (method, address, form) of whatever came back."""

    server: Server
    opening: str = ""
    came: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    finished: list[bool] = field(default_factory=list)

    def answer(self, route: Route) -> None:
        request = route.request
        if request.url.endswith("/open"):
            route.fulfill(content_type="text/html", body=self.opening)
            return
        form = {name: values[0] for name, values in parse_qs(request.post_data or "").items()}
        self.came.append((request.method, request.url, form))
        with open_store(self.server.results) as store:
            sessions = store.sessions(finished=False)
        self.finished.append(not sessions)
        route.fulfill(content_type="text/html", body="<h1>Thank you, says the panel</h1>")


def codes(server: Server) -> dict[Outcome, str]:
    with open_store(server.results) as store:
        return Entrance(study=load_study(server.folder), store=store).codes()


@pytest.fixture(scope="module")
def panel_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str, str], Server]]:
    """A server for each panel."""
    servers: dict[str, Server] = {}

    def make(access: str, table: str = "") -> Server:
        if access not in servers:
            folder = tmp_path_factory.mktemp(access)
            write_study(folder / "study", study_text(loop="max_answer_loops = 1", access=access, panel=table))
            notebook = nbformat.read(folder / "study" / "worker.ipynb", as_version=4)
            notebook.cells[2].source = SCREENING
            nbformat.write(notebook, folder / "study" / "worker.ipynb")
            servers[access] = Server(folder=folder / "study", results=folder / "results", port=free_port())
            servers[access].start()
        return servers[access]

    yield make
    for server in servers.values():
        server.stop()


def play(page: Page | Frame) -> None:
    """Play the one attempt to its end."""
    expect(page.get_by_role("button", name="Start", exact=True)).to_be_visible()
    at: Any = page  # a frame finds like a page
    fill_about_you(at)
    write(at, FIRST)
    press(at, "Start")
    choose(at, 7)
    press(at, "Finish")
    expect(page.get_by_role("heading", name="All done, thank you!")).to_be_visible()


@pytest.mark.parametrize("access", list(CASES))
def test_who_comes_from_a_panel_plays_and_is_sent_back(
    access: str, context: BrowserContext, panel_server: Callable[..., Server], tmp_path: Path
) -> None:
    case = CASES[access]
    server = panel_server(access, case.table)
    desk = Desk(server)
    home = f"http://127.0.0.1:{server.port}/"
    context.route(lambda url: urlsplit(url).hostname != "127.0.0.1", desk.answer)
    page = context.new_page()

    page.goto(home)
    expect(page.get_by_text("This page is opened from")).to_be_visible()
    assert not server.kernels(), "without its parameters it starts nothing"

    desk.opening = f'<a href="{home}?{case.query.format(worker="ana%2F1").replace("&", "&amp;")}">Take part</a>'
    page.goto("https://panel.example/open")
    page.get_by_role("link", name="Take part").click()
    arrived = page.url
    play(page)
    code = codes(server)["completed"]
    expect(page.locator("code")).to_have_text(code)
    no_violations(page)
    assert case.done is not None
    page.get_by_role("heading", name="Thank you, says the panel").wait_for()
    assert desk.came == [("GET", case.done.format(completed=code), {})]
    assert desk.finished == [True], "stored first"

    page.goto(arrived)  # they come back
    expect(page.locator("code")).to_have_text(code)
    expect(page.get_by_role("link", name="Go back to")).to_have_attribute("href", desk.came[0][1])
    expect(page.get_by_role("button", name="Stay on this page")).to_have_count(0)
    with open_store(server.results) as store:
        assert [opened.worker_id for opened in store.sessions()] == ["ana/1"], "one participant is one"
        assert [sent.worker_id for sent in store.arrivals("browser")] == ["ana/1"]


@pytest.mark.parametrize("access", list(CASES))
def test_who_is_screened_out_is_sent_back_with_another_code_and_has_no_session(
    access: str, context: BrowserContext, panel_server: Callable[..., Server]
) -> None:
    case = CASES[access]
    server = panel_server(access, case.table)
    desk = Desk(server)
    context.route(lambda url: urlsplit(url).hostname != "127.0.0.1", desk.answer)
    page = context.new_page()
    page.goto(f"http://127.0.0.1:{server.port}/?{case.query.format(worker='screened')}")
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
    code = codes(server)["screened_out"]
    expect(page.locator("code")).to_have_text(code)
    if case.out is None:
        expect(page.get_by_role("link")).to_have_count(0)
        return
    page.get_by_role("link", name="Go back to").click()
    page.get_by_role("heading", name="Thank you, says the panel").wait_for()
    assert desk.came == [("GET", case.out.format(screened_out=code), {})]
    with open_store(server.results) as store:
        assert "screened" not in [opened.worker_id for opened in store.sessions()]


def test_who_wants_to_stay_is_not_sent_on(context: BrowserContext, panel_server: Callable[..., Server]) -> None:
    case = CASES["prolific"]
    server = panel_server("prolific", case.table)
    desk = Desk(server)
    context.route(lambda url: urlsplit(url).hostname != "127.0.0.1", desk.answer)
    page = context.new_page()
    page.goto(f"http://127.0.0.1:{server.port}/?{case.query.format(worker='screened')}")
    press(page, "Stay on this page")
    expect(page.get_by_role("link", name="Go back to Prolific")).to_be_focused()
    page.wait_for_timeout(6000)  # longer than the page would have waited
    assert desk.came == []
    for width in (360, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        no_violations(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        shoot(page, "leaving", str(width))


TURK = "https://workersandbox.mturk.com"


def turk(server: Server, assignment: str, more: str) -> str:
    """The panel's page: a frame with ours in it."""
    query = f"assignmentId={assignment}&hitId=h1&turkSubmitTo={TURK.replace(':', '%3A').replace('/', '%2F')}{more}"
    address = f"http://127.0.0.1:{server.port}/?{query}".replace("&", "&amp;")
    frame = f'<iframe name="task" title="The task" src="{address}" width="1000" height="800"></iframe>'
    return f'<!doctype html><html lang="en"><title>A HIT</title><main><h1>A HIT</h1>{frame}</main></html>'


def framed(page: Page) -> Frame:
    frame = page.frame("task")
    assert frame is not None
    return frame


def test_mechanical_turk_shows_the_page_in_its_frame_and_is_posted_the_assignment(
    context: BrowserContext, panel_server: Callable[..., Server]
) -> None:
    server = panel_server("mturk")
    desk = Desk(server)
    context.route(lambda url: urlsplit(url).hostname != "127.0.0.1", desk.answer)
    page = context.new_page()

    desk.opening = turk(server, "ASSIGNMENT_ID_NOT_AVAILABLE", "")
    page.goto(f"{TURK}/open")
    expect(framed(page).get_by_text("This is a preview")).to_be_visible()
    expect(framed(page).get_by_role("heading", name="browser")).to_be_visible()
    assert not server.kernels(), "who only looks costs nothing"
    with open_store(server.results) as store:
        assert store.sessions() == []
    no_violations(page)
    shoot(page, "turk", "preview")

    desk.opening = turk(server, "as1", "&workerId=A1")
    page.goto(f"{TURK}/open")
    play(framed(page))
    page.wait_for_function("document.querySelector('iframe') && true")
    framed(page).get_by_role("heading", name="Thank you, says the panel").wait_for()
    form = {"assignmentId": "as1", "outcome": "completed", "code": codes(server)["completed"]}
    assert desk.came == [("POST", f"{TURK}/mturk/externalSubmit", form)]
    assert desk.finished == [True]

    page.goto(f"{TURK}/open")  # they come back
    expect(framed(page).get_by_role("button", name="Submit to Mechanical Turk")).to_be_visible()
    desk.opening = turk(server, "as2", "&workerId=screened")
    page.goto(f"{TURK}/open")
    expect(framed(page).get_by_role("heading", name="Thank you")).to_be_visible()
    framed(page).get_by_role("heading", name="Thank you, says the panel").wait_for()
    assert desk.came[1][2]["outcome"] == "screened_out"


def test_nobody_else_may_show_the_page_in_a_frame_or_have_the_form_posted_elsewhere(
    context: BrowserContext, panel_server: Callable[..., Server]
) -> None:
    server = panel_server("mturk")
    desk = Desk(server, opening=turk(server, "as1", "&workerId=A1"))
    context.route(lambda url: urlsplit(url).hostname != "127.0.0.1", desk.answer)
    page = context.new_page()
    page.goto("https://evil.example/open")
    page.wait_for_load_state("load")
    assert len(page.frames) == 2
    assert not [frame.url for frame in page.frames if "127.0.0.1" in frame.url], "an error stands in its place"

    page.goto(
        f"http://127.0.0.1:{server.port}/?assignmentId=a&hitId=h&workerId=w&turkSubmitTo=https%3A%2F%2Fevil.example"
    )
    expect(page.get_by_text("This link does not come from Mechanical Turk")).to_be_visible()
    assert not desk.came
