"""`imgloop pay` on a small study on Prolific."""

import shutil
from collections.abc import Callable
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Any

import pytest
from moved import Played, play

from imgloop_widgets.cli.pay import files
from imgloop_widgets.store import open_store

Run = Callable[..., Any]
PAY = "\n[pay]\nbase = 1.50\nincomplete = 0.50\n[[pay.bonus]]\namount = 0.25\nat_least = 9\n"
LIST = "Submission id,Participant id,Status\ns-ana,ana,AWAITING REVIEW\ns-ben,ben,RETURNED\ns-zoe,zoe,APPROVED\n"


@pytest.fixture
def paid(study: Path, tmp_path: Path) -> Path:
    """A study in which ana has earned a bonus and ben has left."""
    file = study / "study.toml"
    file.write_text(file.read_text().replace('access = "open"', 'access = "prolific"') + PAY)
    with open_store(tmp_path / "results") as store:
        for worker, end in (("ana", "attempts_used"), ("ben", "exited")):
            name = play(
                store, "small", Played(worker=worker, attempts=[("a", 9 if worker == "ana" else 3)], finished=end)
            )
            sent = {"SESSION_ID": f"s-{worker}", "STUDY_ID": "st"}
            store.note_arrival(name, sent, datetime(2026, 3, 2, tzinfo=UTC))
    (tmp_path / "list.csv").write_text(LIST)
    return study


def made(results: Path) -> dict[str, str]:
    """The files of the latest batch."""
    folder = max((results / "pay").iterdir())
    return {path.name: path.read_text() for path in folder.iterdir()}


def test_what_is_owed_is_written_once_and_taken_back_is_owed_again(run: Run, paid: Path, tmp_path: Path) -> None:
    said = run("pay", "files", paid)
    assert (said.code, said.err) == (0, "")
    assert "USD 2.25" in said.out
    files = made(tmp_path / "results")
    assert (files["approve.txt"], files["bonuses.csv"]) == ("s-ana\n", "ana,0.25\nben,0.50\n")

    assert "nothing more is to be paid now" in run("pay", "files", paid).out
    assert "USD 2.25 of it was asked of the panel already" in run("owed", paid).out
    batch = next((tmp_path / "results" / "pay").iterdir()).name
    assert f"{batch}  USD       2.25  2 workers" in run("pay", "list", paid).out
    assert "3 payments taken back" in run("pay", "undo", batch, paid).out
    assert f"{batch}  taken back" in run("pay", "list", paid).out
    assert "was taken back already" in run("pay", "undo", batch, paid).err
    assert "there are no files 'x'; there are: " in run("pay", "undo", "x", paid).err


def test_files_made_again_within_the_same_second_have_a_name_of_their_own(
    run: Run, paid: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Stopped(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> "Stopped":
            return cls(2026, 3, 2, 12, tzinfo=tz)

    monkeypatch.setattr(files, "datetime", Stopped)
    other = tmp_path / "other"
    shutil.copytree(paid, other)
    (other / "study.toml").write_text((other / "study.toml").read_text().replace('name = "small"', 'name = "beside"'))
    with open_store(tmp_path / "results") as store:
        name = play(store, "beside", Played(worker="cy"))
        store.note_arrival(name, {"SESSION_ID": "s-cy", "STUDY_ID": "st"}, datetime(2026, 3, 2, tzinfo=UTC))

    for study, batch in ((paid, "20260302-120000"), (paid, "20260302-120000-2"), (other, "20260302-120000-3")):
        said = run("pay", "files", study)
        assert (said.code, said.err) == (0, "") and f"pay/{batch}" in said.out
        assert "nothing more is to be paid now" in run("pay", "files", study).out
        if study == paid:
            assert "3 payments taken back" in run("pay", "undo", batch, paid).out

    folders = sorted(path for path in (tmp_path / "results" / "pay").iterdir())
    assert [path.name for path in folders] == ["20260302-120000", "20260302-120000-2", "20260302-120000-3"]
    assert (folders[2] / "approve.txt").read_text() == "s-cy\n"
    assert folders[0].stat().st_mode == folders[2].stat().st_mode


def test_with_the_panels_list_only_who_waits_there_is_paid(run: Run, paid: Path, tmp_path: Path) -> None:
    said = run("pay", "files", paid, "--panel-csv", tmp_path / "list.csv")
    assert "1 session left out" in said.out
    assert made(tmp_path / "results")["bonuses.csv"] == "ana,0.25\n"


def test_the_panels_list_is_held_beside_the_study(run: Run, paid: Path, tmp_path: Path) -> None:
    said = run("pay", "reconcile", paid, "--panel-csv", tmp_path / "list.csv", "--csv", tmp_path / "todo.csv").out
    assert "3 submissions in list.csv, 2 sessions here" in said
    assert "1 row: finished here, waits there: approve it (imgloop pay files)\n  ana  submission s-ana" in said
    assert "finished here, returned there" in said
    assert "submitted there, never opened the page" in said
    assert len((tmp_path / "todo.csv").read_text().splitlines()) == 4
    wrong = run("pay", "reconcile", paid, "--panel-csv", tmp_path / "list.csv", "--map", "worker=Who").err
    assert "list.csv: worker: no column 'Who'; name it with --map worker=COLUMN" in wrong


def test_a_study_that_pays_nothing_is_told_how_to(run: Run, study: Path) -> None:
    assert "has no table [pay]" in run("pay", "files", study).err
