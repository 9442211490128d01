"""Watching a study that goes on, and steering it: for the terminal and the researcher's page alike.

numbers    what a researcher must know at a glance, from the folds of the sessions and the units (pure)
reading    the numbers from the store, again and again
steering   pause, resume, extend, close, return: with who did it and why
"""

from imgloop_widgets.decisions import code_of
from imgloop_widgets.watching.numbers import ArmNumbers, Numbers, Tally, UnitNow, numbers_of, tally_of
from imgloop_widgets.watching.reading import Watch, incidents_of
from imgloop_widgets.watching.steering import steer_study, steer_unit, unit_of

__all__ = [
    "ArmNumbers",
    "Numbers",
    "Tally",
    "UnitNow",
    "Watch",
    "code_of",
    "incidents_of",
    "numbers_of",
    "steer_study",
    "steer_unit",
    "tally_of",
    "unit_of",
]
