"""`imgloop doctor`."""

import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from imgloop_widgets.cli import doctor

ROOT = Path(__file__).parents[3]
Run = Callable[..., Any]


def test_doctor_finds_this_machine_well(study: Path, run: Run) -> None:
    ran = run("doctor", study)

    assert (ran.code, ran.err) == (0, "")
    for what in ("python", "voila", "sqlite", "port", "memory", "results", "disk"):
        assert re.search(rf"^(ok|note) +{what} ", ran.out, re.M), what


def test_doctor_knows_all_packages_that_the_project_asks_for() -> None:
    asked = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]

    assert sorted(re.split(r"[<>=!~\[; ]", name)[0] for name in asked) == list(doctor.NEEDED)


def test_doctor_ends_with_1_where_something_is_missing_and_says_what_to_do(
    study: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor, "NEEDED", ("voila", "no-such-package"))

    ran = run("doctor", study)

    assert ran.code == 1
    assert "pip install no-such-package" in ran.err
    assert re.search(r"^problem +no-such-package +missing", ran.out, re.M)
    assert re.search(r"^ok +voila", ran.out, re.M)


def test_doctor_looks_whether_results_can_be_written(study: Path, run: Run) -> None:
    ran = run("doctor", study, "--results", "/proc/imgloop")

    assert ran.code == 1
    assert ran.err.startswith("1 to be mended first. results: can't be created here (")
    assert "--results" in ran.err
    assert "disk" not in ran.out  # there is none behind /proc, so none that is full


def test_doctor_tells_how_many_workers_fit(monkeypatch: pytest.MonkeyPatch, study: Path, run: Run) -> None:
    monkeypatch.setattr(doctor, "available_memory", lambda: doctor.SERVER_BYTES + 12 * doctor.SESSION_BYTES)
    assert "about 12 workers" in run("doctor", study).out

    monkeypatch.setattr(doctor, "available_memory", lambda: doctor.SERVER_BYTES)
    assert run("doctor", study).code == 1
