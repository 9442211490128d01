"""`imgloop report`: run the notebooks of reports over what has come in, and say where their pages are."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from imgloop_widgets.cli.arguments import (
    LEFT_OUT,
    ResultsFolder,
    StoreUrl,
    count,
    default_study,
    open_study_file,
    require_results,
    short,
)
from imgloop_widgets.cli.folders import ready
from imgloop_widgets.errors import ImgloopError

if TYPE_CHECKING:
    from imgloop_widgets.analysis.reports import Made

EXAMPLE = """imgloop report notebooks/look_alike all --where "attempts > 1" --threshold 8"""
ALL = "all"


def report(
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="STUDY|NAME",
            show_default=False,
            help="The reports to make, by name, or all; left out, sessions. "
            f"And a study file or its folder; {LEFT_OUT}.",
        ),
    ] = None,
    files: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Tables in place of the study's results, as import and export write them."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where the reports go; left out, reports/ of the results.")
    ] = None,
    where: Annotated[
        str | None, typer.Option(metavar="CONDITION", help="Only these sessions: \"arm == 'b' and attempts > 1\".")
    ] = None,
    exclude: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=CONDITION", help='A rule of exclusion: "too fast=duration_s < 20".'),
    ] = None,
    threshold: Annotated[
        float | None, typer.Option(metavar="SCORE", help="What counts as a success; left out, the perfect score.")
    ] = None,
    seed: Annotated[int | None, typer.Option(min=0, metavar="N", help="All chance comes from it.")] = None,
    simulated: Annotated[
        bool | None,
        typer.Option(
            "--simulated/--no-simulated",
            help="Simulated workers too, or never; left out, only while there is nobody else.",
        ),
    ] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="Any other parameter of the notebooks, such as max_strips=8."),
    ] = None,
    results: ResultsFolder = None,
    database: StoreUrl = None,
) -> None:
    """Make reports of a study or of imported tables.

    Each is a page with tables (CSV, JSON) and figures (SVG, PNG), and there is an index of them. The reports are flow,
    sessions, learning, success, prompts, steerability, arms, agreement, scores_and_metrics, replay, workers and power.
    What is missing for one of them is said in it.
    """
    from imgloop_widgets.analysis.notebooks import names
    from imgloop_widgets.analysis.reports import run_reports
    from imgloop_widgets.store import open_results

    study, chosen = _meant(words or [])
    parameters = _parameters(settings or [])
    given = {"where": where, "threshold": _whole(threshold), "seed": seed, "simulated": simulated}
    parameters |= {name: value for name, value in given.items() if value is not None}
    if exclude:
        parameters["exclude"] = dict(_pair(text, "--exclude") for text in exclude)
    path = None
    if study is not None or files is None:
        file = open_study_file(study or default_study(), results, database)
        path = file.path
        if files is None:
            require_results(file, results)
            open_results(file.results).close()  # one that can't be opened is said here, not in a notebook's traceback
        ready(out or file.results, "--out" if out else "--results")
    wanted = names(path.parent if path else None) if ALL in chosen else chosen or ["sessions"]
    hidden = len(wanted) == 1 or not sys.stderr.isatty()  # of a single one papermill shows its cells
    with typer.progressbar(length=len(wanted), label="reports", file=sys.stderr, hidden=hidden) as bar:
        made = run_reports(wanted, path, out, files=files, parameters=parameters, progress=lambda name: bar.update(1))
    _say(made)


def _meant(words: list[str]) -> tuple[Path | None, list[str]]:
    """Return the study and the reports. The study is the word that is a file or folder, and no report.

    Raises:
        ImgloopError: there are two of them.
    """
    from imgloop_widgets.analysis.notebooks import names, resembling

    others = [word for word in words if word not in (ALL, *names())]
    there = [word for word in others if Path(word).exists()]
    if len(there) > 1:
        raise ImgloopError(f"{there[0]} and {there[1]} are two studies; name one of them")
    study = next(iter(there or [word for word in others if not resembling(word, names())]), None)
    return Path(study) if study else None, [word for word in words if word != study]


def _parameters(settings: list[str]) -> dict[str, Any]:
    """Return parameters as their types: JSON, or text where it is none."""
    return {name: _value(text) for name, text in (_pair(setting, "--set") for setting in settings)}


def _value(text: str) -> Any:
    try:
        return json.loads({"None": "null", "True": "true", "False": "false"}.get(text, text))
    except ValueError:
        return text


def _pair(text: str, option: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not (name.strip() and equals):
        raise typer.BadParameter(f"must be written NAME=VALUE; not {text!r}", param_hint=option)
    return name.strip(), value.strip()


def _whole(number: float | None) -> float | int | None:
    return int(number) if number is not None and number.is_integer() else number


def _say(made: "Made") -> None:
    """Say where the pages are, and what could not be made. Raises: typer.Exit: something could not."""
    if len(made.pages) == 1:
        (page,) = made.pages.values()
        typer.echo(f"The report is {short(page)}; figures and tables are in {short(page.parent)}.")
    elif made.pages:
        typer.echo(f"{count(len(made.pages), 'report')}: {short(made.index)} is their index.")
    for why in made.stopped.values():
        typer.echo(why, err=True)
    if made.stopped:
        raise typer.Exit(1)
