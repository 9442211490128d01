"""What a command says when something is wrong: one message, and what to do."""

import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from imgloop_widgets.cli import app as cli
from imgloop_widgets.cli.arguments import RESULTS, short
from imgloop_widgets.cli.faults import ANALYSIS, explain
from imgloop_widgets.errors import ImgloopError
from imgloop_widgets.store import open_store

ROOT = Path(__file__).parents[3]
Run = Callable[..., Any]


@pytest.mark.parametrize("name", ["check", "serve", "links", "status", "report", "simulate"])
def test_a_study_that_is_not_there_is_one_clear_message(name: str, tmp_path: Path, run: Run) -> None:
    ran = run(name, tmp_path / "nowhere")

    assert (ran.code, ran.out) == (1, "")
    assert "nowhere" in ran.err
    assert "name a study file or its folder" in ran.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["chekc"], "did you mean 'check'"),
        (["links", "--wrokers", "3"], "--workers"),
        (["links", "--workers", "0"], "--workers"),
        (["serve", "--port", "70000"], "--port"),
        (["simulate", "--seed", "x"], "--seed"),
    ],
)
def test_a_wrong_word_is_one_line_that_says_where_the_help_is(arguments: list[str], said: str, run: Run) -> None:
    ran = run(*arguments)

    assert (ran.code, ran.out) == (1, "")
    assert said.lower() in ran.err.lower()
    assert "--help`" in ran.err
    assert ran.err.count("\n") == 1


def _break(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    from imgloop_widgets import opening

    def broken(*arguments: object, **options: object) -> None:
        raise error

    monkeypatch.setattr(opening, "load_files", broken)


def test_an_unexpected_error_is_one_sentence_and_its_traceback_is_kept(
    study: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    _break(monkeypatch, RuntimeError("boom"))
    open_store(study.parent / "results").close()

    ran = run("check", study)

    assert (ran.code, ran.out) == (1, "")
    found = re.fullmatch(r"Something unexpected .*\(RuntimeError\): incident (\w{8}) .*--debug.*\n", ran.err)
    assert found
    with open_store(study.parent / "results") as store:
        (kept,) = store.incidents()
    assert kept.incident == found[1]
    assert "RuntimeError: boom" in kept.text


@pytest.mark.parametrize("position", [0, 2])
def test_debug_shows_the_error_itself_wherever_it_stands(
    position: int, study: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _break(monkeypatch, RuntimeError("boom"))
    monkeypatch.setenv(RESULTS, "")
    arguments = ["check", str(study)]
    arguments.insert(position, "--debug")

    with pytest.raises(RuntimeError, match="boom"):
        cli.main(arguments)


def test_ctrl_c_ends_a_command_without_a_traceback(study: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    _break(monkeypatch, KeyboardInterrupt())

    ran = run("check", study)

    assert (ran.code, ran.out, ran.err) == (130, "", "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_full_disk_is_one_clear_message(study: Path, run: Run) -> None:
    ran = run("links", study, "--csv", "/dev/full")

    assert ran.code == 1
    assert "the disk is full" in ran.err
    assert ran.err.count("\n") == 1


@pytest.mark.parametrize("name", ["simulate", "serve"])
def test_results_that_cannot_be_written_are_one_clear_message(
    name: str, study: Path, run: Run, tmp_path: Path, served: list[dict[str, Any]]
) -> None:
    (tmp_path / "file").write_text("in the way")

    ran = run(name, study, "--results", tmp_path / "file" / "results")

    assert ran.code == 1
    assert "a file stands where a folder is needed" in ran.err
    assert not served


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="this system has no /proc")
@pytest.mark.parametrize("name", ["simulate", "serve"])
def test_a_place_that_takes_no_folders_is_not_called_missing(
    name: str, study: Path, run: Run, served: list[dict[str, Any]]
) -> None:
    ran = run(name, study, "--results", "/proc/foo")

    assert (ran.code, ran.out, served) == (1, "", [])
    assert ran.err == (
        "/proc/foo: can't be created here (/proc takes no new files); choose another folder with --results\n"
    )


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="this system has no /proc")
def test_a_report_that_cannot_be_written_is_one_clear_message(study: Path, run: Run) -> None:
    ran = run("report", study, "--out", "/proc/foo")

    assert (ran.code, ran.out) == (1, "")
    assert ran.err == "/proc/foo: can't be created here (/proc takes no new files); choose another folder with --out\n"


@pytest.mark.parametrize("name", ["status", "report"])
def test_a_folder_of_results_that_is_not_there_is_said_and_not_made(
    name: str, study: Path, run: Run, tmp_path: Path
) -> None:
    ran = run(name, study, "--results", tmp_path / "reslts")

    assert (ran.code, ran.out) == (1, "")
    assert f"there are no results in {tmp_path / 'reslts'}; look whether its name is right" in ran.err
    assert not (tmp_path / "reslts").exists()


def test_an_incident_names_the_command_that_lists_it(study: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    _break(monkeypatch, RuntimeError("boom"))
    open_store(study.parent / "results").close()

    ran = run("check", study)
    assert f"`imgloop status {short(study)}` lists it" in ran.err

    monkeypatch.undo()
    listed = run("status", study)
    assert "RuntimeError: boom" in listed.out


def test_the_reader_of_the_output_may_leave_early(study: Path) -> None:
    code = "from imgloop_widgets.cli import main; main()"
    command = shlex.join([sys.executable, "-c", code, "links", str(study), "--workers", "50000"])

    ran = subprocess.run(f"{command} | head -1", shell=True, cwd=ROOT, capture_output=True, text=True)

    assert ran.stdout.count("\n") == 1
    assert ran.stderr == ""


def test_an_error_of_ours_is_told_in_its_own_words() -> None:
    assert explain(ImgloopError("what, where, what to do")) == "what, where, what to do"


def test_a_missing_package_is_told_by_its_name() -> None:
    assert "voila is missing; install it" in explain(ModuleNotFoundError("No module named 'voila'", name="voila"))


def test_a_missing_package_of_the_analysis_is_told_with_the_extra_that_brings_it() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]

    assert extras["analysis"] == list(ANALYSIS)
    for name in ANALYSIS:
        said = explain(ModuleNotFoundError(f"No module named '{name}.stats'", name=f"{name}.stats"))
        assert "install it (pip install -e '.[analysis]')" in said


def test_make_installs_what_its_reports_need() -> None:
    recipe = re.search(r"^\.venv/run:.*\n((?:\t.*\n)+)", (ROOT / "Makefile").read_text(), re.M)

    assert recipe is not None and "-e '.[analysis]'" in recipe[1]
