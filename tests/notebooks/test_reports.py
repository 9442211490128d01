"""Reports as a researcher makes them: a notebook run by papermill in a kernel of its own, and the page it becomes."""

import ast
import importlib.util
import json
import os
import re
import shutil
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

from imgloop_widgets.analysis.imports import read_files, save
from imgloop_widgets.analysis.notebooks import ORDER
from imgloop_widgets.analysis.report import run_report
from imgloop_widgets.analysis.reports import Made, run_reports
from imgloop_widgets.errors import ConfigurationError, ImgloopError
from imgloop_widgets.store import open_store

ROOT = Path(__file__).parents[2]
PUBLISHED = ROOT / "tests/data/choosing_seed.csv"
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
        made.note(store)
    return folder


@pytest.fixture(scope="module")
def every(study: Path) -> Made:
    """All its reports."""
    return run_reports([], study, parameters={"max_strips": 4})


@pytest.fixture(scope="module")
def page(every: Made) -> Path:
    """The page of its report `sessions`."""
    return every.pages["sessions"]


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


def test_every_report_is_made_and_is_a_page_its_tables_and_its_figures(every: Made, study: Path) -> None:
    assert every.stopped == {}
    assert set(every.pages) == {file.stem for file in REPORTS}
    for name, page in every.pages.items():
        assert page == study / f"results/reports/{name}/index.html"
        contents = json.loads((page.parent / "report.json").read_text())
        files = {file.name for file in page.parent.iterdir()}
        assert {f"{table}.csv" for table in contents["tables"]} | {"tables.json", f"{name}.ipynb"} < files, name
        figures = [figure["name"] for figure in contents["figures"]]
        assert figures, name
        assert {f"{figure}.{kind}" for figure in figures for kind in ("svg", "png")} < files, name
        assert set(json.loads((page.parent / "tables.json").read_text())["tables"]) == set(contents["tables"])
    folders = {entry.name for entry in every.index.parent.iterdir()}
    assert folders == {*every.pages, "index.html"}  # no scratch is left


def test_of_every_report_a_reader_sees_no_warning_and_is_told_where_the_numbers_come_from(every: Made) -> None:
    for name, page in every.pages.items():
        text = page.read_text(encoding="utf-8")
        assert "<pre" not in text, name  # nothing was printed, not even a warning
        assert "nan" not in re.findall(r">([^<>]*)</td>", text), name
        for fact in ("Study hash", "Data hash", "Seed", "Versions", "ab" * 32):
            assert fact in text, name


def test_of_every_report_there_is_a_sentence_before_each_figure_and_table(every: Made) -> None:
    for file in REPORTS:
        kinds = [
            "text" if cell.cell_type == "markdown" else "figure" if "report.figure(" in cell.source else "other"
            for cell in nbformat.read(file, as_version=4).cells
        ]
        for place in [place for place, kind in enumerate(kinds) if kind == "figure"]:
            before = [kind for kind in kinds[:place] if kind != "other"]
            assert before[-1:] == ["text"], f"{file.stem}: figure in cell {place + 1}"


def test_the_index_has_a_sentence_a_picture_and_a_link_for_each_report_and_says_what_is_missing(every: Made) -> None:
    text = every.index.read_text(encoding="utf-8")
    elements = Elements(text).found
    links = [attributes["href"] for tag, attributes in elements if tag == "a"]
    assert links == [f"{name}/index.html" for name in ORDER]
    assert all((every.index.parent / str(link)).is_file() for link in links)
    assert not {"script", "link", "iframe", "object"} & {tag for tag, _ in elements}
    pictures = [attributes for tag, attributes in elements if tag == "img"]
    assert all(str(picture["src"]).startswith("data:image/webp") and picture["alt"] for picture in pictures)
    missing = [name for name in ORDER if json.loads((every.index.parent / name / "report.json").read_text())["missing"]]
    assert missing == ["blind", "agreement", "scores_and_metrics", "replay"]
    assert len(pictures) == len(ORDER) - len(missing)
    assert text.count("so there is nothing to show here") == len(missing)
    assert "14 sessions" in text and "Data hash" in text and "<title>Made up</title>" in text


def test_a_report_that_stops_leaves_the_others_alone_and_the_index_says_why(made: ModuleType, tmp_path: Path) -> None:
    made.study_folder(tmp_path / "study")
    (tmp_path / "reports").mkdir()
    for name, last in (("good", "report.provenance()"), ("bad", "raise ImgloopError('the moon is <missing>')")):
        cells = [
            nbformat.v4.new_code_cell('study = results = out = ""\nseed = 1', metadata={"tags": ["parameters"]}),
            nbformat.v4.new_code_cell(
                "from imgloop_widgets.analysis.data import read_data\n"
                "from imgloop_widgets.analysis.outputs import Report\n"
                "from imgloop_widgets.errors import ImgloopError\n"
                f"report = Report(read_data(study, results=results), seed=seed, out=out)\nreport.summary()\n{last}"
            ),
        ]
        kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
        nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=kernel), tmp_path / f"reports/{name}.ipynb")
    made_of = run_reports(["good", "bad"], tmp_path / "study", tmp_path / "out")
    assert list(made_of.pages) == ["good"] and made_of.stopped == {
        "bad": "the report 'bad' stopped: the moon is <missing>"
    }
    text = made_of.index.read_text(encoding="utf-8")
    assert 'href="good/index.html"' in text and "the moon is &lt;missing&gt;" in text and 'href="bad' not in text


