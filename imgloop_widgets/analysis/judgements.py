"""What raters say of the images: which attempt is closer, how each attempt is judged, and which raters paid attention.

    ratings  →  judged (no checks, no raters who failed too many)  →  closer_shares, mean_ratings, rated_attempts
             →  checks_by_rater

An interval is over other workers and other raters: both are drawn anew at once, each with all that is theirs (Owen,
Annals of Applied Statistics 2007); it is the widest, and never too narrow by much.
"""

import numpy as np
import pandas as pd

from imgloop_widgets.analysis.bootstrap import DRAWS, bounds, ratio, worker_draws
from imgloop_widgets.analysis.tidy import Floats, numbers, one_of, require

PREFIX = "rating."
"""What the mean rating of an attempt is called as a metric: `rating.alike`."""


def judged(ratings: pd.DataFrame, *, most_failed: int | None = None) -> pd.DataFrame:
    """Return the ratings without checks, and without raters who have failed more than so many of these.

    In: rater_id, is_check, passed. most_failed: None: nobody is left out for it. Out: the same columns.
    """
    require(ratings, "rater_id", "is_check", "passed")
    kept = ratings.loc[~ratings["is_check"]]
    if most_failed is not None:
        table = checks_by_rater(ratings)
        failed = set(table.loc[table["failed"] > most_failed, "rater_id"])
        kept = kept.loc[~kept["rater_id"].isin(failed)]
    return kept.reset_index(drop=True)


def checks_by_rater(ratings: pd.DataFrame) -> pd.DataFrame:
    """Return how each rater did: whether they passed the checks, how many ratings they gave and how long one took.

    In: rater_id, item, is_check, passed (1, 0, or missing), seconds. Out: rater_id, rater (1, 2, … by what they
    failed), checks (items with a known answer), failed (those with a wrong one), ratings (items), median (seconds).
    """
    require(ratings, "rater_id", "item", "is_check", "passed", "seconds")
    rows = ratings.assign(failed=(ratings["passed"] == 0).fillna(False).astype("bool"))
    each = rows.groupby(["rater_id", "item"], sort=False).agg(
        is_check=("is_check", "first"), failed=("failed", "max"), seconds=("seconds", "first")
    )
    by = each.reset_index().groupby("rater_id")
    table = pd.DataFrame(
        {
            "checks": by["is_check"].sum().astype("int64"),
            "failed": by["failed"].sum().astype("int64"),
            "ratings": (by.size() - by["is_check"].sum()).astype("int64"),
            "median": by["seconds"].median(),
        }
    ).reset_index()
    table = table.sort_values(["failed", "rater_id"], ascending=[False, True], ignore_index=True)
    table.insert(1, "rater", np.arange(1, len(table) + 1))
    return table


def with_workers(ratings: pd.DataFrame, sessions: pd.DataFrame) -> pd.DataFrame:
    """Return the ratings with the worker whose images were judged; of a session that is not there, the session itself.

    In: session_id, item. sessions: session_id, worker_id. Out: the same columns, and worker_id.
    """
    require(ratings, "session_id", "item")
    whose = ratings["session_id"].map(sessions.drop_duplicates("session_id").set_index("session_id")["worker_id"])
    return ratings.assign(worker_id=whose.fillna(ratings["session_id"]).fillna(ratings["item"]))


