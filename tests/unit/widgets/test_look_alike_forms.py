"""The form around the loop: triggers, the author's validators and files, kept as long as the session lives."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from imgloop_widgets.events import FormSubmitted

Show = Callable[..., Any]
PROMPT = "a brown bear"


@pytest.fixture
def game(asked_game: Any) -> Any:
    """The small study with the sections of `QUESTIONS` before its loop."""
    return asked_game


def start(page: Any, values: dict[str, Any], **more: Any) -> Any:
    return page.command("submit_prompt", prompt=PROMPT, answers={**values, **more})


def test_what_triggers_have_changed_is_there_after_a_reload(game: Any, show: Show, values: dict[str, Any]) -> None:
    page = show(game.runner())
    page.click("grow!", values)
    page.click("reveal!", values)
    page.click("mood!", values)
    reloaded = show(game.runner())
    assert reloaded.traits["changes"] == page.traits["changes"]
    assert len(reloaded.traits["changes"]["added"]) == 1
    assert start(reloaded, values, pet__1__="Tom", picture__1__=None)["ok"]
    assert reloaded.widget.state.answers["source"] == "by hand"
    assert show(game.runner()).traits["changes"] == page.traits["changes"], (
        "the answers are read in the form they are for"
    )


def test_what_triggers_have_added_is_checked_and_stored(game: Any, show: Show, values: dict[str, Any]) -> None:
    page = show(game.runner())
    page.click("grow!", values)
    picture = page.upload("picture__1__", b"12345")["value"]
    assert start(page, values, pet__1__="")["problems"] == {"pet__1__": "Please fill in this field."}
    assert start(page, values, pet__1__=" Tom ", picture__1__=picture)["ok"]
    (event,) = [e for e in game.store.read(page.widget._runner.session_id) if isinstance(e, FormSubmitted)]
    assert (event.answers["pet__1__"], event.answers["picture__1__"]) == ("Tom", picture)
    assert game.store.get_file(picture["sha256"]) == b"12345"


def test_a_field_out_of_sight_has_no_answer(game: Any, show: Show, values: dict[str, Any]) -> None:
    page = show(game.runner())
    assert start(page, values, why="a lie")["ok"]
    assert page.widget.state.answers["why"] is None


def test_the_author_s_validators_decide(game: Any, show: Show, values: dict[str, Any]) -> None:
    page = show(game.runner())
    result = start(page, values, wish="a pony")
    assert result["problems"] == {"wish": "Please say please, in wish."}
    assert start(page, values, wish="a pony, please")["ok"]


def test_a_file_survives_a_reload_and_is_its_worker_s_alone(game: Any, show: Show, values: dict[str, Any]) -> None:
    page = show(game.runner())
    photo = page.upload("photo", b"12345")["value"]
    page.send(kind="draft", seq=1, values={**values, "photo": photo})
    reloaded, other = show(game.runner()), show(game.runner(worker="ben"))
    assert reloaded.view["draft"]["photo"] == photo
    assert reloaded.send(kind="file_get", sha256=photo["sha256"])[0]["type"] == "image/png"
    assert other.send(kind="file_get", sha256=photo["sha256"]) == []
    assert start(other, values, photo=photo)["problems"] == {"photo": "Please choose the file again."}
    assert start(reloaded, values, photo=photo)["ok"]


def test_what_triggers_changed_is_in_no_draft_of_the_log(game: Any, show: Show, values: dict[str, Any]) -> None:
    page = show(game.runner())
    page.click("grow!", values)
    page.command("exit", draft={"mood": "5", "code": "swordfish"})
    assert page.widget.state.finished.draft == {"mood": "5"}


def test_triggers_and_files_end_with_the_answers(game: Any, show: Show, values: dict[str, Any]) -> None:
    page = show(game.runner())
    start(page, values)
    assert page.click("grow!", values) == []
    assert "message" in page.upload("photo", b"x")
    assert page.traits["changes"]["added"] == []
    assert game.store.sheet(page.widget._runner.session_id) is None


def test_another_window_shows_the_answers_in_the_form_they_were_given_in(
    game: Any, show: Show, values: dict[str, Any]
) -> None:
    page, other = show(game.runner()), show(game.runner())
    page.click("grow!", values)
    start(page, values, pet__1__="Tom", picture__1__=None)
    other.send(kind="hello")
    assert other.traits["changes"] == page.traits["changes"]
    assert other.view["answers"]["pet__1__"] == "Tom"


def test_a_trigger_whose_work_can_not_be_kept_has_not_happened(game: Any, show: Show, values: dict[str, Any]) -> None:
    page = show(game.runner())
    page.widget._runner.store = game.Flaky(game.store)
    page.widget._runner.store.full = {"save_sheet"}
    (notice,) = page.click("grow!", values)
    assert notice["kind"] == "notice" and "disk" not in page.everything
    assert page.traits["changes"]["added"] == []
    page.widget._runner.store.full = set()
    page.click("grow!", values)
    assert len(page.traits["changes"]["added"]) == 1


def test_a_password_is_stored_with_the_answers_and_never_shown_again(
    game: Any, show: Show, values: dict[str, Any]
) -> None:
    page = show(game.runner())
    assert start(page, values, code="swordfish")["ok"]
    assert page.widget.state.answers["code"] == "swordfish"
    for one in (page, show(game.runner())):
        one.send(kind="hello")
        assert "swordfish" not in one.everything
        assert one.view["answers"]["mood"] == 5


def test_a_form_that_was_changed_meanwhile_keeps_what_still_fits(game: Any, show: Show, values: dict[str, Any]) -> None:
    page = show(game.runner())
    page.click("grow!", values)
    game.store.save_sheet(page.widget._runner.session_id, {"added": [["gone", "pet", {}]], "shown": {"9.9": True}})
    assert show(game.runner()).traits["changes"] == {"shown": {}, "added": []}


def test_the_author_s_styles_and_language_come_with_the_form(game: Any, show: Show) -> None:
    picture = show(game.runner()).traits["form"]
    assert set(picture) == {"form", "words", "css", "language", "parts", "prompt_limits", "records"}
    json.dumps(picture, allow_nan=False)
