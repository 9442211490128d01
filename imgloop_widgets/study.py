"""The study file (TOML): what is asked of whom, under which rules. Every mistake in it is reported at once.

    [study]                                   [loop]
    name = "look_alike"                       max_answer_loops = 3                  # 0: no limit
    form = "form"                             min_answer_loops = 0                  # see below
    images = "../../images"                   score_min = 1
    results = "../../results"                 score_max = 10
    access = "signed"                         score_labels = ["not alike", "perfect"]  # of the scale's ends
    units_per_assignment = 3                  self_rating = true                    # false: no score is asked for
    seed = 1                                  perfect_score = 10                    # false: no score ends the session
    targets = ["bear-01"]  # left out: all    duplicate_prompts = "exact"           # normalized, allow
                                              assignment_duration_in_seconds = 1800 # 0: no limit
                                              auto_submit_before_expiration_sec = 10
                                              generation_timeout_in_seconds = 180
    signals = false  # true: pages count pastes, keys, pauses, …; workers are told, see signals.py

    [[arm]]                                   [[loop.band]]  # the template of a dynamic fieldset, by the score before
    name = "default"                          from_score = 1
    generator = "scenes"                      template = "low_score_loop"
    options = { quality = "full" }
    revise = { with = "template", text = "{prompt}, in soft light" }  # hidden from the worker; left out: nothing
    scorer = "ssim"           # measures each image beside its target; left out: nothing
    show_metric = false       # true: the worker sees it, from 0 to 100
    metric_range = [0.2, 0.9] # what is shown as 0 and as 100; left out: the worst and the best there can be
    negative_prompt = false   # true: the worker also writes what the image must not show
    seed = "session"          # of an image; target: the same for all workers; attempt; chosen: by the worker
    seeds = [1, 2, 3]         # with "chosen": which ones; left out: any
    target_seeds = { bear-01 = 17 }  # with "target": which ones; left out: by chance
    targets = ["bear-01"]     # of this arm, as many as the others have; left out: the study's
    guidance = { low = 1, high = 20, start = 7.5, step = 0.5 }  # set by the worker; left out: nothing
    keep_prompt = true        # false: the next prompt begins with nothing
    history = true            # false: only the latest image is shown
    images_per_prompt = 1     # up to 12, each with a seed of its own
    pick = false              # true: the worker chooses one of them, which is the attempt's; false: all of them are
    steer = "prompt"          # pick: after the first prompt the worker only picks, and variations of that image come
    loop = { max_answer_loops = 5 }  # what is other than in [loop], in this arm

    [generation]         # shared by all workers, kernels and machines of the study
    at_once = 4          # calls of the generator under way; 0: no limit
    per_minute = 60      # calls begun within any minute; 0: no limit
    max_cost = 50.0      # US dollars; the study pauses before more is spent; left out: no limit
    price = 0.04         # US dollars that one call costs at most; needed with max_cost unless the generator says it
    max_refusals = 10    # prompts of a session that a safety filter may refuse before it ends; 0: no limit
    cache = false        # true: the same generator, version, options, prompt and seed are drawn once

    [assignment]         # who is given which unit; for each target, version of the form and arm
    units_per_worker = 1                  # that a link without id= gives, one after the other, each of another target
    concurrent_units_per_worker = 0       # that a worker may be at, at once; 0: no limit
    concurrent_units = 0                  # that all may be at, at once; 0: no limit
    order = "fixed"                       # of a worker's targets: fixed, random, latin_square
    randomisation = "blocked"             # of the arms; or simple
    block_size = 0                        # workers in a block, a multiple of the sum of the weights; 0: that sum
    stratify_by = "hand"                  # a parameter of the link, …&hand=left, with blocks of its own for each of
    strata = ["left", "right"]            # these answers, and for all others together; left out: no strata
    silence_in_seconds = 0                # a unit whose page was not heard of for so long is due again; 0: never
    returned = ["expired", "withdrawn", "failed"]   # ways to finish after which a unit is due again

    [pay]                # what `imgloop owed` counts up; left out: nothing is owed
    currency = "USD"
    base = 2.00          # for each unit that was played to its end
    incomplete = 1.00    # for one with an image that was left or ran out of time; left out: the base
    [[pay.bonus]]        # any number of them
    amount = 0.50
    by = "best_score"    # last_score; with metric = "ssim": best, last
    at_least = 8         # or best_share = 0.2: the best fifth of the sessions, and who ties with the last of them

What ends a session: `perfect_score`, `max_answer_loops`, the time, and the worker. `min_answer_loops` leaves it to the
worker: from so many attempts on to finish, or to run out of time, is as good an end as any ("stopped"). Before that it
is early ("exited", "expired"), and no score ends anything yet. With 0 for both numbers and perfect_score = false only
the time ends it, or an early exit.

A scale may have up to 101 steps: up to a dozen as the options of the form's select or radio field, more as a slider
with the scale's min and max. With steer = "pick" the generator gets the image that was picked as
`context.variation_of`; one that looks only at words and seed draws the same words anew.

`access` says who may enter; it and [panel] are described in `panel_table`.

What stands before and after the loop, [[step]], and who may begin, [[require]], is described in `step_tables`; units
with known answers, [gold], in `gold_table`.

A worker keeps one arm (`weight = 2` in its [[arm]]: twice the workers of an arm of weight 1). Who comes back finds
their unit; if somebody else has got it meanwhile, they go on and are not counted. A link that names a unit (id=3) goes
before all of this but the limits on what goes on at once. More in `assignment.py`.

A language model may revise, behind OpenAI's chat completions or a server that speaks them; its key is read from the
environment or a file, and never stands here:

    revise = { with = "chat", model = "gpt-5-mini", instruction = "Rewrite the prompt for an image model." }
    revise = { with = "chat", model = "llama", instruction = "…", base_url = "http://127.0.0.1:8000/v1" }
    # and: key_env = "MY_KEY" or key_file = "key.txt", temperature = 0.7, send_seed = true, extra = { top_p = 0.9 }

`generator`, `revise` and `scorer` may be functions of the notebook instead, which go before those of the file:
`open_page(study, generate=…, revise=…, scorer=…)`.

Paths are relative to the study file. Precedence for the results folder: the environment variable IMGLOOP_RESULTS
(set by `imgloop serve --results`), then `results` in the file. Precedence for the database of what workers do: the
environment variable IMGLOOP_STORE (set by `imgloop serve --store`), a URL such as postgresql://user@host/database, then
imgloop.db in the results folder. Images and files are in the results folder either way, unless the environment variable
IMGLOOP_FILES names a URL of fsspec, such as s3://bucket/study.
"""

