"""A database of every version that was ever released opens, and its sessions are what they were."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType

import pytest

from imgloop_widgets.loop import Phase, best, fold, pending
from imgloop_widgets.store import Store, open_store
from imgloop_widgets.store.migrations import MIGRATIONS

DATA = Path(__file__).parent / "data"
FIRST, SECOND = f"{1:032x}", f"{2:032x}"


@pytest.fixture
def old(tmp_path: Path) -> Iterator[Store]:
    """A copy of v1.db (see data/make_v1.py), opened by today's code."""
    shutil.copy(DATA / "v1.db", tmp_path / "imgloop.db")
    with open_store(tmp_path) as store:
        yield store


def test_a_finished_session_folds_to_what_it_was(old: Store) -> None:
    state = fold(old.read(FIRST))
    assert (state.phase, state.seq) == (Phase.FINISHED, 11)
    assert state.opened is not None and state.opened.worker_id == "w1"
    assert state.opened.deadline == datetime(2026, 3, 1, 10, 0, tzinfo=UTC)
    assert state.answers == {"age": "25-34", "languages": ["de", "en"]}
    assert [(a.number, a.prompt.prompt, a.score) for a in state.attempts] == [
        (1, "a brown bear, snow, “evening light” 🐻", 4),
        (2, "a brown bear\nin deep snow", 10),
    ]
    top = best(state)
    assert top is not None and (top.number, top.image.parameters) == (2, {"quality": "high"})
    assert state.finished is not None
    assert (state.finished.reason, state.finished.draft) == ("perfect", {"prompt": "not sent"})


def test_a_session_goes_on_where_it_was(old: Store, build: ModuleType) -> None:
    session, events = old.open_session(build.opened(7, worker_id="w2"))
    owed = pending(fold(events))
    assert session == SECOND and owed is not None and owed.prompt == "ein Fuchs 🦊"
    assert old.draft(SECOND) == (3, {"prompt": "ein Fuchs im Wald"})
    assert not old.claim(SECOND, 3, "another", datetime(2026, 3, 1, 9, 40, 30, tzinfo=UTC), 60)
    old.append(SECOND, [build.generated(3)])
    assert fold(old.read(SECOND)).phase is Phase.SCORING


def test_everything_else_is_there(old: Store) -> None:
    assert [opened.session_id for opened in old.sessions("look_alike")] == [FIRST, SECOND]
    assert [len(events) for _, events in old.logs()] == [11, 3]
    (incident,) = old.incidents()
    assert (incident.incident, incident.session_id, incident.text) == ("i-1", FIRST, "TimeoutError: no answer")


def test_migrations_are_numbered_without_a_gap() -> None:
    assert [migration.number for migration in MIGRATIONS] == list(range(1, len(MIGRATIONS) + 1))
