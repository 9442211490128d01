"""Events become plain JSON and come back, today's and those of every earlier version."""

import json
from collections.abc import Mapping
from dataclasses import MISSING, FrozenInstanceError, fields
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from imgloop_widgets.errors import FAILURES, StoreError
from imgloop_widgets.events import (
    KINDS,
    RATING_KINDS,
    REASONS,
    DeadlineExtended,
    Event,
    Reason,
    SessionFinished,
    SessionOpened,
    from_record,
    to_record,
)
from imgloop_widgets.loop import Phase, best, fold
from imgloop_widgets.rows import attempt_rows, session_row

OLD_LOG = Path(__file__).parent / "data" / "session_v1.jsonl"
OLD_LOG_WITH_STEPS = Path(__file__).parent / "data" / "session_v7.jsonl"
OLD_LOG_WITH_CHOICES = Path(__file__).parent / "data" / "session_v9.jsonl"
OLD_LOG_WITH_STEERING = Path(__file__).parent / "data" / "session_v10.jsonl"

moments = st.datetimes(timezones=st.just(UTC), min_value=datetime(1990, 1, 1), max_value=datetime(2200, 1, 1))
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
mappings = st.dictionaries(st.text(), json_values, max_size=4)
BY_NAME: dict[str, st.SearchStrategy[Any]] = {
    "seq": st.integers(0, 10_000),
    "at": moments,
    "auto_submit_at": st.none() | moments,
    "deadline": st.none() | moments,
    "seed": st.integers(0, 2**31 - 1),
    "attempt": st.integers(1, 1000),
    "score": st.integers(0, 100),
    "width": st.integers(1, 4096),
    "height": st.integers(1, 4096),
    "wait_s": st.floats(0, 1e6),
    "answers": mappings,
    "parameters": mappings,
    "draft": mappings,
    "failure": st.sampled_from(FAILURES),
    "reason": st.sampled_from(REASONS),
    "incident": st.none() | st.text(),
    "steps": st.lists(st.tuples(st.text(), st.text()), max_size=3).map(tuple),
    "wrong": st.lists(st.text(), max_size=3).map(tuple),
    "tries": st.integers(1, 20),
    "passed": st.booleans(),
    "done": st.booleans(),
    "images": st.integers(1, 12),
    "place": st.integers(1, 12),
}


@st.composite
def events(draw: st.DrawFn) -> Event:
    kind = draw(st.sampled_from(list(KINDS.values())))
    always = {"auto_submit_at": moments} if kind is DeadlineExtended else {}
    return kind(**{f.name: draw((BY_NAME | always).get(f.name, st.text())) for f in fields(kind)})


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(events())
def test_an_event_survives_json(event: Event) -> None:
    assert from_record(json.loads(json.dumps(to_record(event)))) == event


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(events())
def test_a_record_holds_json_values_only_and_shares_nothing_with_the_event(event: Event) -> None:
    record = to_record(event)
    assert record == json.loads(json.dumps(record))
    for name, value in record.items():
        if isinstance(value, dict):
            value["added"] = True
            assert "added" not in getattr(event, name)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(events())
def test_a_record_with_a_field_of_a_newer_version_can_be_read(event: Event) -> None:
    assert from_record({**to_record(event), "mood": "sunny"}) == event


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(events(), st.data())
def test_a_record_without_a_field_takes_the_default_or_says_which_field_is_missing(
    event: Event, data: st.DataObject
) -> None:
    f = data.draw(st.sampled_from(fields(event)))
    record = to_record(event)
    del record[f.name]
    if f.default is MISSING and f.default_factory is MISSING:
        with pytest.raises(StoreError, match=f"has no '{f.name}'"):
            from_record(record)
    else:
        assert isinstance(from_record(record), type(event))


@pytest.mark.parametrize("kind", ["Event", "SessionVanished", "", None, 7, [], {}])
def test_a_record_of_an_unknown_kind_is_refused_with_its_seq(kind: object) -> None:
    with pytest.raises(StoreError, match="event 3 is of the unknown kind"):
        from_record({"kind": kind, "seq": 3, "at": "2026-01-01T00:00:00+00:00"})


@pytest.mark.parametrize("at", ["yesterday", "", 7, None, [], "2026-01-01T00:00:00"])
def test_a_record_whose_moment_is_none_is_refused_in_words(at: object) -> None:
    with pytest.raises(StoreError, match=r"event 3 \(AttemptScored\).*'at'"):
        from_record({"kind": "AttemptScored", "seq": 3, "at": at, "attempt": 1, "score": 2})


def test_an_event_can_not_be_changed() -> None:
    event = SessionFinished(seq=1, at=datetime(2026, 1, 1, tzinfo=UTC), reason="exited")
    with pytest.raises(FrozenInstanceError):
        event.reason = "perfect"  # type: ignore[misc]


