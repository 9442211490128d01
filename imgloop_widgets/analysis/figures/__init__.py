"""The figures of the reports, a module for each subject. Each takes a tidy frame, returns the figure, and says what it
shows in words. Each can be drawn narrow, for a phone: no wider than a column, with letters of the same size.
"""

from imgloop_widgets.analysis.figures.sessions import MOST_LINES, flow, score_by_attempt, time_by_attempt

__all__ = ["MOST_LINES", "flow", "score_by_attempt", "time_by_attempt"]
