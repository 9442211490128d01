"""Every notebook runs from its first to its last cell, as nbval runs it, and holds no outputs."""

import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from live import ROOT

from imgloop_widgets.store import open_store

NOTEBOOKS = sorted(p for p in (ROOT / "notebooks").rglob("*.ipynb") if ".ipynb_checkpoints" not in p.parts)
REPORTS = [p for p in NOTEBOOKS if p.parent.name == "reports"]
OTHERS = [p for p in NOTEBOOKS if p not in REPORTS]


@pytest.mark.parametrize("notebook", OTHERS, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_a_notebook_runs(notebook: Path, tmp_path: Path) -> None:
    run([notebook], tmp_path)


def test_every_notebook_of_a_report_runs_where_nobody_has_come_yet(tmp_path: Path) -> None:
    run(REPORTS, tmp_path)  # together, for the start of nbval takes as long as one of them


def test_the_guide_for_several_machines_runs_on_postgresql_too(tmp_path: Path, database: str) -> None:
    run([ROOT / "notebooks/guide/6_several_machines.ipynb"], tmp_path, IMGLOOP_STORE=database)

    with open_store(database, images=tmp_path / "images", files=tmp_path / "files") as store:
        assert len(list(store.sessions("my_study"))) == 6


def run(notebooks: list[Path], results: Path, **environment: str) -> None:
    """Run the notebooks with nbval. results: the folder of the store that they look for."""
    command = [sys.executable, "-m", "pytest", "--nbval-lax", "--nbval-current-env", "-p", "no:cacheprovider", "-q"]
    done = subprocess.run(
        [*command, *map(str, notebooks)],
        cwd=ROOT,
        env={**os.environ, "IMGLOOP_RESULTS": str(results), **environment},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-4000:]


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_a_notebook_is_committed_without_outputs(notebook: Path) -> None:
    cells = nbformat.read(notebook, as_version=4).cells
    assert [c.get("outputs") for c in cells if c.cell_type == "code" and c.get("outputs")] == []
    assert any("parameters" in c.metadata.get("tags", []) for c in cells)
