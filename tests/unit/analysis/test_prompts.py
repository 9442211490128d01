"""Prompts: against Levenshtein's own recursion, counts by hand, and the published prompts."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
import truth
from hypothesis import given, settings
from hypothesis import strategies as st

from imgloop_widgets.analysis.prompts import (
    BANDS,
    DYNAMICS,
    dynamics_by_attempt,
    edit_slopes,
    edits,
    edits_by_band,
    prompt_dynamics,
)


def attempts(*prompts: str | None) -> pd.DataFrame:
    rows = [("s", "w", k, prompt) for k, prompt in enumerate(prompts, 1)]
    return pd.DataFrame(rows, columns=["session_id", "worker_id", "attempt", "prompt"])


def distance(a: str, b: str) -> int:
    """Levenshtein's distance, by its definition."""
    row = list(range(len(b) + 1))
    for i, one in enumerate(a, 1):
        before, row = row, [i]
        for j, other in enumerate(b, 1):
            row.append(min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (one != other)))
    return row[-1]


def test_words_characters_and_nearness_are_those_counted_by_hand() -> None:
    table = prompt_dynamics(attempts("kitten", "sitting", "sitting", " a  bear 🐻\n"))
    assert list(table["words"]) == [1, 1, 1, 3]
    assert list(table["characters"]) == [6, 7, 7, 11]
    assert table["similarity"].isna()[0] and list(table["similarity"][1:3]) == pytest.approx([1 - 3 / 7, 1])
    assert table["resubmitted"].isna()[0] and list(table["resubmitted"][1:]) == [0, 1, 0]


@given(st.lists(st.text(alphabet="ab 🐻é", max_size=12), min_size=2, max_size=5))
@settings(max_examples=60, deadline=None)
def test_similarity_is_one_less_the_distance_over_the_longer(texts: list[str]) -> None:
    table = prompt_dynamics(attempts(*texts))
    for i in range(1, len(texts)):
        a, b = texts[i - 1], texts[i]
        expected = 1 - distance(a, b) / (max(len(a), len(b)) or 1)
        assert table["similarity"][i] == pytest.approx(expected)
        assert table["resubmitted"][i] == (a == b)


def test_the_one_before_is_the_last_that_is_known_and_of_the_same_session() -> None:
    frame = pd.concat([attempts("bear", None, "bear"), attempts("bear").assign(worker_id="x")])
    table = prompt_dynamics(frame.iloc[::-1])
    assert list(table["worker_id"]) == ["w", "w", "x"]
    assert list(table["attempt"]) == [1, 3, 1]
    assert list(table["similarity"].isna()) == [True, False, True]


def test_the_published_prompts_are_as_plain_python_counts_them() -> None:
    frame = truth.steerability()
    table = dynamics_by_attempt(frame, seed=1, draws=50).set_index(["measure", "attempt"])["mean"]
    sessions = [rows.sort_values("attempt")["prompt"].tolist() for _, rows in frame.groupby(["worker_id", "target_id"])]
    for k in range(5):
        assert table["words", k + 1] == pytest.approx(np.mean([len(session[k].split()) for session in sessions]))
        assert table["characters", k + 1] == pytest.approx(np.mean([len(session[k]) for session in sessions]))
    k = 4  # one of them: the definition is slow
    near = [1 - distance(s[k - 1], s[k]) / max(len(s[k - 1]), len(s[k])) for s in sessions]
    assert table["similarity", k + 1] == pytest.approx(np.mean(near))
    assert table["resubmitted", k + 1] == pytest.approx(np.mean([s[k - 1] == s[k] for s in sessions]))
    assert set(table.index.get_level_values("measure")) == set(DYNAMICS) and ("similarity", 1) not in table.index


