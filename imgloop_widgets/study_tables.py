"""The tables of a study file, with their defaults and what must hold within each of them; see `study`."""

from math import isfinite
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, model_validator

from imgloop_widgets.events import Reason
from imgloop_widgets.gold_table import Gold
from imgloop_widgets.loop import Duplicates, Steer
from imgloop_widgets.panel_table import Access, PanelTable
from imgloop_widgets.plans import Order, Randomisation
from imgloop_widgets.step_tables import Require, Step

SHORTEST_SILENCE_S = 120
"""The least `silence_in_seconds`."""

NAME = r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Band(_Strict):
    """The form's template for an image that follows a score of at least `from_score`."""

    from_score: int
    """The least score of the image before."""
    template: str
    """`lookup_name` of a dynamic fieldset of the form."""


def _number_or_false(value: object) -> object:
    if value is None or value is False or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    raise ValueError(f"must be a whole number, or false; not {value!r}")


PerfectScore = Annotated[int | Literal[False] | None, PlainValidator(_number_or_false)]


class Loop(_Strict):
    """The rules of the loop, in the words of the study file."""

    max_answer_loops: int = Field(3, ge=0, le=1000)
    """Attempts a worker may make; 0: no limit."""
    min_answer_loops: int = Field(0, ge=0, le=1000)
    """From so many attempts on a worker may finish whenever they want, as one who has done all there is to do; before,
    to finish is early, and a perfect score ends nothing. 0: to finish is always early."""
    self_rating: bool = True
    """Whether the worker scores each image; false: they only look at it and go on."""
    score_min: int = Field(1, ge=0)
    """The lowest score of the worker's scale."""
    score_max: int = Field(10, le=100)
    """The highest one; the form's field must offer the same scale."""
    score_labels: tuple[str, str] = Field(("", ""), strict=False)
    """What the lowest and the highest score mean, for the worker; "": in the page's own words."""
    perfect_score: PerfectScore = None
    """This score ends the session; left out: score_max; false: none does."""
    duplicate_prompts: Duplicates = "exact"
    """Which repeats of an earlier prompt are refused: exact, normalized (also with other case or spaces), allow."""
    assignment_duration_in_seconds: int = Field(1800, ge=0)
    """From opening the link; 0: no limit."""
    auto_submit_before_expiration_sec: int = Field(10, ge=0)
    """How long before the end the work so far is submitted."""
    generation_timeout_in_seconds: float = Field(180.0, gt=0, allow_inf_nan=False)
    """How long one call for an image may take; never longer than the time that is left."""
    band: tuple[Band, ...] = Field((), strict=False)
    """Which fieldset of the form follows which score; left out: the first one, always."""

    @property
    def ends_at(self) -> int | None:
        """The score that ends a session; None: none does."""
        if self.perfect_score is False or not self.self_rating:
            return None
        return self.score_max if self.perfect_score is None else self.perfect_score

    @property
    def scores_end(self) -> bool:
        """Whether the file names a score that ends the session."""
        return self.perfect_score is not None and self.perfect_score is not False

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        low, high, total = self.score_min, self.score_max, self.assignment_duration_in_seconds
        scores = [b.from_score for b in self.band]
        wrong = []
        if low >= high:
            wrong.append(f"score_min must be below score_max; not {low} and {high}")
        elif self.scores_end and not low <= int(self.perfect_score or 0) <= high:
            wrong.append(f"perfect_score must be from {low} to {high}; not {self.perfect_score}")
        if 0 < self.max_answer_loops < self.min_answer_loops:
            most = self.max_answer_loops
            wrong.append(f"min_answer_loops must be at most max_answer_loops, {most}; not {self.min_answer_loops}")
        if self.scores_end and not self.self_rating:
            wrong.append("perfect_score needs self_rating = true; leave it out")
        if 0 < total <= self.auto_submit_before_expiration_sec:
            wrong.append("auto_submit_before_expiration_sec must be below assignment_duration_in_seconds")
        if scores != sorted(set(scores)):
            wrong.append(f"the bands' from_score must rise; not {', '.join(map(str, scores))}")
        elif scores and (scores[0] > low or scores[-1] > high):
            wrong.append(f"the bands must cover the scale from {low} to {high}; not from {scores[0]} to {scores[-1]}")
        if wrong:
            raise ValueError("\n".join(wrong))
        return self


