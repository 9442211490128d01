"""How much of a gain between two models is the model's, and how much comes from people prompting it otherwise.

Source: Jahani, Manning, Zhang, TuYe, Alsobay, Nicolaides, Suri and Holtz, arXiv 2407.14333. Every prompt is replayed on
both models; Q(θ, x) is the mean quality, on model θ, of the prompts x that people wrote in an arm:

    total            Q(θ₂,x₂) - Q(θ₁,x₁)  =  model effect          +  prompting effect
    model first                              Q(θ₂,x₁) - Q(θ₁,x₁)   +  Q(θ₂,x₂) - Q(θ₂,x₁)
    prompting first                          Q(θ₂,x₂) - Q(θ₁,x₂)   +  Q(θ₁,x₂) - Q(θ₁,x₁)

The paper reports the first; where model and prompts go well together the two differ, so both are given.
"""

import numpy as np
import pandas as pd

from imgloop_widgets.analysis.bootstrap import DRAWS, bounds, ratio, totals
from imgloop_widgets.analysis.tidy import Codes, Floats, known, one_of, sums

ORDERS: tuple[str, ...] = ("model first", "prompting first")
"""Which effect is taken at the first arm's (the other at the second's) level."""

EFFECTS: tuple[str, ...] = ("total", "model", "prompting")
"""The rows of `decomposition`, in each order."""

_SPLIT = np.array(  # the rows in their order, over Q(θ₁,x₁), Q(θ₁,x₂), Q(θ₂,x₁), Q(θ₂,x₂)
    [[-1, 0, 0, 1], [-1, 0, 1, 0], [0, 0, -1, 1], [-1, 0, 0, 1], [0, -1, 0, 1], [-1, 1, 0, 0]], dtype="float64"
)


def decomposition(
    replays: pd.DataFrame,
    *,
    arms: tuple[str, str],
    models: tuple[str, str],
    value: str = "score",
    arm: str = "arm",
    model: str = "model",
    seed: int,
    draws: int = DRAWS,
) -> pd.DataFrame:
    """Return the gain from the first arm and model to the second, split in both orders.

    In: session_id, worker_id, attempt, arm (in which the prompt was written), model (on which it was replayed), value;
    several pictures of a prompt on a model count as their mean, so that every prompt weighs the same. arms, models: the
    two, first the older. Out: order (each of `ORDERS`), effect (each of `EFFECTS`), estimate (units of the value), low,
    high (95 %, bootstrap over workers), share (of the total), share_low, share_high, workers, prompts.

    Raises: ValueError: a column is missing, a value is no number, or an arm or model is not in the frame.
    """
    rows = _prompts(replays, arms, models, value, arm, model)
    workers = int(rows["worker"].max()) + 1 if len(rows) else 0
    cell = rows["worker"].to_numpy() * 4 + rows["cell"].to_numpy()
    parts = _side_by_side(cell, workers, 4, rows[value].to_numpy())
    effects = _effects(parts.sum(axis=0)[None])
    again = _effects(totals(parts, seed=seed, draws=draws))
    low, high = bounds(again, workers=workers)
    share_low, share_high = bounds(_shares(again), workers=workers)
    names = ("estimate", "low", "high", "share", "share_low", "share_high")
    columns = (effects[0], low, high, _shares(effects)[0], share_low, share_high)
    pairs = [(order, effect) for order in ORDERS for effect in EFFECTS]
    table = pd.DataFrame(pairs, columns=["order", "effect"], dtype="str")
    table = table.assign(**dict(zip(names, columns, strict=True)))
    return table.assign(workers=workers, prompts=len(rows[["session", "attempt"]].drop_duplicates()))


def gain_erased(
    attempts: pd.DataFrame,
    *,
    arms: tuple[str, str, str],
    value: str = "score",
    arm: str = "arm",
    seed: int,
    draws: int = DRAWS,
) -> pd.DataFrame:
    """Return which share of the gain from the first arm to the second is lost again in the third.

    In: session_id, worker_id, arm, value; every row weighs the same. arms: the older model, the newer, the newer with
    something in its way, as a hidden revision of the prompt. Out: gain (second - first, units of the value), gain_low,
    gain_high, erased ((second - third) / gain), low, high (95 %, bootstrap over workers), workers; one row.

    Raises: ValueError: a column is missing, a value is no number, or an arm is not in the frame.
    """
    rows = known(attempts, value, keep=[arm])
    _all_there("arms", arms, attempts[arm])
    rows = rows.loc[rows[arm].isin(arms)]
    worker, ids = pd.factorize(rows["worker"], sort=True)
    cell = worker * 3 + rows[arm].map({name: i for i, name in enumerate(arms)}).to_numpy(dtype="int64")
    parts = _side_by_side(cell, len(ids), 3, rows[value].to_numpy())

    def gains(drawn: Floats) -> Floats:
        first, second, third = ratio(drawn[:, :3], drawn[:, 3:]).T
        return np.column_stack([second - first, ratio(second - third, second - first)])

    (gain, erased), again = gains(parts.sum(axis=0)[None])[0], gains(totals(parts, seed=seed, draws=draws))
    low, high = bounds(again, workers=len(ids))
    values = {"gain": gain, "gain_low": low[0], "gain_high": high[0], "erased": erased, "low": low[1], "high": high[1]}
    return pd.DataFrame([values]).assign(workers=len(ids))


def _prompts(
    replays: pd.DataFrame, arms: tuple[str, str], models: tuple[str, str], value: str, arm: str, model: str
) -> pd.DataFrame:
    """Return a row for each prompt and model: worker, session, attempt, cell (0 … 3, as in `_SPLIT`), value."""
    rows = known(replays, value, "attempt", keep=[arm, model])
    _all_there("arms", arms, replays[arm])
    _all_there("models", models, replays[model])
    rows = rows.loc[rows[arm].isin(arms) & rows[model].isin(models)]
    place = rows[model].map({name: 2 * i for i, name in enumerate(models)}).astype("int64")
    rows = rows.assign(cell=place + rows[arm].map({name: i for i, name in enumerate(arms)}).astype("int64"))
    worker, _ = pd.factorize(rows["worker"], sort=True)
    groups = rows.assign(worker=worker).groupby(["worker", "session", "attempt", "cell"])
    return groups[value].mean().reset_index()


def _side_by_side(cell: Codes, workers: int, cells: int, values: Floats) -> Floats:
    """Return the sums, then the sizes, of each worker's cells: (workers, 2 · cells). cell: worker · cells + place."""
    parts = sums(cell, workers * cells, values, np.ones(len(values)))
    return np.hstack([column.reshape(workers, cells) for column in parts.T])


def _all_there(name: str, wanted: tuple[str, ...], column: pd.Series) -> None:
    if len(column):
        for each in wanted:
            one_of(f"each of {name}", each, sorted(column.dropna().unique()))


def _effects(drawn: Floats) -> Floats:
    """Return the six effects, (draws, 6). drawn: the four sums and the four sizes, (draws, 8)."""
    return np.asarray(ratio(drawn[:, :4], drawn[:, 4:]) @ _SPLIT.T, dtype="float64")


def _shares(effects: Floats) -> Floats:
    return ratio(effects, effects[:, :1])
