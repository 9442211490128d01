"""Prompts that were drawn anew, on the model that they were written for and on others: what `imgloop replay` measures.

    a file, or a study's tables → read_replays → contrast → quality, split, luck

| column | meaning |
| --- | --- |
| worker_id, session_id, attempt | whose prompt it is; in place of session_id there may be target_id |
| arm | the condition that it was written in |
| model | what drew it anew; may be called `generator` |
| draw | the number of the picture, of this prompt on this model; not needed |
| value | what was measured of the picture |
| metric | what `value` is; not needed where it is one thing only. Instead of both: a column for each metric |

The two arms and the two models of a contrast belong together: the prompts of an arm were written on the model in the
same place.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from imgloop_widgets.analysis import files
from imgloop_widgets.analysis.bootstrap import DRAWS
from imgloop_widgets.analysis.codebook import REPLAYS
from imgloop_widgets.analysis.decomposition import decomposition, gain_erased
from imgloop_widgets.analysis.gains import replay_luck
from imgloop_widgets.analysis.measures import mean_by
from imgloop_widgets.analysis.tables import session_ids
from imgloop_widgets.analysis.tidy import known, one_of
from imgloop_widgets.errors import ImgloopError

COLUMNS: tuple[str, ...] = ("worker_id", "session_id", "attempt", "arm", "model", "value")
"""What every replay has, once it is read."""

NAME = "replays"
"""The table in the codebook."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contrast:
    """arms, models: two each, first the older; none where they can't be told, for which `why` gives the reason."""

    arms: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    why: str = ""


def read_replays(
    source: Path | str = "", *, tables: Mapping[str, pd.DataFrame] | None = None, metric: str = ""
) -> pd.DataFrame:
    """Return the replays of a file, else those of a study's tables; no row where there are none.

    source: a file; "": none. tables: of the codebook, `replays` and `replay_metrics`. metric: which of several is the
    value; "": the first. Out: `COLUMNS`, metric, and whatever else there is. A file has a column `value`, or a column
    for each metric, as `imgloop replay --out` writes it; a session_id that is missing is made of worker_id and
    target_id, as an import makes it.

    Raises:
        ImgloopError: a column or the metric is missing, a value is no number, or the file can't be read.
    """
    if source:
        rows, where = _one_value(files.read(Path(source))[0], metric, str(source)), str(source)
    elif tables is not None and len(tables[NAME]):
        rows, where = tables[NAME].merge(tables["replay_metrics"], on="replay_id", how="left"), NAME
    else:
        return pd.DataFrame({name: pd.Series(dtype=_TYPES.get(name, "str")) for name in (*COLUMNS, "metric")})
    if "model" not in rows:
        rows = rows.rename(columns={"generator": "model"})
    if "session_id" not in rows and {"worker_id", "target_id"} <= set(rows.columns):
        rows["session_id"] = session_ids(rows["worker_id"].astype(str), rows["target_id"].astype(str))
    lacking = [name for name in COLUMNS if name not in rows]
    if lacking:
        raise ImgloopError(f"{where}: has no column {', '.join(lacking)}; replays need {', '.join(COLUMNS)}")
    for name, dtype in _TYPES.items():
        rows[name] = _numbers(rows[name], dtype, f"{where}: {name}")
    return _of_metric(rows.astype({"worker_id": "str", "arm": "str", "model": "str"}), metric, where)


def contrast(replays: pd.DataFrame, *, arms: Sequence[str] = (), models: Sequence[str] = ()) -> Contrast:
    """Return which two arms and models are compared. arms, models: as they were named; empty: the two there are.

    Raises:
        ImgloopError: not two are named, or one that there is not.
    """
    found: dict[str, tuple[str, ...]] = {}
    for name, asked in (("arm", arms), ("model", models)):
        there = sorted(map(str, replays[name].dropna().unique()))
        if asked:
            if len(asked) != 2 or (there and not set(asked) <= set(there)):
                raise ImgloopError(f"{name}s must be two of {', '.join(there)}, first the older; not {list(asked)}")
            found[name] = tuple(asked)
        elif len(there) == 2:
            found[name] = tuple(there)
        else:
            names = f": {', '.join(there)}" if there else ""
            text = "name two of them" if len(there) > 2 else "two are needed"
            return Contrast(why=f"the replays have {len(there)} {name}{'s' * (len(there) != 1)}{names}; {text}")
    return Contrast(arms=found["arm"], models=found["model"])


