"""Qualifications and who was turned away, on every kind of store."""

from datetime import UTC, datetime
from types import ModuleType

import pytest

from imgloop_widgets.errors import Conflict
from imgloop_widgets.events import StepSubmitted
from imgloop_widgets.store import Grant, Store, TurnedAway

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)


def grant(
    value: int | float | str | None = 1, *, worker: str = "w1", name: str = "trained", adds: bool = False
) -> Grant:
    return Grant(worker_id=worker, name=name, value=value, at=NOW, why="test", adds=adds)


def test_the_latest_of_a_name_counts_and_what_was_taken_is_gone(store: Store) -> None:
    store.grant([grant(1), grant("“de”", name="language"), grant(2.5), grant(7, worker="w2")])
    assert store.qualifications("w1") == {"language": "“de”", "trained": 2.5}
    store.grant([grant(None)])
    assert store.qualifications("w1") == {"language": "“de”"}
    assert [(g.worker_id, g.name, g.value) for g in store.all_qualifications()] == [
        ("w1", "language", "“de”"),
        ("w2", "trained", 7),
    ]
    assert grant(None) in store.all_qualifications(revoked=True)


def test_counts_add_up_and_begin_again_after_they_were_taken(store: Store) -> None:
    for _ in range(3):
        store.grant([grant(1, adds=True)])
    assert store.qualifications("w1") == {"trained": 3}
    store.grant([grant(None)])
    store.grant([grant(1, adds=True)])
    assert store.qualifications("w1") == {"trained": 1}


def test_what_comes_of_events_is_kept_with_them_or_not_at_all(store: Store, build: ModuleType) -> None:
    session_id, _ = store.open_session(build.opened())
    store.append(session_id, [build.prompted(1)], [grant()])
    assert store.qualifications("w1") == {"trained": 1}
    with pytest.raises(Conflict):
        store.append(session_id, [build.prompted(1)], [grant(9)])
    assert store.qualifications("w1") == {"trained": 1}


def test_a_code_stays_the_same_whenever_somebody_comes(store: Store) -> None:
    def turn_away(code: str, unit: str = "1") -> str:
        refusal = TurnedAway(study="s", worker_id="w1", unit_id=unit, code=code, at=NOW, why="blocked")
        return store.turn_away(refusal)

    assert [turn_away("A"), turn_away("B"), turn_away("C", "2")] == ["A", "A", "C"]
    assert [(one.unit_id, one.code) for one in store.turned_away("s")] == [("1", "A"), ("2", "C")]
    assert store.turned_away("other") == []


def test_a_worker_who_is_forgotten_has_no_qualification_left(store: Store) -> None:
    store.grant([grant(), grant(worker="w2")])
    store.turn_away(TurnedAway(study="s", worker_id="w1", unit_id="1", code="A", at=NOW, why="x"))
    store.forget("w1")
    assert (store.qualifications("w1"), store.turned_away("s")) == ({}, [])
    assert store.qualifications("w2") == {"trained": 1}


def test_only_what_was_passed_counts_as_passed(store: Store, build: ModuleType) -> None:
    session_id, _ = store.open_session(build.opened())
    values = {"at": NOW, "step_kind": "consent", "version": "1", "answers": {}}
    store.append(
        session_id,
        [
            StepSubmitted(seq=1, step="check", passed=False, **values),
            StepSubmitted(seq=2, step="consent", **values),
        ],
    )
    assert store.passed_steps("look_alike", "w1") == {("consent", "1")}
    assert store.passed_steps("look_alike", "w2") == store.passed_steps("other", "w1") == set()
