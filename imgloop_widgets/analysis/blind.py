"""How much of what people gain is gained without looking: the blind baseline, by machine workers.

    people's attempts ─┐
                       ├─▶ blind_gains (both, side by side), blind_share
    machines' attempts ┘

A blind machine (`imgloop simulate --policy blind`) writes a person's first prompt, and then rewrites of it that see
neither the target nor an image. What it gains over its first image is there for whoever says the same in other words;
as in Vafa, Bentley, Kleinberg and Mullainathan, arXiv 2503.17482, its share of people's gain is reported. The machines'
sessions are those of workers whose id begins with `sim-` and the policy's name.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from imgloop_widgets.analysis.bootstrap import DRAWS, bounds, ratio, totals
from imgloop_widgets.analysis.data import SCORE, Data, read_data
from imgloop_widgets.analysis.gains import gains, session_ends
from imgloop_widgets.analysis.tidy import Floats
from imgloop_widgets.rows import SIMULATED

WHO: tuple[str, ...] = ("people", "blind")
"""The groups of `blind_gains`, in their order."""

ENDS: tuple[str, ...] = ("last_minus_first", "best_minus_first")
"""The gains that are compared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Groups:
    """Attempts with a value, called `name`. people, machines: session_id, worker_id, arm, attempt, and the value."""

    name: str
    people: pd.DataFrame
    machines: pd.DataFrame

    @property
    def together(self) -> pd.DataFrame:
        """Both, with `who`: each of `WHO`."""
        parts = [rows.assign(who=who) for who, rows in zip(WHO, (self.people, self.machines), strict=True)]
        return pd.concat(parts, ignore_index=True)


def read_groups(data: Data, *, value: str = "", policy: str = "blind") -> Groups:
    """Return the people's attempts of the data, and those of the machines in the same store.

    value: a metric's name, or "score"; "": the first metric, for what machines score themselves was measured, too.

    Raises:
        ImgloopError: there is no such value.
    """
    every = read_data(
        data.study.path if data.study else "",
        results=data.folder,
        files=data.folder if data.store is None else "",
        simulated=True,
        where=data.where,
        exclude=data.exclude,
        scale=data.scale_asked,
    )
    name = value or next((known for known in every.values() if known != SCORE), SCORE)
    own = every.value(name).attempts
    data.read.add("machines", every.data_hash)
    machine, theirs = is_machine(own["worker_id"], policy), own["session_id"].isin(data.attempts["session_id"])
    columns = ["session_id", "worker_id", "arm", "attempt", name]
    known = own[name].notna()
    return Groups(
        name=name,
        people=own.loc[theirs & ~machine & known, columns].reset_index(drop=True),
        machines=own.loc[machine & known, columns].reset_index(drop=True),
    )


def is_machine(worker_ids: pd.Series, policy: str = "blind") -> pd.Series:
    """Return whether each worker is a machine of this policy."""
    return worker_ids.astype("str").str.startswith(f"{SIMULATED}{policy}-")


def blind_gains(
    people: pd.DataFrame, machines: pd.DataFrame, *, value: str = "score", seed: int, draws: int = DRAWS
) -> pd.DataFrame:
    """Return what both gain over their first attempts.

    In: attempts of each: session_id, worker_id, attempt, value. Out: who (each of `WHO`), measure (each of `ENDS`),
    mean (units of the value), low, high (95 %, bootstrap over workers), workers, sessions.

    Raises: ValueError: a column is missing, or a value is no number.
    """
    tables = []
    for who, attempts in zip(WHO, (people, machines), strict=True):
        table = gains(attempts, value=value, seed=seed, draws=draws)
        table = table.loc[table["measure"].isin(ENDS)]
        table.insert(0, "who", who)
        tables.append(table)
    return pd.concat(tables, ignore_index=True).astype({"who": "str", "measure": "str"})


def blind_share(
    people: pd.DataFrame, machines: pd.DataFrame, *, value: str = "score", seed: int, draws: int = DRAWS
) -> pd.DataFrame:
    """Return the machines' gain as a share of the people's.

    In: as `blind_gains`. Out: measure (each of `ENDS`), share (1: as much as people; NaN where either has none),
    share_low, share_high (95 %, both groups' workers drawn anew), people, machines (workers).

    Raises: ValueError: a column is missing, or a value is no number.
    """
    theirs, own = _sums(people, value), _sums(machines, value)
    whole = ratio(_means(own.sum(axis=0)[None]), _means(theirs.sum(axis=0)[None]))[0]
    again = ratio(_means(totals(own, seed=seed + 1, draws=draws)), _means(totals(theirs, seed=seed, draws=draws)))
    low, high = bounds(again, workers=min(len(theirs), len(own)))
    table = pd.DataFrame(
        {"measure": pd.Series(ENDS, dtype="str"), "share": whole, "share_low": low, "share_high": high}
    )
    return table.assign(people=len(theirs), machines=len(own))


def _sums(attempts: pd.DataFrame, value: str) -> Floats:
    """Return for each worker the sum of each gain, and how many sessions it is of: (workers, 3)."""
    ends = session_ends(attempts, value=value)
    parts = pd.DataFrame(
        {
            "last": ends["last_score"] - ends["first_score"],
            "best": ends["best_score"] - ends["first_score"],
            "sessions": 1.0,
        }
    )
    summed: Floats = parts.groupby(ends["worker_id"].astype("str")).sum().to_numpy(dtype="float64")
    return summed.reshape(-1, 3)


def _means(summed: Floats) -> Floats:
    return ratio(summed[:, :2], np.repeat(summed[:, 2:], 2, axis=1))
