"""The table [gold] of a study file: units with known answers among a worker's units, and what follows from wrong ones.

    [gold]
    first = 1                    # golds that a worker must pass before anything else
    chance = 0.2                 # of a gold before each unit after that; it falls
    fall = 0.5                   #    by this factor with each further gold that is passed,
    least = 0.02                 #    but not below this
    most = 3                     # for one worker; left out: each gold once
    strikes = 2                  # wrong golds after which a worker gets nothing more, 0: any number; left out: 2, or 1
    say = "Thank you! …"         # what such a worker reads; left out: a kind sentence

    [[gold.unit]]                # any number of them; what is known stands in one or more of these:
    target = "boats-01"          # in targets.toml, and no target of the study
    right = { age_known = "no" } # a question of the form → the right answer, or a list of those that are
    says = ["red", ["boat", "ship", "boats"]]   # each must be in a prompt; of a list, one of its words
    best_score = [6, 10]         # from, to; and first_score, last_score
    shows = "boats-01"           # the image of this target is shown, whatever is written; left out: the generator's

A gold is given in place of a unit that is due, in the worker's own arm: only to whoever has a link that names no unit.
It looks like any other, is paid like any other, and never counts: not for `units_per_worker`, not for what is due of an
assignment, and not in reports, unless they ask for it. A wrong gold takes one that was passed away again, so that the
next gold comes sooner. What has counted for and against a worker stands in two qualifications with the reason of each,
`gold_passed.STUDY` and `gold_failed.STUDY`; `imgloop qualifications revoke WORKER gold_failed.STUDY` forgives.

`shows` is a pair of images with a known answer: the target itself must get the best score, another target a low one.
Workers do not know: a debriefing should say so. What the checks mean exactly stands in `loop.known`.
"""

from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from imgloop_widgets.loop import WHICH, Known


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class GoldUnit(_Strict):
    """A unit with a known answer."""

    target: str
    """An id in targets.toml that is no target of the study."""
    right: dict[str, Any] = Field(default_factory=dict)
    """Of the form's own questions: name of a field → its right answer, or a list of those that are."""
    says: tuple[tuple[str, ...], ...] = ()
    """Words that must be in the prompts of the session; of a list one of its words."""
    first_score: tuple[int, int] | None = Field(None, strict=False)
    """The score of the first image: from and to, both included."""
    last_score: tuple[int, int] | None = Field(None, strict=False)
    """That of the last one."""
    best_score: tuple[int, int] | None = Field(None, strict=False)
    """The highest score of all."""
    shows: str = ""
    """A target whose image is shown in place of any that is generated; left out: the arm's generator makes them."""

    @property
    def known(self) -> Known:
        """What a session is held against."""
        scores = {which: found for which in WHICH if (found := getattr(self, which)) is not None}
        return Known(right=self.right, says=self.says, scores=scores)

    @field_validator("says", mode="before")
    @classmethod
    def _lists(cls, value: object) -> object:
        """Take a word as a list with it alone."""
        if not isinstance(value, list):
            return value
        return tuple(tuple(one) if isinstance(one, list) else (one,) for one in value)

    @model_validator(mode="after")
    def _is_known(self) -> Self:
        known, wrong = self.known, []
        if known == Known():
            wrong.append(f"nothing is known of it; add right, says, {', '.join(WHICH)}")
        if not all(words and all(any(map(str.isalnum, word)) for word in words) for words in known.says):
            wrong.append("says must be words, or lists of words; not an empty one")
        for which, (low, high) in known.scores.items():
            if low > high:
                wrong.append(f"{which} must rise, from and to; not {low} and {high}")
        if wrong:
            raise ValueError("\n".join(wrong))
        return self


class Gold(_Strict):
    """Which units are gold, how often they come, and how many wrong ones are too many."""

    first: int = Field(1, ge=0)
    """Golds that a worker must pass before anything else."""
    chance: float = Field(0.2, ge=0, le=1)
    """Of a gold before each unit after that."""
    fall: float = Field(0.5, ge=0, le=1)
    """The factor by which the chance falls with each further gold that is passed."""
    least: float = Field(0.02, ge=0, le=1)
    """Below which it does not fall."""
    most: int | None = Field(None, ge=1)
    """Golds for one worker; left out: each of them once."""
    strikes: int | None = Field(None, ge=0)
    """Wrong golds after which a worker gets nothing more; 0: any number; left out: 2, or 1 where they get one gold."""
    say: str = ""
    """What a worker reads who had too many wrong."""
    unit: tuple[GoldUnit, ...] = Field(strict=False, min_length=1)
    """The units with known answers: [[gold.unit]]."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        targets, wrong = [unit.target for unit in self.unit], []
        if doubled := [name for index, name in enumerate(targets) if name in targets[:index]]:
            wrong.append(f"{doubled[0]!r} is a gold more than once; a worker sees each target once")
        most = self.most_of_all
        if most > len(targets):
            wrong.append(f"most must be at most the number of gold units, {len(targets)}; not {most}")
        if self.first > most:
            wrong.append(f"first must be at most what a worker can get, {most}; not {self.first}")
        if self.max_wrong > most:
            wrong.append(f"strikes must be at most what a worker can get, {most}; not {self.max_wrong}")
        if self.least > self.chance:
            wrong.append(f"least must be at most the chance, {self.chance:g}; not {self.least:g}")
        if wrong:
            raise ValueError("\n".join(wrong))
        return self

    @property
    def most_of_all(self) -> int:
        """Golds for one worker."""
        return len(self.unit) if self.most is None else self.most

    @property
    def max_wrong(self) -> int:
        """Wrong golds after which a worker gets nothing more; 0: any number."""
        return min(2, self.most_of_all) if self.strikes is None else self.strikes

    def of(self, target: str) -> GoldUnit | None:
        """Return the gold unit of a target; None: it is none (any more)."""
        return next((unit for unit in self.unit if unit.target == target), None)
