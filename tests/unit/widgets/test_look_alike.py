"""The kernel's side of the component: commands, drafts, images and time, from a page that anyone may have written."""

import asyncio
import io
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from PIL import Image, PngImagePlugin

from imgloop_widgets.errors import GenerationError, Refused, StoreError
from imgloop_widgets.loop import Exit, Phase, fold
from imgloop_widgets.widgets import LookAlike, base

Show = Callable[..., Any]


def log(runner: Any) -> Any:
    return runner.store.read(runner.session_id)


def start(page: Any, game: Any, prompt: str = "a brown bear") -> Any:
    return page.command("submit_prompt", prompt=prompt, answers=game.answers)


def test_a_session_is_played_by_messages_alone(quick_game: Any, show: Show) -> None:
    async def play() -> None:
        page = show(quick_game.runner())
        assert page.view["phase"] == "prompting"
        assert start(page, quick_game)["ok"]
        assert (await page.until("scoring"))["seq"] == 4
        assert page.command("score", score=6, prompt="a darker bear")["ok"]
        assert page.view["phase"] == "generating"
        assert len((await page.until("scoring"))["attempts"]) == 2
        assert page.command("score", score=10)["ok"]
        assert page.view["finished"]["reason"] == "perfect"
        assert fold(log(page.widget._runner)) == page.widget.state

    asyncio.run(play())


def test_the_kernel_sends_the_form_once_and_the_view_after_each_change(quick_game: Any, show: Show) -> None:
    page = show(quick_game.runner())
    start(page, quick_game)
    states = [data["state"] for data, _ in page.line.sent if "state" in data]
    assert sum("form" in state for state in states) == 1
    assert [state["view"]["phase"] for state in states if "view" in state] == ["prompting", "generating"]


@pytest.mark.parametrize("method", ["update", "UPDATE", "echo_update", "set", None, 7, ["update"], {}])
def test_what_a_page_sets_changes_nothing(quick_game: Any, show: Show, method: Any) -> None:
    page = show(quick_game.runner())
    before = page.widget.get_state()
    page.put(
        {"method": method, "state": {"view": {"seq": 99}, "form": {}, "_esm": "x", "comm": None}, "buffer_paths": []}
    )
    page.widget.set_state({"view": {"seq": 99}, "progress": {"a": 1}, "_view_name": "x"})
    assert page.widget.get_state() == before
    assert len(log(page.widget._runner)) == 1


def test_a_page_that_asks_for_the_state_gets_it(quick_game: Any, show: Show) -> None:
    page = show(quick_game.runner())
    before = len(page.line.sent)
    page.put({"method": "request_state"})
    (data, _), *_ = page.line.sent[before:]
    assert {"form", "view", "progress"} <= set(data["state"])


def test_the_answer_to_a_command_carries_its_id_and_what_to_change(quick_game: Any, show: Show) -> None:
    page = show(quick_game.runner())
    result = page.command("submit_prompt", id="7-a", prompt="x", answers={"age": "old"})
    assert (result["id"], result["ok"]) == ("7-a", False)
    assert set(result["problems"]) == {"age", "prompt"}
    assert result["message"] == "2 answers need another look."
    assert page.command("exit", id="7-b") == {"kind": "result", "id": "7-b", "ok": True}


@pytest.mark.parametrize("score", [99, 0, -1, "10", None, True, 7.5, [10], {"a": 1}, 10**30])
def test_a_score_off_the_scale_gives_nothing(quick_game: Any, show: Show, score: Any) -> None:
    runner = quick_game.shown()
    page, before = show(runner), log(runner)
    result = page.command("score", score=score, prompt="a darker bear")
    assert result["problems"] == {"score": "Please choose a score from 1 to 10."}
    assert log(runner) == before


@pytest.mark.parametrize("prompt", ["x" * 61, "x" * 20_000, "x" * 3_000_000, "", "bear", None, 7, ["a"], {"a": 1}])
def test_a_prompt_out_of_bounds_gives_nothing(quick_game: Any, show: Show, prompt: Any) -> None:
    runner = quick_game.runner()
    page = show(runner)
    result = page.command("submit_prompt", prompt=prompt, answers=quick_game.answers)
    assert not result["ok"]
    assert len(result["message"]) < 200
    assert len(log(runner)) == 1


