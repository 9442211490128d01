"""Reports as a researcher makes them: a notebook run by papermill in a kernel of its own, and the page it becomes."""

import ast
import importlib.util
import json
import re
import sys
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from types import ModuleType
from typing import Any

import nbformat
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from imgloop_widgets.analysis.report import run_report
from imgloop_widgets.errors import ConfigurationError, ImgloopError
from imgloop_widgets.store import open_store

ROOT = Path(__file__).parents[2]
REPORTS = sorted((ROOT / "notebooks/reports").glob("*.ipynb"))


@pytest.fixture(scope="module")
def made() -> ModuleType:
    """The builders of sessions that never happened."""
    file = ROOT / "tests/unit/analysis/made.py"
    spec = importlib.util.spec_from_file_location("analysis_made", file)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def study(made: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study's folder with 14 sessions of all kinds; its name has what papermill would fill in."""
    folder: Path = tmp_path_factory.mktemp("project") / "a {study}"
    digest = made.study_folder(folder)
    with open_store(folder / "results") as store:
        made.fill(store, made.crowd(14, put=store.put_image, target_sha256=digest))
    return folder


@pytest.fixture(scope="module")
def page(study: Path) -> Path:
    """The page of its report."""
    return run_report(study, parameters={"max_strips": 4})


Write = Callable[..., Path]


@pytest.fixture
def notebook(tmp_path: Path, made: ModuleType) -> Write:
    """notebook("1 / 0"): an empty study with a report `mine` of its parameters and these cells; returns the study."""

    def write(*cells: str) -> Path:
        made.study_folder(tmp_path / "study")
        parameters = nbformat.v4.new_code_cell(
            'study = results = out = ""\nseed = 1', metadata={"tags": ["parameters"]}
        )
        body = [parameters, *map(nbformat.v4.new_code_cell, cells)]
        kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
        (tmp_path / "reports").mkdir()
        nbformat.write(nbformat.v4.new_notebook(cells=body, metadata=kernel), tmp_path / "reports/mine.ipynb")
        return tmp_path / "study"

    return write


class Elements(HTMLParser):
    """Collects the elements of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def test_a_report_is_a_page_its_tables_and_its_figures(page: Path, study: Path) -> None:
    assert page == study / "results/reports/sessions/index.html"
    names = {file.name for file in page.parent.iterdir()}
    tables = {"flow", "score_by_attempt", "first_last_best", "time_by_attempt"}
    assert {f"{name}.csv" for name in (*tables, "sessions", "attempts")} < names
    assert {
        f"{name}.{kind}" for name in ("flow", "score_by_attempt", "time_by_attempt") for kind in ("svg", "png")
    } < names
    assert {"index.html", "sessions.ipynb", "tables.json", "strips"} < names
    assert set(json.loads((page.parent / "tables.json").read_text())["tables"]) == tables
    assert len(list((page.parent / "strips").iterdir())) == 4
    assert [entry.name for entry in page.parent.parent.iterdir()] == ["sessions"]  # no scratch is left


def test_the_page_loads_nothing_and_every_picture_has_a_text(page: Path) -> None:
    elements = Elements(page.read_text(encoding="utf-8")).found
    assert ("html", {"lang": "en"}) in elements
    assert not {"script", "link", "iframe", "object"} & {tag for tag, _ in elements}
    for tag, attributes in elements:
        for name in ("src", "href", "srcset", "data"):
            assert (attributes.get(name) or "data:").startswith(("data:", "#")), f"{tag} loads {attributes[name]!r:.80}"
        assert tag != "img" or attributes["alt"]
    styles = "".join(re.findall(r"<style.*?</style>", page.read_text(encoding="utf-8"), re.DOTALL))
    assert "url(" not in styles and "@import" not in styles


def test_the_page_says_what_a_reader_must_know(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert "<title>Made up: sessions</title>" in text
    assert "14 sessions" in text and "are left out" in text
    for fact in ("Study hash", "Data hash", "Seed", "Versions", "ab" * 32):
        assert fact in text
    assert "In [" not in text and "read_study(" not in text  # the code is in the notebook beside it


def test_made_again_the_tables_are_the_same_bytes_and_nothing_old_is_left(page: Path, study: Path) -> None:
    files = [*page.parent.glob("*.csv"), page.parent / "tables.json"]
    before = {file.name: file.read_bytes() for file in files}
    (page.parent / "strips/session-9999-gone.png").write_bytes(b"")
    (page.parent / "my notes.txt").write_text("stay")
    assert run_report(study, parameters={"max_strips": 2}) == page
    assert {file.name: file.read_bytes() for file in files} == before
    assert len(list((page.parent / "strips").iterdir())) == 2
    assert (page.parent / "my notes.txt").exists()


def test_the_executed_notebook_names_the_folder_its_files_are_in(page: Path, study: Path) -> None:
    ran = (page.parent / "sessions.ipynb").read_text()
    assert json.loads(ran)["metadata"]["papermill"]["parameters"]["out"] == str(page.parent)


def test_a_study_that_nobody_has_opened_gives_a_page_that_says_so(made: ModuleType, tmp_path: Path) -> None:
    made.study_folder(tmp_path / "study")
    page = run_report(tmp_path / "study", tmp_path / "out")
    assert page == tmp_path / "out/index.html"
    assert "There is no session" in page.read_text(encoding="utf-8")


def test_a_cell_that_fails_is_named_and_the_earlier_report_stays(notebook: Write, tmp_path: Path) -> None:
    study = notebook("seed", "# divide\n1 / (seed - 1)")
    out = tmp_path / "out"
    out.mkdir()
    (out / "index.html").write_text("earlier")
    with pytest.raises(ImgloopError) as caught:
        run_report(study, out, "mine")
    message = str(caught.value)
    assert "the report 'mine' stopped in cell 3" in message and "`1 / (seed - 1)`" in message
    assert "ZeroDivisionError: division by zero" in message and "failed.ipynb" in message
    assert (out / "index.html").read_text() == "earlier"
    assert "ZeroDivisionError" in (out / "failed.ipynb").read_text()
    run_report(study, out, "mine", parameters={"seed": 3})
    assert not (out / "failed.ipynb").exists() and (out / "index.html").read_text() != "earlier"


def test_a_kernel_that_dies_is_one_message(notebook: Write) -> None:
    with pytest.raises(ImgloopError, match="the report 'mine' stopped: its kernel died"):
        run_report(notebook("import os\nos._exit(1)"), name="mine")


def test_another_python_under_the_same_name_is_not_taken(
    notebook: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kernels = tmp_path / "share/kernels/python3"
    kernels.mkdir(parents=True)
    spec = {"argv": ["no-such-python", "-f", "{connection_file}"], "display_name": "Other", "language": "python"}
    (kernels / "kernel.json").write_text(json.dumps(spec))
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "share"))
    monkeypatch.setenv("HOME", str(home))
    cell = "import sys, imgloop_widgets\nprint(sys.executable, imgloop_widgets.__file__)"
    page = run_report(notebook(cell), name="mine")
    assert f"{sys.executable} {ROOT}" in page.read_text(encoding="utf-8")
    assert not any((home / name).exists() for name in (".ipython", ".local/share/jupyter"))  # nothing of the user's


def test_mistakes_in_the_study_file_are_told_before_a_kernel_is_started(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError):
        run_report(tmp_path / "study.toml")


def test_a_place_that_is_no_folder_is_one_message(made: ModuleType, tmp_path: Path) -> None:
    made.study_folder(tmp_path / "study")
    (tmp_path / "file").write_text("")
    with pytest.raises(ImgloopError, match=r"can't write the report.*--out"):
        run_report(tmp_path / "study", tmp_path / "file/out")


@pytest.mark.parametrize("width", [1280, 360])
def test_in_a_browser_the_page_fits_and_axe_finds_nothing(page: Path, browser: Browser, width: int) -> None:
    tab = browser.new_context(viewport={"width": width, "height": 800}, bypass_csp=True).new_page()
    asked: list[str] = []
    tab.on("request", lambda request: asked.append(request.url))
    tab.goto(page.as_uri())
    found: list[dict[str, Any]] = Axe().run(tab).response["violations"]
    overflow = tab.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    tab.context.close()
    assert [url for url in asked if not url.startswith("data:")] == [page.as_uri()]
    assert overflow == 0
    assert [(v["impact"], v["id"], v["nodes"][0]["html"]) for v in found] == []


@pytest.mark.parametrize("width", [1280, 360, 320])
def test_in_a_browser_no_figure_is_cut_and_a_table_that_is_cut_shows_it(
    page: Path, browser: Browser, width: int
) -> None:
    tab = browser.new_context(viewport={"width": width, "height": 800}).new_page()
    tab.goto(page.as_uri())
    measured = tab.evaluate(
        """() => ({
            figures: [...document.querySelectorAll('.imgloop-figure')].map(
                f => [f.scrollWidth - f.clientWidth, f.querySelector('img').getBoundingClientRect().right]),
            tables: [...document.querySelectorAll('.imgloop-table')].map(
                t => [t.scrollWidth > t.clientWidth, t.tabIndex, getComputedStyle(t).backgroundAttachment]),
        })"""
    )
    tab.context.close()
    assert len(measured["figures"]) == 3
    assert all(hidden == 0 and right <= width for hidden, right in measured["figures"])
    assert [cut for cut, _, _ in measured["tables"]] == [False] * 4 or width < 1280
    for _, tab_index, attachment in measured["tables"]:
        assert (tab_index, attachment) == (0, "local, local, scroll, scroll")  # a shadow at an edge with more behind it


def test_in_a_wide_browser_the_sheet_is_filled_from_edge_to_edge(page: Path, browser: Browser) -> None:
    tab = browser.new_context(viewport={"width": 1280, "height": 800}).new_page()
    tab.goto(page.as_uri())
    free = tab.evaluate(
        """() => {
            const main = document.querySelector('main'), style = getComputedStyle(main)
            const sheet = main.getBoundingClientRect()
            const left = sheet.left + parseFloat(style.borderLeftWidth) + parseFloat(style.paddingLeft)
            const right = sheet.right - parseFloat(style.borderRightWidth) - parseFloat(style.paddingRight)
            return ['.prose > p', '.imgloop-lead', '.imgloop-note', '.imgloop-table table', '.imgloop-figure img']
                .flatMap(name => [...document.querySelectorAll(name)])
                .map(e => e.getBoundingClientRect())
                .map(box => [box.left - left, right - box.right])
        }"""
    )
    tab.context.close()
    assert len(free) > 10
    assert all(abs(before - after) < 2 for before, after in free)  # as much room on the right as on the left


@pytest.mark.parametrize("file", REPORTS, ids=lambda file: file.stem)
def test_a_report_notebook_holds_no_logic_and_no_outputs(file: Path) -> None:
    cells = nbformat.read(file, as_version=4).cells
    code = [cell for cell in cells if cell.cell_type == "code"]
    assert not any(cell.outputs or cell.execution_count for cell in code)
    (parameters,) = (cell for cell in code if "parameters" in cell.metadata.get("tags", []))
    names = {target.id for line in ast.parse(parameters.source).body for target in line.targets}  # type: ignore[attr-defined]
    assert {"study", "results", "out", "seed"} <= names
    for cell in code:
        kinds = {type(node) for node in ast.walk(ast.parse(cell.source))}
        assert not kinds & {ast.FunctionDef, ast.ClassDef, ast.For, ast.While, ast.If, ast.Lambda, ast.ListComp}
