"""`imgloop owed` on a small study."""

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

from imgloop_widgets.identity import Identity
from imgloop_widgets.loop import Exit, SubmitPrompt
from imgloop_widgets.opening import OpenStudy

PAY = "\n[pay]\nbase = 1.50\nincomplete = 0.50\n[[pay.bonus]]\namount = 5.0\nbest_share = 0.5\n"


def test_what_is_owed_is_printed_and_written(run: Callable[..., Any], study: Path, tmp_path: Path) -> None:
    file = study / "study.toml"
    assert "has no table [pay]" in run("owed", study).err
    file.write_text(file.read_text() + PAY)
    assert "small owes USD 0.00 to 0 workers." in run("owed", study).out
    opened = OpenStudy.load(study)
    with opened.store:
        for worker in ("ana", "ben"):
            runner = opened.enter(Identity(worker_id=worker, unit=1))
            runner.dispatch(SubmitPrompt(seq=1, prompt="a brown bear", answers={"age": "34"}))
            runner.perform_now()
        runner.dispatch(Exit(seq=4, draft={"score": 7}))

    said = run("owed", study, "--csv", tmp_path / "owed.csv").out
    assert "small owes USD 5.50 to 1 worker." in said
    assert "1 session is still open" in said
    (row,) = csv.DictReader((tmp_path / "owed.csv").open())
    assert (row["worker_id"], row["reason"], row["total"]) == ("ben", "exited", "5.50")
    assert row["why"] == "best 50% by best score"
    assert run("owed", study, "--csv", "-").out.startswith("worker_id,")


def test_a_check_says_what_the_study_costs_at_most(run: Callable[..., Any], study: Path) -> None:
    file = study / "study.toml"
    file.write_text(file.read_text() + PAY)
    assert "USD 1.50 a unit; 5.00 for best 50% by best score; at most 24.00 in all" in run("check", study).out