def quality(replays: pd.DataFrame, pair: Contrast, *, seed: int, draws: int = DRAWS) -> pd.DataFrame:
    """Return Q(θ, x): the mean of an arm's prompts on a model, several pictures of a prompt counted as their mean.

    In: of `read_replays`. Out: arm, model, mean, low, high (95 %, bootstrap over workers), workers, prompts; in the
    order of the contrast.
    """
    rows = known(replays, "value", "attempt", keep=["arm", "model"])
    rows = rows.loc[rows["arm"].isin(pair.arms) & rows["model"].isin(pair.models)]
    means = rows.groupby(["worker", "session", "attempt", "arm", "model"])["value"].mean().reset_index()
    prompts = means.rename(columns={"worker": "worker_id", "session": "session_id"})
    cells = {(arm, model): i for i, (arm, model) in enumerate((a, m) for a in pair.arms for m in pair.models)}
    keys = zip(prompts["arm"], prompts["model"], strict=True)
    prompts["cell"] = pd.Series([cells[key] for key in keys], index=prompts.index, dtype="int64")
    table = mean_by(prompts, by="cell", value="value", seed=seed, draws=draws)
    names = {place: key for key, place in cells.items()}
    sizes = prompts.groupby("cell").size()
    named = pd.DataFrame([names[cell] for cell in table["cell"]], columns=["arm", "model"], dtype="str")
    prompts_of = table["cell"].map(sizes).astype("int64")
    return pd.concat([named, table[["mean", "low", "high", "workers"]]], axis=1).assign(prompts=prompts_of)


def split(replays: pd.DataFrame, pair: Contrast, *, seed: int, draws: int = DRAWS) -> pd.DataFrame:
    """Return `decomposition` of the contrast; no row where there is none."""
    if pair.why:
        return decomposition(replays.iloc[:0], arms=("", ""), models=("", ""), value="value", seed=seed, draws=0).iloc[
            :0
        ]
    arms, models = (pair.arms[0], pair.arms[1]), (pair.models[0], pair.models[1])
    return decomposition(replays, arms=arms, models=models, value="value", seed=seed, draws=draws)


def erased(
    attempts: pd.DataFrame, pair: Contrast, *, revised: str, value: str, seed: int, draws: int = DRAWS
) -> pd.DataFrame:
    """Return `gain_erased` in the arm `revised`, of the attempts as they were played; no row where none is named.

    Raises: ImgloopError: there is no such arm.
    """
    there = sorted(attempts["arm"].dropna().unique())
    if revised and len(there) and revised not in there:
        raise ImgloopError(f"revised must be one of {', '.join(there)}; not {revised!r}")
    arms = (*pair.arms, revised)
    if not revised or len(arms) != 3 or not set(arms) <= set(there):
        return gain_erased(attempts.iloc[:0], arms=("", "", ""), value=value, seed=seed, draws=0).iloc[:0]
    return gain_erased(attempts, arms=(arms[0], arms[1], arms[2]), value=value, seed=seed, draws=draws)


def luck(
    attempts: pd.DataFrame, replays: pd.DataFrame, pair: Contrast, *, value: str, seed: int, draws: int = DRAWS
) -> pd.DataFrame:
    """Return `replay_luck` of the prompts that were drawn anew on the model that they were written on.

    In: attempts: with `value`. replays: of `read_replays`; of two models, those of an arm's own; of one, all of them.
    Out: of (as measure there), and its other columns.
    """
    own = pd.Series(True, index=replays.index)
    if replays["model"].nunique() > 1:
        own = replays["model"].eq(replays["arm"].map(dict(zip(pair.arms, pair.models, strict=True))))
    same = replays.loc[own, ["session_id", "worker_id", "attempt", "value"]]
    measured = attempts[["session_id", "worker_id", "attempt"]].assign(value=attempts[value])
    found = replay_luck(measured, same, value="value", seed=seed, draws=draws)
    return found.rename(columns={"measure": "of"})


_TYPES: dict[str, Any] = {"attempt": "int64", "value": "float64"}


def _one_value(rows: pd.DataFrame, metric: str, where: str) -> pd.DataFrame:
    """Return the rows with one column `value` where they have a column for each metric."""
    if "value" in rows:
        return rows
    there = [str(name) for name in rows.columns if name not in {*COLUMNS, *REPLAYS}]
    if not there:
        return rows
    return rows.assign(metric=_chosen(metric, there, where)).rename(columns={_chosen(metric, there, where): "value"})


def _numbers(values: pd.Series, dtype: Any, where: str) -> pd.Series:
    given = values.replace("", None)
    found = pd.to_numeric(given, errors="coerce")
    wrong = given[found.isna() & given.notna()]
    if len(wrong) or (dtype == "int64" and found.isna().any()):
        text = repr(wrong.iloc[0]) if len(wrong) else "nothing"
        raise ImgloopError(f"{where} must hold numbers; one is {text}")
    made: pd.Series = found.astype(dtype)
    return made


def _of_metric(rows: pd.DataFrame, metric: str, where: str) -> pd.DataFrame:
    if "metric" not in rows:
        return rows.assign(metric=metric or "value")
    there = [str(name) for name in rows["metric"].dropna().unique()]
    if not there:
        return rows
    return rows.loc[rows["metric"] == _chosen(metric, there, where)].reset_index(drop=True)


def _chosen(metric: str, there: Sequence[str], where: str) -> str:
    """Return the metric that was asked for; "": the first."""
    if not metric:
        return there[0]
    try:
        one_of("metric", metric, there)
    except ValueError as error:
        raise ImgloopError(f"{where}: {error}") from None
    return metric
