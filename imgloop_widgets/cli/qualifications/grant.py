"""`imgloop qualifications grant`: give a worker a qualification."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from imgloop_widgets.cli.arguments import ResultsFolder
from imgloop_widgets.cli.qualifications.about import Name, StudyOption, Why, Worker, checked, store_of

EXAMPLE = "imgloop qualifications grant w017 trained --value 3"


def grant(
    worker: Worker,
    name: Name,
    value: Annotated[str, typer.Option("--value", metavar="VALUE", help="A number or a text.")] = "1",
    why: Why = "by hand",
    study: StudyOption = None,
    results: ResultsFolder = None,
) -> None:
    """Give a worker a qualification.

    An earlier value is replaced; what was before stays on record.
    """
    from imgloop_widgets.qualifying import typed_value
    from imgloop_widgets.store import Grant

    checked(worker, name, value)
    given = typed_value(value)
    with store_of(study, results) as (_, store):
        store.grant([Grant(worker_id=worker, name=name, value=given, at=datetime.now(UTC), why=why)])
    typer.echo(f"{worker} has {name} = {given!r}.")