import difflib
import hashlib
import os
import tomllib
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from imgloop_widgets.errors import ConfigurationError, Problem
from imgloop_widgets.gold_table import Gold, GoldUnit
from imgloop_widgets.loop import Controls, Rules, Scale, StepRule
from imgloop_widgets.panel_table import PanelTable
from imgloop_widgets.step_tables import Require, Step, in_order, list_mistakes
from imgloop_widgets.study_tables import (
    About,
    Arm,
    Assignment,
    Band,
    Bonus,
    Generation,
    Guidance,
    Loop,
    Pay,
    StudyFile,
)

RATED = "makes this a study of ratings, which has no part in this; name the study whose images are rated"


class Study(BaseModel):
    """A study file that holds together. path: of the file. digest: sha256 (hex) of its bytes.

    loops: those of the arms, in their order: the study's, with what each arm has other. steps: before and after the
    loop, and the loop itself, in order; none: there is nothing but the loop. require: of who may enter.
    """

    model_config = ConfigDict(frozen=True)

    path: Path
    digest: str
    about: About
    loop: Loop
    generation: Generation = Generation()
    assignment: Assignment = Assignment()
    pay: Pay | None = None
    gold: Gold | None = None
    panel: PanelTable = PanelTable()
    arms: tuple[Arm, ...]
    loops: tuple[Loop, ...]
    steps: tuple[Step, ...] = ()
    require: tuple[Require, ...] = ()

    @property
    def name(self) -> str:
        """The study's name."""
        return self.about.name

    def arm(self, name: str) -> Arm:
        """The arm of this name. Raises: ConfigurationError: there is none (any more)."""
        return self.arms[self._index(name)]

    def loop_of(self, name: str) -> Loop:
        """The study's loop with what this arm has other. Raises: as `arm`."""
        return self.loops[self._index(name)]

    def rules_of(self, name: str) -> Rules:
        """What the loop needs to know in this arm. Raises: as `arm`."""
        loop, arm = self.loop_of(name), self.arm(name)
        return Rules(
            max_answer_loops=loop.max_answer_loops or None,
            score_min=loop.score_min,
            score_max=loop.score_max,
            perfect_score=loop.ends_at,
            min_answer_loops=loop.min_answer_loops,
            self_rating=loop.self_rating,
            images=arm.images_per_prompt,
            pick=arm.pick,
            steer=arm.steer,
            duplicates=loop.duplicate_prompts,
            bands=tuple((b.from_score, b.template) for b in loop.band),
            max_refusals=self.generation.max_refusals or None,
            controls=controls_of(arm),
            seeds="attempt" if arm.seed == "attempt" else "session",
            steps=self.step_rules,
        )

    @property
    def step_rules(self) -> tuple[StepRule, ...]:
        """What the loop needs to know of the steps."""
        return tuple(
            StepRule(name=s.called, kind=s.kind, version=s.version, right=s.right, tries=s.tries, on_fail=s.on_fail)
            for s in self.steps
        )

    def duration_of(self, name: str) -> timedelta | None:
        """From opening the link to the unit's deadline; None: no limit. Raises: as `arm`."""
        seconds = self.loop_of(name).assignment_duration_in_seconds
        return timedelta(seconds=seconds) if seconds else None

    def form_of(self, name: str) -> Path:
        """The form's file or folder in this arm. Raises: as `arm`."""
        return self.file(self.arm(name).form or self.about.form)

    def _index(self, name: str) -> int:
        for index, arm in enumerate(self.arms):
            if arm.name == name:
                return index
        what = (
            f"has no arm {name!r}, which sessions in the store are of; possible: {', '.join(a.name for a in self.arms)}"
        )
        raise ConfigurationError([Problem(self.path.name, what)])

    def file(self, name: str) -> Path:
        """The path of a file or folder that the study file names."""
        return (self.path.parent / name).resolve()

    @property
    def results(self) -> Path:
        """The folder of what is written at run time."""
        return Path(os.environ.get("IMGLOOP_RESULTS") or self.file(self.about.results))

    def session_seed(self, worker_id: str, unit_id: str, arm: str, target: str) -> int:
        """The seed of one session, 0 to 2**31 - 1; the same for the same study, worker and unit, or for the target."""
        own = self.arm(arm)
        if target in own.target_seeds:
            return own.target_seeds[target]
        parts = ("target", target) if own.seed == "target" else (worker_id, unit_id)
        text = "\0".join((str(self.about.seed), self.name, *parts))
        return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big") & 0x7FFFFFFF


