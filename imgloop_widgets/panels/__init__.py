"""Recruitment panels: how each sends a worker (`arriving`), how the worker goes back (`leaving`), and what a panel's
answer means that our server has called (`answering`).

What differs between them is one row of `table.PANELS`; `panel_problems` says what a study file gets wrong.
"""

from imgloop_widgets.panels.answering import Verdict, verdict, wait_after
from imgloop_widgets.panels.arriving import Arrival, arrive
from imgloop_widgets.panels.checking import panel_problems
from imgloop_widgets.panels.leaving import Ending, call, ending, new_code
from imgloop_widgets.panels.table import PANELS, Panel, panel_of

__all__ = [
    "PANELS",
    "Arrival",
    "Ending",
    "Panel",
    "Verdict",
    "arrive",
    "call",
    "ending",
    "new_code",
    "panel_of",
    "panel_problems",
    "verdict",
    "wait_after",
]
