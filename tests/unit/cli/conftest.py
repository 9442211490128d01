"""Commands run in this process, on a small study."""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from imgloop_widgets.cli import app as cli
from imgloop_widgets.cli.arguments import RESULTS
from imgloop_widgets.store.choosing import STORE

REAL = Path(__file__).parents[4] / "shared" / "mephisto_look_alike"
NOTEBOOK = {"cells": [{"cell_type": "code", "metadata": {"tags": ["parameters"]}, "source": "study = 'study.toml'"}]}


@dataclass(frozen=True)
class Ran:
    """What came of a command."""

    code: int
    out: str
    err: str


Run = Callable[..., Ran]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command in this process."""
    for name in (RESULTS, STORE):
        monkeypatch.delenv(name, raising=False)

    def run(*arguments: object) -> Ran:
        with pytest.raises(SystemExit) as ended:
            cli.main([str(a) for a in arguments])
        assert isinstance(ended.value.code, int)
        return Ran(ended.value.code, *capsys.readouterr())

    return run


@pytest.fixture
def study(study_files: Callable[..., Path]) -> Path:
    """A study without a mistake: two targets, for three workers each."""
    folder = study_files(study="units_per_assignment = 3", arm='generator = "scenes"\noptions = { size = 32 }')
    (folder / "worker.ipynb").write_text(json.dumps(NOTEBOOK))
    return folder


@pytest.fixture
def real_form(tmp_path: Path) -> Path:
    """A copy of a real folder of FormComposer's, which is no part of this repository."""
    if not REAL.is_dir():
        pytest.skip("the real configuration is not beside this repository")
    return Path(shutil.copytree(REAL, tmp_path / "real"))


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What the server was asked to serve; it is ready at once and stopped at once."""
    from imgloop_widgets.serving import app

    calls: list[dict[str, Any]] = []

    def fake(notebook: Path, **values: Any) -> None:
        calls.append({"notebook": notebook, **values})
        values["on_ready"](f"http://{values['host']}:{values['port']}/")

    monkeypatch.setattr(app, "serve", fake)
    return calls
