"""What became of the units that were given, as a table of a report and of an export."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd

from imgloop_widgets.analysis.allotments import by_assignment
from imgloop_widgets.analysis.codebook import ALLOTMENTS
from imgloop_widgets.analysis.data import read_data
from imgloop_widgets.analysis.tables import store_tables
from imgloop_widgets.identity import Identity
from imgloop_widgets.loop import Exit
from imgloop_widgets.opening import OpenStudy

T0 = datetime(2026, 1, 1, 9, tzinfo=UTC)


def played(study_files: Callable[..., Path]) -> tuple[OpenStudy, Path]:
    """A study of two targets: one is done, one was left and done by another, and one came with the same number."""
    folder = study_files(arm='generator = "scenes"')
    study = OpenStudy.load(folder)
    done = study.enter(Identity(worker_id="ana"), clock=lambda: T0)
    done.dispatch(Exit(seq=1))
    study.enter(Identity(worker_id="gone"), clock=lambda: T0)
    late = T0 + timedelta(hours=1)
    study.expire_overdue(late)
    other = study.enter(Identity(worker_id="ben"), clock=lambda: late)
    other.dispatch(Exit(seq=1))
    study.enter(Identity(worker_id="cy", unit=1), clock=lambda: late)
    return study, folder


def test_a_report_counts_the_units_that_were_returned(study_files: Callable[..., Path], monkeypatch: Any) -> None:
    monkeypatch.delenv("IMGLOOP_RESULTS", raising=False)
    _, folder = played(study_files)
    data = read_data(folder)

    found = by_assignment(data.came, data.tables["allotments"])

    assert found.to_dict("records") == [
        {"target_id": "bear", "form_version": 1, "arm": "default", "given": 2}
        | {"running": 0, "done": 1, "returned": 0, "extra": 1},
        {"target_id": "cub", "form_version": 1, "arm": "default", "given": 2}
        | {"running": 0, "done": 1, "returned": 1, "extra": 0},
    ]


def test_sessions_say_which_version_position_and_stratum_they_are_of(
    study_files: Callable[..., Path], monkeypatch: Any
) -> None:
    monkeypatch.delenv("IMGLOOP_RESULTS", raising=False)
    _, folder = played(study_files)

    sessions = read_data(folder).sessions

    assert set(sessions["form_version"]) == set(sessions["position"]) == {1}
    assert set(sessions["stratum"]) == {""}


def test_the_table_is_whole_with_the_columns_of_the_codebook_and_empty_where_nothing_is_known(
    study_files: Callable[..., Path],
) -> None:
    study, _ = played(study_files)

    known = store_tables(study.store, "small", plan=lambda: study.plan)["allotments"]
    unknown = store_tables(study.store, "small")["allotments"]

    assert list(known) == list(unknown) == list(ALLOTMENTS)
    assert (len(known), len(unknown)) == (4, 0)
    assert known["seen_at"].dtype == unknown["seen_at"].dtype
    assert by_assignment(
        pd.DataFrame(columns=["session_id", "target_id", "form_version", "arm", "gold"]), unknown
    ).empty
