"""Any message of any shape to a form alone: it never raises, and changes nothing that an honest page could not."""

import json
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import ipywidgets
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

words = st.sampled_from(
    [
        *(
            "custom",
            "update",
            "request_state",
            "command",
            "submit",
            "kind",
            "id",
            "seq",
            "name",
            "values",
            "mood",
            "why",
        ),
        *("photo", "any", "cat", "sha256", "half \ud83d", "nul \0", "../x", "5", "1990-02-28", "method", "content"),
    ]
)
leaves = st.one_of(
    st.none(), st.booleans(), st.integers(-2, 12), st.integers(), st.floats(), words, st.text(max_size=8)
)
anything = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(words, inner, max_size=5), max_leaves=12
)
FIELDS = ("mood", "source", "why", "wish", "photo", "born", "code", "any")
filled = st.fixed_dictionaries(
    {"mood": st.sampled_from(["5", "x", ""])}, optional={name: anything for name in FIELDS[2:]}
)
KINDS = ("hello", "ping", "draft", "check", "trigger", "file", "file_get", "command")
custom = st.fixed_dictionaries(
    {"kind": st.sampled_from(KINDS) | leaves},
    optional={
        "name": st.sampled_from(["submit", *FIELDS]) | anything,
        "seq": st.integers(0, 3) | anything,
        "id": anything,
        "n": anything,
        "values": filled | anything,
        "path": st.sampled_from(["0.0.8.0", "0.0.9.0", "0.0.7.0", "1", "submit"]) | anything,
        "event": st.sampled_from(["onClick", "onChange"]) | anything,
        "upload": st.sampled_from(["u", "v"]) | anything,
        "field": st.just("photo") | anything,
        "offset": st.integers(0, 3) | anything,
        "size": st.integers(0, 3) | anything,
        "type": anything,
        "sha256": anything,
    },
)
data = st.one_of(anything, custom.map(lambda content: {"method": "custom", "content": content}))


@contextmanager
def a_page(ask: Callable[..., Any], questions: Any) -> Iterator[Any]:
    """A page of its own for each example, as hypothesis takes fixtures only once."""
    try:
        yield ask(questions)
    finally:
        ipywidgets.Widget.close_all()


@pytest.fixture
def sound(questions: dict[str, Any]) -> dict[str, Any]:
    """The form without the buttons behind which its author has made a mistake."""
    fields = questions["sections"][0]["fields"]
    questions["sections"][0]["fields"] = [field for field in fields if field["name"] not in ("fail!", "lost!")]
    return questions


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(messages=st.lists(st.tuples(data, st.lists(st.binary(max_size=3), max_size=2)), min_size=1, max_size=8))
def test_garbage_changes_nothing_but_what_an_honest_page_could_change(
    ask: Any, sound: Any, caplog: pytest.LogCaptureFixture, messages: list[Any]
) -> None:
    caplog.clear()
    with a_page(ask, sound) as page:
        form = page.widget
        for message, buffers in messages:
            before = form.submitted
            page.put(message, buffers)
            if form.submitted and not before:
                content = message["content"]
                assert (message["method"], content["kind"], content["name"]) == ("custom", "command", "submit")
                assert content["seq"] == 1 and content["values"]["mood"] == "5"
        assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []
        page.send(kind="hello")
        assert (page.view["phase"] == "submitted") == form.submitted
        assert page.view["seq"] == (2 if form.submitted else 1)
        json.dumps([page.view, page.traits["changes"]], allow_nan=False)
        assert set(FIELDS) <= set(form.value) and set(form.errors) <= set(form.value)
        assert repr(form)


@pytest.mark.parametrize(
    "message",
    [None, 7, [], "x", {}, {"content": None}, {"content": {}}, {"content": {"data": None}}, {"buffers": [b"x"]}],
)
def test_a_message_without_its_envelope_is_no_error(ask: Any, sound: Any, message: Any, caplog: Any) -> None:
    page = ask(sound)
    page.widget._handle_msg(message)
    assert len(page.line.sent) == 1
    assert caplog.records == []


@pytest.mark.parametrize("buffers", [None, 7, "x", [], [7], ["x"], [b"x", b"y"], {}])
def test_bytes_that_are_none_are_no_file(ask: Any, sound: Any, buffers: Any, caplog: Any) -> None:
    page = ask(sound)
    content = {"kind": "file", "upload": "u", "field": "photo", "name": "a.png", "type": "", "size": 1, "offset": 0}
    page.widget._handle_msg({"content": {"data": {"method": "custom", "content": content}}, "buffers": buffers})
    assert "message" in page.messages[-1]
    assert caplog.records == []


def test_a_thousand_clicks_are_one_submission(ask: Any, sound: Any, values: Any) -> None:
    page = ask(sound)
    called: list[Any] = []
    page.widget.on_submit(called.append)
    for _ in range(1000):
        page.put({"method": "custom", "content": {"kind": "command", "name": "submit", "seq": 1, "values": values}})
    assert len(called) == 1
