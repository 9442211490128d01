"""What every measure asks of a frame: its columns, the rows with a known value, and whose each row is.

A session is a worker's with a target: its key is (worker_id, session_id), so that a session_id that was used for two
workers, as an id of a target would be, never makes one session of two.
"""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]


def one_of(name: str, value: object, choices: Iterable[Any]) -> None:
    """Say nothing if `value` is one of the choices. Raises: ValueError: it is none of them."""
    known = list(choices)
    if value in known:
        return
    words = [repr(choice) for choice in known]
    several = f"one of {', '.join(words[:-1])} or {words[-1]}" if len(words) > 1 else "".join(words) or "absent"
    raise ValueError(f"{name} must be {several}; not {value!r}.")


def require(frame: pd.DataFrame, *columns: str) -> None:
    """Say nothing if the frame has these columns. Raises: ValueError: it lacks one, which is named."""
    for column in columns:
        one_of("column", column, frame.columns)


def whole(name: str, value: int, least: int) -> None:
    """Say nothing if `value` is a whole number from `least` on. Raises: ValueError: it is not."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < least:
        raise ValueError(f"{name} must be a whole number, {least} or more; not {value!r}.")


def numbers(column: pd.Series) -> Floats:
    """Return the column as numbers; NaN for what is missing. Raises: ValueError: something in it is no number."""
    try:
        return column.to_numpy(dtype="float64", na_value=np.nan)
    except (TypeError, ValueError) as error:
        raise ValueError(f"column {column.name!r} must hold numbers; it has {column.dtype} ({error}).") from None


def known(frame: pd.DataFrame, *values: str, keep: Iterable[str] = ()) -> pd.DataFrame:
    """Return the rows in which every one of `values` is known, with whose they are.

    In: session_id, worker_id, `values`, and the columns to `keep`; a row without one of those is left out too. Out:
    worker (0, 1, …, by the order of the ids), session (0, 1, …, by worker and session_id), `values` (float64), `keep`.

    Raises: ValueError: a column is missing, or a value is no number.
    """
    kept = list(keep)
    require(frame, "session_id", "worker_id", *values, *kept)
    measured = pd.DataFrame({value: numbers(frame[value]) for value in values}, index=frame.index)
    full = measured.notna().all(axis=1) & frame[["worker_id", "session_id", *kept]].notna().all(axis=1)
    rows = frame.loc[full]
    worker, _ = coded(rows["worker_id"])
    within, sessions = coded(rows["session_id"])
    return measured.loc[full].assign(
        worker=worker, session=_by_worker(worker, within, sessions), **{name: rows[name] for name in kept}
    )


def coded(ids: pd.Series) -> tuple[Codes, int]:
    """Return 0, 1, … for each id, in the order of the ids (of categories: in theirs), and how many there are.

    -1 stands for what is missing. Categories (`keyed`) have their numbers already.
    """
    if isinstance(ids.dtype, pd.CategoricalDtype):
        codes = ids.cat.codes.to_numpy().astype("int64")
        if len(codes) and codes.min() >= 0:
            there = np.bincount(codes, minlength=len(ids.cat.categories)) > 0
            return (np.cumsum(there) - 1)[codes], int(there.sum())
    found, known = pd.factorize(ids, sort=True)
    return found.astype("int64"), len(known)


def _by_worker(worker: Codes, within: Codes, sessions: int) -> Codes:
    """Return 0, 1, … for each pair of a worker and a session_id, in their order. sessions: ids of sessions."""
    whose = np.zeros(sessions, dtype="int64")
    whose[within] = worker
    if (whose[within] == worker).all():  # each session_id is one worker's: there are as many pairs
        place = np.empty(sessions, dtype="int64")
        place[np.argsort(whose, kind="stable")] = np.arange(sessions)
        return place[within]
    session, _ = pd.factorize(worker * max(sessions, 1) + within, sort=True)
    return session.astype("int64")


def among(ids: pd.Series, known: pd.Series) -> pd.Series:
    """Return whether each id is one of the known ones: what `isin` gives, without a Python object for each of them."""
    if ids.empty:  # or all that is known would be hashed for nobody
        return ids.isin([])
    try:
        import pyarrow as pa
        import pyarrow.compute as pc

        found = pc.is_in(pa.array(ids, pa.large_string()), value_set=pa.array(known, pa.large_string()))
    except (ImportError, pa.ArrowException):  # ids of files may be anything
        return ids.isin(known)
    return pd.Series(found.to_numpy(zero_copy_only=False), index=ids.index, name=ids.name, dtype="bool")


def keyed(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the frame with the ids of workers and sessions as categories: the same to every measure, and of a million
    rows grouped in a fraction of the time. In: session_id, worker_id.

    Raises: ValueError: a column is missing.
    """
    require(frame, "session_id", "worker_id")
    return frame.assign(**{name: frame[name].astype("category") for name in ("session_id", "worker_id")})


def sums(codes: NDArray[np.integer[Any]], size: int, *columns: Floats) -> Floats:
    """Return the sum of each column in each of the groups 0 … size - 1. Out: (size, columns)."""
    return np.column_stack([np.bincount(codes, column, minlength=size) for column in columns]).astype("float64")


def each(frame: pd.DataFrame, by: str, measure: Callable[[pd.DataFrame], pd.DataFrame]) -> pd.DataFrame:
    """Return what `measure` gives for the rows of each value of `by`, below each other, with `by` as the first column.

    Every group is measured with the same seed. In: `by`, and what `measure` needs. Out: by, and what it gives.

    Raises: ValueError: the frame has no such column.
    """
    require(frame, by)
    parts = []
    for key, rows in frame.groupby(by, sort=True, observed=True):
        table = measure(rows)
        table.insert(0, by, key)
        parts.append(table)
    if parts:
        return pd.concat(parts, ignore_index=True)
    table = measure(frame)
    table.insert(0, by, pd.Series(dtype=frame[by].dtype))
    return table.iloc[:0]
