"""The flow: against counts by hand, and the law that every session is counted once."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imgloop_widgets.analysis.exclusions import NOT_STARTED, Rule, analysed, excluded_by, exclusion_flow

SESSIONS = pd.DataFrame(
    {
        "session_id": ["s1", "s2", "s3", "s4", "s5"],
        "worker_id": ["ana", "ana", "bob", "cem", "dan"],
        "started": [True, True, True, True, False],
        "attempts": [5, 1, 1, 5, 0],
        "seconds": [300, 20, 200, 10, 5],
    },
    index=[10, 11, 12, 13, 14],
)
RULES: dict[str, Rule] = {
    "fewer than two attempts": lambda sessions: sessions["attempts"] < 2,
    "faster than a minute": lambda sessions: sessions["seconds"] < 60,
}


def test_the_flow_is_the_one_by_hand() -> None:
    flow = exclusion_flow(SESSIONS, RULES, invited=9)
    assert list(flow["stage"]) == ["invited", "came", "started", "excluded", "excluded", "analysed"]
    assert list(flow["step"][3:5]) == list(RULES)
    assert flow["sessions"].tolist() == [pd.NA, 5, 4, 2, 1, 1]
    assert flow["workers"].tolist() == [9, 4, 3, 2, 1, 1]
    assert flow["left_sessions"].tolist()[1:] == [5, 4, 2, 1, 1]
    assert flow["left_workers"].tolist()[1:] == [4, 3, 2, 1, 1]


def test_a_session_is_left_out_by_the_first_rule_that_says_so() -> None:
    few, fast = RULES
    table = excluded_by(SESSIONS, RULES)
    assert table["excluded_by"].tolist()[1:] == [few, few, fast, NOT_STARTED]
    turned = excluded_by(SESSIONS, dict(reversed(RULES.items())))
    assert turned.loc[11, "excluded_by"] == "faster than a minute"
    assert list(analysed(SESSIONS, RULES).index) == [10]
    assert list(analysed(SESSIONS, RULES).columns) == list(SESSIONS.columns)


def test_a_rule_sees_only_what_is_left() -> None:
    def only_one_session(sessions: pd.DataFrame) -> pd.Series:
        return sessions.groupby("worker_id")["session_id"].transform("size") < 2

    rules = {"fewer than two attempts": RULES["fewer than two attempts"], "one session": only_one_session}
    assert analysed(SESSIONS, rules).empty  # ana has one left


@given(st.lists(st.tuples(st.integers(0, 3), st.booleans(), st.integers(0, 7)), max_size=20), st.integers(0, 3))
@settings(max_examples=50, deadline=None)
def test_every_session_is_counted_once(rows: list[tuple[int, bool, int]], many: int) -> None:
    frame = pd.DataFrame(rows, columns=["worker_id", "started", "x"]).assign(session_id=range(len(rows)))
    rules: dict[str, Rule] = {f"bit {i}": lambda s, i=i: s["x"].astype(int) // 2**i % 2 == 1 for i in range(many)}
    flow = exclusion_flow(frame.astype({"started": "bool"}), rules)
    counts = flow.groupby("stage")["sessions"].sum()
    assert counts["started"] == counts.get("excluded", 0) + counts["analysed"]
    assert counts["analysed"] == sum(started and x % 2**many == 0 for _, started, x in rows)
    assert flow["left_sessions"].is_monotonic_decreasing and flow["left_workers"].is_monotonic_decreasing


@pytest.mark.parametrize(
    "answer", [lambda s: s["attempts"], lambda s: [True] * len(s), lambda s: (s["attempts"] > 1).iloc[:-1]]
)
def test_a_rule_that_does_not_answer_for_each_session_is_told(answer: Rule) -> None:
    with pytest.raises(ValueError, match="rule 'mine' must give True or False for each session; not "):
        excluded_by(SESSIONS, {"mine": answer})


def test_fewer_invited_than_came_is_told() -> None:
    with pytest.raises(ValueError, match=r"invited must be a whole number, 4 or more; not 3\."):
        exclusion_flow(SESSIONS, RULES, invited=3)
