"""`imgloop simulate`: let synthetic workers play a study, so that a report has something to show."""

import logging
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from imgloop_widgets.cli.arguments import (
    ResultsFolder,
    StoreUrl,
    StudyPath,
    again,
    count,
    facts,
    kept,
    open_any_file,
    short,
)
from imgloop_widgets.cli.folders import ready
from imgloop_widgets.cli.replay import asked
from imgloop_widgets.errors import ImgloopError

if TYPE_CHECKING:
    from imgloop_widgets.opening import OpenStudy
    from imgloop_widgets.ratings import RatingStudy
    from imgloop_widgets.simulate import Machines
    from imgloop_widgets.study import Study

EXAMPLE = "imgloop simulate notebooks/look_alike --workers 200 --seed 1 --results results/simulated"


def simulate(
    study: StudyPath,
    workers: Annotated[int, typer.Option(min=1, max=9999, metavar="N", help="How many workers.")] = 200,
    seed: Annotated[int, typer.Option(min=0, metavar="N", help="All chance comes from it.")] = 1,
    results: ResultsFolder = None,
    database: StoreUrl = None,
    size: Annotated[int, typer.Option(min=16, max=2048, metavar="N", help="Pixels, the width of their images.")] = 160,
    attempts: Annotated[
        int | None,
        typer.Option(min=1, max=100_000_000, metavar="N", help="With --no-images: sessions until so many attempts."),
    ] = None,
    no_images: Annotated[
        bool, typer.Option("--no-images", help="Only the events of sessions: a load for reports, in little time.")
    ] = False,
    policy: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Machine workers instead: blind, hill-climb or script; in real time."),
    ] = None,
    scorer: Annotated[
        str | None,
        typer.Option(metavar="SCORER", help="With --policy: what they score by, [LABEL=]NAME[:OPTION=VALUE,…]."),
    ] = None,
    prompts: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="With --policy: first prompts (a CSV with prompt and target_id; left out, the study's own), or the "
            "script (a text file, a prompt a line).",
        ),
    ] = None,
    tries: Annotated[
        int | None,
        typer.Option(min=1, metavar="K", help="With --policy: images of each at most; left out, the study's."),
    ] = None,
    over_http: Annotated[
        str | None,
        typer.Option(
            "--over-http",
            metavar="URL",
            help="Against a running server, as browsers would: its address, or a CSV of links.",
        ),
    ] = None,
    arrivals: Annotated[
        str | None, typer.Option(metavar="RATE", help="With --over-http: how many come, 50/s or 30/min. [default: 2/s]")
    ] = None,
    ramp: Annotated[
        str | None, typer.Option(metavar="SPAN", help="With --over-http: all come within this time, 60s or 5m.")
    ] = None,
    hold: Annotated[
        str | None,
        typer.Option(metavar="SPAN", help="With --over-http: all stay and play so long, 2m; left out, until done."),
    ] = None,
    think: Annotated[
        float, typer.Option(min=0, metavar="S", help="With --over-http: median seconds between two acts of a worker.")
    ] = 20.0,
    drops: Annotated[
        float,
        typer.Option(min=0, max=1, metavar="P", help="With --over-http: share of acts at which the network goes."),
    ] = 0.0,
    generator: Annotated[
        float | None,
        typer.Option(
            "--generator",
            min=0,
            metavar="S",
            help="With --over-http: seconds that the generator takes, to be left out of times; left out, as stored.",
        ),
    ] = None,
    to_json: Annotated[
        Path | None, typer.Option("--json", metavar="FILE", help="With --over-http: write all numbers to this file.")
    ] = None,
) -> None:
    """Let synthetic workers play the study, in seconds.

    They write prompts, score images, fail, give up and run out of time, all through the runner and the store as real
    workers do; only their clock is simulated. Their ids begin with sim-. Their pictures are by the generator Scenes,
    whichever the study has: a study's own generator lives in its notebook, and is not asked. Where an arm's is Scenes,
    its quality is kept, and a hidden revision of prompts is done.

    With --policy, programs take part as themselves: blind writes a person's first prompt and then rewrites of it that
    see nothing, hill-climb searches by a scorer, script writes what a file says. They play in real time with the
    study's own generator, under its limits; their ids begin with sim- too.

    With --over-http they come to a server that runs, over HTTP and websocket as browsers do, in real time: a rehearsal
    before a study, and a measurement of the server. Links are made for the study; --workers says how many, or a CSV of
    links does (`imgloop links --prefix sim-`). Told are the times to a usable form and from a click to its image
    without the generator's own, errors, and the memory of a server on this machine; docs/serving.md explains them.

    A rating study is played by raters, WORKERS at most, until every item has its raters. They see how alike an image
    is by a metric that `imgloop score` has measured, else by its worker's score.
    """
    from imgloop_widgets.opening import OpenStudy
    from imgloop_widgets.ratings import RatingStudy
    from imgloop_widgets.simulate import play_machines, simulate_many
    from imgloop_widgets.simulate import simulate as play

    if no_images != (attempts is not None):
        raise typer.BadParameter("--attempts and --no-images go together", param_hint="--attempts")
    if policy is None and (scorer, prompts, tries) != (None, None, None):
        raise typer.BadParameter("goes together with --scorer, --prompts and --tries", param_hint="--policy")
    if policy is not None and no_images:
        raise typer.BadParameter("and --no-images exclude each other", param_hint="--policy")
    if over_http is not None:
        from imgloop_widgets.cli.over_http import Coming, come

        made = over_http.startswith(("http://", "https://"))
        coming = Coming(
            where=over_http,
            workers=workers,
            seed=seed,
            arrivals=arrivals,
            ramp=ramp,
            hold=hold,
            think_s=think,
            drops=drops,
            generator_s=generator,
            to_json=to_json,
        )
        return come(coming, open_any_file(study, results, database) if made else None)
    file = open_any_file(study, results, database)
    ready(file.results, "--results")
    if isinstance(file, RatingStudy):
        if policy is not None or no_images:
            raise typer.BadParameter("has no meaning for a rating study", param_hint="--policy or --no-images")
        return _raters(file, workers, seed)
    opened = OpenStudy.load(file.path)
    logging.getLogger("imgloop").addHandler(logging.NullHandler())  # their failures are meant to be; not on the screen
    length, label = (attempts, "attempts") if attempts else (workers, "workers")
    with typer.progressbar(length=length, label=label, file=sys.stderr, hidden=not sys.stderr.isatty()) as bar:
        if policy is not None:
            machines = _machines(policy, scorer, prompts, tries, opened)
            summary = play_machines(opened, machines, workers, seed, progress=lambda done: bar.update(1))
        elif attempts:
            summary = simulate_many(opened, attempts, seed, progress=lambda done: bar.update(done - bar.pos))
        else:
            summary = play(opened, workers, seed, size=size, progress=lambda done: bar.update(1))
    if not summary.sessions:
        typer.echo(
            f"Nothing to do: all {length} simulated {label} are in {short(file.results)} already. "
            f"Ask for more --{label}, or name another folder with --results."
        )
        return
    reasons = sorted(summary.by_reason.items(), key=lambda item: -item[1])
    rows = [
        ("sessions", f"{summary.sessions} ({', '.join(f'{reason} {n}' for reason, n in reasons)})"),
        ("attempts", f"{count(summary.attempts, 'image')}, {count(summary.failures, 'failure')}"),
        ("pictures", "none" if attempts else f"by {_makers(opened)}" if policy else _pictures(file)),
        ("results", kept(file)),
    ]
    if summary.skipped:
        rows.insert(1, ("left alone", f"{count(summary.skipped, 'worker')}, who had finished already"))
    typer.echo(f"{file.name}: simulated in {summary.seconds:.1f} s\n{facts(rows)}")
    typer.echo(f"{again('report', file)} shows them.")


