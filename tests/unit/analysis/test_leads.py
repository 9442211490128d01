"""What a report says first of what it is about, in a sentence."""

import pandas as pd

from imgloop_widgets.analysis import leads
from imgloop_widgets.analysis.data import Value


def attempts() -> pd.DataFrame:
    rows = [("s1", "w1", "b", 4), ("s1", "w1", "b", None), ("s2", "w2", "a", 7), ("s3", "w2", "a", 1)]
    return pd.DataFrame(rows, columns=["session_id", "worker_id", "arm", "score"])


def test_of_a_value_its_scale_and_its_number_are_told() -> None:
    said = leads.value(Value(name="score", attempts=attempts(), scale=(1, 10), given=True), goal="a score of 10").text
    assert "the score that its worker gave, from 1 to 10; 3 of 4 attempts have one" in said
    assert said.endswith("A session has reached the goal with its first attempt that has a score of 10.")


def test_of_a_metric_without_a_scale_it_is_told_that_the_data_has_made_it() -> None:
    frame = attempts().rename(columns={"score": "dreamsim"})
    said = leads.value(Value(name="dreamsim", attempts=frame, scale=(1, 7), given=False)).text
    assert "the metric “dreamsim”, from 1 to 7, the lowest and the highest in the data (no scale is named)" in said


def test_arms_are_told_with_who_is_in_them_the_baseline_first() -> None:
    said = leads.arms(attempts(), baseline="b").text
    assert said.endswith("“b” (1 worker, 1 session), “a” (1 worker, 2 sessions).")


def test_of_one_arm_it_is_told_how_others_come_into_the_data() -> None:
    for frame, begin in (
        (attempts().assign(arm="a"), "There is one arm only, “a”"),
        (attempts().iloc[:0], "There is no"),
    ):
        said = leads.arms(frame, baseline="a").text
        assert said.startswith(begin) and "--map arm=COLUMN" in said