def test_files_alone_are_enough_for_a_report(tmp_path: Path) -> None:
    columns = {"worker": "steering_user_id", "target": "goal_image", "metric.dreamsim": "dreamsim"}
    save(read_files([PUBLISHED], columns, study="seeds"), tmp_path / "seeds")
    made = run_reports(["learning"], files=tmp_path / "seeds", parameters={"where": "attempts == 5"})
    assert made.pages["learning"] == tmp_path / "seeds/reports/learning/index.html"
    text = made.pages["learning"].read_text(encoding="utf-8")
    assert "Files “seeds”: 58 sessions, 29 workers" in text and "Files' hashes" in text
    table = json.loads((made.pages["learning"].parent / "tables.json").read_text())["tables"]["learning_curve"]
    assert [round(row[1], 3) for row in table["rows"]] == [0.663, 0.671, 0.665, 0.682, 0.690]  # as published


def test_what_is_wrong_for_every_report_is_told_before_a_kernel_is_started(study: Path, tmp_path: Path) -> None:
    for parameters, said in (
        ({"max_strip": 3}, "did you mean 'max_strips'?"),
        ({"where": "atempts > 1"}, "did you mean attempts?"),
        ({"exclude": {"x": "atempts > 1"}}, "exclude, rule 'x'"),
    ):
        with pytest.raises(ImgloopError) as caught:
            run_reports([], study, tmp_path / "out", parameters=parameters)
        assert said in str(caught.value)
    with pytest.raises(ImgloopError, match=r"no report 'sesions'.*did you mean 'sessions'\?"):
        run_reports(["sesions"], study, tmp_path / "out")
    assert not (tmp_path / "out").exists()


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
    assert "In [" not in text and "read_data(" not in text  # the code is in the notebook beside it


def test_made_again_the_tables_are_the_same_bytes_and_nothing_old_is_left(every: Made, study: Path) -> None:
    again = ["sessions", "learning"]  # with a bootstrap, a permutation and a fit
    folders = [every.pages[name].parent for name in again]
    files = [file for folder in folders for file in (*folder.glob("*.csv"), folder / "tables.json")]
    before = {file: file.read_bytes() for file in files}
    (folders[0] / "strips/session-9999-gone.png").write_bytes(b"")
    (folders[0] / "my notes.txt").write_text("stay")
    assert run_reports(again, study, parameters={"max_strips": 2}).stopped == {}
    assert {file: file.read_bytes() for file in files} == before
    assert len(list((folders[0] / "strips").iterdir())) == 2
    assert (folders[0] / "my notes.txt").exists()


def test_the_executed_notebook_names_the_folder_its_files_are_in(page: Path, study: Path) -> None:
    ran = (page.parent / "sessions.ipynb").read_text()
    assert json.loads(ran)["metadata"]["papermill"]["parameters"]["out"] == str(page.parent)


def test_a_study_that_nobody_has_opened_gives_a_page_that_says_so(made: ModuleType, tmp_path: Path) -> None:
    made.study_folder(tmp_path / "study")
    page = run_report(tmp_path / "study", tmp_path / "out")
    assert page == tmp_path / "out/index.html"
    assert "There is no session" in page.read_text(encoding="utf-8")


def test_a_notebook_runs_in_its_own_folder_and_nobody_elses_is_changed(
    notebook: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a process's threads each would find itself in the other's folder, and stay there."""
    study = notebook("open('here', 'w').close()")
    changed: list[Any] = []
    monkeypatch.setattr(os, "chdir", changed.append)
    run_report(study, name="mine")
    assert (tmp_path / "reports/here").exists() and {os.fspath(path) for path in changed} <= {os.getcwd()}


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
@pytest.mark.parametrize("name", ["", *ORDER])
def test_in_a_browser_the_page_fits_and_axe_finds_nothing(every: Made, browser: Browser, name: str, width: int) -> None:
    page = every.pages[name] if name else every.index
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
    assert [cut for cut, _, _ in measured["tables"]] == [False] * 3 or width < 1280
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
    assert {"study", "results", "files", "out", "seed", "where", "exclude", "scale", "simulated"} <= names
    for cell in code:
        kinds = {type(node) for node in ast.walk(ast.parse(cell.source))}
        assert not kinds & {ast.FunctionDef, ast.ClassDef, ast.For, ast.While, ast.If, ast.Lambda, ast.ListComp}


def test_a_report_has_the_same_tables_from_postgresql_as_from_sqlite(
    study: Path, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_store(study / "results") as here, open_store(database) as there:
        there.add_sessions(events for _, events in here.logs())
    names = ["sessions", "prompts", "flow"]
    run_reports(names, study, tmp_path / "sqlite")
    monkeypatch.setenv("IMGLOOP_STORE", database)
    without = shutil.copytree(study, tmp_path / study.name, ignore=shutil.ignore_patterns("imgloop.db*"))
    run_reports(names, without, tmp_path / "postgresql")
    tables = [{str(f.relative_to(tmp_path / kind)): f.read_bytes() for f in (tmp_path / kind).rglob("*.csv")}
              for kind in ("sqlite", "postgresql")]  # fmt: skip
    assert tables[0] == tables[1]
    assert len(tables[0]) > len(names)
