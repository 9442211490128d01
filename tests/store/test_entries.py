"""Seats, revocations, codes and arrivals, whatever the store keeps them in."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

from imgloop_widgets.store import SentBy, Store, open_store

NOW = datetime(2026, 3, 1, 10, 0, tzinfo=UTC)
LATER = NOW + timedelta(minutes=5)


def test_a_seat_belongs_to_who_took_it_last(store: Store) -> None:
    assert store.standing("s1")[0] is None
    store.take_seat("s1", "older", NOW)
    store.take_seat("s1", "newer", LATER)
    store.take_seat("s2", "older", NOW)
    assert (store.standing("s1")[0], store.standing("s2")[0]) == ("newer", "older")


def test_what_is_revoked_is_revoked_once_and_in_its_study_alone(store: Store) -> None:
    assert store.revoked("s") == frozenset()
    assert [store.revoke("s", "d1", NOW), store.revoke("s", "d1", LATER), store.revoke("s", "d2", NOW)] == [
        True,
        False,
        True,
    ]
    assert store.revoked("s") == {"d1", "d2"}
    assert store.revoked("other") == frozenset()
    assert [store.allow("s", "d1"), store.allow("s", "d1"), store.allow("other", "d2")] == [True, False, False]
    assert store.revoked("s") == {"d2"}


def test_a_code_is_made_once_and_never_exchanged(store: Store) -> None:
    assert store.codes("s", {"completed": "A"}) == {"completed": "A"}
    assert store.codes("s", {"completed": "B", "failed": "C"}) == {"completed": "A", "failed": "C"}
    assert store.codes("other", {"completed": "B"}) == {"completed": "B"}


def test_of_many_processes_that_make_codes_at_once_all_get_the_same(race: Any, folder: Path) -> None:
    open_store(folder).close()

    def make(number: int) -> dict[str, str]:
        with open_store(folder) as store:
            return store.codes("s", {"completed": f"A{number}", "failed": f"B{number}"})

    made = race(8, make)
    assert all(codes == made[0] for codes in made)


def test_an_arrival_is_noted_once_with_what_the_panel_sent(store: Store, build: ModuleType) -> None:
    session, _ = store.open_session(build.opened())
    for at in (NOW, LATER):
        store.note_arrival(session, {"b": "é🐻", "a": "1"}, at)
    store.note_arrival(session, {"a": "2"}, LATER)
    first, second = store.arrivals("look_alike")
    assert first == SentBy(worker_id="w1", session_id=session, values={"a": "1", "b": "é🐻"}, at=NOW)
    assert second.values == {"a": "2"}
    assert store.arrivals("other") == []


def test_a_worker_who_is_forgotten_leaves_no_seat_and_no_arrival_and_stays_revoked(
    store: Store, build: ModuleType
) -> None:
    mine, others = store.open_session(build.opened(1))[0], store.open_session(build.opened(2))[0]
    for session in (mine, others):
        store.take_seat(session, "page", NOW)
        store.note_arrival(session, {"a": session}, NOW)
    store.revoke("look_alike", "digest", NOW)
    rows = store.holdings("w1").rows
    assert (rows["seats"], rows["arrivals"]) == (1, 1)
    store.forget("w1")
    assert (store.standing(mine)[0], store.standing(others)[0]) == (None, "page")
    assert [sent.session_id for sent in store.arrivals("look_alike")] == [others]
    assert store.revoked("look_alike") == {"digest"}
