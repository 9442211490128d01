"""Commands on a database that is named by `--store` or IMGLOOP_STORE: they say and write what they do on a folder's."""

import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from imgloop_widgets.cli import app as cli
from imgloop_widgets.incidents import report as report_incident
from imgloop_widgets.moving import Archive, pack, unpack, unpacked
from imgloop_widgets.store import Metric, Replay, open_store
from imgloop_widgets.store.choosing import STORE

Run = Callable[..., Any]
NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)


@pytest.fixture(autouse=True)
def one_session() -> Iterator[None]:
    """What a command was given is forgotten after the test."""
    yield
    cli.named.set(None)


@pytest.fixture
def both(study: Path, run: Run, database: str, tmp_path: Path) -> tuple[Path, str]:
    """The study with simulated sessions, scores and replays in its folder, and the same ones in a database."""
    assert run("simulate", study, "--workers", 12, "--size", 24).code == 0
    with open_store(study.parent / "results") as here:
        logs = list(here.logs())
        session, events = next((s, e) for s, e in logs if any(type(x).__name__ == "ImageGenerated" for x in e))
        opened = events[0]
        replay = Replay(
            replay_id="e" * 64, study=here.sessions()[0].study, source="s", session_id=session,
            worker_id=opened.worker_id, arm=opened.arm, target_id=opened.target_id, attempt=1, prompt="ein Bär 🐻",
            model="Weak", generator="scenes", version="1", draw=1, seed=2**31 - 1, outcome="made",
            image_sha256="a" * 64, width=8, height=9, parameters={"steps": [1, 2.5, None]}, duration_s=1, at=NOW,
        )  # fmt: skip
        metrics = [
            Metric(session_id=session, attempt=1, metric=name, value=value, version="1")
            for name, value in [("ssim", 0.1), ("SSIM", 1 / 3), ("_own", 1e-300), ("none", None)]
        ]
        here.put_metrics(metrics)
        here.finish_replays([replay])
        pack(here, study.parent / "results", tmp_path / "study.zip", [here.sessions()[0].study])
    images = {"images": tmp_path / "there" / "images", "files": tmp_path / "there" / "files"}
    with (
        open_store(database, **images) as there,
        Archive(tmp_path / "study.zip") as archive,
        unpacked(archive) as theirs,
    ):
        unpack(archive, theirs, there, study.parent / "results")
    return study, database


def _files(folder: Path) -> dict[str, bytes]:
    return {
        str(file.relative_to(folder)): file.read_bytes()
        for file in sorted(folder.rglob("*"))
        if file.is_file() and file.name != "export.json"
    }


def test_an_export_is_the_same_to_the_byte_from_either_database(
    both: tuple[Path, str], run: Run, tmp_path: Path
) -> None:
    study, url = both
    options = ["--format", "csv,parquet,json,units", "--with-answers", "--out"]
    assert run("export", study, *options, tmp_path / "one").code == 0
    (study.parent / "results" / "imgloop.db").unlink()
    assert run("export", study, *options, tmp_path / "two", "--store", url).code == 0
    assert _files(tmp_path / "one") == _files(tmp_path / "two")
    assert len((tmp_path / "one" / "attempts.csv").read_text().splitlines()) > 12


def test_what_is_simulated_status_shows_and_forget_removes_in_the_database_alone(
    study: Path, run: Run, database: str
) -> None:
    ran = run("simulate", study, "--workers", 3, "--size", 24, "--store", database)
    assert ran.code == 0, ran.err
    results = study.parent / "results"
    assert not (results / "imgloop.db").exists()
    assert list((results / "images").rglob("*.webp"))
    with open_store(database) as store:
        sessions = store.sessions()
    assert len(sessions) >= 3

    os.environ[STORE] = database  # as a researcher sets it once
    assert f"sessions    {len(sessions)}" in run("status", study).out
    removed = run("forget", sessions[0].worker_id, study, "--yes")
    assert (removed.code, removed.err) == (0, "")
    with open_store(database) as store:
        assert store.holdings(sessions[0].worker_id).sessions == ()
        assert len(store.sessions()) < len(sessions)


def test_the_option_goes_before_the_environment(study: Path, run: Run, database: str) -> None:
    os.environ[STORE] = "postgresql://nobody@/nothing?host=/nowhere"
    assert "can't be reached" in run("status", study).err
    assert run("status", study, "--store", database).code == 0


def test_the_next_command_that_is_named_has_the_database_and_no_password(study: Path, run: Run, database: str) -> None:
    url = database.replace("researcher@", "researcher:s3cret@")
    ran = run("simulate", study, "--workers", 1, "--size", 24, "--store", url)
    assert "s3cret" not in ran.out + ran.err
    assert "--store 'postgresql://researcher@/" in ran.out


@pytest.mark.parametrize("url", ["results/imgloop.db", "nonsense"])
def test_what_is_no_url_is_refused(study: Path, run: Run, url: str) -> None:
    ran = run("status", study, "--store", url)
    assert ran.code == 1
    assert "must be a database's URL, like postgresql://" in ran.err


def test_doctor_says_whether_the_database_can_be_used(study: Path, run: Run, database: str) -> None:
    assert "store" in run("doctor", study, "--store", database).out
    ran = run("doctor", study, "--store", "postgresql://u:s3cret@127.0.0.1:1/d")
    assert ran.code == 1
    assert "the server can't be reached" in ran.err and "s3cret" not in ran.out + ran.err


def test_an_incident_of_the_server_is_kept_in_the_database(
    study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, database: str
) -> None:
    monkeypatch.setenv("IMGLOOP_RESULTS", str(tmp_path / "not there yet"))
    monkeypatch.setenv(STORE, database)
    number = report_incident("a page could not be prepared", "why")
    with open_store(database) as store:
        assert [incident.incident for incident in store.incidents()] == [number]
