"""A report: a notebook of notebooks/reports/, run with a study's data, as tables, figures and one page of HTML.

    study ─▶ papermill (a kernel of its own) ─▶ executed notebook ─▶ nbconvert ─▶ page that loads nothing

    results/reports/sessions/
    ├── index.html        the page
    ├── sessions.ipynb    the notebook as it ran, with the code
    └── *.csv, tables.json, *.svg, *.png, strips/*.png

A report is made in a folder beside and moved in place when it is whole: one that stops leaves the earlier one alone.

To add a report: a notebook in notebooks/reports/ whose cell with the tag `parameters` has study, results, out and seed.
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
from imgloop_widgets.errors import ImgloopError
from imgloop_widgets.study import load_study

PAGE = "index.html"
FAILED = "failed.ipynb"
"""What a notebook that stopped is kept as."""

_ASSETS = Path(__file__).parent / "assets"


def run_report(
    study: Path | str,
    out: Path | str | None = None,
    name: str = "sessions",
    *,
    parameters: Mapping[str, Any] | None = None,
) -> Path:
    """Run a report and return its page.

    study: its file or folder. out: the folder for all that is made; None: reports/<name> in the study's results.
    name: of a notebook in notebooks/reports/. parameters: further ones of that notebook, such as seed and max_strips.

    Raises:
        ConfigurationError: the study file has mistakes.
        ImgloopError: there is no such report, it stopped in a cell (the text names it), or `out` can't be written.
    """
    about = load_study(study)
    notebook = find_notebook(name, about.path.parent)
    folder = Path(out) if out else about.results / "reports" / name
    values = {"study": str(about.path), "results": str(about.results.resolve()), **(parameters or {})}
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent) as beside:
            made = Path(beside)
            ran = made / notebook.name
            try:
                _execute(notebook, ran, {**values, "out": str(made.resolve())})
            except ImgloopError:
                if ran.exists():
                    _move(ran, folder / FAILED)
                raise
            _rename(ran, made, folder)
            (made / PAGE).write_text(_page(ran, f"{about.about.title or about.name}: {name}"), encoding="utf-8")
            _put(made, folder)
    except OSError as error:
        raise ImgloopError(f"{folder}: can't write the report ({error}); name another folder with --out") from error
    return folder / PAGE


def find_notebook(name: str, study: Path) -> Path:
    """Return the notebook of a report. study: the study's folder; reports/ beside it is looked at first.

    Raises:
        ImgloopError: there is none of this name; the text lists those that there are.
    """
    folders = [study.parent / "reports", Path(__file__).parents[2] / "notebooks" / "reports"]
    for folder in folders:
        if (folder / f"{name}.ipynb").is_file():
            return folder / f"{name}.ipynb"
    known = sorted({file.stem for folder in folders for file in folder.glob("*.ipynb")})
    raise ImgloopError(
        f"there is no report {name!r} in {' or '.join(map(str, folders))}; possible: {', '.join(known) or 'none'}"
    )


def _execute(notebook: Path, ran: Path, parameters: Mapping[str, Any]) -> None:
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
                cwd=str(notebook.parent),
                progress_bar=sys.stderr.isatty(),
                kernel_manager_class=own_kernel(Path(own)),
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
        template_name="imgloop_report", extra_template_basedirs=[str(_ASSETS)], exclude_anchor_links=True
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