def controls_of(arm: Arm) -> Controls:
    """Return what the worker may set beside the prompt."""
    chosen = arm.seeds if arm.seed == "chosen" else None
    wanted = arm.guidance
    guidance = Scale(low=wanted.low, high=wanted.high, start=wanted.start, step=wanted.step) if wanted else None
    return Controls(negative=arm.negative_prompt, seeds=chosen, guidance=guidance)


def load_study(path: Path | str) -> Study:
    """Return the study of a file, or of the folder that holds a study.toml.

    Raises:
        ConfigurationError: the file is missing, is no TOML, or has mistakes: all of them, each with its place.
    """
    path, data, content = read_study_file(path)
    if "ratings" in content:
        raise ConfigurationError([Problem(f"{path.name}: ratings", RATED)])
    try:
        file = StudyFile.model_validate(content)
    except ValidationError as error:
        raise ConfigurationError(mistakes(path, error, StudyFile, _TABLES)) from None
    loops = _loops(path, file, content.get("loop", {}))
    if wrong := list_mistakes(file.step):
        raise ConfigurationError(Problem(f"{path.name}: step[{k}].{key}", what) for k, key, what in wrong)
    return Study(
        path=path.resolve(),
        digest=hashlib.sha256(data).hexdigest(),
        about=file.study,
        loop=file.loop,
        generation=file.generation,
        assignment=file.assignment,
        pay=file.pay,
        gold=file.gold,
        panel=file.panel,
        arms=file.arm,
        loops=loops,
        steps=in_order(file.step),
        require=file.require,
    )


def _loops(path: Path, file: StudyFile, given: dict[str, object]) -> tuple[Loop, ...]:
    """Return the loop of each arm. given: the table [loop] as it was written."""
    loops: list[Loop] = []
    problems = [
        Problem(f"{path.name}: arm[{index}].name", f"{arm.name!r} is there more than once; name each arm differently")
        for index, arm in enumerate(file.arm)
        if arm.name in [other.name for other in file.arm[:index]]
    ]
    weights, block = sum(arm.weight for arm in file.arm), file.assignment.block_size
    if block % weights:
        what = f"must be a multiple of the sum of the arms' weights, {weights}; not {block}"
        problems.append(Problem(f"{path.name}: assignment.block_size", what))
    for index, arm in enumerate(file.arm):
        try:
            loops.append(Loop.model_validate({**given, **arm.loop}))
        except ValidationError as error:
            problems += mistakes(path, error, Loop, _TABLES, ("arm", index, "loop"))
    if problems:
        raise ConfigurationError(problems)
    return tuple(loops)


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
    "too_short": "is missing; it is required",
}
"""Pydantic's kinds of mistakes in the words of a study file."""


def mistakes(
    path: Path,
    error: ValidationError,
    file: type[BaseModel],
    tables: Mapping[str, type[BaseModel]],
    within: tuple[int | str, ...] = (),
) -> list[Problem]:
    """Translate pydantic's list into places of the file and plain words.

    file: what was looked at, as a whole. tables: in it, by name. within: where in the file it stands.
    """
    problems = []
    errors = error.errors()
    for e in errors:
        kind, found = e["type"], e["input"]
        loc = tuple(part for part in (*within, *e["loc"]) if part != "[key]")
        if kind == "too_short" and any(other["loc"][:-1] and other["loc"][0] == e["loc"][0] for other in errors):
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


_TABLES: dict[str, type[BaseModel]] = {
    "study": About,
    "loop": Loop,
    "generation": Generation,
    "assignment": Assignment,
    "pay": Pay,
    "gold": Gold,
    "unit": GoldUnit,
    "panel": PanelTable,
    "arm": Arm,
    "band": Band,
    "bonus": Bonus,
    "step": Step,
    "require": Require,
    "guidance": Guidance,
}


def _unknown(loc: tuple[int | str, ...], file: type[BaseModel], tables: Mapping[str, type[BaseModel]]) -> str:
    *above, key = [part for part in loc if isinstance(part, str)]
    names = list((tables[above[-1]] if above else file).model_fields)
    close = difflib.get_close_matches(key, names, n=1)
    hint = f"did you mean {close[0]!r}?" if close else f"possible: {', '.join(names)}"
    return f"is not known; {hint}"
