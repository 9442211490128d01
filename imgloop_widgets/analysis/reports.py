"""Several reports of the same data, two at a time, and the index of all that are in a folder.

    results/reports/
    ├── index.html      a picture, a sentence and a link for each report; what it is about; where the numbers come from
    ├── flow/           as `report` makes it
    └── learning/ …

One that stops leaves the others alone: it is named on the index, with the reason, and in what `run_reports` returns.
"""

import json
import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from imgloop_widgets.analysis.notebooks import Notebook, find, hint, names
from imgloop_widgets.analysis.report import ASSETS, PAGE, reports_folder, run_report
from imgloop_widgets.errors import ImgloopError
from imgloop_widgets.study import load_study

AT_ONCE = 2
"""Reports that are made at the same time, on a machine that has so many cores."""

CONTENTS = "report.json"
PICTURE = 560
"""Width of a figure on the index, pixels; it is shown at half of that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """index: its page. pages: report → its page. stopped: report → why there is none."""

    index: Path
    pages: Mapping[str, Path] = field(default_factory=dict)
    stopped: Mapping[str, str] = field(default_factory=dict)


def run_reports(
    chosen: Sequence[str],
    study: Path | str | None = None,
    out: Path | str | None = None,
    *,
    files: Path | str | None = None,
    parameters: Mapping[str, Any] | None = None,
    progress: Callable[[str], None] = lambda name: None,
) -> Made:
    """Run reports, and make the index of their folder.

    chosen: their names; none: all. out: the folder that they go to, each in one of its own name; None:
    `reports_folder`. parameters: for every report that takes them; one that none of them takes is a mistake.
    progress: called with the name of each that is done. study, files: as in `run_report`.

    Raises:
        ConfigurationError: the study file has mistakes.
        ImgloopError: there is no such report or parameter, a condition is wrong, or `out` can't be written.
    """
    home = load_study(study).path.parent if study else None
    notebooks = [find(name, home) for name in dict.fromkeys(chosen or names(home))]
    given = dict(parameters or {})
    _check(notebooks, given)
    folder = Path(out) if out else reports_folder(study, files)
    pages, stopped = dict[str, Path](), dict[str, str]()

    def make(notebook: Notebook) -> None:
        own = {name: value for name, value in given.items() if name in notebook.parameters}
        alone = None if len(notebooks) == 1 else False
        name = notebook.name
        try:
            pages[name] = run_report(study, folder / name, name, files=files, parameters=own, progress=alone)
        except ImgloopError as error:
            stopped[name] = str(error)
        progress(name)

    import papermill  # type: ignore[import-untyped]  # noqa: F401  in one thread, for it loads much

    with ThreadPoolExecutor(min(AT_ONCE, os.cpu_count() or 1)) as pool:
        list(pool.map(make, notebooks))
    return Made(index=write_index(folder, home, stopped), pages=pages, stopped=stopped)


def write_index(folder: Path, home: Path | None, stopped: Mapping[str, str]) -> Path:
    """Write the index of the reports that are in a folder, and return its page.

    home: the study's folder, for its own reports. stopped: report → why it could not be made this time.

    Raises:
        ImgloopError: the folder can't be written.
    """
    from jinja2 import Environment, FileSystemLoader

    entries = [_entry(folder, find(name, home), stopped.get(name, "")) for name in names(home)]
    known = [entry for entry in entries if entry["page"] or entry["stopped"]]
    made = [entry for entry in known if entry["page"]]
    newest = max(made, key=lambda entry: entry["moment"], default=None)
    for entry in made:
        entry["other"] = newest is not None and _data(entry) != _data(newest)
    moment = datetime.now(UTC)
    page = (
        Environment(loader=FileSystemLoader(ASSETS), autoescape=True)
        .get_template("reports.html.j2")
        .render(
            entries=known,
            about=newest or {},
            style=(ASSETS / "imgloop_report" / "page.css").read_text(encoding="utf-8"),
            made=f"{moment.day} {moment:%B %Y, %H:%M} UTC",
        )
    )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / PAGE).write_text(page, encoding="utf-8")
    except OSError as error:
        raise ImgloopError(f"{folder}: can't write the index ({error}); name another folder with --out") from error
    return folder / PAGE


def _check(notebooks: Sequence[Notebook], parameters: Mapping[str, Any]) -> None:
    """Find what is wrong for every report before any is begun."""
    known = dict.fromkeys(name for notebook in notebooks for name in notebook.parameters)
    for name in parameters:
        if name not in known:
            reports = ", ".join(notebook.name for notebook in notebooks)
            raise ImgloopError(f"no parameter {name!r} in the reports asked for ({reports}); {hint(name, known)}")
    where, exclude = parameters.get("where"), parameters.get("exclude")
    if where or exclude:
        from imgloop_widgets.analysis import selection
        from imgloop_widgets.analysis.codebook import empty
        from imgloop_widgets.analysis.decision_frames import with_verdicts

        nobody = with_verdicts(empty("sessions"), empty("decisions"))
        if where:
            selection.matching(nobody, where, name="where")
        for rule in selection.rules(exclude or {}).values():
            rule(nobody)


def _entry(folder: Path, notebook: Notebook, stopped: str) -> dict[str, Any]:
    """Return what the index says of a report. page: "" where there is none."""
    own = folder / notebook.name
    entry = {"name": notebook.name, "title": notebook.title, "sentence": notebook.sentence, "stopped": stopped}
    try:
        contents = json.loads((own / CONTENTS).read_text(encoding="utf-8"))
        moment = (own / PAGE).stat().st_mtime
        figures = contents["figures"]
        return {
            **entry,
            **{name: contents[name] for name in ("heading", "summary", "missing", "facts")},
            "moment": moment,
            "page": f"{notebook.name}/{PAGE}",
            "picture": _picture(own / f"{figures[0]['name']}.png") if figures and not contents["missing"] else "",
            "text": figures[0]["text"] if figures else "",
        }
    except (OSError, ValueError, KeyError, TypeError):
        return {**entry, "page": ""}


def _data(entry: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return what tells the sessions of a report from those of another."""
    return entry["facts"].get("Data hash"), entry["summary"]


def _picture(file: Path) -> str:
    """Return a figure as a small picture, in an address that holds it; "" where there is none."""
    import io
    from base64 import b64encode

    from PIL import Image

    try:
        with Image.open(file) as image:
            image.thumbnail((PICTURE, PICTURE))
            small = io.BytesIO()
            image.convert("RGB").save(small, "WEBP", quality=85)
    except OSError:
        return ""
    return f"data:image/webp;base64,{b64encode(small.getvalue()).decode()}"
