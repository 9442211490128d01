"""A rating study: its file, read and checked. `load_any` reads a study of either kind."""

import hashlib
import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from imgloop_widgets.errors import ConfigurationError, Problem
from imgloop_widgets.panel_table import PanelTable
from imgloop_widgets.ratings.tables import TABLE, TABLES, Question, RatingAbout, RatingFile, Ratings
from imgloop_widgets.step_tables import Require
from imgloop_widgets.study import Study, load_study, mistakes, read_study_file

NEEDS = {"closer": ("pair", 'needs item = "pair"'), "ranking": ("ranking", 'needs item = "ranking"')}
"""Kind of question → the items that it can be asked about, and what is said of others."""


class RatingStudy(BaseModel):
    """A study file of ratings that holds together. path: of the file. digest: sha256 (hex) of its bytes.

    panel: what is other than the panel's own. require: of who may enter.
    """

    model_config = ConfigDict(frozen=True)

    path: Path
    digest: str
    about: RatingAbout
    ratings: Ratings
    questions: tuple[Question, ...]
    panel: PanelTable = PanelTable()
    require: tuple[Require, ...] = ()

    @property
    def name(self) -> str:
        """The study's name."""
        return self.about.name

    @property
    def duration(self) -> timedelta:
        """From opening the link to the deadline."""
        return timedelta(seconds=self.ratings.duration_in_seconds)

    def file(self, name: str) -> Path:
        """The path of a file or folder that the study file names."""
        return (self.path.parent / name).resolve()

    @property
    def table(self) -> Path | None:
        """The table of the images that are judged; None: they are those of a study."""
        return self.file(self.ratings.source) if self.ratings.source.endswith(TABLE) else None

    @property
    def results(self) -> Path:
        """The folder of what is written at run time; the first study's sessions are in it, too."""
        return Path(os.environ.get("IMGLOOP_RESULTS") or self.file(self.about.results))

    def session_seed(self, worker_id: str, unit_id: str) -> int:
        """The seed of one session, 0 to 2**31 - 1; the same for the same study, rater and unit."""
        text = "\0".join((str(self.about.seed), self.name, worker_id, unit_id))
        return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big") & 0x7FFFFFFF


AnyStudy = Study | RatingStudy


def load_any(path: Path | str) -> AnyStudy:
    """Return the study of a file, or of the folder that holds a study.toml, of either kind.

    Raises:
        ConfigurationError: every mistake in the file.
    """
    return load_ratings(path) if is_of_ratings(path) else load_study(path)


def is_of_ratings(path: Path | str) -> bool:
    """Whether a study file has the table [ratings]. Raises: ConfigurationError: it is missing, or is no TOML."""
    return "ratings" in read_study_file(path)[2]


def load_ratings(path: Path | str) -> RatingStudy:
    """Return the rating study of a file, or of the folder that holds a study.toml.

    Raises:
        ConfigurationError: every mistake in the file, each with its place.
    """
    path, data, content = read_study_file(path)
    try:
        file = RatingFile.model_validate(content)
    except ValidationError as error:
        raise ConfigurationError(mistakes(path, error, RatingFile, TABLES)) from None
    if problems := [Problem(f"{path.name}: {place}", what) for place, what in _together(file)]:
        raise ConfigurationError(problems)
    return RatingStudy(
        path=path.resolve(),
        digest=hashlib.sha256(data).hexdigest(),
        about=file.study,
        ratings=file.ratings,
        questions=file.question,
        panel=file.panel,
        require=file.require,
    )


def _together(file: RatingFile) -> Iterator[tuple[str, str]]:
    """Yield what is wrong between the tables: places and texts."""
    ratings, names = file.ratings, [question.name for question in file.question]
    if ratings.source_name == file.study.name:
        yield "ratings.source", "must be another study than this one; name the study whose images are judged"
    for index, question in enumerate(file.question):
        kind, what = NEEDS.get(question.kind, (ratings.item, ""))
        if kind != ratings.item:
            yield f"question[{index}].kind", f"{question.kind!r} {what}; not {ratings.item!r}"
        if question.name in names[:index]:
            yield f"question[{index}].name", f"{question.name!r} is that of another question; give each its own"
    if ratings.checks_per_block and not any(judged(question, ratings) for question in file.question):
        what = "is not 0, but no question has a known answer; give one an `alike` (or `tie`), or set it to 0"
        yield "ratings.checks_per_block", what


def judged(question: Question, ratings: Ratings) -> bool:
    """Whether a check of this study says which answer is right."""
    if question.kind == "closer":
        return ratings.check == "target" or bool(question.tie)
    return question.kind == "ranking" or (question.alike is not None and ratings.check == "target")
