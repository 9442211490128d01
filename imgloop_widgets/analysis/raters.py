"""What others judged of the images, question by question: how they answered, and whether they agree.

    ratings: rater_id, item, question, value  →  rating_counts, raters_per_item, agreement_by_question

A rating is by somebody else than the worker. The workers' own scores are none: each scores their own pictures, so that
no picture has two scores that could agree.
"""

import pandas as pd

from imgloop_widgets.analysis.agreement import SCALES, icc, krippendorff_alpha
from imgloop_widgets.analysis.bootstrap import DRAWS
from imgloop_widgets.analysis.tidy import each, require

COEFFICIENTS: tuple[str, ...] = (*(f"alpha, {scale}" for scale in SCALES), "ICC(1,1)", "ICC(1,k)")
"""The rows of `agreement_by_question`, for each question."""


def rating_counts(ratings: pd.DataFrame) -> pd.DataFrame:
    """Return how often each answer was given.

    In: rater_id, item, question, value; rows without a value are left out. Out: question, value, ratings, share (of the
    question's, 0 to 1).
    """
    require(ratings, "rater_id", "item", "question", "value")
    counts = ratings.dropna(subset=["value"]).groupby(["question", "value"]).size().rename("ratings").reset_index()
    counts = counts.astype({"question": "str", "value": "float64", "ratings": "int64"})
    return counts.assign(share=counts["ratings"] / counts.groupby("question")["ratings"].transform("sum"))


def raters_per_item(ratings: pd.DataFrame) -> pd.DataFrame:
    """Return how many items have one rater, two, …

    In: as `rating_counts`. Out: question, raters, items.
    """
    require(ratings, "rater_id", "item", "question", "value")
    sizes = ratings.dropna(subset=["value"]).groupby(["question", "item"])["rater_id"].nunique().rename("raters")
    counts = sizes.reset_index().groupby(["question", "raters"]).size().rename("items").reset_index()
    return counts.astype({"question": "str", "raters": "int64", "items": "int64"})


def agreement_by_question(ratings: pd.DataFrame, *, seed: int, draws: int = DRAWS) -> pd.DataFrame:
    """Return every measure of agreement for each question.

    In: as `rating_counts`. Out: question, coefficient (each of `COEFFICIENTS`), value (≤ 1; NaN where all ratings are
    the same, or no item has two), low, high (95 %: of alpha over items and raters, of the ICC over items), items (with
    two ratings or more), raters, ratings, per_item (of the ICCs: mean ratings an item, the k of ICC(1,k)).

    Raises: ValueError: a column is missing, or a rater has answered a question twice about an item.
    """
    require(ratings, "rater_id", "item", "question", "value")

    def measures(rows: pd.DataFrame) -> pd.DataFrame:
        alphas = [krippendorff_alpha(rows, item="item", scale=s, seed=seed, draws=draws) for s in SCALES]
        first = pd.concat(alphas).rename(columns={"alpha": "value"}).drop(columns="scale")
        second = icc(rows, item="item", seed=seed, draws=draws).rename(columns={"icc": "value", "k": "per_item"})
        table = pd.concat([first, second.drop(columns="kind")], ignore_index=True)
        table.insert(0, "coefficient", pd.Series(COEFFICIENTS, dtype="str"))
        return table

    return each(ratings, "question", measures)
