"""`imgloop review`: the link, and what was decided as a table; and what decisions mean for pay."""

import csv
import io
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from moved import Played, play

from imgloop_widgets.access import Entrance
from imgloop_widgets.decisions import By, Wish, decide
from imgloop_widgets.store import Store, open_store
from imgloop_widgets.study import load_study

Run = Callable[..., Any]
NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
PAY = "\n[pay]\nbase = 2.00\n[[pay.bonus]]\namount = 0.25\nat_least = 9\n"


def review(store: Store, session_id: str, worker: str, wish: Wish) -> None:
    by = By(who="grace", at=NOW, act=session_id)
    store.review(
        "small", lambda standings, has: decide(wish, {session_id: 0}, worker, "small", standings, has(worker), by)
    )


@pytest.fixture
def reviewed(study: Path, tmp_path: Path) -> Path:
    """A study on Prolific: ana is approved with a bonus, ben rejected, cem soft-rejected, dan not reviewed."""
    file = study / "study.toml"
    file.write_text(file.read_text().replace('access = "open"', 'access = "prolific"') + PAY)
    wishes = {
        "ana": Wish(verdict="approve", bonus=Decimal("1.50"), message="Thank you"),
        "ben": Wish(verdict="reject", note="copied"),
        "cem": Wish(verdict="soft_reject"),
    }
    with open_store(tmp_path / "results") as store:
        for worker in ("ana", "ben", "cem", "dan"):
            name = play(store, "small", Played(worker=worker, finished="attempts_used"))
            store.note_arrival(name, {"SESSION_ID": f"s-{worker}", "STUDY_ID": "p"}, NOW)
            if worker in wishes:
                review(store, name, worker, wishes[worker])
    return study


def test_a_link_opens_the_page_under_a_name_and_is_a_researcher_s(study: Path, run: Run, tmp_path: Path) -> None:
    with open_store(tmp_path / "results") as store:
        play(store, "small", Played())
    ran = run("review", study, "--who", "grace", "--base-url", "https://study.example.org/x/")
    assert ran.out.startswith("https://study.example.org/x/review?t=")
    with open_store(tmp_path / "results") as store:
        entrance = Entrance(study=load_study(study), store=store)
        assert entrance.admit_researcher(ran.out.strip().partition("?")[2], datetime.now(UTC)).who == "grace"
    assert "must begin with http" in run("review", study, "--base-url", "ftp://x").err


def test_what_was_decided_is_a_table(reviewed: Path, run: Run, tmp_path: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(run("review", reviewed, "--csv", "-").out)))
    told = {
        row["worker_id"]: (row["submission"], row["verdict"], row["bonus"], row["message"], row["note"]) for row in rows
    }
    assert told == {
        "ana": ("s-ana", "approve", "1.50", "Thank you", ""),
        "ben": ("s-ben", "reject", "0.00", "", "copied"),
        "cem": ("s-cem", "soft_reject", "0.00", "", ""),
    }
    assert run("review", reviewed, "--csv", tmp_path / "d.csv").out.endswith("d.csv: 3 decisions\n")


def test_what_was_rejected_is_not_owed_and_bonuses_are_added(reviewed: Path, run: Run, tmp_path: Path) -> None:
    owed = list(csv.DictReader(io.StringIO(run("owed", reviewed, "--csv", "-").out)))
    assert {row["worker_id"]: (row["base"], row["bonus"], row["why"]) for row in owed} == {
        "ana": ("2.00", "1.75", "best score of at least 9; 1.50 by a reviewer"),
        "ben": ("0.00", "0.00", "rejected by a reviewer"),
        "cem": ("2.00", "0.25", "best score of at least 9"),
        "dan": ("2.00", "0.25", "best score of at least 9"),
    }


def test_files_for_the_panel_leave_out_what_was_rejected_and_on_demand_what_nobody_has_reviewed(
    reviewed: Path, run: Run, tmp_path: Path
) -> None:
    ran = run("pay", "files", reviewed, "--reviewed")
    assert "1 session left out that nobody has reviewed" in ran.out
    (folder,) = (tmp_path / "results" / "pay").iterdir()
    assert (folder / "approve.txt").read_text().split() == ["s-ana", "s-cem"]
    assert (folder / "bonuses.csv").read_text() == "ana,1.75\ncem,0.25\n"
    folder.rename(folder.with_name("first"))  # two within a second have one name
    assert "USD 2.25" in run("pay", "files", reviewed).out