class Guidance(_Strict):
    """How close to the prompt an image is to be, set by the worker."""

    low: float = Field(1.0, allow_inf_nan=False)
    """The least that can be set."""
    high: float = Field(20.0, allow_inf_nan=False)
    """The most that can be set."""
    start: float = Field(7.5, allow_inf_nan=False)
    """Where it stands for the first image."""
    step: float = Field(0.5, gt=0, allow_inf_nan=False)
    """Between one value and the next."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if not self.low <= self.start <= self.high or self.low == self.high:
            raise ValueError(f"low, start and high must rise; not {self.low:g}, {self.start:g} and {self.high:g}")
        return self


class Arm(_Strict):
    """A condition. generator: a name that the package knows; None: the notebook brings its own callback."""

    name: str = Field("default", pattern=NAME)
    """Of the condition, in results and reports; no page says it."""
    weight: int = Field(1, ge=1, le=1000)
    """How often workers are given it: an arm of weight 2 has twice the units of one of weight 1."""
    targets: tuple[str, ...] = Field((), strict=False)
    """In place of the study's targets, and as many as the other arms have: images that this arm's own generator has
    made, where workers are to reach what it can make. None: the study's."""
    form: str | None = None
    """In place of the study's form; None: that one."""
    loop: dict[str, Any] = Field(default_factory=dict)
    """What is other than in the study's [loop]: the same settings."""
    generator: str | None = None
    """What draws: a name that the package knows (`scenes`, `openai_images`, …); left out: the notebook brings one."""
    options: dict[str, Any] = Field(default_factory=dict)
    """Of the generator; a callback of the notebook's own reads them as `context.options`."""
    revise: dict[str, Any] | None = None
    """What rewrites a prompt before it is sent: `with`, its name, and what it takes; None: nothing does."""
    scorer: str | None = None
    """What measures each image beside its target: a name in `scorers/named.py`; None: none that is named."""
    scorer_options: dict[str, Any] = Field(default_factory=dict)
    """Of the scorer; a model's `path`, where it has weights of its own."""
    show_metric: bool = False
    """Whether the worker sees the measure, from 0 to 100; it is stored in either case. Without a scorer here the
    notebook must bring one."""
    metric_range: tuple[float, float] | None = Field(None, strict=False)
    """The values of the measure that the worker sees as 0 and as 100, with a straight line between, and what is beyond
    an end at that end; the larger one first where less is closer. Left out: the worst and the best there can be."""

    negative_prompt: bool = False
    """Whether the worker also writes what the image must not show."""
    seed: Literal["session", "target", "attempt", "chosen"] = "session"
    """Where an image's seed comes from: one for the session, one for the target (the same for all workers), another for
    each attempt, or the worker's choice."""
    seeds: tuple[int, ...] = Field((), strict=False)
    """Which ones a worker may choose from; none: any."""
    target_seeds: dict[str, int] = Field(default_factory=dict)
    """With "target": id of a target → its seed, as `imgloop targets calibrate` finds it; left out: by chance."""
    guidance: Guidance | None = None
    """What the worker may set, as the generator's option `guidance`; left out: nothing."""
    keep_prompt: bool = True
    """Whether the last prompt stands in the page when the next one is written."""
    history: bool = True
    """Whether the worker sees the earlier attempts."""
    images_per_prompt: int = Field(1, ge=1, le=12)
    """How many images are made of each prompt, each by a call of its own with a seed of its own."""
    pick: bool = False
    """Whether the worker chooses one of them, which then is the attempt's: it is scored, measured and shown later on.
    false: all of them are, together."""
    steer: Steer = "prompt"
    """How the next image is asked for: in words ("prompt"); or ("pick") only the first prompt is written, and then the
    worker picks an image instead, whose variations come next."""

    @model_validator(mode="after")
    def _seeds(self) -> Self:
        if self.seeds and self.seed != "chosen":
            raise ValueError('seeds are for seed = "chosen"; write that, or leave them out')
        if self.target_seeds and self.seed != "target":
            raise ValueError('target_seeds are for seed = "target"; write that, or leave them out')
        if not all(0 <= s < 2**31 for s in self.target_seeds.values()):
            raise ValueError(f"target_seeds must be from 0 to {2**31 - 1}; not {dict(self.target_seeds)}")
        if (
            len(self.seeds) == 1
            or len(set(self.seeds)) < len(self.seeds)
            or not all(0 <= s < 2**31 for s in self.seeds)
        ):
            raise ValueError(f"seeds must be two different numbers or more, from 0 to {2**31 - 1}; not {self.seeds}")
        return self

    @model_validator(mode="after")
    def _picked(self) -> Self:
        if self.pick and self.images_per_prompt == 1:
            raise ValueError("pick needs images to choose from; set images_per_prompt to 2 or more")
        if self.steer == "pick" and not self.pick:
            raise ValueError('steer = "pick" needs pick = true, and images_per_prompt of 2 or more')
        if self.steer == "pick" and self.seed == "chosen":
            raise ValueError('steer = "pick" needs another seed than "chosen": each variation has one of its own')
        return self

    @model_validator(mode="after")
    def _measured(self) -> Self:
        if self.scorer is None and self.scorer_options:
            raise ValueError("scorer_options need a scorer; name one, or leave them out")
        if self.metric_range is None:
            return self
        if not self.show_metric:
            raise ValueError("metric_range is for what the worker sees; set show_metric = true, or leave it out")
        low, high = self.metric_range
        if low == high or not (isfinite(low) and isfinite(high)):
            raise ValueError(f"metric_range must be two different numbers; not {low:g} and {high:g}")
        return self


