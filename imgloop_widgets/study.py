"""The study file (TOML): what is asked of whom, under which rules. Every mistake in it is reported at once.

    [study]                                   [loop]
    name = "look_alike"                       max_answer_loops = 3                  # 0: no limit
    form = "form"                             score_min = 1
    images = "../../images"                   score_max = 10
    results = "../../results"                 perfect_score = 10
    access = "open"                           duplicate_prompts = "exact"           # normalized, allow
    units_per_assignment = 3                  assignment_duration_in_seconds = 1800 # 0: no limit
    seed = 1                                  auto_submit_before_expiration_sec = 10
    targets = ["bear-01"]  # left out: all    generation_timeout_in_seconds = 180

    [[arm]]                                   [[loop.band]]  # the template of a dynamic fieldset, by the score before
    name = "default"                          from_score = 1
    generator = "scenes"                      template = "low_score_loop"
    options = { quality = "full" }
    revise = { with = "template", text = "{prompt}, in soft light" }  # hidden from the worker; left out: nothing
    scorer = "ssim"           # measures each image beside its target; left out: nothing
    show_metric = false       # true: the worker sees it, from 0 to 100

    [generation]         # shared by all workers, kernels and machines of the study
    at_once = 4          # calls of the generator under way; 0: no limit
    per_minute = 60      # calls begun within any minute; 0: no limit
    max_cost = 50.0      # US dollars; the study pauses before more is spent; left out: no limit
    price = 0.04         # US dollars that one call costs at most; needed with max_cost unless the generator says it
    max_refusals = 10    # prompts of a session that a safety filter may refuse before it ends; 0: no limit
    cache = false        # true: the same generator, version, options, prompt and seed are drawn once

A language model may revise, behind OpenAI's chat completions or a server that speaks them; its key is read from the
environment or a file, and never stands here:

    revise = { with = "chat", model = "gpt-5-mini", instruction = "Rewrite the prompt for an image model." }
    revise = { with = "chat", model = "llama", instruction = "…", base_url = "http://127.0.0.1:8000/v1" }
    # and: key_env = "MY_KEY" or key_file = "key.txt", temperature = 0.7, send_seed = true, extra = { top_p = 0.9 }

`generator`, `revise` and `scorer` may be functions of the notebook instead, which go before those of the file:
`open_page(study, generate=…, revise=…, scorer=…)`.

Paths are relative to the study file. Precedence for the results folder: the environment variable IMGLOOP_RESULTS
(set by `imgloop serve --results`), then `results` in the file.
"""

import difflib
import hashlib
import os
import tomllib
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from imgloop_widgets.errors import ConfigurationError, Problem
from imgloop_widgets.loop import Duplicates, Rules

RATED = "makes this a study of ratings, which has no part in this; name the study whose images are rated"
NAME = r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Band(_Strict):
    """The form's template for an image that follows a score of at least `from_score`."""

    from_score: int
    template: str


class Loop(_Strict):
    """The rules of the loop, in the words of the study file."""

    max_answer_loops: int = Field(3, ge=0, le=1000)
    """Images a worker may see; 0: no limit."""
    score_min: int = Field(1, ge=0)
    score_max: int = Field(10, le=100)
    perfect_score: int | None = None
    """This score ends the session; left out: score_max."""
    duplicate_prompts: Duplicates = "exact"
    """Which repeats of an earlier prompt are refused: exact, normalized (also with other case or spaces), allow."""
    assignment_duration_in_seconds: int = Field(1800, ge=0)
    """From opening the link; 0: no limit."""
    auto_submit_before_expiration_sec: int = Field(10, ge=0)
    """How long before the end the work so far is submitted."""
    generation_timeout_in_seconds: float = Field(180.0, gt=0, allow_inf_nan=False)
    """How long one call for an image may take; never longer than the time that is left."""
    band: tuple[Band, ...] = Field((), strict=False)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        low, high, total = self.score_min, self.score_max, self.assignment_duration_in_seconds
        scores = [b.from_score for b in self.band]
        wrong = []
        if low >= high:
            wrong.append(f"score_min must be below score_max; not {low} and {high}")
        elif self.perfect_score is not None and not low <= self.perfect_score <= high:
            wrong.append(f"perfect_score must be from {low} to {high}; not {self.perfect_score}")
        if 0 < total <= self.auto_submit_before_expiration_sec:
            wrong.append("auto_submit_before_expiration_sec must be below assignment_duration_in_seconds")
        if scores != sorted(set(scores)):
            wrong.append(f"the bands' from_score must rise; not {', '.join(map(str, scores))}")
        elif scores and (scores[0] > low or scores[-1] > high):
            wrong.append(f"the bands must cover the scale from {low} to {high}; not from {scores[0]} to {scores[-1]}")
        if wrong:
            raise ValueError("\n".join(wrong))
        return self


