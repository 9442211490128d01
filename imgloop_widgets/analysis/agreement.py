"""Whether raters agree: Krippendorff's alpha, for any scale and with ratings missing, and intraclass correlations.

    ratings: item_id, rater_id, value  →  krippendorff_alpha, icc

Alpha is 1 where raters always agree and 0 where they agree as by chance; ICC(1,1) is the reliability of one rating,
ICC(1,k) that of the mean of k, where each item has other raters. An interval has to say what would be other in another
study:

- over 'items': other items, the same raters;
- over 'raters': other raters, the same items; a rater who is drawn twice is never compared with themselves;
- over 'both': other items and other raters (Owen 2007); the widest, and never too narrow by much.
"""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from scipy.sparse import csr_matrix

from imgloop_widgets.analysis.bootstrap import DRAWS, bounds, ratio, totals, worker_draws
from imgloop_widgets.analysis.tidy import Codes, Floats, numbers, one_of, require, sums

SCALES: tuple[str, ...] = ("nominal", "ordinal", "interval")
"""The scales of alpha: any two values differ; ranks differ; numbers differ, by their squares."""

OVER: tuple[str, ...] = ("items", "raters", "both")
"""What is drawn anew for an interval; see above."""

ICCS: tuple[str, ...] = ("ICC(1,1)", "ICC(1,k)")
"""The rows of `icc`, as Shrout and Fleiss name them."""


def krippendorff_alpha(
    ratings: pd.DataFrame,
    *,
    value: str = "value",
    item: str = "item_id",
    rater: str = "rater_id",
    scale: str,
    over: str = "both",
    seed: int,
    draws: int = DRAWS,
) -> pd.DataFrame:
    """Return Krippendorff's alpha of the ratings.

    In: item, rater, value (numbers; for 'nominal' anything); a row a rating; rows without a value, and items with one
    rating, are left out. scale: one of `SCALES`. over: one of `OVER`. Out: scale, alpha (≤ 1; NaN where all ratings are
    the same), low, high (95 %, bootstrap), items, raters, ratings; one row.

    Source: Krippendorff, Content Analysis, 4th ed. 2019, chapter 12. Raises: ValueError: another scale or `over`, a
    column is missing, or a rater has rated an item twice.
    """
    one_of("scale", scale, SCALES)
    one_of("over", over, OVER)
    rows = _pairable(ratings, value, item, rater, nominal=scale == "nominal")
    low = high = alpha = np.nan
    if len(rows):
        counts = _Counts(rows)
        alpha = float(counts.alpha(np.ones((1, counts.raters)), np.ones((1, counts.items)), scale)[0])
        again = [counts.alpha(*weights, scale) for weights in counts.draws(over, seed, draws)]
        size = {"items": counts.items, "raters": counts.raters, "both": min(counts.items, counts.raters)}[over]
        low, high = (float(end) for end in bounds(np.concatenate(again or [np.zeros(0)]), workers=size))
    row = {"scale": scale, "alpha": alpha, "low": low, "high": high}
    return pd.DataFrame([row | {"items": rows["item"].nunique(), "raters": rows["rater"].nunique()}]).assign(
        ratings=len(rows)
    )


def icc(
    ratings: pd.DataFrame,
    *,
    value: str = "value",
    item: str = "item_id",
    rater: str = "rater_id",
    seed: int,
    draws: int = DRAWS,
) -> pd.DataFrame:
    """Return the intraclass correlations of ratings whose items have other raters each, as many as there are.

    In: item, rater, value (numbers); rows without a value, and items with one rating, are left out. Out: kind (each of
    `ICCS`), icc (≤ 1), low, high (95 %, bootstrap over items), k (ratings an item: n₀ = (N - Σ n²/N) / (items - 1), all
    of them the same if the items have equally many), items, raters, ratings.

    By analysis of variance: ICC(1,1) = (B - W) / (B + (n₀ - 1) W), ICC(1,k) = (B - W) / B, with the mean squares B
    between and W within items. Source: Shrout and Fleiss, Psychological Bulletin 1979; n₀: Donner, International
    Statistical Review 1986. Raises: ValueError: a column is missing, or a rater has rated an item twice.
    """
    rows = _pairable(ratings, value, item, rater, nominal=False)
    y = rows["value"].to_numpy() - (rows["value"].mean() if len(rows) else 0)
    items = int(rows["item"].max()) + 1 if len(rows) else 0
    n, total, squares = sums(rows["item"].to_numpy(), items, np.ones(len(y)), y, y**2).T
    means = ratio(total, n)
    parts = np.column_stack([np.ones(items), n, n**2, total, total * means, squares - total * means])
    low, high = bounds(_iccs(totals(parts, seed=seed, draws=draws)), workers=items)
    kept = _iccs(parts.sum(axis=0)[None])[0]
    table = pd.DataFrame({"kind": pd.Series(ICCS, dtype="str"), "icc": kept, "low": low, "high": high})
    k = float(_typical(parts.sum(axis=0))) if items > 1 else np.nan
    return table.assign(k=k, items=items, raters=rows["rater"].nunique(), ratings=len(rows))


