"""What the commands of `imgloop pay` have in common: what was worked, and the panel's own list."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from imgloop_widgets.cli.arguments import open_study_file, require_results
from imgloop_widgets.cli.import_ import columns_of
from imgloop_widgets.cli.owed import earned
from imgloop_widgets.errors import ImgloopError

if TYPE_CHECKING:
    from imgloop_widgets.payouts import Listed, Paid, Worked
    from imgloop_widgets.store import Payment, Store
    from imgloop_widgets.study import Study
    from imgloop_widgets.study_tables import Pay

OURS = ("submission", "worker", "status")

Maps = Annotated[
    list[str] | None,
    typer.Option(
        "--map",
        metavar="OURS=THEIRS",
        help="A column of the panel's list: submission, worker or status, and what it is called there. Those of "
        "Prolific and Mechanical Turk are known.",
    ),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class PaidStudy:
    """A study that pays. reward: that an approval at its panel pays; 0: it is on no panel."""

    file: "Study"
    pay: "Pay"
    reward: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelList:
    """The panel's own list. text: of the file."""

    name: str
    text: str
    listed: "list[Listed]"


def open_paid(study: Path, results: Path | None, database: str | None) -> PaidStudy:
    """Return the study. Raises: ImgloopError: it pays nothing, or there are no results."""
    from imgloop_widgets.panels import PANELS
    from imgloop_widgets.pay import amount

    file = open_study_file(study, results, database)
    require_results(file, results)
    if file.pay is None:
        raise ImgloopError(f"{file.path.name} has no table [pay]; write there what a unit pays: base = 2.00")
    reward = amount(file.pay.base) if file.about.access in PANELS else Decimal(0)
    return PaidStudy(file=file, pay=file.pay, reward=reward)


def all_worked(store: "Store", study: PaidStudy) -> "list[Worked]":
    """Return the sessions of people, and what each earns."""
    from imgloop_widgets.payouts import worked

    owed, states = earned(store, study.file.name, study.pay)
    given = {one.session_id: one.values for one in store.arrivals(study.file.name)}
    return worked(study.file.about.access, states, owed, given)


def on_record(payments: "Iterable[Payment]") -> "list[Paid]":
    """Return what was paid, as `payouts` counts it."""
    from imgloop_widgets.payouts import Paid

    return [
        Paid(session_id=one.session_id, by="approval" if one.paid_by == "approval" else "bonus", amount=one.amount)
        for one in payments
    ]


def read_list(path: Path, access: str, maps: list[str] | None) -> PanelList:
    """Return the panel's own list. Raises: ImgloopError: it can't be read."""
    from imgloop_widgets.payouts import read_export

    columns = columns_of(maps or [])
    if unknown := [name for name in columns if name not in OURS]:
        raise typer.BadParameter(f"must be one of {', '.join(OURS)}; not {unknown[0]!r}", param_hint="--map")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ImgloopError(f"{path}: is no text in UTF-8 ({error}); download it anew, as CSV") from error
    return PanelList(name=path.name, text=text, listed=read_export(text, access, columns, path.name))
