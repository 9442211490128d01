"""All tables of the codebook, each made when a report first asks for it, and of the sessions that are analysed."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial

import pandas as pd

from imgloop_widgets.analysis.codebook import TABLES, empty
from imgloop_widgets.analysis.data_hash import OF_EVENTS, DataHash
from imgloop_widgets.analysis.tables import participants_of
from imgloop_widgets.analysis.tidy import among

STRANGERS = frozenset({"ratings", "replays"})
"""Tables with rows that may belong to no session of the study: these stay."""


class Frames(Mapping[str, pd.DataFrame]):
    """All tables of the codebook, each made when it is first asked for. Those that nobody makes are empty."""

    def __init__(self, makers: Mapping[str, Callable[[], pd.DataFrame]]) -> None:
        self._makers, self._made = dict(makers), dict[str, pd.DataFrame]()

    def __getitem__(self, name: str) -> pd.DataFrame:
        if name not in TABLES:
            raise KeyError(f"table must be one of {', '.join(TABLES)}; not {name!r}")
        if name not in self._made:
            self._made[name] = self._makers[name]() if name in self._makers else empty(name)
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(TABLES)

    def __len__(self) -> int:
        return len(TABLES)


def tables_of(makers: Mapping[str, Callable[[], pd.DataFrame]], sessions: pd.DataFrame, read: DataHash) -> Frames:
    """Return the tables of these sessions.

    makers: of the tables, also of other sessions; their `sessions` are all that there are. read: counts each table
    when it is made, with the rows of all sessions that there are.
    """

    def of(table: str) -> pd.DataFrame:
        frame, every = makers[table](), makers["sessions"]()["session_id"]
        mine = among(frame["session_id"], sessions["session_id"])
        if table in STRANGERS:
            mine |= ~among(frame["session_id"], every)
            read.add_table(table, frame)
        elif table not in OF_EVENTS:
            read.add_table(table, frame.loc[among(frame["session_id"], every)])
        return frame if mine.all() else frame.loc[mine].reset_index(drop=True)

    def of_replays() -> pd.DataFrame:
        frame = makers["replay_metrics"]()
        read.add_table("replay_metrics", frame.loc[among(frame["replay_id"], makers["replays"]()["replay_id"])])
        return frame.loc[frame["replay_id"].isin(of("replays")["replay_id"])].reset_index(drop=True)

    made: dict[str, Callable[[], pd.DataFrame]] = {
        name: partial(of, name) for name in makers if "session_id" in TABLES[name].columns
    }
    if "replay_metrics" in makers:
        made["replay_metrics"] = of_replays
    made["sessions"] = lambda: sessions.reset_index(drop=True)
    made["participants"] = lambda: participants_of(sessions)
    return Frames(made)
