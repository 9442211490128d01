"""What a report is made from: a study's file, its store and its targets, and the frames of its sessions."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from imgloop_widgets.analysis.columns import read_pages
from imgloop_widgets.errors import ConfigurationError, Problem
from imgloop_widgets.library import Library, Target, load_library
from imgloop_widgets.store import Store, open_store
from imgloop_widgets.store.opening import DATABASE
from imgloop_widgets.study import Study, load_study


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyData:
    """folder: of the results. sessions, attempts: as in `frames`, of this study only. data_hash: over all their events.

    left_out: simulated sessions that are not in them.

    library: None where the study's images can't be read: a report of what happened must not depend on them; `trouble`
    says why.
    """

    study: Study
    folder: Path
    store: Store
    library: Library | None
    trouble: str
    sessions: pd.DataFrame
    attempts: pd.DataFrame
    left_out: int
    data_hash: str

    @property
    def scale(self) -> tuple[int, int]:
        """The lowest and the highest possible score, as the study file has it now."""
        return self.study.loop.score_min, self.study.loop.score_max

    def target(self, target_id: str) -> Target:
        """Return the target.

        Raises:
            ConfigurationError: targets.toml has no such target, or can't be read.
        """
        if self.library is None:
            raise ConfigurationError([Problem("targets.toml", self.trouble)])
        return self.library.target(target_id)


def read_study(study: Path | str, results: Path | str | None = None, *, simulated: bool | None = None) -> StudyData:
    """Read the sessions of a study.

    study: its file or folder. results: the folder of its store; None or empty: the one that the study file names. Where
    there is no store there is no session, and none is created. simulated: whether simulated sessions are in it; None:
    only where there is no real one.

    Raises:
        ConfigurationError: the study file has mistakes.
        StoreError: the store can't be read.
        ValueError: `simulated` is something else.
    """
    about = load_study(study)
    folder = Path(results) if results else about.results
    store = open_store(folder if (folder / DATABASE).is_file() else ":memory:")
    frames = read_pages(store.rows(about.name), simulated=simulated)
    library, trouble = None, ""
    try:
        library = load_library(about.file(about.about.images), verify=False)
    except ConfigurationError as error:
        trouble = str(error)
    return StudyData(
        study=about,
        folder=folder,
        store=store,
        library=library,
        trouble=trouble,
        sessions=frames.sessions,
        attempts=frames.attempts,
        left_out=frames.left_out,
        data_hash=frames.data_hash,
    )