@pytest.mark.parametrize("name", ["submit_prompt", "score", "exit"])
def test_nobody_fills_the_store_with_what_was_never_typed(quick_game: Any, show: Show, name: str) -> None:
    """A finish and a late command keep what was sent as a draft; this has an end, too."""
    runner = quick_game.shown() if name == "score" else quick_game.runner()
    page = show(runner)
    much = "x" * 3_000_000
    values = {"prompt": much, "score": 10, "answers": {"age": much}, "draft": {"note": much}}
    page.command(name, **values)
    quick_game.clock.move(10_000)
    page.command(name, **values)
    assert len(repr(log(runner))) < 300_000


@pytest.mark.parametrize("seq", [None, "1", 1.0, True, [], {}, -1, 0, 2, 10**30])
def test_a_command_for_another_state_or_none_is_refused_and_the_true_state_is_sent(
    quick_game: Any, show: Show, seq: Any
) -> None:
    runner = quick_game.runner()
    page = show(runner)
    result = page.command("exit", seq=seq)
    assert not result["ok"]
    assert len(log(runner)) == 1
    assert page.view["phase"] == "prompting"


@pytest.mark.parametrize("name", ["expire", "report_image", "ReportImage", "", None, 7, "__init__"])
def test_a_page_can_give_its_own_commands_alone(quick_game: Any, show: Show, name: Any) -> None:
    runner = quick_game.runner()
    quick_game.prompt(runner)
    page, before = show(runner), log(runner)
    assert "out of order" in page.command(name, failure="quota", image_sha256="a" * 64)["message"]
    assert log(runner) == before


def test_a_page_that_missed_a_view_gets_it_by_saying_hello_even_where_nothing_has_changed_since(
    quick_game: Any, show: Show
) -> None:
    quick_game.limit_s = None  # no time in the view: it is the very same
    page = show(quick_game.runner())
    page.line.down = True
    page.send(kind="command", name="submit_prompt", seq=1, prompt="a brown bear", answers=quick_game.answers)
    page.widget._runner.perform_now()
    page.line.down = False
    assert page.view["phase"] == "prompting"
    page.send(kind="hello")
    assert page.view["phase"] == "scoring"
    before = len(page.line.sent)
    page.send(kind="hello")
    assert any("view" in data.get("state", {}) for data, _ in page.line.sent[before:])


def test_a_page_that_missed_a_view_gets_it_when_its_command_is_refused(quick_game: Any, show: Show) -> None:
    quick_game.limit_s = None
    page = show(quick_game.runner())
    page.line.down = True
    page.send(kind="command", name="submit_prompt", seq=1, prompt="a brown bear", answers=quick_game.answers)
    page.line.down = False
    assert not page.command("submit_prompt", prompt="a brown bear", answers=quick_game.answers)["ok"]
    assert page.view["phase"] == "generating"


def test_hello_takes_over_what_another_page_did(quick_game: Any, show: Show) -> None:
    page, other = show(quick_game.runner()), quick_game.runner()
    quick_game.send(other, Exit)
    page.send(kind="hello")
    assert page.view["phase"] == "finished"


@pytest.mark.parametrize(("n", "answer"), [(3, 3), (-1, -1), (None, None), ("3", None), ([], None)])
def test_a_ping_is_answered_with_the_time_that_remains(quick_game: Any, show: Show, n: Any, answer: Any) -> None:
    page = show(quick_game.runner())
    quick_game.clock.move(100)
    assert page.send(kind="ping", n=n) == [{"kind": "pong", "n": answer, "remaining_s": 1700.0}]


def test_the_target_and_the_session_s_own_images_are_sent(quick_game: Any, show: Show) -> None:
    runner = quick_game.shown()
    page = show(runner)
    for name, size in (("target", (40, 30)), (page.view["attempts"][0]["image"]["image"], (24, 16))):
        assert page.send(kind="image", id=name) == [{"kind": "image", "id": name}]
        assert Image.open(io.BytesIO(page.buffers[-1])).size == size


@pytest.mark.parametrize(
    "name", ["", "..", "../imgloop.db", "/etc/passwd", "TARGET", "bear", "a" * 64, None, 7, [], {}, ["target"], True]
)
def test_other_images_are_not_sent(quick_game: Any, show: Show, name: Any) -> None:
    page = show(quick_game.runner())
    assert page.send(kind="image", id=name) == []
    assert page.buffers == []
    assert page.widget._runner.store.incidents() == []


def test_the_image_of_another_worker_is_not_sent(quick_game: Any, show: Show) -> None:
    other = quick_game.shown(worker="ben")
    page = show(quick_game.runner())
    assert page.send(kind="image", id=other.state.attempts[0].image.image_sha256) == []


