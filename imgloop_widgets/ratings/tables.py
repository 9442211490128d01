"""The tables of a rating study's file: what is judged, how often, and what is asked. Strict, as `study` is.

    [study]                                   [ratings]
    name = "look_alike_ratings"               source = "look_alike"          # whose images; or "images.csv"
    title = "Which image is closer?"          item = "pair"                  # single, pair, ranking
    images = "../../images"                   attempts = ["first", "last"]   # left out: all; of a pair: first, last
    results = "../../results"                 raters_per_item = 3
    access = "open"                           items_per_rater = 20
    seed = 1                                  checks_per_block = 2           # items with a known answer among them
                                              check = "target"               # or "same"
    [[question]]                              arms = ["a"]                   # left out: all
    name = "closer"                           targets = ["bears-01"]         # left out: all
    text = "Which image is more               finished_only = true
            like the target?"                 show_prompt = false
    kind = "closer"                           duration_in_seconds = 1800
                                              instruction = "Look at all images first."

Kinds of questions:

| kind | of | answer |
| --- | --- | --- |
| scale | any item | a whole number from `low` to `high`; `low_label` and `high_label` say what the ends mean |
| choice | any item | the number of one of `options`, from 1 |
| closer | a pair | the attempt that is closer, or "same" where `tie` is its text |
| ranking | a ranking | the attempts, the best first |

Raters may come from a panel, too: `access`, [panel] and [[require]] mean what they mean in a study with a loop
(`study`, `step_tables`). Who has judged a whole block has completed it.

A check shows the target in place of an image (`check = "target"`), or the same image twice (`check = "same"`). What is
right follows for closer (the target; the tie) and ranking (the target first); a scale or a choice names it as `alike`.
Nothing tells a rater which items are checks.
"""

import re
from pathlib import PurePath
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from imgloop_widgets.panel_table import PanelTable
from imgloop_widgets.step_tables import Require
from imgloop_widgets.study_tables import NAME, About

MOST_POINTS = 100
"""Points of a scale, at most."""

Kind = Literal["scale", "choice", "closer", "ranking"]
ItemKind = Literal["single", "pair", "ranking"]
Check = Literal["target", "same"]

TABLE = ".csv"
"""How the name of a table of images ends."""

NAMED = ("first", "last", "best")
"""Words for attempts; best: the highest score, the earliest of several."""

NOT_OURS = ("form", "targets", "units_per_assignment")
"""What stands in [study] of a study with a loop alone."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class RatingAbout(About):
    """The rating study itself; what a loop needs has no place in it."""

    form: str = ""

    @model_validator(mode="after")
    def _without_a_loop(self) -> Self:
        there = [name for name in NOT_OURS if name in self.model_fields_set]
        if there:
            raise ValueError("\n".join(f"{name} has no place in a rating study; leave it out" for name in there))
        return self


class Ratings(_Strict):
    """What is judged, and by how many."""

    source: str
    """Name of the study whose images are judged, with its sessions in the same results folder; or a table of images
    (`images.csv`), see `judging.table`."""
    item: ItemKind
    """single: the target and an image. pair: the target and two attempts of a session. ranking: all of a session."""
    attempts: tuple[int | str, ...] = Field((), strict=False)
    """Which of a session's attempts: numbers from 1, first, last, best. None: all; of a pair: first and last."""
    raters_per_item: int = Field(3, ge=1, le=1000)
    """How many raters judge each item."""
    items_per_rater: int = Field(20, ge=1, le=1000)
    """How many items one rater is given, without the checks."""
    checks_per_block: int = Field(2, ge=0, le=100)
    """Items with a known answer among those of a rater."""
    check: Check = "target"
    """What a check shows: the target in place of an image, or the same image twice (pairs alone)."""
    arms: tuple[str, ...] = Field((), strict=False)
    """Sessions of these arms; none: of all."""
    targets: tuple[str, ...] = Field((), strict=False)
    """Sessions with these targets; none: with all."""
    finished_only: bool = True
    """Whether only sessions that are over are judged."""
    show_prompt: bool = False
    """Whether the prompt of a single image is shown below it."""
    duration_in_seconds: int = Field(1800, ge=30)
    """From opening the link; what a rater has not judged by then goes to others."""
    instruction: str = ""
    """What raters read before they begin, HTML."""

    @property
    def source_name(self) -> str:
        """Name of the study that the images are of; of a table its own."""
        return PurePath(self.source).stem if self.source.endswith(TABLE) else self.source

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        wrong = []
        if not re.fullmatch(NAME, self.source_name):
            wrong.append(f"source must be the name of a study, or a table such as images.csv; not {self.source!r}")
        for one in self.attempts:
            if (isinstance(one, str) and one not in NAMED) or (isinstance(one, int) and one < 1):
                wrong.append(f"attempts must be numbers from 1, or {', '.join(NAMED)}; not {one!r}")
        if self.item == "pair" and len(self.attempts) not in (0, 2):
            wrong.append(f"a pair has two attempts; not {len(self.attempts)}")
        if self.item == "ranking" and len(self.attempts) == 1:
            wrong.append("a ranking has two attempts or more; not 1")
        if self.check == "same" and self.item != "pair":
            wrong.append('check = "same" needs item = "pair"; choose "target"')
        if self.show_prompt and self.item != "single":
            wrong.append('show_prompt needs item = "single": of several images it would tell which was which')
        if wrong:
            raise ValueError("\n".join(wrong))
        return self


