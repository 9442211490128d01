"""What a stranger with a websocket can do to a session of the real study: nothing but play it by its rules."""

from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from imgloop_widgets.events import Event
from imgloop_widgets.store import open_store

PROMPT = "a brown bear beside a red tent at night"
ANSWERS = {"age": "33", "gender": "woman"}


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("results")


@pytest.fixture(scope="module")
def study(start_server: Callable[..., Any], results: Path) -> Any:
    return start_server("study", results=str(results))


@pytest.fixture
def worker(study: Any, results: Path, request: pytest.FixtureRequest) -> Iterator[SimpleNamespace]:
    """A worker of this test's own, with a page open and its websocket: send, ask, events."""
    name = request.node.name[:60].replace("[", "-").replace("]", "")
    page = study.open_page(f"?worker_id={name}&id=1")
    with study.channel(page.kernel) as channel:

        def ask(**content: Any) -> dict[str, Any]:
            channel.custom(page.widget, {"kind": "command", "id": "x", **content})
            for message in channel.messages(within_s=15):
                said = message.content.get("data", {}).get("content", {})
                if message.kind == "comm_msg" and said.get("kind") == "result":
                    return dict(said)
            raise AssertionError("no answer")

        def events() -> tuple[Event, ...]:
            with open_store(results) as store:
                session = store.find_session("browser", name, "1")
                return store.read(session) if session else ()

        def state() -> dict[str, Any]:
            return dict(channel.states()[page.widget])

        def scored(score: object, **more: Any) -> dict[str, Any]:
            return ask(name="score", seq=len(events()), score=score, **more)

        yield SimpleNamespace(channel=channel, page=page, ask=ask, events=events, state=state, scored=scored)
    study.close_page(page.kernel)


def play_first(worker: SimpleNamespace, until: Callable[..., Any]) -> None:
    """Get the first image."""
    assert worker.ask(name="submit_prompt", seq=1, prompt=PROMPT, answers=ANSWERS)["ok"]
    until(lambda: len(worker.events()) == 4)


def test_the_rules_let_a_worker_play(worker: SimpleNamespace, until: Callable[..., Any]) -> None:
    play_first(worker, until)
    assert worker.scored(10)["ok"]
    assert [type(event).__name__ for event in worker.events()][-2:] == ["AttemptScored", "SessionFinished"]


@pytest.mark.parametrize("score", [99, 0, -3, 11, None, "10", 5.5, True, [5], {"score": 5}])
def test_a_score_off_the_scale_changes_nothing(
    worker: SimpleNamespace, until: Callable[..., Any], score: object
) -> None:
    play_first(worker, until)
    answer = worker.scored(score, prompt="a brown bear under a full moon")
    assert not answer["ok"] and "score" in answer["problems"]
    assert len(worker.events()) == 4


def test_an_oversized_prompt_changes_nothing(worker: SimpleNamespace) -> None:
    for size in (501, 20_000):
        answer = worker.ask(name="submit_prompt", seq=1, prompt="x" * size, answers=ANSWERS)
        assert not answer["ok"] and "prompt" in answer["problems"]
    assert len(worker.events()) == 1


def test_a_command_out_of_order_or_unknown_changes_nothing(worker: SimpleNamespace) -> None:
    for command in (
        {"name": "score", "seq": 1, "score": 10},
        {"name": "cancel", "seq": 1},
        {"name": "submit_prompt", "seq": 0, "prompt": PROMPT, "answers": ANSWERS},
        {"name": "submit_prompt", "seq": "1", "prompt": PROMPT, "answers": ANSWERS},
        {"name": "report_image", "seq": 1, "image_sha256": "0" * 64},
        {"name": None, "seq": 1},
    ):
        assert not worker.ask(**command)["ok"]
    assert len(worker.events()) == 1


def test_setting_traits_changes_nothing(worker: SimpleNamespace) -> None:
    before = worker.state()
    forged = {"view": {"phase": "finished"}, "form": {}, "progress": {"share": 1}, "_esm": "alert(1)"}
    data = {"method": "update", "state": forged, "buffer_paths": []}
    worker.channel.send("comm_msg", {"comm_id": worker.page.widget, "data": data})
    after = worker.state()
    assert {k: v for k, v in after.items() if k != "view"} == {k: v for k, v in before.items() if k != "view"}
    assert after["view"]["phase"] == "prompting"
    assert len(worker.events()) == 1


def test_code_is_not_obeyed(worker: SimpleNamespace, tmp_path: Path) -> None:
    code = f"open({str(tmp_path / 'made')!r}, 'w').close()"
    worker.channel.send("execute_request", {"code": code, "silent": False, "user_expressions": {}})
    assert worker.state()["view"]["seq"] == 1
    assert not (tmp_path / "made").exists()


def test_the_page_and_its_widgets_tell_no_secret(worker: SimpleNamespace, until: Callable[..., Any]) -> None:
    from live import ROOT

    play_first(worker, until)
    told = worker.page.text + repr(worker.state())
    prompts = (ROOT / "images" / "prompts.toml").read_text()
    hidden = [line.split('"')[1] for line in prompts.splitlines() if line.startswith("prompt")]
    assert hidden and not [prompt for prompt in hidden if prompt in told]
    for secret in (str(ROOT), "study.toml", "imgloop.db", "targets/bears", '"seed"', "'seed'"):
        assert secret not in told
