"""`imgloop qualifications revoke`: take a qualification away."""

from datetime import UTC, datetime

import typer

from imgloop_widgets.cli.arguments import ResultsFolder
from imgloop_widgets.cli.qualifications.about import Name, StudyOption, Why, Worker, checked, store_of
from imgloop_widgets.errors import ImgloopError

EXAMPLE = "imgloop qualifications revoke w017 blocked --why 'was a mistake'"


def revoke(
    worker: Worker,
    name: Name,
    why: Why = "by hand",
    study: StudyOption = None,
    results: ResultsFolder = None,
) -> None:
    """Take a qualification away from a worker.

    What was stays on record.
    """
    from imgloop_widgets.store import Grant

    checked(worker, name)
    with store_of(study, results) as (_, store):
        has = store.qualifications(worker)
        if name not in has:
            known = f"they have {', '.join(has)}" if has else "they have none"
            raise ImgloopError(f"{worker!r} has no qualification {name!r}; {known}")
        store.grant([Grant(worker_id=worker, name=name, value=None, at=datetime.now(UTC), why=why)])
    typer.echo(f"{worker} has {name} no more.")
