"""`imgloop links`."""

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from imgloop_widgets.cli.links import make_links
from imgloop_widgets.identity import Identity, identify

Run = Callable[..., Any]


def test_a_link_gives_what_is_due_unless_units_are_asked_for(study: Path, run: Run) -> None:
    urls = run("links", study, "--workers", 2, "--base-url", "https://study.example.org/").out.split()

    assert urls == [f"https://study.example.org/?worker_id=w00{n}" for n in (1, 2)]


def test_links_that_name_units_are_spread_over_them_and_can_be_entered(study: Path, run: Run) -> None:
    ran = run("links", study, "--units", "--workers", 8, "--base-url", "https://study.example.org/")

    urls = ran.out.split()
    assert urls[0] == "https://study.example.org/?worker_id=w001&id=1"
    assert [identify(url.partition("?")[2]).unit for url in urls] == [1, 2, 3, 4, 5, 6, 1, 2]
    assert len(set(urls)) == 8


def test_links_as_a_table_on_the_screen_and_in_a_file(study: Path, run: Run, tmp_path: Path) -> None:
    shown = run("links", study, "--units", "--csv", "-").out
    ran = run("links", study, "--units", "--csv", tmp_path / "links.csv")

    rows = list(csv.DictReader(io.StringIO(shown)))
    assert [row["unit"] for row in rows] == ["1", "2", "3", "4", "5", "6"]
    assert (tmp_path / "links.csv").read_text() == shown
    assert "6 links" in ran.out


@pytest.mark.parametrize("wrong", [["--prefix", "a b"], ["--base-url", "study.example.org"]])
def test_links_that_nobody_could_enter_by_are_refused(wrong: list[str], study: Path, run: Run) -> None:
    ran = run("links", study, *wrong)

    assert (ran.code, ran.out) == (1, "")


def test_a_prefix_that_nobody_could_enter_with_is_told_to_the_researcher(study: Path, run: Run) -> None:
    ran = run("links", study, "--prefix", "a b&c")

    assert "--prefix: must have no spaces" in ran.err
    assert "Please" not in ran.err  # that is how workers are spoken to


def test_a_table_for_a_folder_that_is_missing_names_the_folder(study: Path, run: Run, tmp_path: Path) -> None:
    ran = run("links", study, "--csv", tmp_path / "nope" / "x.csv")

    assert (ran.code, ran.out) == (1, "")
    assert f"the folder {tmp_path / 'nope'} is missing; make it first" in ran.err


def test_links_for_an_address_that_was_only_assumed_say_so_beside_the_output(study: Path, run: Run) -> None:
    assumed, given = run("links", study), run("links", study, "--base-url", "http://127.0.0.1:8866/")

    assert assumed.out == given.out
    assert "--base-url" in assumed.err
    assert given.err == ""


def test_without_a_number_there_are_links_for_all_units(study: Path, run: Run) -> None:
    assert len(run("links", study).out.split()) == len(run("links", study, "--units").out.split()) == 6
    text = (study / "study.toml").read_text()
    (study / "study.toml").write_text(f"{text}\n[assignment]\nunits_per_worker = 2\n")
    assert len(run("links", study).out.split()) == 3


def test_a_link_names_the_worker_and_the_unit() -> None:
    (link,) = make_links("http://localhost:1/x/", 1, 5, prefix="ä&")

    assert identify(link.url.partition("?")[2]) == Identity(worker_id="ä&001", unit=1)
    assert link.url.startswith("http://localhost:1/x/?")
