"""`imgloop pack`, `unpack`, `backup` and `restore` on a small study."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from moved import Played, fill, play, session_id

from imgloop_widgets.store import open_store

Run = Callable[..., Any]


def test_a_study_is_packed_and_unpacked_with_conflicts_shown_first(run: Run, study: Path, tmp_path: Path) -> None:
    packed, there = tmp_path / "small.imgloop.zip", tmp_path / "there"
    assert "nobody has played small yet" in run("pack", study).err
    with open_store(tmp_path / "results") as store:
        fill(store)
    said = run("pack", study, "--out", packed)
    assert (said.code, said.err) == (0, "")
    assert "sessions    3" in said.out

    dry = run("unpack", packed, study, "--results", there, "--dry-run").out
    assert "3 sessions to add; 0 sessions are here already.\nNothing was written." in dry
    assert "images and files" in run("unpack", packed, study, "--results", there).out
    assert "All of it is here already." in run("unpack", packed, study, "--results", there).out

    with open_store(tmp_path / "other") as store:
        play(store, "small", Played(attempts=[("another", 1)]))
    stopped = run("unpack", packed, study, "--results", tmp_path / "other")
    assert stopped.code == 1
    assert f"session {session_id('small', 'ana')} (worker ana, unit 1) differs from event" in stopped.out
    assert "nothing was written" in stopped.err
    assert "2 sessions to add" in run("unpack", packed, study, "--results", tmp_path / "other", "--skip").out


def test_a_results_folder_is_backed_up_and_restored(run: Run, study: Path, tmp_path: Path) -> None:
    with open_store(tmp_path / "results") as store:
        fill(store)
    assert "and read again" in run("backup", study, "--out", tmp_path / "a.imgloop.zip").out
    restored = run("restore", tmp_path / "a.imgloop.zip", study, "--results", tmp_path / "again")
    assert f"restored to {tmp_path / 'again'}" in restored.out
    with open_store(tmp_path / "results") as here, open_store(tmp_path / "again") as there:
        assert list(here.logs()) == list(there.logs())
    refused = run("restore", tmp_path / "a.imgloop.zip", study, "--results", tmp_path / "again")
    assert "has sessions already; restore into another folder" in refused.err
    assert "can't be read as an archive" in run("restore", study / "study.toml", study).err
