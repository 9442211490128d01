"""Where numbers come from: all that somebody needs to get the same ones again, as plain JSON values."""

import platform
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import pandas as pd

PACKAGES = (
    "imgloop_widgets", "pandas", "numpy", "pandera", "pyarrow", "scipy", "statsmodels", "matplotlib", "pillow",
)  # fmt: skip
"""Their versions are stated beside every result."""


def provenance(
    sessions: pd.DataFrame,
    *,
    study: str,
    data_hash: str,
    seed: int | None = None,
    exclusions: Mapping[str, int] | None = None,
    preregistration: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return the origin of a result.

    sessions: those that are in it (in: study_hash, simulated). study: its name. seed: of all chance in the result;
    None: there is none. exclusions: rule → how many sessions it has left out. preregistration: as
    `preregistration.stated` gives it.

    Out: study, study_hashes (hash → sessions; several: the study was changed while it ran), data_hash, sessions,
    simulated, seed, exclusions, preregistration (each None where it is not given), versions.
    """
    hashes = sessions["study_hash"].value_counts().sort_index()
    return {
        "study": study,
        "study_hashes": {str(digest): int(number) for digest, number in hashes.items()},
        "data_hash": data_hash,
        "sessions": len(sessions),
        "simulated": int(sessions["simulated"].sum()),
        "seed": seed,
        "exclusions": None if exclusions is None else {rule: int(number) for rule, number in exclusions.items()},
        "preregistration": None if preregistration is None else dict(preregistration),
        "versions": versions(),
    }


def versions() -> dict[str, str]:
    """Return the versions of Python and of `PACKAGES`."""
    return {"python": platform.python_version(), **{name: _version(name) for name in PACKAGES}}


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"