class Arm(_Strict):
    """A condition. generator: a name that the package knows; None: the notebook brings its own callback."""

    name: str = Field("default", pattern=NAME)
    generator: str | None = None
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

    @model_validator(mode="after")
    def _measured(self) -> Self:
        if self.scorer is None and self.scorer_options:
            raise ValueError("scorer_options need a scorer; name one, or leave them out")
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


class About(_Strict):
    """The study itself."""

    name: str = Field(pattern=NAME)
    title: str = ""
    """What the worker's browser shows as the page's title; left out: the form's title."""
    form: str
    """A folder with form configuration, or one JSON file."""
    images: str
    """A folder with targets.toml and library/."""
    results: str = "results"
    access: Literal["open"] = "open"
    """open: anyone with a link may enter under the worker_id it names."""
    units_per_assignment: int = Field(1, ge=1)
    """How many workers each target is for."""
    targets: tuple[str, ...] = Field((), strict=False)
    """Ids in targets.toml, in the order of the units; none: all of them."""
    seed: int = Field(1, ge=0)
    """All chance of the study comes from it."""


class _File(_Strict):
    study: About
    loop: Loop = Loop()
    generation: Generation = Generation()
    arm: tuple[Arm, ...] = Field(strict=False, min_length=1, max_length=1)


class Study(BaseModel):
    """A study file that holds together. path: of the file. digest: sha256 (hex) of its bytes."""

    model_config = ConfigDict(frozen=True)

    path: Path
    digest: str
    about: About
    loop: Loop
    generation: Generation = Generation()
    arms: tuple[Arm, ...]

    @property
    def name(self) -> str:
        """The study's name."""
        return self.about.name

    @property
    def rules(self) -> Rules:
        """What the loop needs of the study."""
        return Rules(
            max_answer_loops=self.loop.max_answer_loops or None,
            score_min=self.loop.score_min,
            score_max=self.loop.score_max,
            perfect_score=self.loop.score_max if self.loop.perfect_score is None else self.loop.perfect_score,
            duplicates=self.loop.duplicate_prompts,
            bands=tuple((b.from_score, b.template) for b in self.loop.band),
            max_refusals=self.generation.max_refusals or None,
        )

    @property
    def duration(self) -> timedelta | None:
        """From opening the link to the unit's deadline; None: no limit."""
        seconds = self.loop.assignment_duration_in_seconds
        return timedelta(seconds=seconds) if seconds else None

    def file(self, name: str) -> Path:
        """The path of a file or folder that the study file names."""
        return (self.path.parent / name).resolve()

    @property
    def results(self) -> Path:
        """The folder of what is written at run time."""
        return Path(os.environ.get("IMGLOOP_RESULTS") or self.file(self.about.results))

    def session_seed(self, worker_id: str, unit_id: str) -> int:
        """The seed of one session, 0 to 2**31 - 1; the same for the same study, worker and unit."""
        text = "\0".join((str(self.about.seed), self.name, worker_id, unit_id))
        return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big") & 0x7FFFFFFF


def load_study(path: Path | str) -> Study:
    """Return the study of a file, or of the folder that holds a study.toml.

    Raises:
        ConfigurationError: the file is missing, is no TOML, or has mistakes: all of them, each with its place.
    """
    path, data, content = read_study_file(path)
    if "ratings" in content:
        raise ConfigurationError([Problem(f"{path.name}: ratings", RATED)])
    try:
        file = _File.model_validate(content)
    except ValidationError as error:
        raise ConfigurationError(mistakes(path, error, _File, _TABLES)) from None
    return Study(
        path=path.resolve(),
        digest=hashlib.sha256(data).hexdigest(),
        about=file.study,
        loop=file.loop,
        generation=file.generation,
        arms=file.arm,
    )


