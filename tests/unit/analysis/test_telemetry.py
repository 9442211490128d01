"""What pages noted as a frame and as signals of workers: by hand, and beside what they gained."""

from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr

from imgloop_widgets.analysis.codebook import TELEMETRY, empty
from imgloop_widgets.analysis.leads import NO_TELEMETRY, NO_TELEMETRY_YET, SIGNALS_OFF, telemetry
from imgloop_widgets.analysis.tables import store_tables
from imgloop_widgets.analysis.telemetry import (
    PAGE_SIGNALS,
    gain_associations,
    page_signals,
    telemetry_frame,
    with_gains,
)
from imgloop_widgets.analysis.words import SIGNAL_WORDS
from imgloop_widgets.analysis.workers import compared, summary
from imgloop_widgets.signals import SIGNALS, Noted
from imgloop_widgets.store import open_store
from imgloop_widgets.study import load_study

SESSIONS = pd.DataFrame(
    [("bob", "b1"), ("ann", "a1"), ("cid", "c1"), ("ann", "a2")], columns=["worker_id", "session_id"]
)
ATTEMPTS = pd.DataFrame(
    [
        ("bob", "b1", 1, "x" * 40, 2.0),
        ("ann", "a1", 1, "x" * 20, 4.0),
        ("ann", "a1", 2, "x" * 30, 7.0),
        ("ann", "a2", 1, "x" * 50, 5.0),
        ("ann", "a2", 2, "x" * 60, 6.0),
        ("cid", "c1", 1, "x" * 10, 1.0),
    ],
    columns=["worker_id", "session_id", "attempt", "prompt", "score"],
)


def noted(*rows: tuple[str, int, str, dict[str, float]]) -> pd.DataFrame:
    """Rows of telemetry: session_id, attempt, phase, and what is above 0."""
    table = [
        {"session_id": s, "attempt": a, "phase": p, **dict.fromkeys(SIGNALS, 0), **values} for s, a, p, values in rows
    ]
    return pd.DataFrame(table).assign(page="p", at=pd.NaT)[list(TELEMETRY)].astype(dict.fromkeys(SIGNALS, "float64"))


ROWS = noted(
    ("b1", 1, "writing", {"open_s": 40, "typing_s": 8, "pauses": 3, "keys": 40, "deletions": 10}),
    ("a1", 1, "writing", {"open_s": 10, "typing_s": 1, "pastes": 1, "pasted_characters": 500, "keys": 4}),
    ("a1", 2, "writing", {"open_s": 10, "typing_s": 4, "pauses": 1, "keys": 16}),
    ("a1", 2, "writing", {"open_s": 5, "typing_s": 2}),  # the same step, after a reload
    ("a2", 1, "writing", {"open_s": 25, "typing_s": 9, "pasted_characters": 5, "keys": 20}),
    ("a1", 1, "waiting", {"open_s": 50, "hidden": 3, "hidden_s": 25, "lost": 1, "lost_s": 4}),
)


def test_each_signal_is_what_it_is_by_hand() -> None:
    table = page_signals(SESSIONS, ATTEMPTS, ROWS).set_index("worker")
    bob, ann, cid = table.loc[1], table.loc[2], table.loc[3]
    assert tuple(bob[list(PAGE_SIGNALS)]) == (0, 8, 0.25, 3, 0, 0, 0)
    assert ann["pasted"] == pytest.approx((20 + 0 + 5) / (20 + 30 + 50))  # of a prompt at most all of it
    assert (ann["typing_s"], ann["pauses_each"]) == (6, pytest.approx(1 / 3))  # of 1, 6 and 9 seconds; of three prompts
    assert ann["hidden"] == 0.25 and (ann["hidden_each"], ann["lost_each"]) == (1.5, 0.5)  # of two sessions
    assert cid.isna().all()  # nothing is known of their page


