"""All that a stranger can reach stands in docs/threat_model.md and carries what it says; no secret is in any."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
import requests
from live import Server, free_port, study_text, write_study

from imgloop_widgets.access.keys import known_keys
from imgloop_widgets.panels import PANELS
from imgloop_widgets.serving.app import Serving, StudyServer
from imgloop_widgets.serving.frames import FROM_PAGE, METHODS
from imgloop_widgets.serving.handlers import KERNEL_ID
from imgloop_widgets.widgets import LookAlike

PAGE = (Path(__file__).parents[2] / "docs" / "threat_model.md").read_text()
SECRETS = {"OPENAI_API_KEY": "sk-a-secret-of-openai", "HF_TOKEN": "hf_a-secret-of-hugging-face"}
PROMPT = "a brown bear beside a red tent at night"


def test_every_address_stands_in_the_threat_model(tmp_path: Path) -> None:
    """And none stands there that is not open."""
    notebook = Path(__file__).parent / "data" / "counter.ipynb"
    server = StudyServer(
        Serving(
            notebook=notebook,
            desks=dict.fromkeys(("monitor", "review"), (notebook, lambda query: pytest.fail("asked"))),
        ),
        tmp_path,
    )
    routes = [path.replace(KERNEL_ID, "<id>") for path, _, _ in server.init_handlers()]
    open_ = {re.sub(r"static/\w+/\(\.\*\)", "static/<version>/<file>", path) for path in routes}
    named = set(re.findall(r"^\| `([^`]+)` \|", PAGE, re.M))
    assert named == open_


def test_every_kind_of_message_stands_in_the_threat_model() -> None:
    said = set(re.findall(r"`(\w+)`", PAGE))
    assert {*FROM_PAGE, *METHODS, *LookAlike._ON, "file"} <= said


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """`imgloop serve` with signed links, on a machine whose environment has secrets."""
    for name, secret in SECRETS.items():
        monkeypatch.setenv(name, secret)
    write_study(tmp_path / "s", study_text("", access="signed"))
    server = Server(tmp_path / "s", tmp_path / "results", free_port())
    server.start()
    yield server
    server.stop()


def test_what_is_told_and_logged_has_no_secret_and_no_cookie(
    served: Server, at: Callable[..., Any], until: Callable[..., Any]
) -> None:
    """The worker's page and its traits, the researcher's, the refusals, the logs, and what the process list shows."""
    printed = until(lambda: re.findall(r"http://\S+\?t=\S+", served.log()))
    link = printed[0]
    monitor = next(url for url in printed if "/monitor?" in url)
    server = at(f"http://127.0.0.1:{served.port}/", served.process)
    answers = [requests.get(link, timeout=60), requests.get(monitor, timeout=60)]
    answers += [requests.get(link[:-1] + "x", timeout=60), requests.get(monitor.replace("/monitor", "/"), timeout=60)]
    answers += [requests.get(link.replace("/?", "/monitor?"), timeout=60), requests.get(f"{server.url}nowhere?t=1")]
    assert [answer.status_code for answer in answers] == [200, 200, 403, 403, 403, 404]
    for answer in answers:
        assert not {"Set-Cookie", "Server", "Access-Control-Allow-Origin"} & set(answer.headers)
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert "frame-ancestors 'self'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["Cache-Control"] == "no-store"
    page = server.open_page("?" + link.partition("/?")[2])  # the newest has the session
    with server.channel(page.kernel) as channel:
        answers_ = {"age": "33", "gender": "woman"}
        command = {"name": "submit_prompt", "seq": 1, "prompt": PROMPT, "answers": answers_}
        channel.custom(page.widget, {"kind": "command", "id": "x", **command})
        until(lambda: channel.states()[page.widget]["view"]["attempts"], within_s=30)
        states = channel.states()
    processes = [psutil.Process(served.process.pid), *server.family()]
    logged = served.log()
    for url in printed:  # for the researcher, once
        logged = logged.replace(url, "", 1)
    keys = [key.secret for key in known_keys(served.results)]
    told = [page.text, repr(states), *(answer.text for answer in answers)]
    listed = [" ".join(process.cmdline()) for process in processes]
    secrets = [*SECRETS.values(), *(key.hex() for key in keys), *(repr(key) for key in keys)]
    secrets += [url.partition("?t=")[2] for url in printed]
    for text in [*told, logged, *listed]:
        assert not [secret for secret in secrets if secret in text]
    for text in told:
        assert str(served.folder) not in text


@pytest.mark.parametrize("access", ["mturk", "prolific"])
def test_a_page_is_framed_by_its_panel_alone_and_the_researchers_by_nobody(
    tmp_path: Path, until: Callable[..., Any], access: str
) -> None:
    """Mechanical Turk shows pages in a frame, Prolific does not."""
    write_study(tmp_path / "s", study_text("", access=access))
    server = Server(tmp_path / "s", tmp_path / "results", free_port())
    server.start()
    try:
        monitor = until(lambda: re.findall(r"http://\S+/monitor\?t=\S+", server.log()))[0]
        url = f"http://127.0.0.1:{server.port}/"
        for address, frames in ((url, PANELS[access].frames), (f"{url}healthz", PANELS[access].frames), (monitor, ())):
            policy = requests.get(address, timeout=60).headers["Content-Security-Policy"]
            rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
            assert rules["frame-ancestors"].split() == ["'self'", *frames]
    finally:
        server.stop()