def test_an_edit_is_from_the_prompt_before_and_its_value_to_this_one() -> None:
    frame = attempts("abcd", "abcx", "abcx", "new").assign(score=[3, 5, None, 4])
    table = edits(frame)
    assert list(table["attempt"]) == [2] and list(table["change"]) == [2] and list(table["before"]) == [3]
    assert list(table["similarity"]) == pytest.approx([3 / 4])  # the unknown score leaves out both of its edits


def test_edits_are_put_in_bands_with_their_lower_ends() -> None:
    pairs = {"under 25 %": "abcdzzzz", "25 to 50 %": "abzz", "50 to 75 %": "abcz", "the same text": "abcd"}
    rows = []
    for i, (kept, text) in enumerate(pairs.items()):
        first = {"under 25 %": "a" * 8, "25 to 50 %": "abxxxxxx", "50 to 75 %": "abcxx", "the same text": "abcd"}[kept]
        rows += [(f"s{i}", f"w{i}", 1, first, 1.0), (f"s{i}", f"w{i}", 2, text, 2.0 + i)]
    rows += [("s9", "w9", 1, "abcd", 1.0), ("s9", "w9", 2, "abcx", 7.0)]  # 0.75 exactly
    frame = pd.DataFrame(rows, columns=["session_id", "worker_id", "attempt", "prompt", "score"])
    table = edits_by_band(frame, seed=1, draws=10).set_index("kept")
    assert list(table.index) == list(BANDS)
    assert dict(table["mean"]) == {
        "under 25 %": 1,
        "25 to 50 %": 2,
        "50 to 75 %": 3,
        "over 75 %": 6,
        "the same text": 4,
    }
    assert set(table["edits"]) == {1} and table["low"].isna().all()


def test_the_published_edits_and_their_slopes_are_those_of_pandas_and_statsmodels() -> None:
    frame = truth.steerability().sort_values(["session_id", "attempt"])
    dynamics = prompt_dynamics(frame).sort_values(["session_id", "attempt"])
    expected = frame.assign(
        before=frame.groupby("session_id")["dreamsim"].shift(), similarity=dynamics["similarity"].to_numpy()
    )
    expected["change"] = expected["dreamsim"] - expected["before"]
    expected = expected.dropna(subset=["change"])
    table = edit_slopes(frame, value="dreamsim").set_index("adjusted")
    groups = {"groups": pd.factorize(expected["worker_id"])[0]}
    for adjusted, formula in (("no", "change ~ similarity"), ("for the value before", "change ~ similarity + before")):
        model = smf.ols(formula, expected).fit(cov_type="cluster", cov_kwds=groups)
        assert table.loc[adjusted, "estimate"] == pytest.approx(model.params["similarity"])
        assert table.loc[adjusted, "se"] == pytest.approx(model.bse["similarity"])
    assert set(table["edits"]) == {232} and set(table["sessions"]) == {58} and set(table["workers"]) == {29}
    same = edits_by_band(frame, value="dreamsim", seed=1, draws=10).set_index("kept").loc["the same text"]
    again = expected.loc[expected["similarity"] == 1, "change"]
    assert same["edits"] == len(again) and same["mean"] == pytest.approx(again.mean())


def test_the_known_effect_of_an_edit_is_in_about_95_of_100_intervals() -> None:
    chance, inside = np.random.default_rng(6), 0
    for _ in range(60):
        frame = truth.sessions(chance, workers=30, each=2, attempts=2, session=0, worker=0)
        kept = chance.integers(0, 11, len(frame) // 2)
        frame["prompt"] = "a" * 10
        frame.loc[frame["attempt"] == 2, "prompt"] = ["a" * k + "b" * (10 - k) for k in kept]
        own = np.repeat(chance.normal(0, 1, 30), 2)  # a worker's edits do alike
        frame.loc[frame["attempt"] == 2, "score"] += -2 * kept / 10 + own
        row = edit_slopes(frame).iloc[1]
        inside += row["low"] <= -2 <= row["high"]
    assert truth.covers(inside, 60), inside
