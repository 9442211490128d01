"""The reference below docs/ says what the code says, and leaves nothing out."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest
import typer
from pydantic import BaseModel

from imgloop_widgets.cli.app import app
from imgloop_widgets.events import KINDS, RATING_KINDS
from imgloop_widgets.ratings.tables import TABLES as OF_RATINGS
from imgloop_widgets.ratings.tables import RatingAbout, RatingFile
from imgloop_widgets.study_tables import StudyFile

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(scope="module")
def reference() -> ModuleType:
    """The script that makes it."""
    spec = importlib.util.spec_from_file_location("make_reference", DOCS / "make_reference.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_what_is_committed_is_what_make_docs_makes(reference: ModuleType) -> None:
    folder = DOCS / "reference"
    committed = {p.relative_to(folder).as_posix(): p.read_text(encoding="utf-8") for p in folder.rglob("*.md")}

    assert committed == reference.pages(), "make it anew: make docs"


def test_every_command_and_every_event_has_a_page(reference: ModuleType) -> None:
    made = reference.pages()
    group = typer.main.get_command(app)

    for name, command in group.commands.items():  # type: ignore[attr-defined]
        for words in ([name], *([name, own] for own in getattr(command, "commands", ()))):
            assert f"Example: imgloop {' '.join(words)}" in made[f"commands/{'-'.join(words)}.md"]
    for name in (*KINDS, *RATING_KINDS):
        assert f"events/{name}.md" in made


def test_every_setting_of_every_table_has_its_place_and_says_what_it_means(reference: ModuleType) -> None:
    made, described = reference.pages(), {table for table, _ in reference.TABLES.values()}

    assert tables_of(StudyFile) | tables_of(RatingFile) | set(OF_RATINGS.values()) == described | {RatingAbout}
    for name, (table, _) in reference.TABLES.items():
        page = made[f"settings/{name.strip('[]').replace('.', '-')}.md"]
        assert all(f"## `{key}`\n" in page for key in table.model_fields)
        assert [key for key in table.model_fields if key not in reference.meanings(table)] == []


def tables_of(model: type[BaseModel]) -> set[type[BaseModel]]:
    """The tables within a file or a table, and those within them."""
    found: set[type[BaseModel]] = set()
    for field in model.model_fields.values():
        waiting = [field.annotation]
        while waiting:
            one = waiting.pop()
            waiting += getattr(one, "__args__", ())
            if isinstance(one, type) and issubclass(one, BaseModel):
                found |= {one} | tables_of(one)
    return found