class Generation(_Strict):
    """What all generations of the study share, over all workers, kernels and machines."""

    at_once: int = Field(0, ge=0)
    """Calls of the generator under way; 0: no limit."""
    per_minute: int = Field(0, ge=0)
    """Calls that begin within any minute; 0: no limit."""
    max_cost: float | None = Field(None, gt=0, allow_inf_nan=False)
    """US dollars that the study may spend on images, at their price until their cost is known; left out: no limit."""
    price: float | None = Field(None, ge=0, allow_inf_nan=False)
    """US dollars that one call costs at most; left out: what the generator says, or nothing."""
    max_refusals: int = Field(10, ge=0)
    """Prompts of one session that a safety filter may refuse before it ends; 0: no limit."""
    cache: bool = False
    """Whether the same generator, version, options, prompt and seed are drawn once."""


class Assignment(_Strict):
    """Who is given which units, and when a unit is due again."""

    units_per_worker: int = Field(1, ge=1)
    """How many units a link without a number gives to a worker, one after the other, each of another target."""
    concurrent_units_per_worker: int = Field(0, ge=0)
    """How many units a worker may be at, at once (with links that name units); 0: no limit."""
    concurrent_units: int = Field(0, ge=0)
    """How many units all workers may be at, at once; who comes too many is asked to come later. 0: no limit."""
    order: Order = "fixed"
    """Of a worker's targets: fixed (as in the file), random, or latin_square (Williams's)."""
    randomisation: Randomisation = "blocked"
    """Of the arms: blocked (in each block of workers each arm comes as often as its weight says), or simple."""
    block_size: int = Field(0, ge=0)
    """Workers in a block, a multiple of the sum of the weights; 0: that sum."""
    stratify_by: str = Field("", pattern=r"^([A-Za-z_][A-Za-z0-9_.-]{0,63})?$")
    """A question whose answer is known when a worker comes: a parameter of the link. Each of `strata` has blocks of its
    own, and so have all other answers together. Left out: one sequence of blocks for all."""
    strata: tuple[str, ...] = Field((), strict=False)
    """The answers that are told apart."""
    silence_in_seconds: int = Field(0, ge=0)
    """After so long without a sign of the worker's page their unit is due again; 0: only after the deadline."""
    returned: tuple[Reason, ...] = Field(("expired", "withdrawn", "failed"), strict=False)
    """Ways to finish after which the unit is due again; what the worker did is kept."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        wrong = []
        if bool(self.stratify_by) != bool(self.strata):
            wrong.append("stratify_by and strata go together: a question, and the answers that are told apart")
        if self.stratify_by in ("worker_id", "id"):
            wrong.append(f"stratify_by must be another parameter of the link than {self.stratify_by!r}")
        if self.block_size and self.randomisation == "simple":
            wrong.append('block_size is for randomisation = "blocked"; leave it out')
        if 0 < self.silence_in_seconds < SHORTEST_SILENCE_S:
            what = f"silence_in_seconds must be 0, or {SHORTEST_SILENCE_S} or more"
            wrong.append(f"{what}: a page in the background is heard of once a minute; not {self.silence_in_seconds}")
        if wrong:
            raise ValueError("\n".join(wrong))
        return self


class Bonus(_Strict):
    """An amount for a session, beside the base."""

    amount: float = Field(gt=0, allow_inf_nan=False)
    """In the study's currency."""
    by: Literal["best_score", "last_score", "best", "last"] = "best_score"
    """What it looks at: a worker's own scores; or, with `metric`, its best or last value."""
    metric: str | None = None
    """What a scorer measured (higher is closer), where `by` is best or last."""
    at_least: float | None = Field(None, allow_inf_nan=False)
    """Everybody from this value on earns it."""
    best_share: float | None = Field(None, gt=0, le=1)
    """This share of all finished sessions earns it, and who ties with the last of them."""

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        wrong = []
        if (self.at_least is None) == (self.best_share is None):
            wrong.append("must have either at_least or best_share")
        if (self.by in ("best", "last")) != (self.metric is not None):
            wrong.append('by = "best" or "last" is for a metric, and a metric needs one of them; name both or neither')
        if round(self.amount, 2) != self.amount:
            wrong.append(f"amount must have at most two decimals; not {self.amount}")
        if wrong:
            raise ValueError("\n".join(wrong))
        return self


