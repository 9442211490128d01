"""Results folders, and stores in them, on either database."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from imgloop_widgets.store import Store, open_store

New = Callable[..., Store]


@pytest.fixture
def new(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[New]:
    """new("name", "postgresql"): an empty store, its results folder `tmp_path / "name"`."""
    with ExitStack() as stack:

        def make(name: str, kind: str = "sqlite") -> Store:
            folder = tmp_path / name
            folder.mkdir()
            if kind == "sqlite":
                return stack.enter_context(open_store(folder))
            server = request.getfixturevalue("database_server")
            url = stack.enter_context(server.database())
            return stack.enter_context(open_store(url, images=folder / "images", files=folder / "files"))

        yield make


@pytest.fixture(params=["sqlite", "postgresql"])
def kind(request: pytest.FixtureRequest) -> str:
    """Which database."""
    return str(request.param)
