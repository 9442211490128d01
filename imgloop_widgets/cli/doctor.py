"""`imgloop doctor`: is all there that a study needs on this machine, and how many workers fit?

ok        there is nothing to do
note      something that is good to know, or that only the tests need
problem   something that is needed; the command ends with 1
"""

import platform
import shlex
import shutil
import sqlite3
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Literal

import typer

from imgloop_widgets.cli.arguments import ResultsFolder, StoreUrl, StudyPath, open_study_file, short, tinted
from imgloop_widgets.cli.folders import existing, refusal_of
from imgloop_widgets.errors import ImgloopError
from imgloop_widgets.serving.machine import GUESS_BYTES, KEPT_BYTES, available_memory, limit_of_machine

EXAMPLE = "imgloop doctor"

NEEDED = (
    "anywidget", "ipykernel", "ipywidgets", "itsdangerous", "jupyterlab", "matplotlib", "nbconvert", "pandas",
    "papermill", "pillow", "prometheus_client", "psutil", "pydantic", "sqlalchemy", "tomlkit", "typer", "voila",
)  # fmt: skip
"""The packages that pyproject.toml asks for (a test compares the two)."""

OLDEST_PYTHON = (3, 11)
SESSION_BYTES = GUESS_BYTES
SERVER_BYTES = KEPT_BYTES
LITTLE_DISK = 2**30
NO_DISK = 100 * 2**20
COLOURS = {"ok": "green", "note": "yellow", "problem": "red"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """what: is looked at. found: its version or size. advice: what to do; empty where all is well."""

    level: Literal["ok", "note", "problem"] = "ok"
    what: str
    found: str
    advice: str = ""


def doctor(study: StudyPath, results: ResultsFolder = None, database: StoreUrl = None) -> None:
    """Look whether this machine has all that is needed.

    Says what is installed, whether results can be written, and how many workers can be served at once.
    """
    findings = [*examine(), *examine_results(study, results, database)]
    width = max(len(finding.what) for finding in findings)
    for finding in findings:
        level = tinted(f"{finding.level:<8}", COLOURS[finding.level])
        advice = f": {finding.advice}" if finding.advice else ""
        typer.echo(f"{level} {finding.what:<{width}}  {finding.found}{advice}")
    problems = [finding for finding in findings if finding.level == "problem"]
    if problems:
        listed = "; ".join(f"{p.what}: {p.advice or p.found}" for p in problems)
        raise ImgloopError(f"{len(problems)} to be mended first. {listed}")


def examine() -> Iterator[Finding]:
    """Yield what there is to say about the machine."""
    yield _python()
    yield from (_package(name) for name in NEEDED)
    yield _sqlite()
    yield _browser()
    yield _port()
    yield _memory()


def examine_results(study: Path, results: Path | None, database: str | None = None) -> Iterator[Finding]:
    """Yield whether the study can be read and its results written."""
    try:
        file = open_study_file(study, results, database)
    except ImgloopError:
        advice = f"`{shlex.join(['imgloop', 'check', str(study)])}` says what is wrong"
        yield Finding(level="problem", what="study", found=short(study), advice=advice)
        if results is None:
            return
        folder = results
    else:
        yield Finding(what="study", found=f"{file.name} ({short(file.path)})")
        folder = file.results
    yield _writable(folder)
    yield from _store(folder)
    yield from _disk(folder)


def _python() -> Finding:
    found = f"{platform.python_version()} ({sys.executable})"
    if sys.version_info < OLDEST_PYTHON:
        return Finding(level="problem", what="python", found=found, advice="install Python 3.11 or newer")
    return Finding(what="python", found=found)


def _package(name: str) -> Finding:
    try:
        return Finding(what=name, found=version(name))
    except PackageNotFoundError:
        return Finding(level="problem", what=name, found="missing", advice=f"pip install {name}")


def _sqlite() -> Finding:
    found = sqlite3.sqlite_version
    if sqlite3.sqlite_version_info < (3, 35):
        return Finding(level="problem", what="sqlite", found=found, advice="install SQLite 3.35 or newer")
    return Finding(what="sqlite", found=found)


def _browser() -> Finding:
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if path := shutil.which(name):
            return Finding(what="chromium", found=path)
    advice = "only the browser tests need it; on Debian: apt install chromium"
    return Finding(level="note", what="chromium", found="missing", advice=advice)


def _port() -> Finding:
    from imgloop_widgets.cli.serve import PORT, probe

    try:
        probe(PORT, "127.0.0.1")
    except ImgloopError:
        found = f"{PORT} is in use"
        return Finding(level="note", what="port", found=found, advice="`imgloop serve` takes the next free one")
    except ModuleNotFoundError:  # no Voilà, no tornado: told above
        return Finding(level="note", what="port", found="unknown")
    return Finding(what="port", found=f"{PORT} is free")


def _memory() -> Finding:
    free = available_memory()
    if free is None:
        return Finding(
            level="note", what="memory", found="unknown", advice=f"count on {SESSION_BYTES >> 20} MB for each worker"
        )
    most = limit_of_machine()
    workers = min(most, max(0, (free - SERVER_BYTES) // SESSION_BYTES))
    found = (
        f"{free / 2**30:.1f} GB free, room for about {workers} workers at once ({SESSION_BYTES >> 20} MB each, and "
        f"{most} for processors and open files); others wait in line"
    )
    if workers < 1:
        return Finding(
            level="problem", what="memory", found=found, advice="close other programs, or take a larger machine"
        )
    return Finding(what="memory", found=found)


def _writable(folder: Path) -> Finding:
    if refusal := refusal_of(folder, "--results"):
        return Finding(level="problem", what="results", found=short(folder), advice=refusal)
    return Finding(what="results", found=f"{short(folder)} can be written")


def _store(folder: Path) -> Iterator[Finding]:
    """Say whether a database that is named can be used."""
    from imgloop_widgets.store import open_results
    from imgloop_widgets.store.choosing import chosen

    try:
        if chosen():
            with open_results(folder) as store:
                yield Finding(what="store", found=store.where)
    except ImgloopError as error:
        yield Finding(level="problem", what="store", found="can't be opened", advice=str(error))


def _disk(folder: Path) -> Iterator[Finding]:
    """Nothing where no disk is behind the folder, as with /proc."""
    disk = shutil.disk_usage(existing(folder))
    if not disk.total:
        return
    found, low = f"{disk.free / 2**30:.1f} GB free", "an image takes about 50 kB; keep an eye on it"
    if disk.free < NO_DISK:
        yield Finding(level="problem", what="disk", found=found, advice="free some space")
    elif disk.free < LITTLE_DISK:
        yield Finding(level="note", what="disk", found=found, advice=low)
    else:
        yield Finding(what="disk", found=found)
