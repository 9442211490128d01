"""After a reload a new kernel finds what triggers did and the files again: for the browser that has the ticket."""

import json
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from imgloop_widgets.widgets import form as form_module
from imgloop_widgets.widgets import kept

TICKET = "3b241101-e2bb-4255-8caf-4136c566a962"
Open = Callable[..., Any]


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that a server gives to its kernels."""
    monkeypatch.setenv(kept.KEPT, str(tmp_path / "kept"))
    monkeypatch.setenv("QUERY_STRING", "worker_id=ann")
    return tmp_path / "kept"


@pytest.fixture
def load(ask: Any, questions: Any) -> Open:
    """Load the page of a link: a new kernel, in which the form is the first of its kind."""

    def opened(ticket: object = TICKET) -> Any:
        form_module._made.clear()
        page = ask(questions)
        page.send(kind="hello", ticket=ticket)
        return page

    return opened


def all_of(folder: Path) -> list[Path]:
    return [file for file in folder.rglob("*") if file.is_file()]


def test_a_reload_brings_back_what_triggers_did_and_the_files(root: Path, load: Open, values: Any) -> None:
    page = load()
    for name in ("grow!", "reveal!", "mood!"):
        page.click(name, values)
    photo = page.upload("photo", b"12345")["value"]

    again = load()

    assert again.traits["changes"] == page.traits["changes"]
    assert again.widget.value["source"] == "by hand"
    assert again.send(kind="file_get", sha256=photo["sha256"])[0]["type"] == "image/png"
    assert again.buffers == [b"12345"]
    answers = {**values, "why": "so", "photo": photo, "pet__1__": "Tom", "picture__1__": None}
    assert again.command("submit", values=answers)["ok"]
    assert again.widget.value["photo"].data == b"12345"
    assert all_of(root) == []  # what was submitted is the researcher's to keep
    assert load().traits["changes"] == {"shown": {}, "added": []}


@pytest.mark.parametrize("ticket", [TICKET.replace("3", "4"), None, "", "../../etc", 3, ["a"], TICKET + "\n"])
def test_without_the_ticket_nothing_of_it_is_to_be_had(root: Path, load: Open, values: Any, ticket: object) -> None:
    page = load()
    page.click("grow!", values)
    photo = page.upload("photo", b"12345")["value"]

    other = load(ticket)

    assert other.traits["changes"] == {"shown": {}, "added": []}
    assert other.send(kind="file_get", sha256=photo["sha256"]) == []


def test_only_looking_at_a_form_keeps_nothing(root: Path, load: Open) -> None:
    load().send(kind="draft", seq=1, values={"mood": "5", "code": "secret"})
    assert not root.exists()


def test_a_form_that_is_reset_begins_again(root: Path, load: Open, values: Any) -> None:
    page = load()
    page.click("grow!", values)
    page.widget.reset()
    assert all_of(root) == []
    page.click("reveal!", values)
    assert load().traits["changes"] == page.traits["changes"] != {"shown": {}, "added": []}


def test_without_a_folder_of_the_server_a_form_lives_as_long_as_its_kernel(
    load: Open, values: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(kept.KEPT, raising=False)
    page = load()
    assert page.click("grow!", values)
    assert load().traits["changes"] == {"shown": {}, "added": []}


def test_a_second_hello_changes_nothing(root: Path, load: Open, values: Any) -> None:
    page = load()
    page.click("grow!", values)
    page.send(kind="hello", ticket=TICKET.replace("3", "4"))
    page.send(kind="hello", ticket=TICKET)
    page.click("grow!", values)
    assert len(load().traits["changes"]["added"]) == 2


def test_the_oldest_make_room_for_a_new_file(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "MOST_BYTES", 1000)
    folders = [kept.Kept(root / name) for name in "abc"]
    for folder in folders:
        folder.keep(b"x" * 400, "image/png")
    assert [folder.uploads() != {} for folder in folders] == [False, True, True]
    assert folders[1].get(sha256(b"x" * 400).hexdigest()) == b"x" * 400


def test_two_windows_with_one_form_keep_the_files_of_both(root: Path) -> None:
    one, other = kept.Kept(root / "a"), kept.Kept(root / "a")
    one.keep(b"1", "")
    other.keep(b"2", "")
    one.keep_sheet({"shown": {"0": True}})
    assert len(other.uploads()) == 2
    assert json.loads(json.dumps(other.sheet())) == {"shown": {"0": True}}
