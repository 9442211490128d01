"""Recruitment panels: how each sends a worker (`arriving`), and how the worker goes back (`leaving`).

What differs between them is one row of `table.PANELS`; `panel_problems` says what a study file gets wrong.
"""

from imgloop_widgets.panels.arriving import Arrival, arrive
from imgloop_widgets.panels.checking import panel_problems
from imgloop_widgets.panels.leaving import Ending, ending, new_code
from imgloop_widgets.panels.table import PANELS, Panel, panel_of

__all__ = ["PANELS", "Arrival", "Ending", "Panel", "arrive", "ending", "new_code", "panel_of", "panel_problems"]
