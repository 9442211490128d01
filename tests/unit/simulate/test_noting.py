"""What simulated workers' pages note fits what happened in their sessions, follows from the seed, and is marked."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest

from imgloop_widgets.loop import fold
from imgloop_widgets.opening import OpenStudy
from imgloop_widgets.signals import PHASES, SIGNALS, noted
from imgloop_widgets.simulate import simulate
from imgloop_widgets.simulate.noting import notes
from imgloop_widgets.store import open_store

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
Opened = Callable[..., OpenStudy]


@pytest.fixture
def recording(small_study: Path, opened: Opened) -> Opened:
    """The small study, which records signals."""
    file = small_study / "study.toml"
    file.write_text(file.read_text().replace("[loop]", "signals = true\n[loop]"))
    return opened


def test_every_step_is_one_that_a_real_page_could_have_sent(recording: Opened) -> None:
    study = recording()
    simulate(study, 40, 1, now=NOW, size=32)
    rows = study.store.telemetry()
    assert {row.noted.phase for row in rows} == set(PHASES)
    assert {name for row in rows for name in row.noted.values} == set(SIGNALS)
    for row in rows:
        step = {"attempt": row.noted.attempt, "phase": row.noted.phase, "values": dict(row.noted.values)}
        assert noted({"page": "0" * 36, "steps": [step]}, attempts=9), step
        assert row.noted.page == "simulated"


def test_their_times_are_those_of_their_sessions(recording: Opened) -> None:
    study = recording()
    simulate(study, 40, 1, now=NOW, size=32)
    spent = {session: 0.0 for session, _ in study.store.logs()}
    for row in study.store.telemetry():
        values = row.noted.values
        spent[row.session_id] += values["open_s"]
        assert max(values.get(name, 0) for name in ("focus_s", "hidden_s", "lost_s")) <= values["open_s"] + 0.001
        assert values.get("typing_s", 0) <= values.get("focus_s", 0) + 0.001
    for session, events in study.store.logs():
        assert spent[session] <= (events[-1].at - events[0].at).total_seconds() + 0.1


def test_some_paste_some_look_elsewhere_and_most_do_neither(recording: Opened) -> None:
    study = recording()
    simulate(study, 60, 1, now=NOW, size=32)
    sessions = {row.session_id for row in study.store.telemetry()}
    pasted = {row.session_id for row in study.store.telemetry() if row.noted.values.get("pastes")}
    assert 1 < len(pasted) < len(sessions) / 2


def test_the_same_seed_notes_the_same(recording: Opened) -> None:
    study = recording()
    simulate(study, 10, 1, now=NOW, size=32)
    for _, events in study.store.logs():
        assert notes(fold(events), Random("a")) == notes(fold(events), Random("a"))


def test_they_do_not_change_what_the_workers_do(small_study: Path, opened: Opened) -> None:
    plain = opened()
    simulate(plain, 10, 1, now=NOW, size=32)
    file = small_study / "study.toml"
    file.write_text(file.read_text().replace("[loop]", "signals = true\n[loop]"))
    noting = opened(open_store(":memory:"))
    simulate(noting, 10, 1, now=NOW, size=32)
    assert [len(events) for _, events in plain.store.logs()] == [len(events) for _, events in noting.store.logs()]
    assert plain.store.telemetry() == [] and noting.store.telemetry()


def test_a_study_that_does_not_ask_for_it_has_none(opened: Opened) -> None:
    study = opened()
    simulate(study, 10, 1, now=NOW, size=32)
    assert study.store.telemetry() == []