def test_what_is_written_into_the_target_s_file_is_not_sent(quick_game: Any, show: Show, tmp_path: Any) -> None:
    """Image generators write the prompt into the file: it is the answer to the task."""
    note = PngImagePlugin.PngInfo()
    note.add_text("parameters", "the true prompt", zip=False)
    picture = Image.effect_noise((30, 20), 50).convert("RGB")
    picture.save(tmp_path / "t.png", pnginfo=note)
    assert b"the true prompt" in (tmp_path / "t.png").read_bytes()
    runner = quick_game.runner()
    runner.part = replace(runner.part, target=replace(runner.part.target, file=tmp_path / "t.png"))
    page = show(runner)
    page.send(kind="image", id="target")
    assert b"the true prompt" not in page.buffers[0]
    assert Image.open(io.BytesIO(page.buffers[0])).convert("RGB").tobytes() == picture.tobytes()


def test_a_target_with_nothing_written_into_it_is_sent_as_it_is(quick_game: Any, show: Show) -> None:
    page = show(quick_game.runner())
    page.send(kind="image", id="target")
    assert page.buffers[0] == quick_game.target.file.read_bytes()


def test_a_draft_comes_back_after_a_reload_and_not_after_the_next_step(quick_game: Any, show: Show) -> None:
    page = show(quick_game.runner())
    assert page.send(kind="draft", seq=page.view["seq"], values={"age": "3", "prompt": "half a th"}) == []
    reloaded = show(quick_game.runner())
    assert reloaded.view["draft"] == {"age": "3", "prompt": "half a th"}
    assert len(log(page.widget._runner)) == 1, "a draft is no event"
    start(reloaded, quick_game)
    assert reloaded.view["draft"] == {}
    assert show(quick_game.runner()).view["draft"] == {}


@pytest.mark.parametrize(
    "draft",
    [
        {"seq": 0},
        {"seq": 2},
        {"seq": "1"},
        {"seq": None},
        {"values": None},
        {"values": []},
        {"values": "x"},
        {"values": 7},
    ],
)
def test_a_draft_for_another_state_or_of_another_kind_is_dropped(quick_game: Any, show: Show, draft: Any) -> None:
    page = show(quick_game.runner())
    page.send(**{"kind": "draft", "seq": 1, "values": {"age": "3"}, **draft})
    assert quick_game.store.draft(page.widget._runner.session_id) is None
    assert quick_game.store.incidents() == []


def test_a_giant_draft_is_dropped(quick_game: Any, show: Show) -> None:
    page = show(quick_game.runner())
    page.send(kind="draft", seq=1, values={"prompt": "x" * 100_000})
    assert page.widget._draft_now() == {}


@pytest.mark.parametrize("text", ["half an emoji \ud83d", "nul \0", "\u202e", "🐻"])
def test_whatever_a_worker_types_the_page_can_be_drawn_again(quick_game: Any, show: Show, text: str) -> None:
    """A text area with a greatest length cuts an emoji in two, and half of one can't be sent to a browser."""
    page = show(quick_game.runner())
    page.send(kind="draft", seq=1, values={"prompt": text, text: {"note": [text]}})
    page.send(kind="hello")
    assert page.view["draft"]["prompt"].startswith(text[:4].replace("\ud83d", "\ufffd"))
    result = page.command("submit_prompt", id=text, prompt=f"a brown bear {text}", answers={"age": text, "x": text})
    assert not result["ok"]
    page.command("submit_prompt", prompt=f"a brown bear {text}", answers={"age": "3", "tools": {text: True}})
    reloaded = show(quick_game.runner())
    assert reloaded.view["seq"] == page.view["seq"]
    assert quick_game.store.incidents() == []


def test_a_number_that_is_none_in_a_draft_does_not_break_the_page(quick_game: Any, show: Show) -> None:
    page = show(quick_game.runner())
    page.send(kind="draft", seq=1, values={"age": float("nan"), "n": [float("inf")]})
    page.send(kind="hello")
    assert page.view["draft"] == {"age": "nan", "n": ["inf"]}


def test_exit_keeps_the_page_s_draft_or_the_last_one_that_was_sent(quick_game: Any, show: Show) -> None:
    page = show(quick_game.runner())
    page.send(kind="draft", seq=1, values={"prompt": "sent before"})
    page.command("exit", draft=None)
    assert page.widget.state.finished.draft == {"prompt": "sent before"}
    other = show(quick_game.runner(worker="ben"))
    other.command("exit", draft={"prompt": "stood there"})
    assert other.widget.state.finished.draft == {"prompt": "stood there"}


