"""Ratings by question: against the packages krippendorff and pingouin, and counts by hand."""

import krippendorff
import numpy as np
import pandas as pd
import pingouin
import pytest

from imgloop_widgets.analysis.codebook import empty
from imgloop_widgets.analysis.raters import COEFFICIENTS, agreement_by_question, raters_per_item, rating_counts


def ratings() -> pd.DataFrame:
    """Two questions about twelve items, three raters each; one item of the second has one rating only."""
    chance, rows = np.random.default_rng(1), []
    for question, noise in (("alike", 0.5), ("good", 2.0)):
        for item in range(12):
            true = chance.normal(4, 1.5)
            rows += [(f"r{r}", f"i{item:02}", question, float(round(true + chance.normal(0, noise)))) for r in range(3)]
    frame = pd.DataFrame(rows, columns=["rater_id", "item", "question", "value"])
    frame.loc[frame.index[-2:], "value"] = np.nan
    return frame


def test_each_question_has_the_agreement_that_the_packages_give_it() -> None:
    table = agreement_by_question(ratings(), seed=1, draws=20)
    assert table["coefficient"].tolist() == [*COEFFICIENTS] * 2
    for question, rows in ratings().groupby("question"):
        data = rows.pivot(index="rater_id", columns="item", values="value").to_numpy()
        own = table[table["question"] == question].set_index("coefficient")
        for scale in ("nominal", "ordinal", "interval"):
            exact = krippendorff.alpha(data, level_of_measurement=scale)
            assert own.loc[f"alpha, {scale}", "value"] == pytest.approx(exact)
    full = ratings()[lambda frame: frame["question"] == "alike"]
    exact = pingouin.intraclass_corr(full, targets="item", raters="rater_id", ratings="value").set_index("Type")["ICC"]
    own = table[table["question"] == "alike"].set_index("coefficient")["value"]
    assert [own["ICC(1,1)"], own["ICC(1,k)"]] == pytest.approx([exact.iloc[0], exact.iloc[3]])


def test_only_items_with_two_ratings_count_and_the_table_says_how_many_those_are() -> None:
    table = agreement_by_question(ratings(), seed=1, draws=2)
    assert table.groupby("question")["items"].first().to_dict() == {"alike": 12, "good": 11}
    assert table.groupby("question")["ratings"].first().to_dict() == {"alike": 36, "good": 33}


def test_answers_and_raters_are_counted() -> None:
    rows = [("r1", "a", "q", 1), ("r2", "a", "q", 3), ("r1", "b", "q", 3), ("r3", "b", "q", None), ("r1", "a", "p", 2)]
    frame = pd.DataFrame(rows, columns=["rater_id", "item", "question", "value"])
    counts = rating_counts(frame).set_index(["question", "value"])
    assert counts["ratings"].to_dict() == {("p", 2.0): 1, ("q", 1.0): 1, ("q", 3.0): 2}
    assert counts.loc[("q", 3.0), "share"] == pytest.approx(2 / 3)
    assert raters_per_item(frame).to_numpy().tolist() == [["p", 1, 1], ["q", 1, 1], ["q", 2, 1]]


@pytest.mark.filterwarnings("error")
def test_without_ratings_there_are_tables_without_rows() -> None:
    for table in (rating_counts(empty("ratings")), raters_per_item(empty("ratings"))):
        assert table.empty
    assert list(agreement_by_question(empty("ratings"), seed=1).columns)[:3] == ["question", "coefficient", "value"]


@pytest.mark.filterwarnings("error")
def test_items_with_one_rater_each_have_no_agreement() -> None:
    frame = pd.DataFrame({"rater_id": ["r1", "r2"], "item": ["a", "b"], "question": "q", "value": [1.0, 2.0]})
    assert agreement_by_question(frame, seed=1, draws=2)["value"].isna().all()
