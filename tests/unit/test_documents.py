"""The documents for people who build this name files and names that are there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "path", sorted(set(re.findall(r"`((?:imgloop_widgets|tests|notebooks)/[\w./]+)`", CONTRIBUTING)))
)
def test_every_file_that_a_contributor_is_sent_to_is_there(path: str) -> None:
    assert (ROOT / path).exists()


@pytest.mark.parametrize(
    ("name", "path"),
    re.findall(r"`(?P<name>[A-Z_]+)`\s+of\s+`([\w./]+)`", CONTRIBUTING)
    + [(name, path) for path, name in re.findall(r"`([\w./]+)`,\s+(?:and in )?`([A-Z_]+)`", CONTRIBUTING)],
)
def test_every_table_that_a_contributor_adds_a_line_to_is_there(name: str, path: str) -> None:
    assert re.search(rf"^(const )?{name}\b", (ROOT / path).read_text(encoding="utf-8").replace("export ", ""), re.M)


def test_the_tables_are_found() -> None:
    assert len(re.findall(r"`[A-Z_]+`", CONTRIBUTING)) >= 7
