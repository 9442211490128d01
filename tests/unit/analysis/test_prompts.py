"""Prompts: against Levenshtein's own recursion, counts by hand, and the published prompts."""

import numpy as np
import pandas as pd
import pytest
import truth
from hypothesis import given, settings
from hypothesis import strategies as st

from imgloop_widgets.analysis.prompts import DYNAMICS, dynamics_by_attempt, prompt_dynamics


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
