"""Which notebook a report is, and which Python runs it."""

import subprocess
import sys
from pathlib import Path

import pytest

from imgloop_widgets.analysis.kernel import own_kernel
from imgloop_widgets.analysis.report import find_notebook
from imgloop_widgets.errors import ImgloopError


def test_a_report_beside_the_study_comes_before_the_one_of_the_package(tmp_path: Path) -> None:
    (tmp_path / "study").mkdir()
    assert find_notebook("sessions", tmp_path / "study").parent.parts[-2:] == ("notebooks", "reports")
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports/sessions.ipynb").write_text("{}")
    assert find_notebook("sessions", tmp_path / "study") == tmp_path / "reports/sessions.ipynb"


def test_an_unknown_report_is_answered_with_those_that_there_are(tmp_path: Path) -> None:
    with pytest.raises(ImgloopError, match=r"no report 'session'.*possible: .*sessions"):
        find_notebook("session", tmp_path / "study")


def test_the_kernel_is_this_interpreter_whatever_its_name_is_and_keeps_its_files_to_itself(tmp_path: Path) -> None:
    manager = own_kernel(tmp_path)(kernel_name="of-some-other-python")
    assert manager.format_kernel_cmd()[:3] == [sys.executable, "-m", "ipykernel_launcher"]
    assert Path(manager.connection_file).parent == tmp_path
    assert manager.kernel_spec.env["IPYTHONDIR"].startswith(str(tmp_path))


def test_starting_a_report_loads_neither_pandas_nor_matplotlib() -> None:
    heavy = "{'pandas', 'matplotlib', 'numpy'}"
    code = f"import sys, imgloop_widgets.analysis.report; print(sorted({heavy} & set(sys.modules)))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"
