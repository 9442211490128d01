"""Any message of any shape: it never raises, never breaks the log or the line, and is never worth an incident."""

import asyncio
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import comm
import ipywidgets
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from imgloop_widgets.loop import fold
from imgloop_widgets.store import open_store

words = st.sampled_from(
    [
        *("custom", "update", "request_state", "command", "hello", "ping", "image", "draft", "target", "prompt"),
        *("submit_prompt", "score", "cancel", "exit", "kind", "id", "seq", "name", "values", "answers", "age", "n"),
        *(
            "method",
            "content",
            "state",
            "view",
            "_esm",
            "buffer_paths",
            "a brown bear",
            "half \ud83d",
            "nul \0",
            "../x",
        ),
    ]
)
leaves = st.one_of(
    st.none(), st.booleans(), st.integers(-2, 12), st.integers(), st.floats(), words, st.text(max_size=8)
)
values = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(words, inner, max_size=5), max_leaves=12
)
FORM_KINDS = ("check", "trigger", "file", "file_get")
custom = st.fixed_dictionaries(
    {"kind": st.sampled_from([*("hello", "ping", "image", "draft", "command"), *FORM_KINDS]) | leaves},
    optional={
        "name": st.sampled_from(["submit_prompt", "score", "cancel", "exit"]) | values,
        "seq": st.integers(0, 8) | values,
        "id": values,
        "n": values,
        "prompt": st.sampled_from(["a brown bear", "a darker bear", "a bear at night"]) | values,
        "score": st.integers(0, 11) | values,
        "answers": st.just({"age": "34"}) | values,
        "draft": values,
        "values": values,
        "path": st.sampled_from(["0", "0.0.0.0", "1.0.0.1", "submit"]) | values,
        "event": st.sampled_from(["onClick", "onChange"]) | values,
        "upload": values,
        "field": values,
        "offset": values,
        "size": values,
        "sha256": values,
    },
)
data = st.one_of(values, custom.map(lambda content: {"method": "custom", "content": content}))


@contextmanager
def a_page(game: Any, show: Callable[..., Any]) -> Iterator[Any]:
    """A page of its own for each example, as hypothesis takes fixtures only once."""
    with open_store(":memory:") as store:
        game.store = store
        try:
            yield show(game.runner())
        finally:
            ipywidgets.Widget.close_all()


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(messages=st.lists(data, min_size=1, max_size=8), owed=st.booleans())
def test_garbage_changes_nothing_but_what_an_honest_page_could_change(
    quick_game: Any, show: Callable[..., Any], messages: list[Any], owed: bool
) -> None:
    with a_page(quick_game, show) as page:
        runner = page.widget._runner
        if owed:
            quick_game.prompt(runner)
        for message in messages:
            before = runner.store.read(runner.session_id)
            page.put(message)
            after = runner.store.read(runner.session_id)
            runner.perform_now()
            assert after[: len(before)] == before
            if after != before:
                content = message["content"]
                assert (message["method"], content["kind"]) == ("custom", "command")
                assert content["seq"] == len(before) and type(content["seq"]) is int
                assert content["name"] in {"submit_prompt", "score", "cancel", "exit"}
        assert fold(runner.store.read(runner.session_id)) == runner.state
        assert runner.store.incidents() == []
        page.send(kind="hello")
        assert page.view["seq"] == runner.state.seq
        json.dumps(page.view, allow_nan=False)


@pytest.mark.parametrize(
    "message",
    [None, 7, [], "x", {}, {"content": None}, {"content": {}}, {"content": {"data": None}}, {"content": {"data": []}}],
)
def test_a_message_without_its_envelope_is_no_error(quick_game: Any, show: Callable[..., Any], message: Any) -> None:
    page = show(quick_game.runner())
    page.widget._handle_msg(message)
    assert len(page.line.sent) == 1
    assert quick_game.store.incidents() == []


def nested(depth: int) -> Any:
    value: Any = "x"
    for _ in range(depth):
        value = {"a": value}
    return value


@pytest.mark.parametrize("kind", ["draft", "command"])
def test_what_is_nested_a_thousand_times_is_no_error(quick_game: Any, show: Callable[..., Any], kind: str) -> None:
    page = show(quick_game.runner())
    deep = nested(900)
    page.send(kind=kind, seq=1, id=deep, name="submit_prompt", values=deep, answers=deep, prompt="a brown bear")
    page.send(kind="hello")
    assert page.view["phase"] == "prompting"
    assert quick_game.store.incidents() == []


def test_a_thousand_clicks_are_one_prompt(quick_game: Any, show: Callable[..., Any]) -> None:
    async def play() -> None:
        hold = quick_game.Counting(hold=True)
        page = show(quick_game.runner(hold))
        for _ in range(1000):
            page.put(
                {
                    "method": "custom",
                    "content": {
                        "kind": "command",
                        "name": "submit_prompt",
                        "seq": 1,
                        "prompt": "a brown bear",
                        "answers": quick_game.answers,
                    },
                }
            )
            await asyncio.sleep(0)
        hold.go.set()
        await page.until("scoring")
        assert len(hold.calls) == 1
        assert len(page.widget._runner.store.read(page.widget._runner.session_id)) == 4

    asyncio.run(play())


def test_the_line_that_the_tests_listen_on_packs_as_a_kernel_does(quick_game: Any, show: Callable[..., Any]) -> None:
    """Else half an emoji would pass here and break a page."""
    page = show(quick_game.runner())
    assert comm.create_comm is type(page.line)
    with pytest.raises(UnicodeEncodeError):
        page.widget.send({"kind": "\ud83d"})