def closer_shares(ratings: pd.DataFrame, *, by: str = "arm", seed: int, draws: int = DRAWS) -> pd.DataFrame:
    """Return the share of judgements that the later of two attempts is closer, and of items of which most say so.

    In: rater_id, worker_id, item, question, kind, value (1, 0, 0.5: neither), `by`; only rows of the kind closer count.
    Out: question, by, share (of judgements, 0 to 1), share_low, share_high (95 %), majority (share of items; one
    without a majority counts half), items, workers, raters, ratings.
    """
    require(ratings, "rater_id", "worker_id", "item", "question", "kind", "value", by)
    pairs = ratings.loc[(ratings["kind"] == "closer").fillna(False) & ratings["value"].notna()]
    rows = []
    for (question, group), own in pairs.groupby(["question", by], sort=True):
        low, high = _interval(own, seed, draws)
        most = own.groupby("item")["value"].mean()
        rows.append(
            {
                "question": question,
                by: group,
                "share": float(own["value"].mean()),
                "share_low": low,
                "share_high": high,
                "majority": float(np.select([most > 0.5, most < 0.5], [1.0, 0.0], 0.5).mean()),
                "items": own["item"].nunique(),
                "workers": own["worker_id"].nunique(),
                "raters": own["rater_id"].nunique(),
                "ratings": len(own),
            }
        )
    columns = ["question", by, "share", "share_low", "share_high", "majority", "items", "workers", "raters", "ratings"]
    return pd.DataFrame(rows, columns=columns)


def mean_ratings(ratings: pd.DataFrame) -> pd.DataFrame:
    """Return the mean rating of each attempt, as metrics that every report can analyse.

    In: session_id, attempt, question, value, is_check; rows without a session or an attempt, and checks, are left out.
    Out: session_id, attempt, metric (`rating.` and the question), value.
    """
    require(ratings, "session_id", "attempt", "question", "value", "is_check")
    rows = ratings.loc[~ratings["is_check"]].dropna(subset=["session_id", "attempt", "value"])
    means = rows.groupby(["session_id", "attempt", "question"], sort=True)["value"].mean().reset_index()
    made = means.assign(metric=PREFIX + means["question"].astype("str"))
    return made[["session_id", "attempt", "metric", "value"]].astype(
        {"session_id": "str", "attempt": "int64", "metric": "str", "value": "float64"}
    )


def rated_question(ratings: pd.DataFrame, question: str = "") -> str:
    """Return which question `rated_attempts` is about; "": nobody was asked one about single images.

    Raises: ValueError: as there.
    """
    asked = sorted(name.removeprefix(PREFIX) for name in mean_ratings(ratings)["metric"].unique())
    if question and asked:
        one_of("question", question, asked)
    return question if question and asked else next(iter(asked), "")


def rated_attempts(attempts: pd.DataFrame, ratings: pd.DataFrame, question: str = "") -> pd.DataFrame:
    """Return the attempts that raters have judged one by one, with the mean of what they said.

    In: attempts: session_id, attempt. ratings: as `mean_ratings` takes them. question: its name; "": the first by name
    that was asked of single images. Out: the columns of the attempts, and rating.

    Raises: ValueError: single images were judged, but nobody was asked this question about them.
    """
    means = mean_ratings(ratings)
    wanted = PREFIX + rated_question(ratings, question)
    own = means.loc[means["metric"] == wanted, ["session_id", "attempt", "value"]].rename(columns={"value": "rating"})
    return attempts.merge(own, on=["session_id", "attempt"], how="inner")


def _interval(rows: pd.DataFrame, seed: int, draws: int) -> tuple[float, float]:
    """Return the 95 % interval of a mean over workers and raters, drawn anew at once."""
    worker, workers = pd.factorize(rows["worker_id"], sort=True)
    rater, raters = pd.factorize(rows["rater_id"], sort=True)
    value = numbers(rows["value"])
    means: list[Floats] = []
    wide = max(1, len(rows) // max(1, min(len(workers), len(raters))))
    drawn = zip(
        (row for some in worker_draws(len(workers), seed=seed, draws=draws, wide=wide) for row in some),
        (row for some in worker_draws(len(raters), seed=seed + 1, draws=draws, wide=wide) for row in some),
        strict=True,
    )
    for one, other in drawn:
        weight = one[worker] * other[rater]
        means.append(ratio(np.array((weight * value).sum()), np.array(weight.sum())))
    low, high = bounds(np.array(means), workers=min(len(workers), len(raters)))
    return float(low), float(high)