def read_study_file(path: Path | str) -> tuple[Path, bytes, dict[str, Any]]:
    """Return the path of a study file, or of the one in a folder, its bytes, and what it says as TOML.

    Raises:
        ConfigurationError: it is missing, or is no TOML.
    """
    path = Path(path)
    if path.is_dir():
        path = path / "study.toml"
    try:
        data = path.read_bytes()
        return path, data, tomllib.loads(data.decode("utf-8-sig"))
    except OSError as error:
        raise ConfigurationError(
            [Problem(str(path), f"can't be read ({error.strerror}); name a study file or its folder")]
        ) from None
    except UnicodeDecodeError:
        raise ConfigurationError([Problem(str(path), "is not UTF-8 text; save it as UTF-8")]) from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError([Problem(str(path), f"is no TOML: {error}")]) from None


_WORDS: dict[str, str] = {
    "missing": "is missing; it is required",
    "string_type": "must be a text in quotes; not {input!r}",
    "int_type": "must be a whole number; not {input!r}",
    "float_type": "must be a number; not {input!r}",
    "finite_number": "must be a finite number; not {input!r}",
    "greater_than": "must be greater than {gt:g}; not {input!r}",
    "greater_than_equal": "must be {ge:g} or more; not {input!r}",
    "less_than_equal": "must be {le:g} or less; not {input!r}",
    "literal_error": "must be {expected}; not {input!r}",
    "tuple_type": "must be a list, written [ … ]; not {input!r}",
    "bool_type": "must be true or false; not {input!r}",
    "dict_type": "must be a table, written {{ … }}; not {input!r}",
    "model_type": "must be a table, written [{place}]; not {input!r}",
    "string_pattern_mismatch": "may have up to 64 letters, digits, '_', '.' and '-', no sign first; not {input!r}",
    "too_long": "one [[{place}]] is possible; several are not",
    "too_short": "is missing; it is required",
}
"""Pydantic's kinds of mistakes in the words of a study file."""


def mistakes(
    path: Path, error: ValidationError, file: type[BaseModel], tables: Mapping[str, type[BaseModel]]
) -> list[Problem]:
    """Translate pydantic's list into places of the file and plain words. file: as a whole. tables: in it, by name."""
    problems = []
    errors = error.errors()
    for e in errors:
        kind, loc, found = e["type"], e["loc"], e["input"]
        if kind == "too_short" and any(other["loc"][:-1] and other["loc"][0] == loc[0] for other in errors):
            continue  # a list whose only item is wrong: said about the item
        place = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in loc).lstrip(".")
        if kind == "extra_forbidden":
            whats = [_unknown(loc, file, tables)]
        elif kind == "value_error":
            whats = str(e["ctx"]["error"]).split("\n")
        elif kind == "tuple_type" and isinstance(found, dict):
            whats = [f"must be written with two brackets: [[{place}]]"]
        elif kind in _WORDS:
            whats = [_WORDS[kind].format(input=found, place=place, **e.get("ctx", {}))]
        else:
            whats = [f"{e['msg']}; not {found!r}"]
        problems += [Problem(f"{path.name}: {place}", what) for what in whats]
    return problems


_TABLES: dict[str, type[BaseModel]] = {"study": About, "loop": Loop, "generation": Generation, "arm": Arm, "band": Band}


def _unknown(loc: tuple[int | str, ...], file: type[BaseModel], tables: Mapping[str, type[BaseModel]]) -> str:
    *above, key = [part for part in loc if isinstance(part, str)]
    names = list((tables[above[-1]] if above else file).model_fields)
    close = difflib.get_close_matches(key, names, n=1)
    hint = f"did you mean {close[0]!r}?" if close else f"possible: {', '.join(names)}"
    return f"is not known; {hint}"
