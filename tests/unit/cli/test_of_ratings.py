"""The commands on a study of ratings: what they say, and which of them are for other studies."""

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest
from judged import at, opened, rating_file
from live import ROOT

from imgloop_widgets import open_monitor, open_review
from imgloop_widgets.errors import ImgloopError
from imgloop_widgets.judging import OpenRatings

__all__ = ["at", "opened", "rating_file"]

Run = Callable[..., Any]


@pytest.fixture
def judged(opened: Callable[..., OpenRatings]) -> Path:
    """The folder of a rating study over four sessions; its results are beside it."""
    study = opened(sessions=4, ratings="raters_per_item = 2\nitems_per_rater = 3")
    folder = study.study.path.parent
    notebook = nbformat.read(ROOT / "notebooks/look_alike/worker.ipynb", as_version=4)
    nbformat.write(notebook, folder / "worker.ipynb")
    return folder


def results(folder: Path) -> Path:
    return folder.parent / "results"


def test_check_says_what_there_is_to_judge(run: Run, judged: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IMGLOOP_RESULTS", str(results(judged)))
    done = run("check", judged)
    assert done.code == 0, done.err
    assert "judged: all is well" in done.out
    assert "4 items now (pair), of 4 sessions of first" in done.out
    assert "2 for each item, 3 items for each rater: 3 blocks" in done.out


def test_check_lists_the_mistakes_of_file_and_notebook_together(run: Run, judged: Path) -> None:
    file = judged / "study.toml"
    file.write_text(file.read_text().replace("[ratings]", '[ratings]\ntargets = ["cup"]'))
    (judged / "worker.ipynb").unlink()
    done = run("check", judged)
    assert done.code == 1
    assert "ratings.targets[0]: there is no target 'cup'" in done.err and "worker.ipynb: is missing" in done.err


def test_there_is_a_link_for_each_block_that_is_needed(run: Run, judged: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IMGLOOP_RESULTS", str(results(judged)))
    links = run("links", judged).out.split()
    assert [link.partition("?")[2] for link in links] == [f"worker_id=w00{n}&id=1" for n in (1, 2, 3)]


def test_raters_are_simulated_until_all_is_judged_and_status_says_so(run: Run, judged: Path) -> None:
    done = run("simulate", judged, "--results", results(judged))
    assert done.code == 0, done.err
    assert "8, and" in done.out and "The report `agreement` of first shows them." in done.out
    status = run("status", judged, "--results", results(judged)).out
    assert "4 of 4 that were given to anybody have all 2 raters" in status and "simulated" in status
    assert run("simulate", judged, "--results", results(judged)).out.startswith("Nothing to do")


def test_what_makes_no_sense_of_ratings_is_refused(run: Run, judged: Path) -> None:
    done = run("simulate", judged, "--results", results(judged), "--policy", "blind")
    assert done.code != 0 and "has no meaning for a rating study" in done.err
    for command in ("report", "resume"):
        done = run(command, judged, "--results", results(judged))
        assert done.code == 1, command
        assert "makes this a study of ratings" in done.err, done.err


@pytest.mark.parametrize("command", ["monitor", "review"])
def test_there_is_no_page_for_researchers_but_status_is_named(run: Run, judged: Path, command: str) -> None:
    done = run(command, judged, "--results", results(judged))
    assert done.code == 1 and "is a study of ratings, which has no units to watch" in done.err
    assert "`imgloop status --watch " in done.err and "the report agreement of first" in done.err
    assert "Traceback" not in done.err and not done.out


@pytest.mark.parametrize("page", [open_monitor, open_review])
def test_in_jupyterlab_a_researchers_page_names_status_too(judged: Path, page: Callable[..., Any]) -> None:
    with pytest.raises(ImgloopError, match=r"study of ratings.*imgloop status .*ratings --watch shows how far"):
        page(judged)


def test_a_first_study_that_nobody_has_played_is_named(run: Run, rating_file: Any, tmp_path: Path) -> None:
    done = run("simulate", rating_file(), "--results", tmp_path / "empty")
    assert done.code == 1 and "first has nothing to rate in" in done.err


def test_it_is_served_with_links_to_first_blocks(run: Run, judged: Path, served: list[Any]) -> None:
    done = run("serve", judged, "--results", results(judged), "--workers", "2")
    assert done.code == 0, done.err
    assert "(3 blocks)" in done.out and done.out.count("id=1") == 2
    assert served[0]["notebook"] == judged / "worker.ipynb"


def test_an_export_has_the_ratings_beside_the_first_study_with_pseudonyms(run: Run, judged: Path) -> None:
    run("simulate", judged, "--results", results(judged))
    done = run("export", judged, "--results", results(judged), "--out", judged.parent / "shared")
    assert done.code == 0, done.err
    rows = list(csv.DictReader((judged.parent / "shared" / "ratings.csv").open(encoding="utf-8")))
    assert {row["attempts"] for row in rows if row["is_check"] == "False"} == {"1+3"}
    assert not any(row["rater_id"].startswith("sim-") for row in rows)
    assert len(list(csv.DictReader((judged.parent / "shared" / "sessions.csv").open(encoding="utf-8")))) == 4
