"""What panels were told, in every kind of store: one call for a worker, whoever asks at once."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import ModuleType
from typing import Any

from imgloop_widgets.store import Store

NOW = datetime(2026, 3, 1, 10, tzinfo=UTC)
LATER = NOW + timedelta(minutes=1)


def finished(store: Store, build: ModuleType, number: int, *, arrives: bool = True, worker: str = "w1") -> str:
    """Play a session to its end; return its id."""
    session_id, _ = store.open_session(build.opened(number, worker_id=worker, unit_id=str(number)))
    store.append(session_id, [build.finished(1)])
    if arrives:
        store.note_arrival(session_id, {"STUDY_ID": "st", "n": str(number)}, NOW)
    return session_id


def study_of(store: Store) -> str:
    return store.sessions()[0].study


def test_who_is_done_is_found_once_with_what_the_panel_sent_along(store: Store, build: ModuleType) -> None:
    finished(store, build, 1)
    last = finished(store, build, 2)
    finished(store, build, 3, worker="w2", arrives=False)
    store.note_arrival(store.open_session(build.opened(4, worker_id="w3"))[0], {}, NOW)
    (found,) = store.ended(study_of(store), "a", NOW)
    assert (found.worker_id, found.session_id, dict(found.values)["n"]) == ("w1", last, "2")
    assert store.ended("another", "a", NOW) == []


def test_a_call_is_claimed_answered_and_over(store: Store, build: ModuleType) -> None:
    finished(store, build, 1)
    study = study_of(store)
    (ended,) = store.ended(study, "a", NOW)
    assert store.claim_call(study, ended, "completed", "a", NOW, LATER) == 1
    assert store.claim_call(study, ended, "completed", "a", NOW, LATER) is None
    assert store.ended(study, "a", NOW) == []
    assert store.claim_call(study, ended, "completed", "a", LATER, LATER + timedelta(minutes=1)) == 2
    store.note_answer(study, "w1", 1, accepted=False, said="late", at=LATER, next_at=None)
    assert store.told(study)[0].said == "", "the answer to the first call came after its claim was over"
    store.note_answer(study, "w1", 2, accepted=True, said="accepted", at=LATER, next_at=None)
    store.note_answer(study, "w1", 2, accepted=False, said="no", at=LATER, next_at=LATER)
    (told,) = store.told(study)
    assert (told.accepted, told.tries, told.said, told.next_at) == (True, 2, "accepted", None)
    assert store.ended(study, "b", NOW + timedelta(days=9)) == []
    assert store.claim_call(study, ended, "completed", "b", NOW + timedelta(days=9), LATER) is None


def test_what_was_refused_is_asked_again_by_another_address_alone(store: Store, build: ModuleType) -> None:
    finished(store, build, 1)
    study = study_of(store)
    (ended,) = store.ended(study, "a", NOW)
    store.claim_call(study, ended, "completed", "a", NOW, LATER)
    store.note_answer(study, "w1", 1, accepted=False, said="refused", at=NOW, next_at=None)
    assert store.ended(study, "a", LATER) == []
    assert store.ended(study, "b", LATER) == [ended]
    assert store.claim_call(study, ended, "completed", "b", LATER, LATER + timedelta(minutes=1)) == 1


def test_a_worker_who_is_forgotten_is_not_among_those_whom_the_panel_was_told_of(
    store: Store, build: ModuleType
) -> None:
    finished(store, build, 1)
    study = study_of(store)
    (ended,) = store.ended(study, "a", NOW)
    store.claim_call(study, ended, "completed", "a", NOW, LATER)
    assert store.holdings("w1").rows["told"] == 1
    store.forget("w1")
    assert store.told(study) == []


def test_of_many_processes_that_claim_a_call_one_has_it(
    reopen: Callable[[], Store], build: ModuleType, race: Any
) -> None:
    with reopen() as store:
        finished(store, build, 1)
        study = study_of(store)
        (ended,) = store.ended(study, "a", NOW)

    def work(number: int) -> Any:
        with reopen() as own:
            return own.claim_call(study, ended, "completed", "a", NOW, LATER)

    assert sorted(race(8, work), key=str) == [1, *[None] * 7]
