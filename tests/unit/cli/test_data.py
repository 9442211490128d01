"""Data goes out, comes in, and goes away: `imgloop export`, `import`, `freeze`, `forget`, `simulate --attempts`."""

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from imgloop_widgets.analysis.imports import load
from imgloop_widgets.analysis.pseudonyms import KEY, pseudonyms
from imgloop_widgets.identity import Identity
from imgloop_widgets.loop import SubmitPrompt
from imgloop_widgets.opening import OpenStudy
from imgloop_widgets.store import open_store

Run = Callable[..., Any]
ANSWERS = {"age": "34", "hand": "r", "tools": {"pen": True, "brush": False}, "note": ""}


@pytest.fixture
def played(study: Path) -> Path:
    """The study, in which ana and bo have seen an image each, of their own."""
    opened = OpenStudy.load(study)
    for unit, worker in enumerate(["ana", "bo"], 1):
        runner = opened.enter(Identity(worker_id=worker, unit=unit))
        runner.dispatch(SubmitPrompt(seq=1, prompt=f"a bear as {worker} sees it", answers=ANSWERS))
        runner.perform_now()
    opened.store.close()
    return study


def test_export_writes_tables_with_pseudonyms_and_says_where(played: Path, run: Run) -> None:
    ran = run("export", played)

    out = played.parent / "results" / "export"
    assert (ran.code, ran.err) == (0, "")
    assert "exported to" in ran.out
    assert "with pseudonyms" in ran.out
    names = pseudonyms(played.parent / "results")
    assert set(pd.read_csv(out / "sessions.csv")["worker_id"]) == {names.of("ana"), names.of("bo")}
    assert not [f for f in out.rglob("*") if f.name == KEY]


def test_export_takes_several_formats_and_ids_where_asked(played: Path, run: Run, tmp_path: Path) -> None:
    ran = run("export", played, "--format", "json,units", "--with-ids", "--out", tmp_path / "out")

    assert ran.code == 0
    assert "with their ids: not for sharing" in ran.out
    assert {row["worker_id"] for row in json.loads((tmp_path / "out" / "attempts.json").read_text())} == {"ana", "bo"}
    units = [json.loads(file.read_text()) for file in (tmp_path / "out" / "units").iterdir()]
    assert {unit["worker_id"] for unit in units} == {"ana", "bo"}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--format", "xlsx"], "must be one or more of csv, parquet, json, units"),
        (["--format", ","], "must be one or more of"),
        (["--out", "."], "holds the results themselves"),
    ],
)
def test_export_refuses_what_it_cannot_do(
    options: list[str], said: str, played: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(played.parent)
    ran = run("export", played, *options)
    assert ran.code == 1
    assert said in ran.err


def test_there_is_nothing_to_export_before_somebody_has_played(study: Path, run: Run) -> None:
    ran = run("export", study)
    assert ran.code == 1
    assert "nobody has played small yet" in ran.err
    assert not (study.parent / "results").exists()


def test_what_is_exported_can_be_imported(played: Path, run: Run) -> None:
    run("export", played, "--format", "csv,parquet")
    results = played.parent / "results"

    ran = run("import", results / "export", "--name", "again", "--study", played)

    assert (ran.code, ran.err) == (0, "")
    assert "imported to" in ran.out
    assert len(load(results / "imported" / "again").tables["attempts"]) == 2


def attempts_csv(folder: Path, *rows: str) -> Path:
    file = folder / "attempts.csv"
    file.write_text("\n".join(["who,goal,n,sim", *rows]) + "\n")
    return file


MAPS = ["--map", "worker=who", "--map", "target=goal", "--map", "attempt=n", "--map", "metric.dreamsim=sim"]


def test_import_keeps_a_file_for_reports_and_does_not_replace_it(tmp_path: Path, run: Run) -> None:
    file = attempts_csv(tmp_path, "ana,bear,1,.5", "ana,bear,2,.7", "bo,bear,1,.6")

    ran = run("import", file, *MAPS, "--results", tmp_path / "results")
    again = run("import", file, *MAPS, "--results", tmp_path / "results")
    forced = run("import", file, *MAPS, "--results", tmp_path / "results", "--force")

    assert (ran.code, ran.err) == (0, "")
    assert "sessions      2 rows" in ran.out
    assert "metrics       3 rows" in ran.out
    assert len(load(tmp_path / "results" / "imported" / "attempts").tables["sessions"]) == 2
    assert again.code == 1
    assert "replace it with --force" in again.err
    assert forced.code == 0


def test_import_lists_what_is_wrong_and_writes_nothing(tmp_path: Path, run: Run) -> None:
    file = attempts_csv(tmp_path, "ana,bear,one,.5", ",bear,2,high")

    ran = run("import", file, *MAPS, "--results", tmp_path / "results")

    assert (ran.code, ran.out) == (1, "")
    assert "attempts.csv, row 2, column 'n': must be a whole number" in ran.err
    assert "attempts.csv, row 3, column 'sim': must be a number; not 'high'" in ran.err
    assert "Traceback" not in ran.err
    assert list((tmp_path / "results").rglob("*.parquet")) == []


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--map", "worker"], "must be written OURS=THEIRS"),
        (["--map", "worker=a", "--map", "worker=b"], "worker is given more than once"),
        (["--map", "wroker=who"], "'wroker' is none of our columns"),
        (["--table", "attempt"], "must be one of participants, sessions, attempts"),
        (["--name", "../x"], "may have up to 64 letters"),
    ],
)
def test_import_says_what_is_wrong_with_an_option(options: list[str], said: str, tmp_path: Path, run: Run) -> None:
    file = attempts_csv(tmp_path, "ana,bear,1,.5")
    ran = run("import", file, *options, "--results", tmp_path / "results")
    assert ran.code == 1
    assert said in ran.err