class Question(_Strict):
    """One question about each item."""

    name: str = Field(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,63}$")
    """Of the question, in results and reports."""
    text: str = Field(min_length=1)
    """What the rater is asked."""
    kind: Kind
    """What an answer is: see the table of kinds."""
    low: int = Field(1, ge=0, le=MOST_POINTS)
    """The lowest number of a scale."""
    high: int = Field(10, ge=1, le=MOST_POINTS)
    """The highest one."""
    low_label: str = ""
    """What the lowest number means."""
    high_label: str = ""
    """What the highest one means."""
    options: tuple[str, ...] = Field((), strict=False)
    """The texts that a choice is made among."""
    tie: str = ""
    """Of closer: the text of a third answer, such as "They are the same"; left out: there is none."""
    alike: int | None = None
    """The right answer where an image is the target itself; None: a check does not judge this question."""
    alike_within: int = Field(0, ge=0)
    """How far from it an answer may be, on a scale."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        given = self.model_fields_set
        wrong = [
            f"{name} has no effect on a question of the kind {self.kind!r}; leave it out"
            for name in ("low", "high", "low_label", "high_label", "alike_within", "options", "tie", "alike")
            if name in given and self.kind not in _OF[name]
        ]
        if self.kind == "choice" and len(self.options) < 2:
            wrong.append("options must be two texts or more, written [ … ]")
        if self.kind == "scale" and self.low >= self.high:
            wrong.append(f"low must be below high; not {self.low} and {self.high}")
        low, high = (self.low, self.high) if self.kind == "scale" else (1, len(self.options))
        if self.alike is not None and self.kind in _OF["alike"] and not low <= self.alike <= high:
            wrong.append(f"alike must be an answer that can be given, {low} to {high}; not {self.alike}")
        if wrong:
            raise ValueError("\n".join(wrong))
        return self


_OF: dict[str, tuple[Kind, ...]] = {
    **dict.fromkeys(("low", "high", "low_label", "high_label", "alike_within"), ("scale",)),
    "options": ("choice",),
    "tie": ("closer",),
    "alike": ("scale", "choice"),
}
"""What a question may have → of which kinds."""


class RatingFile(_Strict):
    """The file as a whole."""

    study: RatingAbout
    ratings: Ratings
    panel: PanelTable = PanelTable()
    question: tuple[Question, ...] = Field(strict=False, min_length=1)
    require: tuple[Require, ...] = Field((), strict=False)


TABLES: dict[str, type[BaseModel]] = {
    "study": RatingAbout,
    "ratings": Ratings,
    "panel": PanelTable,
    "question": Question,
    "require": Require,
}
"""Its tables by name."""
