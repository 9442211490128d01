"""Made-up sessions, and a study of them."""

import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from imgloop_widgets.analysis.data import Data, read_data
from imgloop_widgets.store import open_store


@pytest.fixture(scope="session")
def made() -> ModuleType:
    """The builders: `made.session(…)`, `made.crowd(20)`, …"""
    spec = importlib.util.spec_from_file_location("analysis_made", Path(__file__).with_name("made.py"))
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def study(tmp_path: Path, made: ModuleType) -> Callable[[int], Data]:
    """study(12): a study folder whose store has that many sessions, read."""

    def build(sessions: int) -> Data:
        digest = made.study_folder(tmp_path)
        if sessions:
            with open_store(tmp_path / "results") as store:
                made.fill(store, made.crowd(sessions, put=store.put_image, target_sha256=digest))
        return read_data(tmp_path)

    return build