def test_import_of_a_file_that_is_not_there_is_one_clear_message(tmp_path: Path, run: Run) -> None:
    ran = run("import", tmp_path / "nowhere.csv", "--results", tmp_path)
    assert (ran.code, ran.err.count("\n")) == (1, 1)
    assert "it does not exist" in ran.err


def test_freeze_writes_a_record_once(study: Path, run: Run, tmp_path: Path) -> None:
    (tmp_path / "params.toml").write_text("threshold = 0.7\n")

    ran = run("freeze", study, "--analysis", tmp_path / "params.toml")
    again = run("freeze", study, "--analysis", tmp_path / "params.toml")

    record = json.loads((study / "preregistration.json").read_text())
    assert (ran.code, record["analysis"], record["sessions_before"]) == (0, {"threshold": 0.7}, 0)
    assert record["sha256"] in ran.out
    assert again.code == 1
    assert "a record is made once" in again.err


def test_freeze_after_sessions_came_in_says_so(played: Path, run: Run, tmp_path: Path) -> None:
    (tmp_path / "params.toml").write_text("")
    ran = run("freeze", played, "--analysis", tmp_path / "params.toml")
    assert "2 had come in already" in ran.out
    assert json.loads((played / "preregistration.json").read_text())["sessions_before"] == 2


def others(results: Path, worker: str) -> list[Any]:
    with sqlite3.connect(results / "imgloop.db") as connection:
        query = """SELECT events.* FROM events JOIN sessions USING (session_id) WHERE worker_id <> ?
                   ORDER BY session_id, seq"""
        return connection.execute(query, [worker]).fetchall()


def test_forget_removes_a_worker_and_leaves_every_byte_of_the_others(played: Path, run: Run) -> None:
    results = played.parent / "results"
    name = pseudonyms(results).of("ana")
    before = others(results, "ana")
    images = {file.name for file in results.rglob("*.webp")}

    ran = run("forget", "ana", played, "--yes")

    assert (ran.code, ran.err) == (0, "")
    assert "sessions   1\n" in ran.out
    assert f"In exports made before they are {name}" in ran.out
    assert others(results, "ana") == others(results, "nobody") == before
    assert len(images - {file.name for file in results.rglob("*.webp")}) == 1
    assert "There is nothing of 'ana'" in run("forget", "ana", played, "--yes").out


def test_forget_asks_first(played: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    import typer

    asked: list[str] = []

    def no(text: str, **options: Any) -> None:
        asked.append(text)
        raise typer.Abort

    monkeypatch.setattr(typer, "confirm", no)
    ran = run("forget", "ana", played)

    assert ran.code == 130
    assert asked == ["Remove all of it? It can't be undone"]
    with open_store(played.parent / "results") as store:
        assert store.holdings("ana").rows["events"] == 4


def test_simulate_makes_very_many_sessions_without_a_picture(study: Path, run: Run) -> None:
    ran = run("simulate", study, "--attempts", 300, "--no-images")
    again = run("simulate", study, "--attempts", 300, "--no-images")

    assert (ran.code, ran.err) == (0, "")
    assert "pictures  none" in ran.out
    assert list((study.parent / "results").rglob("*.webp")) == []
    assert "Nothing to do: all 300 simulated attempts are in" in again.out


def test_simulate_needs_both_for_that(study: Path, run: Run) -> None:
    for options in (["--attempts", 3], ["--no-images"]):
        ran = run("simulate", study, *options)
        assert ran.code == 1
        assert "--attempts and --no-images go together" in ran.err
