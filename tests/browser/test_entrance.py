"""The door of a real server: what opens nothing costs nothing, and what opens a page leaves no token anywhere."""

import random
import string
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from browser.test_journeys import join, no_violations
from live import IMGLOOP, Server, free_port, study_text, write_study
from playwright.sync_api import Page, expect

from imgloop_widgets.store import open_store

LETTERS = string.ascii_letters + string.digits + "-_."


def started(folder: Path) -> Server:
    """A server of a study with signed links."""
    write_study(folder / "study", study_text(access="signed"))
    server = Server(folder=folder / "study", results=folder / "results", port=free_port())
    server.start()
    return server


def imgloop(server: Server, command: str, *more: str) -> str:
    """What a command says about the study that is served."""
    words = [IMGLOOP, *command.split()]
    done = subprocess.run(
        [*words, *more, str(server.folder), "--results", str(server.results)], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def link(server: Server, worker: str, *more: str) -> str:
    """A signed link."""
    return imgloop(server, "links", "--worker", worker, "--base-url", f"http://127.0.0.1:{server.port}/", *more)


def ask(url: str) -> tuple[int, str]:
    """Open a link without a browser: status and text."""
    try:
        with urllib.request.urlopen(url, timeout=30) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def begun(server: Server) -> int:
    """How much was begun: kernels and sessions."""
    with open_store(server.results) as store:
        return len(server.kernels()) + len(store.sessions())


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose door nobody passes in these tests."""
    server = started(tmp_path_factory.mktemp("door"))
    yield server
    server.stop()


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Server]:
    """A server of the test's own."""
    server = started(tmp_path)
    yield server
    server.stop()


def test_a_link_that_is_changed_in_one_letter_starts_no_kernel_and_opens_no_session(door: Server) -> None:
    url = link(door, "ana")
    token = url.partition("?t=")[2]
    chance = random.Random(1)
    places = {0, len(token) - 1, token.index("."), *chance.sample(range(len(token)), 60)}
    for at in places:
        letter = chance.choice([letter for letter in LETTERS if letter != token[at]])
        status, text = ask(url.replace(token, token[:at] + letter + token[at + 1 :]))
        assert status == 403 and "Please use the link you were given." in text
        assert "shell-config" not in text
    assert begun(door) == 0


def test_a_link_that_is_expired_revoked_of_another_study_or_none_opens_nothing(door: Server, tmp_path: Path) -> None:
    revoked = link(door, "ben")
    imgloop(door, "revoke", revoked)
    other = tmp_path / "study"
    write_study(other, study_text(access="signed").replace('name = "browser"', 'name = "other"'))
    base = f"http://127.0.0.1:{door.port}/"
    elsewhere = subprocess.run(
        [IMGLOOP, "links", str(other), "--results", str(door.results), "--worker", "ana", "--base-url", base],
        capture_output=True,
        text=True,
    ).stdout.strip()
    assert elsewhere.startswith(f"{base}?t=")
    for url in (revoked, elsewhere, base, f"{base}?worker_id=ana&id=1", f"{base}?t=", f"{base}?t=a.b"):
        status, text = ask(url)
        assert status == 403 and "This page can't be opened" in text.replace("&#39;", "'")
    assert begun(door) == 0
    assert "t=" not in door.log().replace("?t=", "", door.log().count("  http")), "links are printed and never logged"


def test_a_stranger_reads_why_nothing_opens(page: Page, door: Server) -> None:
    for width in (360, 1280):
        page.set_viewport_size({"width": width, "height": 700})
        page.goto(f"http://127.0.0.1:{door.port}/?t=nonsense")
        expect(page.get_by_role("heading", name="This page can't be opened")).to_be_visible()
        expect(page.get_by_text("a part of it is missing or was changed")).to_be_visible()
        no_violations(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert begun(door) == 0


def test_a_link_lets_its_worker_in_and_its_token_is_nowhere_but_in_the_link(page: Page, served: Server) -> None:
    url = link(served, "ana", "--unit", "2", "--expires", "1d")
    token = url.partition("?t=")[2]
    join(page, url)

    assert served.state("ana", 2).opened is not None
    (kernel,) = (psutil.Process(pid) for pid in served.kernels())
    assert token not in str(kernel.environ()) and token not in str(kernel.cmdline())
    assert token not in served.log() and token not in page.content()
    secrets = [line.split()[2] for line in (served.results / "links.keys").read_text().splitlines()]
    assert not [secret for secret in secrets if secret in str(kernel.environ()) + served.log() + page.content()]


def test_keys_are_changed_while_the_study_is_served(served: Server) -> None:
    before = link(served, "ana")
    old = imgloop(served, "keys list").splitlines()[1].split()[0]
    imgloop(served, "keys add")
    after = link(served, "ana")
    assert before != after
    assert [ask(url)[0] for url in (before, after)] == [200, 200]
    imgloop(served, "keys retire", old)
    assert [ask(url)[0] for url in (before, after)] == [403, 200]
    imgloop(served, "revoke", "ana")
    assert ask(after)[0] == 403


def test_keys_that_others_can_read_are_an_incident_and_open_nothing(served: Server) -> None:
    url = link(served, "ana")
    (served.results / "links.keys").chmod(0o644)
    status, text = ask(url)
    assert status == 500 and "tell the researcher the number" in text and "chmod" not in text
    assert "chmod 600" in served.log()
    assert begun(served) == 0
