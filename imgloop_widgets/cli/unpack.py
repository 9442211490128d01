"""`imgloop unpack`: an archive of a study, into the results of a study here."""

from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from imgloop_widgets.cli.arguments import ResultsFolder, StoreUrl, StudyPath, count, facts, kept, open_any_file, short
from imgloop_widgets.cli.folders import ready
from imgloop_widgets.errors import ImgloopError

if TYPE_CHECKING:
    from imgloop_widgets.store import Asked, Difference

EXAMPLE = "imgloop unpack look_alike.imgloop.zip notebooks/look_alike --dry-run"
SHOWN = 10
"""Differences of a kind that are shown."""

_HEADS = {
    "same_name": ("A study of the same name, with no session in common", "--take joins them, --skip leaves theirs out"),
    "more_there": ("Goes on in the archive where it ends here", "--take takes it, --skip leaves it"),
    "more_here": ("Goes on here where it ends in the archive", "stays as it is"),
    "unit_taken": ("A unit that somebody else holds here", "--take keeps it as one that does not count, --skip not"),
    "taken": ("The same worker and unit, in another session", "--skip leaves theirs out"),
    "different": ("Has other values here", "--skip leaves ours as they are"),
    "damaged": ("An image or file that is damaged here", "--take repairs it, --skip leaves it"),
    "other_key": ("A secret key that is another one here", "--skip leaves ours"),
}
"""Kind of difference → what it is, and what may be done."""


def unpack(
    archive: Annotated[Path, typer.Argument(metavar="FILE", help="An archive of imgloop pack or backup.")],
    study: StudyPath,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be done, and write nothing.")] = False,
    take: Annotated[bool, typer.Option("--take", help="Take theirs where they only have more.")] = False,
    skip: Annotated[bool, typer.Option("--skip", help="Leave out what conflicts, and take the rest.")] = False,
    results: ResultsFolder = None,
    database: StoreUrl = None,
) -> None:
    """Read an archive into the results of a study.

    Conflicts are shown before anything is written, and without --take or --skip any of them stops it; with both, what
    can't be taken is left out. All rows are written in one transaction, so that whoever serves from the same database
    waits for it. STUDY says where results are kept; the archive names its studies itself.
    """
    from imgloop_widgets.moving import Archive, plan, unpacked
    from imgloop_widgets.moving import unpack as write
    from imgloop_widgets.store import open_results

    file = open_any_file(study, results, database)
    ready(file.results, "--results")
    flags: tuple[tuple[Asked, bool], ...] = (("take", take), ("skip", skip))
    asked = frozenset(word for word, given in flags if given)
    with Archive(archive) as opened, unpacked(opened) as theirs, open_results(file.results) as store:
        there = ", ".join(opened.manifest.studies) or "no study"
        planned = plan(opened, theirs, store, file.results, asked)
        typer.echo(f"{short(archive)} holds {there}; results are kept in {kept(file)}.")
        for line in told(planned.differences):
            typer.echo(line)
        if planned.missing:
            typer.echo(f"{count(planned.missing, 'image or file', 'images or files')} are neither here nor in it.")
        new, same = len(planned.comparison.new), planned.comparison.same
        typer.echo(f"{count(new, 'session')} to add; {count(same, 'session is', 'sessions are')} here already.")
        if stops := planned.stops(asked):
            raise ImgloopError(f"{count(len(stops), 'conflict')}: nothing was written; see what may be done above")
        if dry_run:
            typer.echo("Nothing was written.")
            return
        done = write(opened, theirs, store, file.results, asked)
    rows: list[tuple[str, object]] = [*done.rows.items(), ("images and files", done.files)]
    typer.echo(f"Written:\n{facts(rows)}" if done.rows or done.files else "All of it is here already.")


def told(differences: "Sequence[Difference]") -> list[str]:
    """Return what differs, as lines: by kind, the first `SHOWN` of each."""
    lines = []
    for kind, group in groupby(sorted(differences, key=lambda one: list(_HEADS).index(one.kind)), lambda one: one.kind):
        own, (head, choice) = list(group), _HEADS[kind]
        lines.append(f"{head} ({len(own)}): {choice}")
        lines += [f"  {one.where} {one.what}" for one in own[:SHOWN]]
        if len(own) > SHOWN:
            lines.append(f"  … and {len(own) - SHOWN} more")
    return lines
