"""Reviewing what came in: which units there are, what one of them was like, and what is decided about it.

works       a finished unit at a glance, from its events (pure)
choosing    which of them a reviewer looks at, and in which order (pure)
histograms  how their answers and scores spread (pure)
timeline    what happened in a unit, in words (pure)
labels      what fields and choices are called in the forms
desk        all of it from the store, and decisions into it
"""

from imgloop_widgets.reviewing.choosing import SORTS, Choice, chosen
from imgloop_widgets.reviewing.desk import Desk, Unit
from imgloop_widgets.reviewing.histograms import Histogram, histograms
from imgloop_widgets.reviewing.labels import Labels, labels_of
from imgloop_widgets.reviewing.timeline import Moment, timeline
from imgloop_widgets.reviewing.works import SIGNALS, Work, work_of

__all__ = [
    "SIGNALS",
    "SORTS",
    "Choice",
    "Desk",
    "Histogram",
    "Labels",
    "Moment",
    "Unit",
    "Work",
    "chosen",
    "histograms",
    "labels_of",
    "timeline",
    "work_of",
]
