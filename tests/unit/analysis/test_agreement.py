"""Agreement: against published tables, krippendorff, pingouin, and raters whose agreement is known."""

import krippendorff
import numpy as np
import pandas as pd
import pingouin
import pytest
import truth
from hypothesis import given, settings
from hypothesis import strategies as st

from imgloop_widgets.analysis.agreement import OVER, SCALES, icc, krippendorff_alpha

NONE = None
TABLE = [
    [1, 2, 3, 3, 2, 1, 4, 1, 2, NONE, NONE, NONE],
    [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, NONE, 3],
    [NONE, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, NONE],
    [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, NONE],
]
"""Four observers, twelve units, ratings missing (Krippendorff, Computing Krippendorff's Alpha-Reliability, 2011, C)."""

JUDGES = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
"""Six targets, four judges (Shrout and Fleiss 1979, table 2)."""


def ratings(table: list[list[int | None]]) -> pd.DataFrame:
    """table: a row for each rater."""
    rows = [(f"i{i:03}", f"r{r:03}", v) for r, row in enumerate(table) for i, v in enumerate(row)]
    return pd.DataFrame(rows, columns=["item_id", "rater_id", "value"]).astype({"value": "float64"})


def alpha(frame: pd.DataFrame, scale: str, **how: object) -> float:
    return float(krippendorff_alpha(frame, scale=scale, seed=1, **{"draws": 2, **how})["alpha"][0])  # type: ignore[arg-type]


def test_the_published_alphas_come_out() -> None:
    found = {scale: round(alpha(ratings(TABLE), scale), 3) for scale in SCALES}
    assert found == {"nominal": 0.743, "ordinal": 0.815, "interval": 0.849}
    row = krippendorff_alpha(ratings(TABLE), scale="nominal", seed=1, draws=2).iloc[0]
    assert (row["items"], row["raters"], row["ratings"]) == (11, 4, 40)  # the twelfth has one rating


def test_the_published_intraclass_correlations_come_out() -> None:
    table = icc(ratings(np.array(JUDGES).T.tolist()), seed=1, draws=2).set_index("kind")["icc"]
    assert (round(table["ICC(1,1)"], 2), round(table["ICC(1,k)"], 2)) == (0.17, 0.44)


@given(st.lists(st.lists(st.one_of(st.none(), st.integers(1, 5)), min_size=6, max_size=6), min_size=2, max_size=5))
@settings(max_examples=40, deadline=None)
def test_of_any_ratings_alpha_is_that_of_krippendorffs_package(table: list[list[int | None]]) -> None:
    data = np.array(table, dtype="float64")
    pairable = (~np.isnan(data)).sum(axis=0) > 1
    values = data[:, pairable]
    distinct = len(np.unique(values[~np.isnan(values)]))
    for scale in SCALES:
        ours = alpha(ratings(table), scale)
        if distinct < 2:
            assert np.isnan(ours)
        else:
            theirs = krippendorff.alpha(data, level_of_measurement=scale)
            assert ours == pytest.approx(theirs)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_of_balanced_ratings_the_icc_is_that_of_pingouin(seed: int) -> None:
    chance = np.random.default_rng(seed)
    data = chance.normal(0, 1, 12) + chance.normal(0, 1, (4, 12))
    frame = ratings(data.tolist())
    theirs = pingouin.intraclass_corr(frame, "item_id", "rater_id", "value").set_index("Type")["ICC"]
    ours = icc(frame, seed=1, draws=2).set_index("kind")["icc"]
    assert ours["ICC(1,1)"] == pytest.approx(theirs["ICC(1,1)"])
    assert ours["ICC(1,k)"] == pytest.approx(theirs["ICC(1,k)"])


def test_of_unbalanced_ratings_the_icc_is_the_analysis_of_variance_written_out() -> None:
    groups = [[3, 4], [6, 8, 7], [1, 2, 2, 5], [9, 9]]
    frame = pd.DataFrame([(i, f"{i}-{k}", v) for i, g in enumerate(groups) for k, v in enumerate(g)],
                         columns=["item_id", "rater_id", "value"])  # fmt: skip
    flat = np.concatenate(groups)
    between = sum(len(g) * (np.mean(g) - flat.mean()) ** 2 for g in groups) / 3
    within = sum(((np.array(g) - np.mean(g)) ** 2).sum() for g in groups) / (11 - 4)
    n0 = (11 - (4 + 9 + 16 + 4) / 11) / 3
    table = icc(frame, seed=1, draws=2)
    assert list(table["icc"]) == pytest.approx(
        [(between - within) / (between + (n0 - 1) * within), 1 - within / between]
    )
    assert table["k"][0] == pytest.approx(n0)


