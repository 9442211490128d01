"""What a report is made from: a study's store, or files of tables, as frames with the columns of the codebook.

    read_data(study, results=…)    the sessions of a study's store
    read_data(files=…)             tables that `imgloop import` or `imgloop export` wrote, or that look like those
      │  simulated: are workers who are programs in it?   where: which sessions?   exclude: which are left out, and why?
      │  gold units are left out, unless where or exclude says something of them: "gold or not gold" keeps all
      ▼
    data.tables["attempts"], …     all tables of the codebook, of the sessions that are left
    data.came                      the sessions before `exclude`;  data.left_out: how many went for which reason
    data.value("score")            what is analysed: the attempts with a column of that name, and its scale

Every notebook in notebooks/reports/ begins with it. With files a study file is not needed; where one is named too, its
title, scale and targets count.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from imgloop_widgets.analysis import selection
from imgloop_widgets.analysis.columns import read_pages
from imgloop_widgets.analysis.data_hash import DataHash
from imgloop_widgets.analysis.decision_frames import VERDICT, asks_verdict, with_verdicts
from imgloop_widgets.analysis.exclusions import Rule, excluded_by
from imgloop_widgets.analysis.judgements import mean_ratings
from imgloop_widgets.analysis.lazy import Frames, tables_of
from imgloop_widgets.analysis.tables import plan_of, sha256_of, store_makers
from imgloop_widgets.errors import ConfigurationError, ImgloopError, Problem, StoreError
from imgloop_widgets.library import Library, Target, load_library
from imgloop_widgets.store import Store, has_results, open_results, open_store
from imgloop_widgets.study import Study, load_study

SCORE = "score"
EXAMPLE = Path(__file__).parents[2] / "notebooks" / "look_alike"
"""The study that a notebook shows where none is named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """What is analysed. name: of its column. attempts: with that column. scale: the lowest and the highest value.

    given: whether the scale is the study's or was named; otherwise it is the range of the values.
    """

    name: str
    attempts: pd.DataFrame
    scale: tuple[float, float]
    given: bool

    def threshold(self, threshold: float, default: float | None = None) -> float:
        """Return the threshold; 0: the default, else the top of the scale.

        Raises:
            ImgloopError: it is not on the scale.
        """
        low, high = self.scale
        value = threshold or (high if default is None else default)
        if not low <= value <= high:
            raise ImgloopError(
                f"threshold must be from {low:g} to {high:g}, the scale of the {self.name}; not {value:g}"
            )
        return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Data:
    """study: None where there are only files. name: of the study or the files. folder: where they were looked for.

    store: None where the sessions come from files. library: None where the targets can't be read: a report of what
    happened must not depend on them; `trouble` says why.

    tables: of the sessions that are analysed. came: the sessions before `exclude`; rules: as `exclusions` takes them.
    left_out: reason ('simulated', 'where', a rule's name) → sessions that are not in the tables for it; rules are asked
    of started sessions only, as in `exclusions`.
    where, exclude, simulated: as they were asked for. scale_asked: the parameter; None: none.

    files: name → sha256 (hex), of those that the tables are from. beside: the same of others that `reads` names.
    read: what was read so far, before `where` and `exclude`.
    """

    study: Study | None
    name: str
    folder: Path
    store: Store | None
    library: Library | None
    trouble: str
    tables: Frames
    came: pd.DataFrame
    rules: Mapping[str, Rule]
    left_out: Mapping[str, int]
    where: str
    exclude: Mapping[str, str]
    simulated: bool | None
    scale_asked: tuple[float, float] | None
    files: Mapping[str, str] = field(default_factory=dict)
    beside: dict[str, str] = field(default_factory=dict)
    read: DataHash

    @property
    def data_hash(self) -> str:
        """sha256 (hex) over all that was read so far: all events, or all tables of files; and what was read beside."""
        return str(self.read)

    @property
    def title(self) -> str:
        """What a page about it is called."""
        return self.study.about.title or self.study.name if self.study else self.name

    @property
    def sessions(self) -> pd.DataFrame:
        """The sessions that are analysed."""
        return self.tables["sessions"]

    @property
    def attempts(self) -> pd.DataFrame:
        """Their attempts: an image each."""
        return self.tables["attempts"]

    @property
    def generations(self) -> pd.DataFrame:
        """Their prompts, whatever came of them."""
        return self.tables["generations"]

    @property
    def metrics(self) -> pd.DataFrame:
        """Measured values of their attempts, and after them what raters said of each, as `rating.QUESTION`."""
        measured, rated = self.tables["metrics"], mean_ratings(self.ratings)
        return measured if rated.empty else pd.concat([measured, rated], ignore_index=True)

    @property
    def ratings(self) -> pd.DataFrame:
        """Judgements by others, of their images."""
        return self.tables["ratings"]

    @property
    def scale(self) -> tuple[float, float]:
        """The lowest and the highest possible score."""
        return self._scale(SCORE, self.attempts[SCORE])[0]

    def value(self, name: str = "") -> Value:
        """Return what is analysed. name: 'score' or a metric; "": the score, where there is any, else the first metric.

        Raises:
            ImgloopError: there is no such value.
        """
        known = self.values()
        name = name or next(iter(known))
        if name not in known:
            raise ImgloopError(f"value must be one of {', '.join(known)}; not {name!r}")
        attempts = self.attempts
        if name != SCORE:
            own = self.metrics.loc[self.metrics["metric"] == name, ["session_id", "attempt", "value"]]
            attempts = attempts.merge(own.rename(columns={"value": name}), on=["session_id", "attempt"], how="left")
        scale, given = self._scale(name, attempts[name])
        return Value(name=name, attempts=attempts, scale=scale, given=given)

    def values(self) -> tuple[str, ...]:
        """Return what can be analysed, first what is meant where nothing is named."""
        metrics = [str(name) for name in self.metrics["metric"].unique()]
        scored = bool(self.attempts[SCORE].notna().any()) or not metrics
        return (SCORE, *metrics) if scored else (*metrics, SCORE)

    def threshold(self, threshold: float = 0, value: str = "") -> float:
        """Return the threshold of a success; 0: the study's perfect score, else the top of the scale.

        Raises:
            ImgloopError: it is not on the scale, or there is no such value.
        """
        measured = self.value(value)
        perfect = self.study.loop.ends_at if self.study and measured.name == SCORE else None
        return measured.threshold(threshold, perfect)

    def target(self, target_id: str) -> Target:
        """Return the target.

        Raises:
            ConfigurationError: targets.toml has no such target, or can't be read.
        """
        if self.library is None:
            raise ConfigurationError([Problem("targets.toml", self.trouble)])
        return self.library.target(target_id)

    def image(self, digest: str) -> bytes:
        """Return an image of an attempt. Raises: StoreError: it is not there, as with files it never is."""
        if self.store is None:
            raise StoreError(f"{self.folder}: tables have no images")
        return self.store.get_image(digest)

    def reads(self, file: Path | str) -> Path | str:
        """Note that a report reads this file too, and return it; "": it reads none.

        Raises:
            ImgloopError: it can't be read.
        """
        if file:
            try:
                digest = sha256_of(Path(file))
            except OSError as error:
                raise ImgloopError(f"{file}: can't be read ({error}); look whether its name is right") from error
            self.beside[Path(file).name] = digest
            self.read.add(f"file {Path(file).name}", digest)
        return file

    def _scale(self, name: str, values: pd.Series) -> tuple[tuple[float, float], bool]:
        """Return the scale of a value, and whether it was given."""
        if self.scale_asked is not None:
            return self.scale_asked, True
        if self.study and name == SCORE:
            return (self.study.loop.score_min, self.study.loop.score_max), True
        shown = {arm.metric_range for arm in self.study.arms if arm.scorer == name} if self.study else set()
        if len(shown) == 1 and (ends := shown.pop()) is not None:
            return ends, True
        known = values.dropna().to_numpy(dtype="float64")
        if not len(known):
            return (0.0, 1.0), False
        low, high = float(known.min()), float(known.max())
        return (low, high if high > low else low + 1), False


