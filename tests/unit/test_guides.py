"""What is written for researchers leads to what is there: links, and the pictures of the gallery."""

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
GUIDES = sorted((ROOT / "notebooks/guide").glob("*.ipynb"))
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
HEAVIEST = 150 * 1024
"""Bytes of a picture, at most."""


def text_of(file: Path) -> str:
    """The prose of a page or of a notebook."""
    text = file.read_text(encoding="utf-8")
    if file.suffix == ".md":
        return text
    cells = json.loads(text)["cells"]
    return "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")


def anchors(file: Path) -> set[str]:
    """The headings of a page as an address names them."""
    titles = re.findall(r"^#+ (.+)$", text_of(file), re.M)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("file", [*PAGES, *GUIDES], ids=lambda p: p.relative_to(ROOT).as_posix())
def test_every_link_leads_to_what_is_there(file: Path) -> None:
    for link in re.findall(r"\]\((?!https?:)([^)\s]+)\)", text_of(file)):
        path, _, anchor = link.partition("#")
        there = (file.parent / path).resolve() if path else file
        assert there.exists(), link
        assert not anchor or there.suffix != ".md" or anchor in anchors(there), link


@pytest.mark.parametrize("guide", GUIDES, ids=lambda p: p.stem)
def test_every_guide_is_found_from_the_first_page_of_the_documentation(guide: Path) -> None:
    assert f"notebooks/guide/{guide.name}" in text_of(ROOT / "docs/README.md")


def test_every_page_is_found_from_the_first_page_of_the_documentation() -> None:
    first = text_of(ROOT / "docs/README.md")
    assert [page.name for page in (ROOT / "docs").glob("*.md") if f"]({page.name})" not in first] == ["README.md"]


def test_the_gallery_shows_every_picture_that_is_made_and_none_is_heavy() -> None:
    pictures = {p.name: p.stat().st_size for p in (ROOT / "docs/gallery").iterdir()}
    script = (ROOT / "tests/browser/gallery.py").read_text(encoding="utf-8")

    shown = re.findall(r"!\[[^\]]{20,}\]\(gallery/([\w.]+)\)", text_of(ROOT / "docs/gallery.md"))
    assert sorted(shown) == sorted(pictures) and len(shown) >= 8
    assert max(pictures.values()) <= HEAVIEST
    made = re.findall(r'keep\(\w+, f?"([\w{}]+)"', script)
    assert {name.removesuffix(".webp") for name in shown} == {
        one for name in made for one in ([f"report_{n}" for n in ("sessions", "learning")] if "{" in name else [name])
    }
