"""Very many sessions at once: within the study's rules, and the same ones again."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from imgloop_widgets.loop import fold
from imgloop_widgets.opening import OpenStudy
from imgloop_widgets.rows import SIMULATED
from imgloop_widgets.simulate import many, simulate_many
from imgloop_widgets.store import open_store

NOW = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
def small(study_files: Callable[..., Path]) -> OpenStudy:
    """A small study on a store in memory."""
    folder = study_files(loop="max_answer_loops = 4", arm='generator = "scenes"')
    return OpenStudy.load(folder, store=open_store(":memory:"))


def logs(study: OpenStudy) -> dict[str, Any]:
    return dict(study.store.logs())


def test_every_session_folds_and_keeps_the_rules(small: OpenStudy) -> None:
    done = simulate_many(small, 1500, 1, now=NOW)

    states = [fold(log) for log in logs(small).values()]
    reasons = {state.finished.reason for state in states if state.finished}
    assert done.attempts == sum(len(state.attempts) for state in states) == pytest.approx(1500, abs=4)
    assert (done.sessions, done.by_reason.total()) == (len(states), len(states))  # type: ignore[attr-defined]
    assert reasons == {"perfect", "attempts_used", "exited", "expired"}
    for state in states:
        assert state.opened and state.finished
        assert state.opened.worker_id.startswith(SIMULATED)
        assert (len(state.attempts) == 4) or state.finished.reason != "attempts_used"
        assert all(1 <= (a.score or 1) <= 10 for a in state.attempts)
        assert (state.finished.reason == "perfect") == any(a.score == 10 for a in state.attempts)
        assert state.finished.at <= min(NOW, state.opened.auto_submit_at or NOW)


def test_moments_never_go_back(small: OpenStudy) -> None:
    simulate_many(small, 500, 1, now=NOW)
    for log in logs(small).values():
        moments = [event.at for event in log]
        assert moments == sorted(moments)


def test_the_same_seed_gives_the_same_sessions_and_a_run_that_stopped_goes_on(
    small: OpenStudy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(many, "BATCH", 10)
    simulate_many(small, 60, 1, now=NOW)
    first = logs(small)
    done = simulate_many(small, 200, 1, now=NOW)
    whole = logs(small)

    assert first.items() <= whole.items()
    assert done.skipped == len(first)
    assert simulate_many(small, 200, 1, now=NOW).sessions == 0
    assert logs(small) == whole


def test_progress_ends_at_what_was_asked_for(small: OpenStudy) -> None:
    told: list[int] = []
    simulate_many(small, 100, 1, now=NOW, progress=told.append)
    assert told[-1] == 100