def test_an_error_becomes_a_sentence_with_a_number_and_its_cause_is_recorded(quick_game: Any, show: Show) -> None:
    page = show(quick_game.runner())
    page.widget._runner.store = quick_game.Flaky(quick_game.store)
    page.widget._runner.store.full = {"append"}
    result = start(page, quick_game)
    (incident,) = quick_game.store.incidents()
    assert result["message"] == base.BROKEN.format(incident.incident)
    assert "the disk is full" in incident.text
    assert "disk" not in page.everything and "Traceback" not in page.everything
    assert page.view["phase"] == "prompting"


@pytest.mark.parametrize("kind", ["hello", "ping", "image", "draft"])
def test_an_error_in_any_message_stays_in_the_kernel(quick_game: Any, show: Show, kind: str) -> None:
    runner = quick_game.shown()
    page = show(runner)
    runner.store = quick_game.Flaky(quick_game.store)
    runner.store.full = {"read", "length", "get_image", "save_draft", "draft", "claim"}
    name = runner.state.attempts[0].image.image_sha256
    page.send(kind=kind, n=1, id=name, seq=runner.state.seq, values={"prompt": "x"})
    assert "disk" not in page.everything


def test_a_generator_s_error_reaches_the_page_as_a_sentence_alone(quick_game: Any, show: Show) -> None:
    def generate(prompt: str, context: Any) -> Any:
        raise RuntimeError("api key sk-123")

    async def play() -> None:
        page = show(quick_game.runner(generate))
        start(page, quick_game)
        await page.until("generating")
        assert "The image could not be made" in (await page.until("prompting"))["failure"]
        assert "sk-123" not in page.everything
        assert "sk-123" in quick_game.store.incidents()[0].text

    asyncio.run(play())


def test_a_callback_of_the_researcher_is_called_once_at_the_end_and_may_fail(quick_game: Any, show: Show) -> None:
    page = show(quick_game.runner())
    called: list[Any] = []

    def broken(state: Any) -> None:
        called.append(state)
        raise ValueError("mine")

    page.widget.on_finish(broken)
    page.widget.on_finish(lambda state: called.append(state))
    assert page.command("exit")["ok"]
    assert called == [page.widget.state] * 2
    assert page.view["phase"] == "finished"
    assert "ValueError: mine" in quick_game.store.incidents()[0].text


def test_the_attempts_are_a_frame(quick_game: Any) -> None:
    frame = LookAlike(runner=quick_game.shown()).attempts
    assert list(frame["prompt"]) == ["a brown bear"]
    empty = LookAlike(runner=quick_game.runner(worker="ben")).attempts
    assert (len(empty), list(empty)) == (0, list(frame))


def test_a_study_plays_in_memory_in_a_notebook(quick_game: Any, study_files: Any) -> None:
    folder = study_files()
    task = LookAlike(folder, generate=quick_game.draw)
    assert task.state.phase is Phase.PROMPTING
    assert not (folder.parent / "results").exists()
    kept = LookAlike(folder, generate=quick_game.draw, results=folder.parent / "kept", worker_id="ana", unit=2)
    kept._runner.dispatch(Exit(seq=1))
    again = LookAlike(folder, generate=quick_game.draw, results=folder.parent / "kept", worker_id="ana", unit=2)
    assert again.state == kept.state


def test_without_a_study_it_says_what_it_needs() -> None:
    with pytest.raises(ValueError, match="needs a study"):
        LookAlike()


def test_a_unit_that_is_not_there_is_refused(quick_game: Any, study_files: Any) -> None:
    with pytest.raises(Refused):
        LookAlike(study_files(), generate=quick_game.draw, unit=99)


def test_errors_of_the_store_are_told_apart_from_refusals() -> None:
    assert not issubclass(StoreError, Refused) and not issubclass(GenerationError, Refused)


def test_nothing_over_the_line_is_a_secret(quick_game: Any, show: Show) -> None:
    runner = quick_game.shown(worker="worker-zoe")
    page = show(runner)
    for name in ("target", page.view["attempts"][0]["image"]["image"]):
        page.send(kind="image", id=name)
    page.send(kind="ping", n=1)
    page.command("score", score=99)
    page.command("exit")
    opened, owed = runner.state.opened, runner.state.prompt
    secrets = [opened.session_id, opened.arm, opened.worker_id, str(opened.seed), owed.idempotency_key]
    for secret in [*secrets, "secret", opened.target_sha256, "CC0"]:
        assert secret not in page.everything
    assert json.dumps(page.view)
