"""`imgloop forms preview`, the server itself left out; tests/browser/test_preview.py has the page."""

import socket
import webbrowser
from collections.abc import Callable
from pathlib import Path
from queue import Queue
from typing import Any

import nbformat
import pytest

from imgloop_widgets.cli.arguments import short
from imgloop_widgets.cli.forms import preview

Run = Callable[..., Any]


@pytest.fixture
def kept(served: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the notebook held while it was served."""
    from imgloop_widgets.serving import app

    found: dict[str, Any] = {}
    fake = app.serve

    def look(notebook: Path, **values: Any) -> None:
        found["notebook"] = nbformat.read(notebook, as_version=4)
        nbformat.validate(found["notebook"])
        fake(notebook, **values)

    monkeypatch.setattr(app, "serve", look)
    return found


@pytest.fixture
def browser(monkeypatch: pytest.MonkeyPatch) -> "Queue[str]":
    """The addresses that a browser was asked to open."""
    opened: Queue[str] = Queue()
    monkeypatch.setattr(webbrowser, "open", opened.put)
    return opened


def test_preview_serves_a_notebook_of_its_own_and_opens_the_browser(
    study: Path, run: Run, served: list[dict[str, Any]], kept: dict[str, Any], browser: "Queue[str]"
) -> None:
    ran = run("forms", "preview", study / "form.json", "--port", 0)

    (call,) = served
    assert (ran.code, ran.err) == (0, "")
    assert (call["host"], call["port"], call["title"]) == ("127.0.0.1", 0, "Preview of form.json")
    assert kept["notebook"].cells[-1].source == f"preview_page({str(study / 'form.json')!r})"
    assert not call["notebook"].exists()
    assert ran.out.startswith(f"{short(study / 'form.json')} is shown at http://127.0.0.1:0/ for as long as this runs.")
    assert browser.get(timeout=5) == "http://127.0.0.1:0/"


def test_the_browser_is_left_alone_where_that_is_asked_for(
    study: Path, run: Run, served: list[dict[str, Any]], browser: "Queue[str]"
) -> None:
    assert run("forms", "preview", study, "--port", 0, "--no-browser").code == 0

    assert served
    assert browser.empty()


def test_a_form_with_mistakes_is_served_so_that_its_page_lists_them(
    study: Path, run: Run, served: list[dict[str, Any]]
) -> None:
    (study / "form.json").write_text("{")

    assert run("forms", "preview", study / "form.json", "--port", 0, "--no-browser").code == 0
    assert served


def test_the_next_free_port_is_taken_and_one_that_was_asked_for_must_be_free(
    study: Path, run: Run, served: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        monkeypatch.setattr(preview, "PORT", taken)

        assert run("forms", "preview", study, "--no-browser").code == 0
        assert served[0]["port"] > taken

        ran = run("forms", "preview", study, "--no-browser", "--port", taken)
        assert ran.code == 1
        assert "is in use by another program" in ran.err


def test_a_path_that_is_not_there_is_named(tmp_path: Path, run: Run, served: list[dict[str, Any]]) -> None:
    ran = run("forms", "preview", tmp_path / "nowhere")

    assert (ran.code, served) == (1, [])
    assert (
        ran.err == f"{tmp_path / 'nowhere'}: there is no such folder or file; give the folder of a form, or its file\n"
    )
