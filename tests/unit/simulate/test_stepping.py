"""Simulated workers go through all steps, most of them well, and always in the same way."""

from pathlib import Path
from typing import Any

from imgloop_widgets.analysis.step_frames import step_flow, steps_frame
from imgloop_widgets.analysis.tables import store_tables
from imgloop_widgets.events import PracticeScored
from imgloop_widgets.opening import OpenStudy
from imgloop_widgets.simulate import simulate, simulate_many
from imgloop_widgets.store import Store, open_store

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


def test_very_many_sessions_leave_the_steps_out() -> None:
    with open_store(":memory:") as store:
        simulate_many(OpenStudy.load(STUDY, store=store), 20, 1)
        assert all("StepSubmitted" not in log for log in kinds(store))
