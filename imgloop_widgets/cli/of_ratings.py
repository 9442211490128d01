"""What `check`, `links`, `serve` and `status` do where the study is one of ratings."""

from collections import Counter
from datetime import datetime
from typing import TYPE_CHECKING, Any

from imgloop_widgets.cli.arguments import count, short
from imgloop_widgets.cli.notebook import notebook_problems
from imgloop_widgets.errors import ConfigurationError
from imgloop_widgets.rows import SIMULATED

if TYPE_CHECKING:
    from imgloop_widgets.judging import OpenRatings
    from imgloop_widgets.ratings import RatingStudy
    from imgloop_widgets.store import Store

_ENDS = {"attempts_used": "everything rated", "exited": "finished early", "expired": "time over"}
"""Reason for which a rater's session ended → how it is said here."""


def open_checked(study: "RatingStudy", notebook: str, *, verify: bool) -> "OpenRatings":
    """Return the study with its stores; where there are no results yet, none are created. notebook: of the raters.

    Raises:
        ConfigurationError: every mistake in any of the files, the notebook among them.
    """
    from imgloop_widgets.judging import OpenRatings, load_rating_files
    from imgloop_widgets.store import has_results, open_store

    problems = notebook_problems(study.path.parent / notebook)
    try:
        load_rating_files(study.path, verify=verify)
    except ConfigurationError as error:
        raise ConfigurationError([*error.problems, *problems]) from None
    if problems:
        raise ConfigurationError(problems)
    there = has_results(study.results)
    return OpenRatings.load(study.path, store=None if there else open_store(":memory:"))


def summary(opened: "OpenRatings") -> list[tuple[str, Any]]:
    """Return what a check says of a rating study."""
    study, wanted, items = opened.study, opened.study.ratings, opened.items()
    sessions = len({item.session_id for item in items})
    pictures = "all attempts" if not wanted.attempts else " and ".join(str(one) for one in wanted.attempts)
    nothing = f"none yet: {wanted.source_name} has no finished session in {short(study.results)}"
    known = f"{count(len(items), 'item')} now ({wanted.item}), of {count(sessions, 'session')} of {wanted.source_name}"
    each = f"{wanted.raters_per_item} for each item, {count(wanted.items_per_rater, 'item')} for each rater"
    return [
        ("items", known if items else nothing),
        ("attempts", "first and last" if wanted.item == "pair" and not wanted.attempts else pictures),
        ("raters", f"{each}: {count(opened.units, 'block')}"),
        ("checks", f"{wanted.checks_per_block} in each block ({wanted.check})" if wanted.checks_per_block else "none"),
        ("questions", ", ".join(f"{question.name} ({question.kind})" for question in study.questions)),
        ("time", f"{wanted.duration_in_seconds / 60:g} minutes"),
        ("results", short(study.results)),
    ]


def standing(study: "RatingStudy", store: "Store", now: datetime) -> list[tuple[str, object]]:
    """Return how a rating study stands, as rows."""
    from imgloop_widgets.ratings import fold, is_over

    ends: Counter[str] = Counter()
    counts: Counter[str] = Counter()
    for _, events in store.logs(study.name):
        state = fold(events)
        assert state.opened is not None
        counts["sessions"] += 1
        counts["simulated"] += state.opened.worker_id.startswith(SIMULATED)
        counts["ratings"] += sum(not state.shown[place - 1].is_check for place in state.rated)
        counts["checks"] += sum(state.shown[place - 1].is_check for place in state.rated)
        if state.finished:
            ends[_ENDS.get(state.finished.reason, state.finished.reason)] += 1
        else:
            counts["overdue"] += is_over(state, now)
    judged = store.judged(study.name)
    full = sum(items for number, items in judged.rated.items() if number >= study.ratings.raters_per_item)
    of = sum(judged.rated.values())
    notes = [f"{counts['simulated']} simulated"] if counts["simulated"] else []
    said = ", ".join(f"{name} {number}" for name, number in ends.most_common())
    return [
        ("sessions", ", ".join([str(counts["sessions"]), *notes])),
        ("open", f"{counts['sessions'] - ends.total()} ({counts['overdue']} overdue)"),
        ("finished", f"{ends.total()} ({said})" if said else "0"),
        ("ratings", f"{counts['ratings']}, and {count(counts['checks'], 'check')}"),
        ("items", f"{full} of {of} that were given to anybody have all {study.ratings.raters_per_item} raters"),
        ("under way", f"{judged.under_way} with raters who are at it"),
    ]
