"""What a page notes of the work: only what the table names is taken, and of that only what can be true."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgloop_widgets.signals import ALWAYS, APART, MOST_STEPS, PHASES, SIGNALS, Signal, noted, recorded, recorded_html

PAGE = "123e4567-e89b-42d3-a456-426614174000"

counts = st.integers(0, 10**6)
seconds = st.floats(0, 30 * 86400) | st.integers(0, 30 * 86400)
values = st.fixed_dictionaries(
    {}, optional={name: counts if signal.counted else seconds for name, signal in SIGNALS.items()}
).filter(bool)
steps = st.fixed_dictionaries({"attempt": st.integers(1, 4), "phase": st.sampled_from(list(PHASES)), "values": values})
messages = st.fixed_dictionaries({"page": st.just(PAGE), "steps": st.lists(steps, min_size=1, max_size=MOST_STEPS)})
words = st.sampled_from([*SIGNALS, *PHASES, PAGE, "", "attempt", "phase", "values", "text", "a bear"])
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | words,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(words, inner, max_size=4),
    max_leaves=12,
)


def message(**values: Any) -> dict[str, Any]:
    return {"page": PAGE, "steps": [{"attempt": 1, "phase": "writing", "values": values or {"keys": 3}}]}


@given(messages)
def test_what_a_page_sends_is_taken_as_it_is(content: dict[str, Any]) -> None:
    found = noted(content, attempts=3)
    assert [(n.page, n.attempt, n.phase) for n in found] == [(PAGE, s["attempt"], s["phase"]) for s in content["steps"]]
    for note, step in zip(found, content["steps"], strict=True):
        assert note.values == {name: pytest.approx(value, abs=0.0006) for name, value in step["values"].items()}


@given(st.dictionaries(words, anything), st.lists(anything, max_size=3))
def test_whatever_a_stranger_sends_comes_to_nothing(content: dict[str, Any], made_up: list[Any]) -> None:
    assert noted(content, attempts=3) == ()
    assert noted({"page": PAGE, "steps": made_up}, attempts=3) == ()


@given(messages, st.data())
def test_one_wrong_value_anywhere_and_nothing_is_taken(content: dict[str, Any], data: st.DataObject) -> None:
    step = data.draw(st.sampled_from(content["steps"]))
    wrong = st.none() | st.booleans() | words | st.sampled_from([-1, -0.5, float("nan"), float("inf"), 10**9, 2**80])
    step["values"] = {**step["values"], data.draw(st.sampled_from(list(SIGNALS))): data.draw(wrong)}
    assert noted(content, attempts=3) == ()


@given(messages)
def test_all_that_is_taken_can_be_written_as_json_and_names_only_what_the_table_names(content: dict[str, Any]) -> None:
    for note in noted(content, attempts=3):
        assert json.loads(json.dumps(note.values, allow_nan=False)) == note.values
        assert set(note.values) <= set(SIGNALS)
        assert not any(isinstance(value, str) for value in note.values.values())


@pytest.mark.parametrize(
    "content",
    [
        message(text=1),
        message(keys=2.0),
        message(keys=True),
        {**message(), "page": "p"},
        {**message(), "page": PAGE + "\n"},
        {**message(), "steps": []},
        {**message(), "steps": message()["steps"] * (MOST_STEPS + 1)},
        {"page": PAGE, "steps": [{"attempt": 1, "phase": "sleeping", "values": {"keys": 1}}]},
        {"page": PAGE, "steps": [{"attempt": 0, "phase": "writing", "values": {"keys": 1}}]},
        {"page": PAGE, "steps": [{"attempt": True, "phase": "writing", "values": {"keys": 1}}]},
        {"page": PAGE, "steps": [{"attempt": 5, "phase": "writing", "values": {"keys": 1}}]},
        {"page": PAGE, "steps": [{"attempt": 1, "phase": "writing", "values": {"keys": 1}, "text": "a bear"}]},
        {"page": PAGE, "steps": [{"attempt": 1, "phase": "writing", "values": {}}]},
    ],
    ids=lambda content: json.dumps(content)[:60],
)
def test_what_is_out_of_shape_or_bounds_is_not_taken(content: dict[str, Any]) -> None:
    assert noted(message(), attempts=3)
    assert noted(content, attempts=3) == ()


def test_of_the_next_attempt_there_may_be_something_and_of_none_after_it() -> None:
    assert noted(message(), attempts=0)
    later = {"page": PAGE, "steps": [{"attempt": 2, "phase": "writing", "values": {"keys": 1}}]}
    assert noted(later, attempts=1) and not noted(later, attempts=0)


def test_a_signal_without_a_sentence_for_the_worker_is_an_error() -> None:
    with pytest.raises(ValueError, match="sentence"):
        Signal(meaning="times the worker sighed", says=" ")


def test_the_workers_list_has_the_sentence_of_every_signal_once() -> None:
    listed = recorded(True)
    assert listed[: len(ALWAYS)] == ALWAYS and listed[-1] == APART
    assert {signal.says for signal in SIGNALS.values()} == set(listed) - {*ALWAYS, APART}
    assert len(set(listed)) == len(listed)


def test_without_signals_the_list_is_what_every_study_records() -> None:
    assert recorded(False) == ALWAYS


def test_the_list_for_a_consent_form_is_the_same_in_html() -> None:
    text = recorded_html(True)
    assert text.startswith("<ul><li>") and text.count("<li>") == len(recorded(True))
    assert all(sentence in text for sentence in recorded(True))
