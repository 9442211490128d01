"""`imgloop pay files`: what is owed, as the files that a panel takes."""

import itertools
import tempfile
from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Self

import typer

from imgloop_widgets.cli.arguments import ResultsFolder, StoreUrl, StudyPath, again, count, facts, require_played, short
from imgloop_widgets.cli.folders import ready
from imgloop_widgets.cli.pay.about import Maps, PaidStudy, PanelList, all_worked, on_record, open_paid, read_list

if TYPE_CHECKING:
    from collections.abc import Sequence

    from imgloop_widgets.payouts import Worked
    from imgloop_widgets.store import Payment, Store

EXAMPLE = "imgloop pay files notebooks/my_study --panel-csv prolific_export.csv"
FOLDER = "pay"


def files(
    study: StudyPath,
    panel_csv: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="The panel's own list: only who waits there is paid; Mechanical Turk's is given back with approvals.",
        ),
    ] = None,
    maps: Maps = None,
    reviewed: Annotated[
        bool, typer.Option("--reviewed", help="Only units about which a reviewer has decided; see imgloop review.")
    ] = False,
    results: ResultsFolder = None,
    database: StoreUrl = None,
) -> None:
    """Write what is owed as the files that the panel takes.

    Approvals and bonuses, each in the panel's own form, into pay/ of the results. An approval pays the panel's reward,
    which is taken to be the base of [pay]; what else is owed is a bonus. All of it is noted as paid, so that the next
    files have what is owed by then and nothing twice; pay undo takes files back that were not used.
    """
    from imgloop_widgets.store import open_results

    paid = open_paid(study, results, database)
    file = paid.file
    require_played(file, results)
    listed = read_list(panel_csv, file.about.access, maps) if panel_csv else None
    folder = file.results / FOLDER
    ready(folder, "--results")
    folder.mkdir(exist_ok=True)
    with open_results(file.results) as store:
        _write(store, paid, listed, folder, reviewed=reviewed)


def _write(store: "Store", study: PaidStudy, listed: PanelList | None, folder: Path, *, reviewed: bool) -> None:
    from imgloop_widgets.payouts import approved_there, due, files_for
    from imgloop_widgets.store import Payment

    access, now = study.file.about.access, datetime.now(UTC)
    sessions = all_worked(store, study)
    held = _held(access, sessions, listed)
    waiting = _unreviewed(store, study.file.name, sessions) - held if reviewed else set()
    with tempfile.TemporaryDirectory(prefix=".pay-", dir=folder) as beside, _Name(folder, now) as named:
        made, told = Path(beside) / "made", Counter[str]()

        def choose(before: "Sequence[Payment]") -> "Sequence[Payment]":
            record = on_record(before)
            there = approved_there(study.reward, sessions, listed.listed, record) if listed else []
            dues = due(study.reward, sessions, [*record, *there], held | waiting)
            told.update(approved_there=len(there), approvals=sum(one.by == "approval" for one in dues))
            told.update(bonuses=sum(one.by == "bonus" for one in dues))
            made.mkdir()
            batch = named.choose({one.batch for one in before})
            given = (listed.name, listed.text) if listed else None
            texts = files_for(access, dues, batch=batch, currency=study.pay.currency, panel_csv=given)
            for name, text in texts.items() if dues else ():
                (made / name).write_text(text, encoding="utf-8")
            workers = {one.session_id: one.worker_id for one in sessions}
            rows = [*((one.session_id, one.by, one.amount) for one in there)]
            rows += [(one.of.session_id, one.by, one.amount) for one in dues]
            return [
                Payment(
                    session_id=session_id, paid_by=by, study=study.file.name, worker_id=workers[session_id],
                    amount=amount, currency=study.pay.currency, batch=batch, at=now,
                )
                for session_id, by, amount in rows
            ]  # fmt: skip

        chosen = store.pay(study.file.name, choose)
        names = sorted(path.name for path in made.iterdir())
        if names:
            made.rename(named.folder)  # in place of the empty one
    _tell(study, chosen, told, held, sessions, named.folder, names)
    if unpaid := [one for one in sessions if one.session_id in waiting and one.total > 0]:
        typer.echo(
            f"{count(len(unpaid), 'session')} left out that nobody has reviewed; see {again('review', study.file)}."
        )


class _Name:
    """The name of the files' folder: of the second, and of nobody else's files, however soon after each other.

    It is held by an empty folder while the files are made; one that stays empty is removed at the end.
    """

    def __init__(self, above: Path, now: datetime) -> None:
        self._above, self._second, self.folder = above, f"{now:%Y%m%d-%H%M%S}", above

    def choose(self, known: set[str]) -> str:
        """Return a name that is none of these, and that no folder has: 20260302-120000, 20260302-120000-2, …"""
        for number in itertools.count(1):
            name = self._second if number == 1 else f"{self._second}-{number}"
            with suppress(FileExistsError):
                if name not in known:
                    (self._above / name).mkdir()
                    self.folder = self._above / name
                    return name
        raise AssertionError("unreachable")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        with suppress(OSError):  # it holds files
            if self.folder != self._above:
                self.folder.rmdir()


def _unreviewed(store: "Store", study: str, sessions: "Sequence[Worked]") -> set[str]:
    """Return the sessions about which nothing is decided."""
    from imgloop_widgets.decisions import stand

    reviewed = {name for name, one in stand(store.reviews(study)).items() if one.decision}
    return {one.session_id for one in sessions} - reviewed


def _held(access: str, sessions: "Sequence[Worked]", listed: PanelList | None) -> set[str]:
    """Return the sessions for which the panel can be asked for nothing now."""
    from imgloop_widgets.payouts import matched
    from imgloop_widgets.payouts.due import SUBMISSION

    lost = {one.session_id for one in sessions if access in SUBMISSION and not one.submission}
    if listed is None:
        return lost
    there = matched(sessions, listed.listed)
    payable = {name for name, one in there.items() if one.standing in ("waiting", "approved")}
    return {one.session_id for one in sessions if one.session_id not in payable}


def _tell(
    study: PaidStudy,
    chosen: "Sequence[Payment]",
    told: Counter[str],
    held: set[str],
    sessions: "Sequence[Worked]",
    folder: Path,
    names: list[str],
) -> None:
    owing = [one for one in sessions if one.session_id in held and one.total > 0]
    whole = sum(one.amount for one in chosen)
    if not names:
        typer.echo(f"{study.file.name}: nothing more is to be paid now.")
    else:
        typer.echo(f"{study.file.name}: {study.pay.currency} {whole:,.2f}, in {short(folder)}")
        typer.echo(facts([("approvals", told["approvals"]), ("bonuses", told["bonuses"]), ("files", ", ".join(names))]))
        typer.echo(f"Noted as paid. Where you don't use them: {again(f'pay undo {folder.name}', study.file)}")
    if told["approved_there"]:
        typer.echo(f"{count(told['approved_there'], 'approval')} that the panel has made already: noted as paid.")
    if owing:
        typer.echo(
            f"{count(len(owing), 'session')} left out, for which the panel can't be asked now; "
            f"{again('pay reconcile', study.file)} with its list says why."
        )
