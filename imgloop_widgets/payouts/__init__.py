"""Pay workers through their panel: the files that it takes, and what its own list says that ours does not."""

from imgloop_widgets.payouts.due import Due, Paid, Worked, due, worked
from imgloop_widgets.payouts.files import files_for
from imgloop_widgets.payouts.panel_export import Listed, read_export, with_approvals
from imgloop_widgets.payouts.reconciling import WHAT_TO_DO, Finding, approved_there, matched, reconcile

__all__ = [
    "WHAT_TO_DO",
    "Due",
    "Finding",
    "Listed",
    "Paid",
    "Worked",
    "approved_there",
    "due",
    "files_for",
    "matched",
    "read_export",
    "reconcile",
    "with_approvals",
    "worked",
]