class _Counts:
    """The ratings as counts, from which alpha follows for any weights of raters and items."""

    def __init__(self, rows: pd.DataFrame) -> None:
        code, self.values = pd.factorize(rows["value"].to_numpy(), sort=True)
        item, rater = rows["item"].to_numpy(), rows["rater"].to_numpy()
        self.items, self.raters, self.size = int(item.max()) + 1, int(rater.max()) + 1, len(self.values)
        ones, wide = np.ones(len(rows)), self.items * self.size
        self.rated = csr_matrix((ones, (item * self.size + code, rater)), shape=(wide, self.raters))
        self.seen = csr_matrix((ones, (item, rater)), shape=(self.items, self.raters))

    def draws(self, over: str, seed: int, draws: int) -> Iterator[tuple[Floats, Floats]]:
        """Yield how often each rater and each item is there: (some, raters), (some, items)."""
        wide = 4 * self.items * self.size
        sizes = {"items": self.items, "raters": self.raters}
        drawn = {
            name: worker_draws(size, seed=seed + place, draws=draws, wide=-(-wide // min(sizes.values())))
            if over in (name, "both")
            else iter([np.ones((1, size))] * draws)
            for place, (name, size) in enumerate(sizes.items())
        }
        flat = {name: (row for some in parts for row in some) for name, parts in drawn.items()}
        step = max(1, 4_000_000 // wide)
        for start in range(0, draws, step):
            size = min(step, draws - start)
            items = np.array([next(flat["items"]) for _ in range(size)])
            yield np.array([next(flat["raters"]) for _ in range(size)]), items

    def alpha(self, raters: Floats, items: Floats, scale: str) -> Floats:
        """Return alpha for each draw of weights. raters: (draws, raters). items: (draws, items). Out: (draws,).

        For weights of 1 it is alpha itself; a pair of two copies of the same rating counts neither way.
        """
        counts = (self.rated @ raters.T).T.reshape(len(raters), self.items, self.size)
        of_item, copies = counts.sum(axis=2), (self.seen @ (raters**2).T).T
        pairs = of_item**2 - copies
        usable = pairs > 0
        weight = np.where(usable, items, 0)
        values = np.einsum("bi,biv->bv", weight, counts)
        n = values.sum(axis=1)
        x = _scaled(self.values, values, scale)
        disagreement = _apart(counts, x[:, None] if x.ndim > 1 else x, scale)
        observed = (weight * of_item * np.where(usable, ratio(disagreement, pairs), 0)).sum(axis=1)
        expected = _apart(values, x, scale)
        chance = n**2 - (np.where(usable, items, 0) ** 2 * copies).sum(axis=1)
        return 1 - ratio(ratio(observed, n), ratio(expected, chance))


def _scaled(values: Floats, counts: Floats, scale: str) -> Floats:
    """Return the numbers whose squared differences count: themselves, or their mean ranks in each draw."""
    if scale == "ordinal":
        return np.cumsum(counts, axis=1) - counts / 2
    return values - values.mean() if scale == "interval" else np.zeros(len(values))


def _apart(counts: Floats, x: Floats, scale: str) -> Floats:
    """Return the sum of the differences over all ordered pairs. counts: (…, values). Out: (…)."""
    n: Floats = counts.sum(axis=-1)
    if scale == "nominal":
        alike: Floats = (counts**2).sum(axis=-1)
        return n**2 - alike
    total: Floats = (counts * x).sum(axis=-1)
    squares: Floats = (counts * x**2).sum(axis=-1)
    return np.maximum(2 * (n * squares - total**2), 0)


def _pairable(ratings: pd.DataFrame, value: str, item: str, rater: str, *, nominal: bool) -> pd.DataFrame:
    """Return the ratings of items with two or more: item, rater (codes 0, 1, …), value (numbers)."""
    require(ratings, item, rater, value)
    rows = ratings.dropna(subset=[item, rater, value])
    twice = rows.duplicated([item, rater])
    if twice.any():
        first = rows.loc[twice, [item, rater]].iloc[0]
        raise ValueError(f"a rater must rate an item once; not several times, as {first[rater]!r} did {first[item]!r}.")
    rows = rows.loc[rows.groupby(item)[rater].transform("size") > 1]
    codes: list[Codes] = [pd.factorize(rows[name], sort=True)[0].astype("int64") for name in (item, rater)]
    given = pd.factorize(rows[value], sort=True)[0].astype("float64") if nominal else numbers(rows[value])
    return pd.DataFrame({"item": codes[0], "rater": codes[1], "value": given})


def _typical(parts: Floats) -> Floats:
    items, n, squares = parts[..., 0], parts[..., 1], parts[..., 2]
    return ratio(n - ratio(squares, n), items - 1)


def _iccs(parts: Floats) -> Floats:
    """Return both ICCs: (…, 2). parts: (…, 6): items, N, Σ n², Σ y, Σ n ȳ², squares within."""
    items, n, total = parts[..., 0], parts[..., 1], parts[..., 3]
    between = ratio(parts[..., 4] - ratio(total**2, n), items - 1)
    within = ratio(np.maximum(parts[..., 5], 0), n - items)
    one = ratio(between - within, between + (_typical(parts) - 1) * within)
    return np.stack([one, ratio(between - within, between)], axis=-1)
