"""Which notebook a report is, and which Python runs it."""

import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from imgloop_widgets.analysis.kernel import own_kernel
from imgloop_widgets.analysis.notebooks import ORDER, OURS, find, names
from imgloop_widgets.errors import ImgloopError


def test_a_report_beside_the_study_comes_before_the_one_of_the_package(tmp_path: Path) -> None:
    (tmp_path / "study").mkdir()
    assert find("sessions", tmp_path / "study").file.parent.parts[-2:] == ("notebooks", "reports")
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports/sessions.ipynb").write_text('{"cells": []}')
    assert find("sessions", tmp_path / "study").file == tmp_path / "reports/sessions.ipynb"
    assert find("sessions").file == OURS / "sessions.ipynb"  # without a study only the package's


def test_an_unknown_report_is_answered_with_those_that_there_are(tmp_path: Path) -> None:
    with pytest.raises(ImgloopError, match=r"no report 'sesions'.*did you mean 'sessions'\? possible: .*sessions"):
        find("sesions", tmp_path / "study")


def test_a_notebook_tells_its_title_its_first_sentence_and_its_parameters(tmp_path: Path) -> None:
    text = "# How it went\n\nWho *came*, and\nwhat `they` did. More about it.\n\nAnd more."
    cells = [nbformat.v4.new_markdown_cell(text)]
    cells += [nbformat.v4.new_code_cell("study = out = ''\nseed = 1  # chance", metadata={"tags": ["parameters"]})]
    cells += [nbformat.v4.new_code_cell("other = 1")]
    (tmp_path / "reports").mkdir()
    nbformat.write(nbformat.v4.new_notebook(cells=cells), tmp_path / "reports/mine.ipynb")
    found = find("mine", tmp_path / "study")
    assert (found.name, found.title) == ("mine", "How it went")
    assert found.sentence == "Who came, and what they did."
    assert found.parameters == ("study", "out", "seed")


def test_a_file_that_is_no_notebook_is_named(tmp_path: Path) -> None:
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports/mine.ipynb").write_text("[]")
    with pytest.raises(ImgloopError, match=r"mine\.ipynb: is no notebook"):
        find("mine", tmp_path / "study")


def test_reports_are_in_the_order_in_which_they_are_read_and_others_come_after_them(tmp_path: Path) -> None:
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports/an_own_one.ipynb").write_text("{}")
    assert names(tmp_path / "study") == (*ORDER, "an_own_one")
    assert set(ORDER) == {file.stem for file in OURS.glob("*.ipynb")}


def test_the_kernel_is_this_interpreter_whatever_its_name_is_and_keeps_its_files_to_itself(tmp_path: Path) -> None:
    manager = own_kernel(tmp_path, tmp_path)(kernel_name="of-some-other-python")
    assert manager.format_kernel_cmd()[:3] == [sys.executable, "-m", "ipykernel_launcher"]
    assert Path(manager.connection_file).parent == tmp_path
    assert manager.kernel_spec.env["IPYTHONDIR"].startswith(str(tmp_path))


def test_starting_a_report_loads_neither_pandas_nor_matplotlib() -> None:
    heavy = "{'pandas', 'matplotlib', 'numpy'}"
    code = f"import sys, imgloop_widgets.analysis.reports; print(sorted({heavy} & set(sys.modules)))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"
