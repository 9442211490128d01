"""`imgloop freeze`: what was decided before data came in, in a file that reports compare with."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from imgloop_widgets.cli.arguments import ResultsFolder, StoreUrl, StudyPath, facts, open_study_file, short
from imgloop_widgets.errors import ImgloopError

EXAMPLE = "imgloop freeze notebooks/look_alike --analysis params.toml"


def freeze(
    study: StudyPath,
    analysis: Annotated[
        Path, typer.Option(metavar="FILE", help="Parameters of the analysis, TOML: thresholds, seeds, exclusions.")
    ],
    force: Annotated[bool, typer.Option("--force", help="Replace an earlier record.")] = False,
    results: ResultsFolder = None,
    database: StoreUrl = None,
) -> None:
    """Freeze a study and its analysis before data comes in.

    Writes preregistration.json beside the study file: its settings, its form, its targets, the parameters, the date,
    and a hash over all of them. Every report says whether it still matches.
    """
    from imgloop_widgets.analysis import preregistration
    from imgloop_widgets.rows import SIMULATED
    from imgloop_widgets.store import has_results, open_results

    file = open_study_file(study, results, database)
    target = file.path.parent / preregistration.FILE
    if target.exists() and not force:
        raise ImgloopError(f"{short(target)}: is there already; a record is made once. Replace it with --force")
    parameters = preregistration.read_parameters(analysis)
    sessions = 0
    if has_results(file.results):
        with open_results(file.results) as store:
            sessions = sum(not opened.worker_id.startswith(SIMULATED) for opened in store.sessions(file.name))
    record = preregistration.freeze(file, parameters, now=datetime.now(UTC), sessions=sessions)
    text = json.dumps(record, indent=1, ensure_ascii=False) + "\n"
    part = target.with_name(f".{target.name}.part")
    part.write_text(text, encoding="utf-8")
    part.replace(target)
    rows: list[tuple[str, object]] = [
        ("study file", record["study"]["sha256"]),
        ("form", f"{len(record['form'])} files"),
        ("targets", len(record["targets"])),
        ("parameters", ", ".join(record["analysis"]) or "none"),
        ("sessions", f"{sessions} had come in already: the record says so" if sessions else "none yet"),
        ("record", record["sha256"]),
    ]
    typer.echo(f"{file.name}: frozen in {short(target)}\n{facts(rows)}")
