"""The figures of the reports, a module for each subject. Each takes a tidy frame, returns the figure, and says what it
shows in words. Each can be drawn narrow, for a phone: no wider than a column, with letters of the same size.
"""

from imgloop_widgets.analysis.figures.agreement import rater_agreement, rating_counts
from imgloop_widgets.analysis.figures.arms import arm_curves, arm_differences, arm_slopes
from imgloop_widgets.analysis.figures.blind import blind_gains
from imgloop_widgets.analysis.figures.flow import consort, flow
from imgloop_widgets.analysis.figures.judgements import closer_shares
from imgloop_widgets.analysis.figures.learning import (
    MOST_LINES,
    best_attempts,
    gain_shares,
    gains,
    learning_curve,
    slopes,
    variance_shares,
)
from imgloop_widgets.analysis.figures.metrics import metric_associations, metric_by_attempt, score_and_metric
from imgloop_widgets.analysis.figures.power import power_curve
from imgloop_widgets.analysis.figures.prompts import edits_by_band, prompt_distances, prompt_dynamics
from imgloop_widgets.analysis.figures.replay import replay_luck, replay_quality, replay_split
from imgloop_widgets.analysis.figures.sessions import time_by_attempt
from imgloop_widgets.analysis.figures.steerability import chain, expected_attempts
from imgloop_widgets.analysis.figures.success import kaplan_meier, success_within
from imgloop_widgets.analysis.figures.telemetry import signals_and_gains
from imgloop_widgets.analysis.figures.workers import worker_signals

__all__ = [
    "MOST_LINES",
    "arm_curves",
    "arm_differences",
    "arm_slopes",
    "best_attempts",
    "blind_gains",
    "chain",
    "closer_shares",
    "consort",
    "edits_by_band",
    "expected_attempts",
    "flow",
    "gain_shares",
    "gains",
    "kaplan_meier",
    "learning_curve",
    "metric_associations",
    "metric_by_attempt",
    "power_curve",
    "prompt_distances",
    "prompt_dynamics",
    "rater_agreement",
    "rating_counts",
    "replay_luck",
    "replay_quality",
    "replay_split",
    "score_and_metric",
    "signals_and_gains",
    "slopes",
    "success_within",
    "time_by_attempt",
    "variance_shares",
    "worker_signals",
]
