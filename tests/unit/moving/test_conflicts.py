"""What differs between an archive and a store is told before anything is written, and done as it was asked for."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from moved import START, Played, fill, opening, play, session_id

from imgloop_widgets.assignment import Comer
from imgloop_widgets.errors import Conflict
from imgloop_widgets.events import SessionFinished
from imgloop_widgets.moving import Archive, pack, plan, unpack, unpacked
from imgloop_widgets.plans import Condition, Plan
from imgloop_widgets.store import TABLES, Asked, Metric, Store, joining

New = Callable[..., Store]
TAKE: frozenset[Asked] = frozenset({"take"})
SKIP: frozenset[Asked] = frozenset({"skip"})
ANA = session_id("small", "ana")


@pytest.fixture
def archive(new: New, tmp_path: Path) -> Path:
    """A study of two: ana is done, ben is at it."""
    store = new("there")
    fill(store, "small", [Played(), Played(worker="ben", finished=None)])
    pack(store, tmp_path / "there", tmp_path / "a.zip", ["small"])
    return tmp_path / "a.zip"


Join = Callable[..., list[tuple[str, str]]]


@pytest.fixture
def join(archive: Path, tmp_path: Path) -> Join:
    """join(store, asked): unpack the archive and return kind and place of all that differed; raises where it stops."""

    def join(store: Store, asked: frozenset[Asked] = frozenset()) -> list[tuple[str, str]]:
        with Archive(archive) as opened, unpacked(opened) as theirs:
            before = everything(store)
            told = plan(opened, theirs, store, tmp_path, asked)
            assert everything(store) == before, "a plan writes nothing"
            if told.stops(asked):
                with pytest.raises(Conflict, match="nothing was written"):
                    unpack(opened, theirs, store, tmp_path, asked)
                assert everything(store) == before
            else:
                unpack(opened, theirs, store, tmp_path, asked)
        return [(one.kind, one.where.split(" (")[0]) for one in told.differences]

    return join


def everything(store: Store) -> dict[str, list[Any]]:
    """All rows that move."""
    with store.snapshot() as snapshot:
        return {name: list(snapshot.rows(name)) for name in TABLES}


def test_a_session_that_goes_on_there_is_taken_where_that_is_asked_for(new: New, kind: str, join: Join) -> None:
    store = new("here", kind)
    store.open_session(opening("small", "ana"))

    assert ("more_there", f"session {ANA}") in join(store)
    assert store.length(ANA) == 1
    join(store, SKIP)
    assert (store.length(ANA), store.length(session_id("small", "ben"))) == (1, 7)
    assert store.draft(ANA) is None
    join(store, TAKE)
    assert (store.length(ANA), store.draft(ANA)) == (8, (0, {"prompt": "not sent 🐻"}))


def test_a_session_that_goes_on_here_stays(new: New, kind: str, join: Join) -> None:
    store = new("here", kind)
    join(store)
    ben = session_id("small", "ben")
    store.append(ben, [SessionFinished(seq=7, at=START, reason="exited", draft={})])

    assert join(store) == [("more_here", f"session {ben}")]
    assert store.length(ben) == 8


def test_a_session_with_other_events_stops_all_or_is_left_out(new: New, kind: str, join: Join) -> None:
    store = new("here", kind)
    play(store, "small", Played(attempts=[("another prompt", 3)]))
    before = store.read(ANA)

    assert ("different", f"session {ANA}") in join(store)
    assert ("different", f"session {ANA}") in join(store, TAKE)
    assert store.find_session("small", "ben", "1") is None
    join(store, SKIP)
    assert store.read(ANA) == before
    assert store.find_session("small", "ben", "1") is not None


def test_the_same_worker_and_unit_in_another_session_is_told(new: New, kind: str, join: Join) -> None:
    store = new("here", kind)
    join(store)
    other = new("other", kind)
    other.open_session(replace(opening("small", "ana"), session_id="c" * 32))
    play(other, "small", Played(worker="ben", finished=None))

    assert ("taken", f"session {ANA}") in join(other, TAKE)
    join(other, SKIP | TAKE)
    assert other.find_session("small", "ana", "1") == "c" * 32


def test_a_study_of_the_same_name_is_joined_only_where_that_is_asked_for(new: New, kind: str, join: Join) -> None:
    store = new("here", kind)
    play(store, "small", Played(worker="zoe"))

    assert ("same_name", "study small") in join(store)
    join(store, SKIP)
    assert [opened.worker_id for opened in store.sessions()] == ["zoe"]
    assert store.replays() == []
    join(store, TAKE)
    assert {opened.worker_id for opened in store.sessions("small")} == {"zoe", "ana", "ben", "uma"}


def test_a_unit_that_somebody_holds_here_comes_as_one_that_does_not_count(new: New, kind: str, join: Join) -> None:
    store = new("here", kind)
    two = Plan(study="small", seed=1, targets=("bear", "cub"), arms=(Condition(name="default"),))
    for number in range(6):
        comer = Comer(worker_id=f"w{number}", unit=number + 1)
        store.allot(
            replace(two, units_per_assignment=3), comer, START,
            lambda given, n=number: opening("small", f"w{n}", str(given.slot.unit)),
        )  # fmt: skip
    found = join(store)
    assert "unit_taken" in {name for name, _ in found}
    join(store, TAKE)
    units = store.units(replace(two, units_per_assignment=3), START + timedelta(seconds=1))
    held = [unit.unit for unit in units if unit.state in ("running", "done")]
    assert len(held) == len(set(held)) == 6
    assert {unit.worker_id for unit in units if unit.state == "extra"} == {"uma", "ana", "ben"}


def test_values_that_differ_are_told_and_ours_stay(new: New, kind: str, join: Join) -> None:
    store = new("here", kind)
    join(store)
    store.put_metrics([Metric(session_id=ANA, attempt=1, metric="ssim", value=0.75, version="2")])

    assert join(store) == [("different", f"metrics {ANA}, 1, ssim")]
    join(store, SKIP)
    assert [m.value for m in store.session_metrics(ANA) if m.metric == "ssim"] == [0.75]


def test_a_damaged_image_is_told_and_repaired(new: New, tmp_path: Path, join: Join) -> None:
    store = new("here")
    join(store)
    image = next((tmp_path / "here" / "images").rglob("*.webp"))
    image.write_bytes(bytes(len(image.read_bytes())))

    assert [name for name, _ in join(store)] == ["damaged"]
    join(store, TAKE)
    assert store.get_image(image.stem)
    assert join(store) == []


def test_interrupted_between_two_tables_nothing_of_it_is_there(
    new: New, kind: str, join: Join, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, real = new("here", kind), joining.insert

    def fails(connection: Any, name: str, rows: Any) -> int:
        if name == "units":
            raise KeyboardInterrupt
        return real(connection, name, rows)

    monkeypatch.setattr(joining, "insert", fails)
    with pytest.raises(KeyboardInterrupt):
        join(store)
    assert store.is_empty()
    monkeypatch.setattr(joining, "insert", real)
    join(store)
    assert not store.is_empty()