def read_data(
    study: Path | str = "",
    *,
    results: Path | str | None = None,
    files: Path | str = "",
    simulated: bool | None = None,
    where: str = "",
    exclude: Mapping[str, str] | None = None,
    scale: Sequence[float] | None = None,
) -> Data:
    """Read what a report is about.

    study: its file or folder; empty: none where files are named, else the study of this folder or the example.
    results: the folder of its store; None or empty: the one that the study file names. Where there is no store there is
    no session, and none is created. files: a folder of tables in place of the store, or one file of attempts.

    simulated: whether sessions of simulated workers are in it; None: only where there is no real one, and those of
    machines (blind, …) only where there is no other one either. where: a condition on the columns of sessions, and on
    `verdict`: what a reviewer decided (approve, soft_reject, reject); empty: all. exclude: rule → condition; a session
    is left out by the first one that is true. scale: the lowest and the highest possible value; None: the study's, or
    what the values span.

    Raises:
        ConfigurationError: the study file has mistakes.
        StoreError: the store can't be read.
        ImgloopError: the files can't be read, or a condition or the scale is wrong.
        ValueError: `simulated` is something else.
    """
    about = _study(study, files)
    source = _files(Path(files), simulated) if files else _store(about, Path(results) if results else None, simulated)
    asked = _asked(scale)
    rules = selection.rules(exclude or {})
    left_out = {"simulated": source.left_out}
    came = source.makers["sessions"]()
    read = DataHash(source.data_hash, whole=bool(files))
    if asks_verdict([where, *(exclude or {}).values()]):
        came = with_verdicts(came, tables_of(source.makers, came, read)["decisions"])
    if where:
        inside = selection.matching(came, where, name="where")
        came, left_out["where"] = came.loc[inside], int((~inside).sum())
    rules = {**selection.without_golds(came, [where, *(exclude or {}).values()]), **rules}
    reasons = excluded_by(came, rules)["excluded_by"]
    left_out |= {name: int((reasons == name).sum()) for name in rules}
    kept = came.loc[~reasons.isin(list(rules))]  # those that never started are nobody's rule, and have no attempt
    library, trouble = _library(about)
    return Data(
        study=about,
        name=about.name if about else Path(files).stem,
        folder=source.folder,
        store=source.store,
        library=library,
        trouble=trouble,
        tables=tables_of(source.makers, kept.drop(columns=VERDICT, errors="ignore"), read),
        came=came.reset_index(drop=True),
        rules=rules,
        left_out=left_out,
        where=where,
        exclude=dict(exclude or {}),
        simulated=simulated,
        scale_asked=asked,
        files=source.files,
        read=read,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Source:
    """makers: of the tables, without simulated sessions that are not wanted (`left_out` of them).

    data_hash: over the events of the other sessions, or over all tables of files.
    """

    folder: Path
    makers: Mapping[str, Callable[[], pd.DataFrame]]
    left_out: int
    data_hash: str
    store: Store | None = None
    files: Mapping[str, str] = field(default_factory=dict)


def _study(study: Path | str, files: Path | str) -> Study | None:
    if study:
        return load_study(study)
    if files:
        return None
    return load_study(Path() if Path("study.toml").is_file() else EXAMPLE)


def _store(study: Study | None, results: Path | None, simulated: bool | None) -> _Source:
    assert study is not None
    folder = results or study.results
    store = open_results(folder) if has_results(folder) else open_store(":memory:")
    frames = read_pages(store.pages(study.name), simulated=simulated)
    makers = store_makers(store, study.name, frames, lambda: plan_of(study))
    return _Source(folder=folder, makers=makers, left_out=frames.left_out, data_hash=frames.data_hash, store=store)


def _files(path: Path, simulated: bool | None) -> _Source:
    from imgloop_widgets.analysis.imports import read_tables

    if not (simulated is None or isinstance(simulated, bool)):
        raise ValueError(f"simulated must be None, True or False; not {simulated!r}")
    found = read_tables(path)
    programs = found.tables["sessions"]["simulated"].astype(bool)
    out = not simulated and bool(programs.any()) and (simulated is False or not programs.all())
    tables = dict(found.tables)
    if out:
        tables["sessions"] = tables["sessions"].loc[~programs]
    return _Source(
        folder=path,
        makers={name: partial(tables.__getitem__, name) for name in tables},
        left_out=int(programs.sum()) if out else 0,
        data_hash=found.data_hash,
        files=found.files,
    )


def _library(study: Study | None) -> tuple[Library | None, str]:
    if study is None:
        return None, "files have no targets; name the study too"
    try:
        return load_library(study.file(study.about.images), verify=False), ""
    except ConfigurationError as error:
        return None, str(error)


def _asked(scale: Sequence[Any] | None) -> tuple[float, float] | None:
    if scale is None or not len(scale):
        return None
    ends = [v for v in scale if isinstance(v, (int, float)) and not isinstance(v, bool)]
    if len(scale) != 2 or len(ends) != 2 or not ends[0] < ends[1]:
        raise ImgloopError(f"scale must be its lowest and its highest value, like [1, 10]; not {scale!r}")
    return ends[0], ends[1]
