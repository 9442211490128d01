"""Pages that other processes read: the same as if they were read here, whatever becomes of those processes."""

import io
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
import pytest

from imgloop_widgets.analysis import readers
from imgloop_widgets.analysis.columns import Page, read_generations, read_pages
from imgloop_widgets.analysis.frames import Frames
from imgloop_widgets.errors import StoreError
from imgloop_widgets.store import Store, open_store
from imgloop_widgets.store.packs import Pack

SESSIONS = 12


@pytest.fixture
def store(tmp_path: Path, made: ModuleType) -> Store:
    """A store of twelve sessions, in a folder; their pages are read one by one."""
    opened = open_store(tmp_path / "results")
    made.fill(opened, made.crowd(SESSIONS))
    return opened


def by_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let this process read nothing while another one can."""
    monkeypatch.setattr(readers._Turns, "here", lambda turns: None)


def assert_all_is_there(store: Store, alone: Frames) -> None:
    """Page by page, with another process, it is what this one has read alone."""
    found = read_pages(store.pages("made_up", 1), processes=2)
    pd.testing.assert_frame_equal(found.sessions, alone.sessions, check_exact=True)
    pd.testing.assert_frame_equal(found.attempts, alone.attempts, check_exact=True)
    assert (found.data_hash, len(found.sessions)) == (alone.data_hash, SESSIONS)


def test_another_process_reads_what_this_one_would(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    alone, generations = read_pages(store.pages("made_up")), read_generations(store.pages("made_up"))
    by_others(monkeypatch)

    assert_all_is_there(store, alone)
    pd.testing.assert_frame_equal(read_generations(store.pages("made_up", 1), processes=3), generations)


def test_several_processes_share_the_pages(store: Store) -> None:
    assert_all_is_there(store, read_pages(store.pages("made_up")))


@pytest.mark.parametrize("start", ["raise SystemExit", "print('hello')", "import time; time.sleep(0.2)"])
def test_what_a_reader_does_not_do_is_done_here(store: Store, monkeypatch: pytest.MonkeyPatch, start: str) -> None:
    monkeypatch.setattr(readers, "_START", start)
    assert_all_is_there(store, read_pages(store.pages("made_up")))


def test_where_no_process_can_be_started_all_is_read_here(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readers.sys, "executable", "/nowhere/python")
    assert_all_is_there(store, read_pages(store.pages("made_up")))


def test_an_error_that_a_reader_meets_is_told_as_if_it_was_met_here(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with sqlite3.connect(tmp_path / "results" / "imgloop.db") as connection:
        connection.execute("DROP TRIGGER events_are_never_updated")
        connection.execute("UPDATE events SET data = '{' WHERE session_id = ? AND seq = 1", (f"{7:032x}",))
    by_others(monkeypatch)

    with pytest.raises(StoreError, match=f"session {7:032x}: event 1 can't be read"):
        read_pages(store.pages("made_up", 1), processes=2)


def test_a_small_study_and_a_store_in_memory_start_no_process(
    store: Store, made: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readers, "_Reader", lambda address, work: pytest.fail("a process was started"))
    assert len(read_pages(store.pages("made_up"), processes=4).sessions) == SESSIONS
    with open_store(":memory:") as memory:
        made.fill(memory, made.crowd(SESSIONS))
        assert len(read_pages(memory.pages("made_up", 1), processes=4).sessions) == SESSIONS


def test_the_first_page_with_an_error_ends_it_all() -> None:
    def fails() -> list[Pack]:
        raise StoreError("the first page")

    def later() -> list[Pack]:
        pytest.fail("it is over")

    with pytest.raises(StoreError, match="the first page"):
        readers.each(len, [fails, later])


def test_an_error_between_two_pages_is_told() -> None:
    def pages() -> Iterator[Page]:
        yield lambda: [("s", "0", "", "", "")]
        raise StoreError("the store was closed")

    with pytest.raises(StoreError, match="the store was closed"):
        readers.each(len, pages())


def test_columns_come_over_as_they_were_sent() -> None:
    file = io.BytesIO()
    frame = pd.DataFrame({"n": np.arange(5), "text": pd.Series(["a", "", None, "é", "b"], dtype="str")})
    readers._send(file, (True, frame))
    readers._send(file, None)
    whole = file.getvalue()
    file.seek(0)

    done, found = readers._received(file)

    assert done and readers._received(file) is None
    pd.testing.assert_frame_equal(found, frame)
    with pytest.raises(EOFError):
        readers._received(io.BytesIO(whole[:100]))