def test_the_mean_of_k_is_as_spearman_and_brown_say() -> None:
    table = icc(ratings(np.array(JUDGES).T.tolist()), seed=1, draws=2)
    one, many = table["icc"]
    assert many == pytest.approx(4 * one / (1 + 3 * one))


def simulated(chance: np.random.Generator, items: int, raters: int, each: int, leniency: float = 0.7) -> pd.DataFrame:
    """Each item has `each` raters of a crowd, who differ in leniency: ICC(1,1) = 1 / (1 + leniency² + 0.8²)."""
    who = np.argsort(chance.random((items, raters)), axis=1)[:, :each]
    values = (
        chance.normal(0, 1, (items, 1)) + chance.normal(0, leniency, raters)[who] + chance.normal(0, 0.8, who.shape)
    )
    what = np.repeat(np.arange(items), each)
    return pd.DataFrame({"item_id": what, "rater_id": who.ravel(), "value": values.ravel()})


@pytest.mark.parametrize(
    ("over", "items", "raters", "each"), [("both", 60, 40, 4), ("items", 60, 240, 4), ("raters", 400, 40, 4)]
)
def test_the_known_alpha_is_in_about_95_of_100_intervals(over: str, items: int, raters: int, each: int) -> None:
    """Of very many ratings alpha for numbers is ICC(1,1).

    'items' holds where raters hardly come again, 'raters' where items are many, and 'both' anywhere.
    """
    chance, inside = np.random.default_rng(3), 0
    expected = 1 / (1 + 0.7**2 + 0.8**2)
    for run in range(100):
        frame = simulated(chance, items, raters, 4)
        frame["value"] = (frame["value"] * 4).round()  # fewer values, which is faster, and a variance of 1/12 more
        row = krippendorff_alpha(frame, scale="interval", over=over, seed=run, draws=60).iloc[0]
        inside += row["low"] <= expected * (1 - 1 / 12 / (16 * 2.13)) <= row["high"]
    assert inside >= 87, inside  # percentiles of 60 draws are a little short


def test_the_known_icc_is_in_about_95_of_100_intervals() -> None:
    chance, inside = np.random.default_rng(4), np.zeros(2)
    one = 1 / (1 + 0.7**2 + 0.8**2)
    many = 4 * one / (1 + 3 * one)
    for run in range(100):
        table = icc(simulated(chance, 80, 320, 4), seed=run, draws=300)
        inside += ((table["low"] <= [one, many]) & (table["high"] >= [one, many])).to_numpy()
    assert all(truth.covers(int(hits), 100) for hits in inside), inside


def test_a_rater_who_is_drawn_twice_does_not_agree_with_themselves() -> None:
    """Ratings at random: alpha is 0, and so is the middle of all draws of raters."""
    chance = np.random.default_rng(5)
    frame = ratings(chance.integers(1, 6, (6, 300)).tolist())
    row = krippendorff_alpha(frame, scale="interval", over="raters", seed=1, draws=300).iloc[0]
    assert row["low"] < 0 < row["high"] < 0.1  # a sixth of all pairs would be of copies


def test_words_can_be_nominal_and_nothing_else() -> None:
    frame = ratings(TABLE).dropna().assign(value=lambda f: f["value"].map(str))
    assert alpha(frame, "nominal") == pytest.approx(alpha(ratings(TABLE), "nominal"))
    with pytest.raises(ValueError, match="column 'value' must hold numbers"):
        alpha(frame.assign(value="good"), "ordinal")


def test_what_cannot_be_is_told() -> None:
    frame = ratings(TABLE)
    with pytest.raises(ValueError, match=r"^scale must be one of 'nominal', 'ordinal' or 'interval'; not 'ratio'\.$"):
        alpha(frame, "ratio")
    with pytest.raises(ValueError, match=r"^over must be one of 'items', 'raters' or 'both'; not 'x'\.$"):
        alpha(frame, "nominal", over="x")
    with pytest.raises(ValueError, match=r"a rater must rate an item once; not several times, as 'r000' did 'i000'\."):
        icc(pd.concat([frame, frame]), seed=1)


@pytest.mark.parametrize("over", OVER)
def test_where_all_ratings_are_the_same_or_there_are_none_nothing_is_known(over: str) -> None:
    same = ratings([[3, 3, 3], [3, 3, 3]])
    for frame in (same, same.iloc[:0], same.iloc[:1], same.assign(value=np.nan)):
        row = krippendorff_alpha(frame, scale="interval", over=over, seed=1, draws=5).iloc[0]
        assert np.isnan([row["alpha"], row["low"], row["high"]]).all()
        assert icc(frame, seed=1, draws=5)[["icc", "low", "high"]].isna().all(axis=None)