def test_every_kind_of_event_is_named_after_its_class_in_the_past_tense() -> None:
    assert all(name == kind.__name__ and name.endswith("ed") for name, kind in (KINDS | RATING_KINDS).items())
    assert get_args(Reason) == REASONS
    assert set(KINDS | RATING_KINDS) == {kind.__name__ for kind in Event.__subclasses__()}


def old_records(log: Path = OLD_LOG) -> list[Mapping[str, Any]]:
    return [json.loads(line) for line in log.read_text("utf-8").splitlines() if line.strip()]


def test_the_old_logs_have_every_kind_of_event() -> None:
    logs = (OLD_LOG, OLD_LOG_WITH_STEPS, OLD_LOG_WITH_CHOICES, OLD_LOG_WITH_STEERING)
    assert {record["kind"] for log in logs for record in old_records(log)} == set(KINDS)


def test_the_old_log_with_steering_replays_to_the_state_it_had_when_it_was_written() -> None:
    state = fold(from_record(record) for record in old_records(OLD_LOG_WITH_STEERING))
    assert (state.phase, state.paused, state.since) == (Phase.PROMPTING, None, 1)
    assert state.auto_submit_at == datetime(2026, 1, 1, 9, 44, tzinfo=UTC)
    assert state.deadline == datetime(2026, 1, 1, 9, 45, tzinfo=UTC)


def test_the_old_log_with_choices_replays_to_the_state_it_had_when_it_was_written() -> None:
    state = fold(from_record(record) for record in old_records(OLD_LOG_WITH_CHOICES))
    assert state.phase is Phase.FINISHED and state.finished and state.finished.reason == "attempts_used"
    assert [([i.place for i in a.images], a.picked and a.picked.place, a.is_done, a.score) for a in state.attempts] == [
        ([2], 2, True, None),
        ([1, 2], 2, True, None),
        ([2], 2, True, None),
    ]
    first, second, third = state.attempts
    assert (first.prompt.variation_of, second.prompt.variation_of) == (None, first.image.image_sha256)
    assert third.prompt.variation_of == second.image.image_sha256
    assert [(row["images"], row["picked"]) for row in attempt_rows(state)] == [(1, 2), (2, 2), (1, 2)]


def test_the_old_log_with_steps_replays_to_the_state_it_had_when_it_was_written() -> None:
    state = fold(from_record(record) for record in old_records(OLD_LOG_WITH_STEPS))
    assert state.phase is Phase.FINISHED and state.finished and state.finished.reason == "attempts_used"
    assert [(one.step, one.version, one.tries, one.passed, one.done) for one in state.submitted] == [
        ("consent", "2", 1, True, True),
        ("check", "1", 1, False, False),
        ("check", "1", 2, True, True),
        ("debriefing", "1", 1, True, True),
    ]
    assert [(a.prompt.prompt, a.score) for a in state.attempts] == [("A brown bear beside a river.", 6)]
    assert [row["attempt"] for row in attempt_rows(state)] == [1]
    assert session_row(state)["attempts"] == 1


def test_the_old_log_replays_to_the_state_it_had_when_it_was_written() -> None:
    """The file is never to be edited: what was written once must be readable for ever."""
    state = fold(from_record(record) for record in old_records())

    assert (state.seq, state.phase) == (16, Phase.FINISHED)
    assert state.opened == SessionOpened(
        seq=0,
        at=datetime(2026, 3, 1, 9, 0, tzinfo=UTC),
        session_id="0123456789abcdef0123456789abcdef",
        study="look_alike",
        study_hash="a" * 64,
        worker_id="ana",
        unit_id="1",
        arm="default",
        target_id="bear-01",
        target_sha256="b" * 64,
        seed=271828182,
        auto_submit_at=datetime(2026, 3, 1, 9, 29, 50, tzinfo=UTC),
        deadline=datetime(2026, 3, 1, 9, 30, tzinfo=UTC),
    )
    assert state.answers == {"age": "34", "gender": "female", "langs": ["en", "fr"], "agree": True, "note": ""}
    assert [(a.number, a.prompt.prompt, a.image.image_sha256[:2], a.score) for a in state.attempts] == [
        (1, "A brown bear beside a river.", "c1", 3),
        (2, "A brown bear « debout » beside a river 🐻", "c2", 8),
        (3, "A brown bear standing in a river, noon.", "c3", 6),
    ]
    top = best(state)
    assert top is not None and top.number == 2
    assert state.finished is not None
    assert (state.finished.reason, dict(state.finished.draft)) == ("attempts_used", {"prompt": "one more"})


def test_the_old_log_gives_the_rows_it_always_gave() -> None:
    state = fold(from_record(record) for record in old_records())
    row = session_row(state)
    assert (row["attempts"], row["first_score"], row["last_score"], row["best_score"]) == (3, 3, 6, 8)
    assert row["duration_s"] == timedelta(minutes=10).total_seconds()
    assert [(r["write_s"], r["wait_s"], r["judge_s"]) for r in attempt_rows(state)] == [
        (60.0, 2.5, 57.5),
        (57.5, 4.0, 56.0),
        (56.0, 3.25, 416.75),
    ]
