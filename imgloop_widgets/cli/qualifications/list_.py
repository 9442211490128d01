"""`imgloop qualifications list`: who has what, and who was turned away."""

from typing import Annotated

import typer

from imgloop_widgets.cli.arguments import ResultsFolder, facts
from imgloop_widgets.cli.qualifications.about import StudyOption, store_of

EXAMPLE = "imgloop qualifications list --study notebooks/onboarding"


def list_(
    study: StudyOption = None,
    worker: Annotated[str, typer.Option("--worker", metavar="WORKER", help="Of this worker alone.")] = "",
    revoked: Annotated[bool, typer.Option("--revoked", help="Also what was taken away.")] = False,
    results: ResultsFolder = None,
) -> None:
    """Show who has what.

    Also who came and could not enter the study, why, and the code that they were shown.
    """
    with store_of(study, results) as (file, store):
        grants = [g for g in store.all_qualifications(revoked=revoked) if worker in ("", g.worker_id)]
        turned = [one for one in store.turned_away(file.name) if worker in ("", one.worker_id)]
    if not grants:
        typer.echo("Nobody has a qualification." if not worker else f"{worker!r} has no qualification.")
    for name in dict.fromkeys(grant.name for grant in grants):
        typer.echo(name)
        rows = [
            (g.worker_id, f"{'taken away' if g.value is None else g.value}  {g.at:%Y-%m-%d %H:%M} UTC  {g.why}")
            for g in grants
            if g.name == name
        ]
        typer.echo(facts(rows))
    if turned:
        typer.echo(f"turned away from {file.name}")
        typer.echo(facts((one.worker_id, f"{one.code}  {one.at:%Y-%m-%d %H:%M} UTC  {one.why}") for one in turned))