def _raters(file: "RatingStudy", raters: int, seed: int) -> None:
    from imgloop_widgets.judging import OpenRatings
    from imgloop_widgets.simulate import simulate_raters

    opened = OpenRatings.load(file.path)
    if not opened.items():
        source = file.ratings.source_name
        raise ImgloopError(f"{source} has nothing to rate in {short(file.results)}; let somebody play it first")
    with typer.progressbar(length=raters, label="raters", file=sys.stderr, hidden=not sys.stderr.isatty()) as bar:
        summary = simulate_raters(opened, raters, seed, progress=lambda done: bar.update(1))
    if not summary.sessions:
        typer.echo(f"Nothing to do: every item in {short(file.results)} has its raters, or those that could judge it.")
        return
    rows = [
        ("sessions", ", ".join(f"{reason} {n}" for reason, n in sorted(summary.by_reason.items()))),
        ("ratings", f"{summary.ratings}, and {summary.passed} of {count(summary.checks, 'check')} passed"),
        ("results", short(file.results)),
    ]
    typer.echo(f"{file.name}: {count(summary.sessions, 'rater')} in {summary.seconds:.1f} s\n{facts(rows)}")
    typer.echo(f"The report `agreement` of {file.ratings.source_name} shows them.")


def _machines(
    policy: str, scorer: str | None, prompts: Path | None, tries: int | None, study: "OpenStudy"
) -> "Machines":
    """Return who plays."""
    from imgloop_widgets.replay import items_of_file
    from imgloop_widgets.simulate import First, Machines, first_prompts

    judge = next(iter(asked([scorer]).values())).scorer() if scorer else None
    if policy == "script":
        return Machines(policy=policy, scorer=judge, script=_lines(prompts), tries=tries)
    if prompts is None:
        firsts = first_prompts(study)
    else:
        items = items_of_file(prompts, first=True)
        firsts = [First(prompt=item.prompt, target_id=item.target_id, arm=item.arm) for item in items]
    return Machines(policy=policy, scorer=judge, firsts=firsts, tries=tries)


def _lines(file: Path | None) -> tuple[str, ...]:
    if file is None:
        raise typer.BadParameter(
            "is needed for a script: a text file with a prompt in each line", param_hint="--prompts"
        )
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError:
        raise ImgloopError(f"{file}: is not UTF-8 text; save it as UTF-8") from None
    return tuple(line.strip() for line in lines if line.strip())


def _pictures(study: "Study") -> str:
    named = sorted({arm.generator for arm in study.arms if arm.generator} - {"scenes"})
    if any(arm.generator is None for arm in study.arms):
        return "by Scenes, because the study's own generator lives in its notebook"
    return f"by Scenes, in place of the study's {', '.join(map(repr, named))}" if named else "by Scenes"


def _makers(opened: "OpenStudy") -> str:
    from imgloop_widgets.generators.contract import name_of

    return ", ".join(dict.fromkeys(name_of(arm.generator) for arm in opened.arms.values()))
