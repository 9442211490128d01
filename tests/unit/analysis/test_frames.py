"""Frames: the same columns and types whatever is in them."""

from dataclasses import replace
from datetime import timedelta
from types import ModuleType
from typing import Any

import pytest

from imgloop_widgets.analysis.frames import (
    ATTEMPTS,
    SESSIONS,
    attempts_frame,
    numbered,
    read_frames,
    sessions_frame,
)
from imgloop_widgets.errors import StoreError


@pytest.mark.parametrize("size", [0, 1, 30])
def test_a_frame_has_the_columns_and_types_of_its_codebook_also_when_it_is_empty(made: ModuleType, size: int) -> None:
    logs = list(made.crowd(size))
    for frame, columns in ((sessions_frame(logs), SESSIONS), (attempts_frame(logs), ATTEMPTS)):
        assert {name: str(dtype) for name, dtype in frame.dtypes.items()} == {k: c.dtype for k, c in columns.items()}
    assert len(sessions_frame(logs)) == size


def test_a_session_is_a_row_and_an_image_is_a_row(made: ModuleType) -> None:
    frames = read_frames([made.session(1, worker="ana", scores=[4, 7, 7], write_s=30, wait_s=2, judge_s=10)])
    session = frames.sessions.iloc[0]
    assert (session.worker_id, session.status, session.started) == ("ana", "attempts_used", True)
    assert (session.attempts, session.first_score, session.last_score, session.best_score) == (3, 4, 7, 7)
    assert list(frames.attempts["score"]) == [4, 7, 7]
    assert list(frames.attempts["best"]) == [False, True, False]  # the earliest of two equal ones
    assert list(frames.attempts["write_s"]) == [30, 30, 30]
    assert list(frames.attempts["wait_s"]) == [2, 2, 2]
    assert list(frames.attempts["judge_s"]) == [10, 10, 10]


def test_a_session_that_goes_on_is_open_and_has_no_end(made: ModuleType) -> None:
    sessions = sessions_frame([made.session(1, scores=[4, None], reason=None), made.session(2, reason="exited")])
    assert list(sessions["status"]) == ["open", "exited"]
    assert list(sessions["reason"].isna()) == [True, False]
    assert list(sessions["finished_at"].isna()) == [True, False]
    assert list(sessions["started"]) == [True, False]
    assert list(sessions["best_score"].isna()) == [False, True]


def test_the_hash_of_the_data_depends_on_every_event_and_not_on_the_order_of_the_sessions(made: ModuleType) -> None:
    logs = list(made.crowd(5))
    session_id, log = logs[0]
    later = (replace(log[0], at=log[0].at - timedelta(microseconds=1)), *log[1:])
    digest = read_frames(logs).data_hash
    assert read_frames(reversed(logs)).data_hash == digest
    assert read_frames([(session_id, later), *logs[1:]]).data_hash != digest
    assert read_frames(logs[1:]).data_hash != digest


def mixed(made: ModuleType) -> list[Any]:
    """Two simulated workers' sessions around a real one's."""
    return [made.session(n, worker=worker, scores=[n]) for n, worker in enumerate(["sim-0001", "ana", "sim-0002"], 1)]


def test_a_row_says_whether_its_worker_was_simulated(made: ModuleType) -> None:
    frames = read_frames(mixed(made))
    assert list(frames.sessions["simulated"]) == [True, False, True]
    assert list(frames.attempts["simulated"]) == [True, False, True]


@pytest.mark.parametrize(("simulated", "scores", "left_out"), [(None, [2], 2), (True, [1, 2, 3], 0), (False, [2], 2)])
def test_beside_real_sessions_simulated_ones_are_left_out_unless_asked_for(
    made: ModuleType, simulated: bool | None, scores: list[int], left_out: int
) -> None:
    logs = mixed(made)
    frames = read_frames(logs, simulated=simulated)
    assert list(frames.sessions["first_score"]) == list(frames.attempts["score"]) == scores
    assert list(frames.sessions.index) == list(range(len(scores)))
    assert frames.left_out == left_out
    shown = [log for log in logs if log[1][3].score in scores]
    assert frames.data_hash == read_frames(shown).data_hash  # of what is shown


def test_where_all_are_simulated_they_are_shown_unless_that_is_refused(made: ModuleType) -> None:
    logs = mixed(made)[::2]
    assert (len(read_frames(logs, simulated=None).sessions), read_frames(logs, simulated=None).left_out) == (2, 0)
    assert (len(read_frames(logs, simulated=False).sessions), read_frames(logs, simulated=False).left_out) == (0, 2)


def test_an_answer_other_than_yes_no_and_none_is_refused(made: ModuleType) -> None:
    with pytest.raises(ValueError, match="simulated must be None, True or False; not 'no'"):
        read_frames([], simulated="no")  # type: ignore[arg-type]  # that is the mistake


def test_a_log_that_breaks_the_rules_is_named(made: ModuleType) -> None:
    session_id, log = made.session(7, scores=[4])
    with pytest.raises(StoreError, match=f"session {session_id}.*breaks the rules"):
        read_frames([(session_id, log[:1] + log[2:])])
    with pytest.raises(StoreError, match=f"session {session_id}.*empty"):
        read_frames([(session_id, ())])


def test_numbers_take_the_place_of_the_workers_ids(made: ModuleType) -> None:
    logs = [made.session(n, worker=worker, scores=[5]) for n, worker in enumerate(["zoe", "ana", "zoe"], 1)]
    frames = read_frames(logs)
    for frame in (numbered(frames.sessions, frames.sessions), numbered(frames.attempts, frames.sessions)):
        assert list(frame["session"]) == [1, 2, 3]
        assert list(frame["worker"]) == [1, 2, 1]
        assert not {"worker_id", "answers"} & set(frame.columns)
        assert "zoe" not in frame.to_csv()