class Pay(_Strict):
    """What workers are paid, for each unit."""

    currency: str = "USD"
    """Three capital letters (ISO 4217)."""
    base: float = Field(ge=0, allow_inf_nan=False)
    """For a unit that was played to its end, or failed through no fault of the worker's."""
    incomplete: float | None = Field(None, ge=0, allow_inf_nan=False)
    """For a unit with an image that was left or ran out of time; left out: the base."""
    bonus: tuple[Bonus, ...] = Field((), strict=False)
    """Amounts beside the base; a session may earn several."""

    @model_validator(mode="after")
    def _in_cents(self) -> Self:
        wrong = [
            f"{name} must have at most two decimals; not {value}"
            for name, value in (("base", self.base), ("incomplete", self.incomplete))
            if value is not None and round(value, 2) != value
        ]
        if not (len(self.currency) == 3 and self.currency.isascii() and self.currency.isupper()):
            wrong.append(f"currency must be three capital letters, like USD; not {self.currency!r}")
        if wrong:
            raise ValueError("\n".join(wrong))
        return self


class About(_Strict):
    """The study itself."""

    name: str = Field(pattern=NAME)
    """Under which its results are kept. Another name is another study."""
    title: str = ""
    """What the worker's browser shows as the page's title; left out: the form's title."""
    form: str
    """A folder with form configuration, or one JSON file."""
    images: str
    """A folder with targets.toml and library/."""
    results: str = "results"
    """The folder of all that is written; studies may share one."""
    access: Access = "signed"
    """Who may enter: whoever has a link of `imgloop links` (signed), anyone under the name that a link has (open), or
    whoever comes from this panel."""
    units_per_assignment: int = Field(1, ge=1)
    """How many workers each target is for, in each version of the form and each arm (of weight 1)."""
    targets: tuple[str, ...] = Field((), strict=False)
    """Ids in targets.toml, in the order of the units; none: all of them that are no gold."""
    seed: int = Field(1, ge=0)
    """All chance of the study comes from it."""
    signals: bool = False
    """Whether workers' pages note how they are worked with, as counts and times: pastes, keys, pauses, hidden, cut off.
    Off unless asked for: what nobody needs is not recorded. Where it is on, the page lists it for the worker, and a
    consent form must, too; signals.py has the list (`recorded`)."""
    max_strikes: int = Field(0, ge=0)
    """Failed attention checks, over all units of a worker, after which they get no other unit; 0: any number."""


class StudyFile(_Strict):
    """The whole file."""

    study: About
    loop: Loop = Loop()
    generation: Generation = Generation()
    assignment: Assignment = Assignment()
    pay: Pay | None = None
    gold: Gold | None = None
    panel: PanelTable = PanelTable()
    arm: tuple[Arm, ...] = Field(strict=False, min_length=1)
    step: tuple[Step, ...] = Field((), strict=False)
    require: tuple[Require, ...] = Field((), strict=False)
