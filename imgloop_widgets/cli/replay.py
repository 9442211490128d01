"""`imgloop replay`: the prompts of a study or a file, drawn anew by any generators."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from imgloop_widgets.cli.arguments import (
    LEFT_OUT,
    ResultsFolder,
    StoreUrl,
    again,
    count,
    default_study,
    facts,
    kept,
    open_study_file,
    require_results,
    short,
)
from imgloop_widgets.cli.folders import ready
from imgloop_widgets.cli.specs import named
from imgloop_widgets.errors import ImgloopError

if TYPE_CHECKING:
    from imgloop_widgets.library import Library
    from imgloop_widgets.replay import Item, Plan, Summary
    from imgloop_widgets.scoring import Asked
    from imgloop_widgets.store import Store
    from imgloop_widgets.study import Study

EXAMPLE = (
    "imgloop replay notebooks/look_alike --generator scenes --generator weak=scenes:quality=basic --draws 3 "
    "--scorer ssim --out replays.csv"
)
TROUBLES = 3
FORMATS = (".csv", ".parquet", ".json")


def replay(
    source: Annotated[
        Path,
        typer.Argument(
            metavar="SOURCE",
            default_factory=default_study,
            show_default=False,
            help=f"Whose prompts: a study file or its folder, or a CSV, Parquet or JSON file of prompts; {LEFT_OUT}.",
        ),
    ],
    generators: Annotated[
        list[str],
        typer.Option(
            "--generator", metavar="GENERATOR", help="[LABEL=]NAME[:OPTION=VALUE,…], as often as there are generators."
        ),
    ],
    draws: Annotated[int, typer.Option(min=1, max=10_000, metavar="R", help="Images of each prompt by each.")] = 1,
    scorers: Annotated[
        list[str] | None,
        typer.Option("--scorer", metavar="SCORER", help="Score what was drawn: [LABEL=]NAME[:OPTION=VALUE,…]."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write the replays with their scores as CSV, Parquet or JSON, by its name."),
    ] = None,
    maps: Annotated[
        list[str] | None,
        typer.Option(
            "--map",
            metavar="OURS=THEIRS",
            help="For a file: prompt, worker, target, session, arm or attempt, and what the file calls it.",
        ),
    ] = None,
    first: Annotated[bool, typer.Option("--first", help="First attempts alone.")] = False,
    simulated: Annotated[
        bool | None,
        typer.Option(
            "--simulated/--no-simulated",
            help="Simulated workers' prompts too, or never; left out, only while there is nobody else.",
        ),
    ] = None,
    engine: Annotated[
        str, typer.Option(metavar="NAME", help="processes (of this machine), threads (for services), or ray.")
    ] = "processes",
    workers: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="At once; left out, as many as there are processors.")
    ] = None,
    seed: Annotated[
        int | None, typer.Option(min=0, metavar="N", help="All chance comes from it; left out, the study's.")
    ] = None,
    with_ids: Annotated[
        bool, typer.Option("--with-ids", help="In --out, workers' ids in place of pseudonyms.")
    ] = False,
    study: Annotated[
        Path | None, typer.Option(metavar="STUDY", help=f"For a file: whose targets and results; {LEFT_OUT}.")
    ] = None,
    results: ResultsFolder = None,
    database: StoreUrl = None,
) -> None:
    """Draw prompts anew, by any generators.

    Each prompt, generator and draw is made once, whatever happens: after an interruption the same command goes on where
    it stood, and more draws or another generator add to what is there. Several may run at once.
    """
    from imgloop_widgets.arms import terms_of
    from imgloop_widgets.engines import engine as engine_of
    from imgloop_widgets.library import load_library
    from imgloop_widgets.replay import Plan, Spec, generator_of
    from imgloop_widgets.replay import replay as draw
    from imgloop_widgets.scoring import score_replays
    from imgloop_widgets.store import open_results

    from_file = source.is_file() and source.suffix != ".toml"
    if out is not None and out.suffix.lower() not in FORMATS:
        raise typer.BadParameter(f"must end with {', '.join(FORMATS)}; not {out.name!r}", param_hint="--out")
    if maps and not from_file:
        raise typer.BadParameter("is for a file of prompts; a study's have their names", param_hint="--map")
    chosen, wanted = named(generators, "--generator", whole=True), asked(scorers or [])
    file = open_study_file((study or default_study()) if from_file else source, results, database)
    require_results(file, results if not from_file else None)
    library = load_library(file.file(file.about.images), verify=False)
    specs = {label: Spec(name=one.name, options=one.options) for label, one in chosen.items()}
    terms = {k: terms_of(file, generator_of(spec, k, library, file.path.parent)) for k, spec in specs.items()}
    runner = engine_of(engine, workers)
    if not from_file:
        _played(file)
    ready(file.results, "--results")
    if out is not None:
        ready(out.absolute().parent, "--out")
    with open_results(file.results) as store:
        items = _items(source, maps or [], file, store, from_file, first, simulated)
        plan = Plan(
            study=file.name,
            source=source.name if from_file else file.name,
            items=items,
            generators=specs,
            draws=draws,
            seed=file.about.seed if seed is None else seed,
        )
        _have_targets(items, library, wanted)
        own = None if engine == "threads" else file.results
        with typer.progressbar(
            length=len(plan), label="replays", file=sys.stderr, hidden=not sys.stderr.isatty()
        ) as bar:
            done = draw(
                plan, store, runner, library=library, folder=file.path.parent, results=own,
                terms=terms, progress=lambda number: bar.update(number - bar.pos),
            )  # fmt: skip
        rows = _rows(plan, done)
        if wanted and done.made + done.before:
            scored = score_replays(store, file.name, wanted, runner, library=library, results=own)
            rows.append(("scores", f"{count(scored.values, 'value')} of {', '.join(wanted)}"))
            rows += [("", line) for line in troubles(scored.troubles)]
        if out is not None:
            written = _write(out, plan, file, store, with_ids)
            who = "ids: not for sharing" if with_ids else "pseudonyms"
            rows.append(("written", f"{short(out)}, {count(written, 'row')}, with {who}"))
        rows.append(("results", kept(file)))
    typer.echo(f"{file.name}: replayed in {done.seconds:.1f} s\n{facts(rows)}")
    if done.open:
        typer.echo(f"{count(done.open, 'replay is', 'replays are')} still to be drawn: run it again, and it goes on.")
        raise typer.Exit(1)


def asked(texts: list[str]) -> "dict[str, Asked]":
    """Return metric → scorer that is asked for."""
    from imgloop_widgets.scoring import Asked

    found = named(texts, "--scorer", whole=False)
    return {label: Asked(name=one.name, options=one.options) for label, one in found.items()}


def troubles(found: Mapping[str, int]) -> list[str]:
    """Return a line for each of the most frequent troubles."""
    lines = [f"{number} x {what}"[:160] for what, number in list(found.items())[:TROUBLES]]
    return [*lines, f"… and {len(found) - TROUBLES} other reasons"] if len(found) > TROUBLES else lines


def _played(study: "Study") -> None:
    from imgloop_widgets.store import has_results

    if not has_results(study.results):
        raise ImgloopError(
            f"nobody has played {study.name} yet, so there are no prompts; {again('serve', study)} begins, or name a "
            "file of prompts"
        )


def _items(
    source: Path, maps: list[str], study: "Study", store: "Store", from_file: bool, first: bool, simulated: bool | None
) -> "list[Item]":
    from imgloop_widgets.cli.import_ import columns_of
    from imgloop_widgets.replay import items_of_file, items_of_store

    if from_file:
        items = items_of_file(source, columns_of(maps), first=first)
    else:
        items = items_of_store(store, study.name, simulated=simulated, first=first)
    if not items:
        where = short(source) if from_file else f"the results of {study.name}"
        raise ImgloopError(f"{where}: there are no prompts in it; name another source, or let somebody play first")
    return items


def _have_targets(items: "list[Item]", library: "Library", wanted: "dict[str, Asked]") -> None:
    """Make sure that what is scored has a target to be scored beside."""
    known = {target.id for target in library.targets}
    lacking = list(dict.fromkeys(item.target_id or "(none)" for item in items if item.target_id not in known))
    if wanted and lacking:
        shown = ", ".join(lacking[:5]) + (f" and {len(lacking) - 5} more" if len(lacking) > 5 else "")
        raise ImgloopError(
            f"there is no target {shown} in {short(library.folder)}, and a score needs one; add them with "
            "`imgloop targets add`, map target=…, or leave --scorer out"
        )


def _rows(plan: "Plan", done: "Summary") -> list[tuple[str, object]]:
    each = f"{count(len(plan.items), 'prompt')} x {count(len(plan.generators), 'generator')} x {plan.draws}"
    rows: list[tuple[str, object]] = [("replays", f"{len(plan)} ({each})"), ("made", count(done.made, "image"))]
    if done.before:
        rows.append(("before", f"{done.before} were there already"))
    if done.by_others:
        rows.append(("others", f"{done.by_others} by another replay that ran meanwhile"))
    if done.failed:
        rows.append(("failed", ", ".join(f"{kind} {number}" for kind, number in done.failed.items())))
    return rows + [("", line) for line in troubles(done.troubles)]


def _write(out: Path, plan: "Plan", study: "Study", store: "Store", with_ids: bool) -> int:
    """Write the plan's replays, a column for each metric; return how many there are."""
    from imgloop_widgets.analysis.files import write_frame
    from imgloop_widgets.analysis.pseudonyms import pseudonyms
    from imgloop_widgets.analysis.replay_frames import OF_REPLAYS, replay_metrics_frame, replays_frame, with_metrics

    own = {task.replay_id for task in plan.tasks()}
    rows = replays_frame(store, study.name)
    rows = rows[rows["replay_id"].isin(own)].reset_index(drop=True)
    measured = replay_metrics_frame(store, study.name)
    frame = with_metrics(rows, measured[measured["replay_id"].isin(own)], on=OF_REPLAYS)
    if not with_ids:
        names = pseudonyms(study.results)
        known = {worker: names.of(worker) if worker else "" for worker in frame["worker_id"].unique()}
        frame = frame.assign(worker_id=frame["worker_id"].map(known).astype("str"))
    write_frame(frame, out)
    return len(frame)
