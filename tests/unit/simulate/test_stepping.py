"""Simulated workers go through all steps, most of them well, and always in the same way."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from imgloop_widgets.analysis.step_frames import step_flow, steps_frame
from imgloop_widgets.analysis.tables import store_tables
from imgloop_widgets.events import PracticeScored
from imgloop_widgets.loop import fold
from imgloop_widgets.opening import OpenStudy
from imgloop_widgets.simulate import simulate, simulate_many
from imgloop_widgets.store import Store, open_store
from imgloop_widgets.study import load_study

NOW = datetime(2026, 3, 1, tzinfo=UTC)
STUDY = Path(__file__).parents[3] / "notebooks" / "onboarding"


def played(store: Store, workers: int = 12) -> Any:
    return simulate(OpenStudy.load(STUDY, store=store), workers, 3, size=16, failure_rate=0.0)


def kinds(store: Store) -> list[list[str]]:
    return sorted([type(event).__name__ for event in events] for _, events in store.logs())


def test_they_end_in_all_ways_and_the_same_seed_gives_the_same_sessions() -> None:
    with open_store(":memory:") as one, open_store(":memory:") as two:
        first, second = played(one), played(two)
        assert dict(first.by_reason) == dict(second.by_reason) and sum(first.by_reason.values()) == 12
        assert kinds(one) == kinds(two)
        assert any(isinstance(event, PracticeScored) for _, log in one.logs() for event in log)


def test_what_they_answered_is_a_table_and_practice_is_in_none() -> None:
    with open_store(":memory:") as store:
        summary = played(store)
        tables = store_tables(store, "onboarding")
        assert len(tables["attempts"]) == summary.attempts
        steps = tables["steps"]
        flow = step_flow(steps)
        assert list(flow["step"])[:3] == ["consent", "instructions", "comprehension"]
        consent = flow.iloc[0]
        assert consent["asked"] == 12 == consent["passed"] + consent["no_consent"]
        assert flow["screened_out"].sum() == summary.by_reason.get("screened_out", 0)
        assert steps["answer_s"].ge(0).all() and steps["answers"].map(type).eq(dict).all()


def test_a_study_without_steps_has_an_empty_table_with_its_columns() -> None:
    assert steps_frame([]).empty and list(step_flow(steps_frame([])).columns)[:3] == ["step", "kind", "version"]


def test_very_many_sessions_go_through_the_steps_too_and_end_in_all_ways() -> None:
    with open_store(":memory:") as one, open_store(":memory:") as two:
        first, second = (simulate_many(OpenStudy.load(STUDY, store=s), 400, 1, now=NOW) for s in (one, two))
        assert dict(first.by_reason) == dict(second.by_reason) and kinds(one) == kinds(two)
        assert {"no_consent", "screened_out", "attempts_used", "exited", "expired"} <= set(first.by_reason)
        states = [fold(log) for _, log in one.logs()]  # what the rules do not allow does not fold
        planned = [step.called for step in load_study(STUDY).steps]
        for state in states:
            assert state.opened and [name for name, _ in state.opened.steps] == planned
            assert state.finished and state.finished.at <= NOW
            if state.ended:
                assert state.finished.reason == state.ended.reason
            moments = [one.at for one in state.submitted]
            assert moments == sorted(moments)
        whole = [s for s in states if s.finished and s.finished.reason == "attempts_used" and s.step is None]
        assert len(whole) > 50
        flow = step_flow(steps_frame(one.rows("onboarding"))).set_index("step")
        assert list(flow.index) == [name for name in planned if name not in ("task", "practice")]
        assert flow.loc["consent", "asked"] == flow.loc["consent", ["passed", "no_consent"]].sum() == len(states)
        assert flow.loc["comprehension", "screened_out"] == first.by_reason["screened_out"]
        assert any(isinstance(event, PracticeScored) for _, log in one.logs() for event in log)