def test_without_telemetry_there_are_no_signals_and_no_gains() -> None:
    table = page_signals(SESSIONS, ATTEMPTS, empty("telemetry"))
    assert table.empty and compared(table).empty
    signals = pd.DataFrame({"worker": [1, 2, 3], "write_s": [1.0, 2.0, 3.0]})
    beside = with_gains(signals, table, SESSIONS, ATTEMPTS)
    assert beside.empty and list(gain_associations(beside, seed=1)) == ["signal", "r", "low", "high", "workers"]


def test_a_gain_is_last_less_first_over_the_sessions_with_two_scores() -> None:
    signals = pd.DataFrame({"worker": [1, 2, 3], "write_s": [10.0, 20.0, 30.0]})
    beside = with_gains(signals, page_signals(SESSIONS, ATTEMPTS, ROWS), SESSIONS, ATTEMPTS)
    assert set(beside["worker"]) == {2}  # bob and cid have one score each
    assert beside.set_index("signal")["gain"].tolist() == [2, 2, 2]  # of 3 and 1
    assert beside.set_index("signal").loc["write_s", "value"] == 20


def test_the_correlation_is_scipy_s() -> None:
    chance = np.random.default_rng(1)
    beside = pd.DataFrame({"signal": "pasted", "worker": range(40), "value": chance.integers(0, 9, 40) / 8})
    beside["gain"] = beside["value"] + chance.normal(size=40)
    (row,) = gain_associations(beside, seed=1, draws=200).to_dict("records")
    assert row["r"] == pytest.approx(spearmanr(beside["value"], beside["gain"]).statistic)
    assert row["low"] < row["r"] < row["high"] and row["workers"] == 40


@pytest.mark.filterwarnings("error")
def test_of_one_worker_there_are_tables_too() -> None:
    table = page_signals(SESSIONS.iloc[:1], ATTEMPTS.iloc[:1], ROWS.iloc[:1])
    assert list(summary(compared(table))["workers"]) == [1] * len(PAGE_SIGNALS)


def test_every_signal_of_a_page_has_words() -> None:
    assert set(PAGE_SIGNALS) <= set(SIGNAL_WORDS)


def test_the_frame_has_the_columns_of_the_codebook_with_0_for_what_was_not_noted(made: ModuleType) -> None:
    with open_store(":memory:") as store:
        assert telemetry_frame(store, "made_up").dtypes.equals(empty("telemetry").dtypes)
        made.fill(store, [made.session(1, scores=[5])])
        (session,) = (opened.session_id for opened in store.sessions())
        store.note(session, [Noted(page="p", attempt=1, phase="writing", values={"keys": 7})], made.BEGIN)
        frame = telemetry_frame(store, "made_up")
        assert frame.dtypes.equals(empty("telemetry").dtypes)
        (row,) = frame.to_dict("records")
        assert (row["session_id"], row["attempt"], row["keys"], row["pastes"], row["open_s"]) == (session, 1, 7, 0, 0)
        assert telemetry_frame(store, "another").empty


def test_what_simulated_workers_pages_noted_goes_where_these_workers_go(made: ModuleType) -> None:
    with open_store(":memory:") as store:
        made.fill(store, [made.session(1, worker="ana", scores=[5]), made.session(2, worker="sim-0001", scores=[5])])
        made.note(store)
        without, all_of = (store_tables(store, "made_up", simulated=which)["telemetry"] for which in (None, True))
    assert (len(without), len(all_of)) == (2, 4)


def test_a_report_says_why_there_is_nothing(made: ModuleType, tmp_path: Path) -> None:
    made.study_folder(tmp_path)
    off = load_study(tmp_path)
    text = (tmp_path / "study.toml").read_text().replace('results = "results"', 'results = "results"\nsignals = true')
    (tmp_path / "study.toml").write_text(text)
    said: dict[Any, str] = {
        why: telemetry(empty("telemetry"), study).text
        for why, study in (("files", None), ("off", off), ("on", load_study(tmp_path)))
    }
    assert said == {"files": NO_TELEMETRY, "off": SIGNALS_OFF, "on": NO_TELEMETRY_YET}
    assert telemetry(ROWS, off).text.startswith("Noted by 3 pages in 3 sessions: 6 steps")
