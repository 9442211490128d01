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


@pytest.fixture(params=[file.stem for file in sorted(DATA.glob("v*.db"))])
def old(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """A copy of an old database (see data/make_v1.py and the others), opened by today's code."""
    shutil.copy(DATA / f"{request.param}.db", tmp_path / "imgloop.db")
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


def test_what_came_with_version_2_is_there_or_empty_and_works(old: Store, request: pytest.FixtureRequest) -> None:
    before = old.sheet(SECOND), [(upload.size, upload.type) for upload in old.uploads(SECOND).values()]
    if "v1" in request.node.name:
        assert before == (None, [])
    else:
        sheet = {"shown": {"0.1": True}, "added": [["pets", "pet", {"kind": "Fuchs 🦊"}]]}
        assert before == (sheet, [(7, "image/png")])
    old.save_sheet(SECOND, {"shown": {"0.2": True}})
    kept = old.keep_upload(SECOND, b"another")
    assert old.sheet(SECOND) == {"shown": {"0.2": True}}
    assert old.uploads(SECOND)[kept.sha256] == kept


def test_every_version_that_was_released_has_its_database() -> None:
    assert [file.stem for file in sorted(DATA.glob("v*.db"))] == [f"v{m.number}" for m in MIGRATIONS]


def test_migrations_are_numbered_without_a_gap() -> None:
    assert [migration.number for migration in MIGRATIONS] == list(range(1, len(MIGRATIONS) + 1))
