"""A report: a notebook of notebooks/reports/, run with a study's data or with files, as tables, figures and one page.

    study, files ─▶ papermill (a kernel of its own) ─▶ executed notebook ─▶ nbconvert ─▶ page that loads nothing

    results/reports/sessions/
    ├── index.html        the page
    ├── sessions.ipynb    the notebook as it ran, with the code
    └── *.csv, tables.json, report.json, *.svg, *.png, strips/*.png

A report is made in a folder beside and moved in place when it is whole: one that stops leaves the earlier one alone.
`reports` makes several, and an index of them.

To add a report: a notebook in notebooks/reports/ whose cell with the tag `parameters` has study, results, files, out,
seed, where, exclude, scale and simulated (and its own), which begins with `data.read_data` and ends with
`Report.provenance`. Its first cell is its title and, as the first sentence below, what it answers.
"""

import json
import logging
import sys
import tempfile
import warnings
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from imgloop_widgets.analysis.kernel import own_kernel
from imgloop_widgets.analysis.notebooks import find
from imgloop_widgets.errors import ImgloopError
from imgloop_widgets.study import load_study

PAGE = "index.html"
FAILED = "failed.ipynb"
"""What a notebook that stopped is kept as."""

_OWN = ("ImgloopError", "ConfigurationError", "StoreError", "Violations")

ASSETS = Path(__file__).parent / "assets"


def run_report(
    study: Path | str | None = None,
    out: Path | str | None = None,
    name: str = "sessions",
    *,
    files: Path | str | None = None,
    parameters: Mapping[str, Any] | None = None,
    progress: bool | None = None,
) -> Path:
    """Run a report and return its page.

    study: its file or folder; None: none, there are only files. files: tables in place of the study's store, as
    `data.read_data` takes them. out: the folder for all that is made; None: <name> in `reports_folder`. name: of a
    notebook in notebooks/reports/. parameters: further ones of that notebook, such as seed and max_strips.
    progress: whether it is shown; None: on a terminal.

    Raises:
        ConfigurationError: the study file has mistakes.
        ImgloopError: there is no such report or parameter, it stopped in a cell (the text names it), or `out` can't be
            written.
    """
    about = load_study(study) if study else None
    notebook = find(name, about.path.parent if about else None)
    folder = Path(out) if out else reports_folder(study, files) / name
    values: dict[str, Any] = {
        "study": str(about.path) if about else "",
        "results": str(about.results.resolve()) if about else "",
        **({"files": str(Path(files).resolve())} if files else {}),
        **(parameters or {}),
    }
    for parameter in values:
        notebook.require(parameter)
    title = (about.about.title or about.name) if about else Path(str(files)).stem
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent) as beside:
            made = Path(beside)
            ran = made / notebook.file.name
            shown = sys.stderr.isatty() if progress is None else progress
            try:
                _execute(notebook.file, ran, {**values, "out": str(made.resolve())}, progress=shown)
            except ImgloopError:
                if ran.exists():
                    _move(ran, folder / FAILED)
                raise
            _rename(ran, made, folder)
            (made / PAGE).write_text(_page(ran, f"{title}: {notebook.title.lower()}"), encoding="utf-8")
            _put(made, folder)
    except OSError as error:
        raise ImgloopError(f"{folder}: can't write the report ({error}); name another folder with --out") from error
    return folder / PAGE


def reports_folder(study: Path | str | None, files: Path | str | None) -> Path:
    """Return where reports go: reports/ in the study's results, or in the folder of the files.

    Raises:
        ConfigurationError: the study file has mistakes.
        ImgloopError: neither is named.
    """
    if files:
        place = Path(files)
        return (place if place.is_dir() else place.parent) / "reports"
    if study is None:
        raise ImgloopError("name a study, or a folder of tables (files)")
    return load_study(study).results / "reports"


def _execute(notebook: Path, ran: Path, parameters: Mapping[str, Any], *, progress: bool) -> None:
    """Run the notebook in a kernel of its own. ran: the executed one, written also when it stops."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of libraries that papermill loads
        import papermill  # type: ignore[import-untyped]  # it has no types
        from nbclient.exceptions import CellTimeoutError, DeadKernelError
    logging.getLogger("papermill").setLevel(logging.ERROR)
    try:
        with tempfile.TemporaryDirectory(prefix="imgloop-kernel-") as own:
            papermill.execute_notebook(
                _literal(notebook),
                _literal(ran),
                parameters=dict(parameters),
                kernel_name="python3",
                language="python",
                progress_bar=progress,
                kernel_manager_class=own_kernel(Path(own), notebook.parent),
            )
    except papermill.PapermillExecutionError as error:
        raise ImgloopError(_stopped(notebook, error)) from error
    except (DeadKernelError, CellTimeoutError, RuntimeError) as error:
        raise ImgloopError(
            f"the report {notebook.stem!r} stopped: its kernel died or did not start ({error}); "
            "is there enough memory? run: imgloop doctor"
        ) from error


def _stopped(notebook: Path, error: Any) -> str:
    """Say where and why, and what to do. error: papermill's PapermillExecutionError."""
    if error.ename in _OWN:  # it says what to do; the cell has nothing to add
        return f"the report {notebook.stem!r} stopped: {error.evalue}"
    cells = ["".join(cell["source"]) for cell in json.loads(notebook.read_text(encoding="utf-8"))["cells"]]
    place = f"cell {cells.index(error.source) + 1}" if error.source in cells else "its parameters"
    lines = [line for line in error.source.splitlines() if line.strip() and not line.startswith("#")]
    return (
        f"the report {notebook.stem!r} stopped in {place} of {notebook} (`{lines[0] if lines else ''}`): "
        f"{error.ename}: {error.evalue}\nThe notebook as far as it came is {FAILED} in the report's folder; "
        "mend what the message names, or the cell, and run the report again."
    )


def _rename(ran: Path, made: Path, folder: Path) -> None:
    """Have the executed notebook name the folder that it ends up in, so that it can be run again."""
    text = ran.read_text(encoding="utf-8")
    ran.write_text(text.replace(str(made.resolve()), str(folder.resolve())), encoding="utf-8")


def _page(ran: Path, title: str) -> str:
    """Return the executed notebook as a page of its own."""
    import nbformat
    from nbconvert import HTMLExporter

    notebook = nbformat.reads(ran.read_text(encoding="utf-8"), as_version=4)  # type: ignore[no-untyped-call]
    moment = datetime.now(UTC)
    notebook.metadata["title"] = title
    notebook.metadata["imgloop"] = {
        "made": f"Made on {moment.day} {moment:%B %Y, %H:%M} UTC. Code and parameters: {ran.name}, in the same folder."
    }
    exporter = HTMLExporter(  # type: ignore[no-untyped-call]
        template_name="imgloop_report", extra_template_basedirs=[str(ASSETS)], exclude_anchor_links=True
    )
    page: str = exporter.from_notebook_node(notebook)[0]
    return page


def _put(made: Path, folder: Path) -> None:
    """Move all files that were made into the folder, over those of an earlier run; its strips are removed."""
    for old in [folder / FAILED, *(folder / "strips").glob("session-*.png")]:
        old.unlink(missing_ok=True)
    for file in sorted(made.rglob("*")):
        if file.is_file():
            _move(file, folder / file.relative_to(made))


def _move(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    source.replace(target)


def _literal(path: Path) -> str:
    """Return the path for papermill, which fills in what stands in braces."""
    return str(path.resolve()).replace("{", "{{").replace("}", "}}")
