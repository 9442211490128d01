"""What statistics are checked against: a published set of sessions, and made-up ones whose truth is known."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

REPOSITORY = Path(__file__).parents[1]
PUBLISHED = REPOSITORY.parent / "shared" / "data" / "steerability" / "choosing_seed.csv"


def steerability() -> pd.DataFrame:
    """The published sessions: 58 of 5 attempts, two for each of 29 workers; value: dreamsim."""
    if not PUBLISHED.exists():
        pytest.skip(f"the published sessions are not here: {PUBLISHED}")
    frame = pd.read_csv(PUBLISHED)
    frame = frame.rename(columns={"steering_user_id": "worker_id", "goal_image": "target_id", "model": "arm"})
    return frame.assign(session_id=frame["worker_id"] + "/" + frame["target_id"])


def sessions(
    chance: np.random.Generator,
    *,
    workers: int = 40,
    each: int = 2,
    attempts: int = 5,
    worker: float = 1.0,
    session: float = 1.0,
    residual: float = 1.0,
    slope: float = 0.0,
    mean: float = 5.0,
) -> pd.DataFrame:
    """Attempts whose score is mean + slope · (attempt - 1) + worker + session + residual, standard deviations given."""
    w, s, a = np.indices((workers, each, attempts)).reshape(3, -1)
    noise = (
        chance.normal(0, worker, workers)[w]
        + chance.normal(0, session, (workers, each))[w, s]
        + chance.normal(0, residual, len(w))
    )
    names = np.array([f"w{i:04}" for i in range(workers)])[w]
    return pd.DataFrame(
        {
            "session_id": pd.Series(names) + "-" + pd.Series(s).astype(str),
            "worker_id": names,
            "target_id": pd.Series(s).map("t{}".format),
            "arm": np.where(w % 2, "b", "a"),
            "attempt": a + 1,
            "score": mean + slope * a + noise,
        }
    )


def covers(hits: int, times: int) -> bool:
    """Whether a truth that was inside so many intervals of 95 % may well have been: three standard deviations, no more.

    Of 100, that lets 89 or more pass: intervals whose errors are a third too small hold it in 81.
    """
    return abs(hits / times - 0.95) <= 3 * (0.95 * 0.05 / times) ** 0.5
