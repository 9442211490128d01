"""The tables [[step]] and [[require]] of a study file: what stands before and after the loop, and who may enter.

    [[step]]
    kind = "consent"             # or instructions, comprehension, practice, task, attention, questionnaire,
    form = "consent.json"        #    debriefing, opinion; the order of the tables is that of the page
    version = "2"                # of the text; with another version it is asked again
    decline = "No, thank you"    # of consent; left out: "I do not agree". A no ends the session: no_consent

    [[step]]
    kind = "comprehension"
    form = "comprehension.json"
    right = { goal = "alike", tries = [3, "three"] }   # field → the right answer, or a list of those that are
    tries = 2                    # wrong answers are named, and may be mended so often
    on_fail = "screen_out"       # go_on, screen_out (ends the session: screened_out), block (and no other one either)
    grants = { understood = 1 }  # qualifications for whoever passes

    [[step]]
    kind = "practice"            # one attempt that is never counted
    target = "boat-01"

    [[step]]
    kind = "task"                # the loop; left out: after all consent, instructions, comprehension and practice

    [[require]]                  # who may enter; each has one of these
    name = "understood"
    at_least = 1                 # exists = true, exists = false, equal = 2, one_of = ["en", "de"]
    say = "This task is for those who took part in the first one."

A question to see whether somebody pays attention is a step of its own (`attention`), or one field of another with
its answer in `right`. Wrong answers in the end are a strike, but for those of a comprehension check; `max_strikes` in
[study] says after how many of them, over all units, a worker gets no other unit.
"""

from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from imgloop_widgets.loop import OnFail, StepKind
from imgloop_widgets.qualifying import TESTS, Requirement

NAME = r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$"

BEFORE: tuple[StepKind, ...] = ("consent", "instructions", "comprehension", "practice")
"""Kinds that stand before the loop where the file does not say where that is."""

ONCE: frozenset[StepKind] = frozenset(BEFORE)
"""Kinds that a worker is asked once for each version, and not at every unit, unless `once` says otherwise."""

WITHOUT_FORM: frozenset[StepKind] = frozenset({"task", "practice"})

BUTTONS: dict[StepKind, str] = {"consent": "I agree"}
"""What stands on the button of a step whose form and table do not say it; else `Continue`."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Step(_Strict):
    """Something before or after the loop, or the loop itself."""

    kind: StepKind
    """What it is; from this follows where it may stand, and which of these settings it may have."""
    name: str = Field("", pattern=rf"^$|{NAME}")
    """Left out: the kind."""
    form: str = ""
    """A folder with form configuration, or a file; one with a title and an instruction alone is a text to be read."""
    version: str = Field("1", pattern=NAME)
    """Of its text; with another one it is asked again."""
    once: bool | None = None
    """Whether a worker who has passed this version is not asked again at their next unit; left out: by the kind."""
    button: str = ""
    """What stands on its button; left out: the form's own, else a word that fits its kind."""
    decline: str = "I do not agree"
    """Of consent: what stands on the button that says no."""
    tokens: dict[str, str] = Field(default_factory=dict)
    """Of the form; `minutes`, `attempts` and `recorded` (a list of all that is kept) need no value."""
    right: dict[str, Any] = Field(default_factory=dict)
    """Name of a field → its right answer, or a list of those that are."""
    tries: int = Field(1, ge=1, le=20)
    """How often wrong answers may be given before they are final."""
    on_fail: OnFail = "go_on"
    """What follows from wrong answers in the end: nothing, the end of this session, or of all."""
    target: str = ""
    """Of practice: an id in targets.toml, best one that is no target of the study."""
    grants: dict[str, int | float | str] = Field(default_factory=dict)
    """Qualification → value, for whoever passes."""

    @property
    def called(self) -> str:
        """Its name, or else its kind."""
        return self.name or self.kind

    @property
    def asked_once(self) -> bool:
        """Whether a worker who has passed it is not asked again."""
        return self.kind in ONCE if self.once is None else self.once

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        kind, wrong = self.kind, []
        if bool(self.form) is (kind in WITHOUT_FORM):
            wrong.append(f"{kind} has no form; remove it" if self.form else f"{kind} needs a form; name its file")
        if bool(self.target) is not (kind == "practice"):
            wrong.append(f"{kind} has no target; remove it" if self.target else "practice needs a target; name its id")
        if kind in ("comprehension", "attention") and not self.right:
            wrong.append(f"{kind} needs right answers: right = {{ field = … }}")
        if self.right and kind in (*WITHOUT_FORM, "consent"):
            wrong.append(f"{kind} has no right answers; remove `right`")
        if not self.right and (self.tries > 1 or self.on_fail != "go_on"):
            wrong.append("tries and on_fail need right answers; add `right`, or remove them")
        if kind in WITHOUT_FORM and self.tokens:
            wrong.append(f"{kind} has no form, so tokens have no use; remove them")
        if kind == "task" and self.once:
            wrong.append("the task itself can't be asked once; remove `once`")
        if wrong:
            raise ValueError("\n".join(wrong))
        return self


class Require(_Strict):
    """A qualification that a worker must have, or must not have, to enter. say: what one without it reads."""

    name: str = Field(pattern=NAME)
    """Of the qualification."""
    exists: bool | None = None
    """Whether the worker must have it (true), or must not (false)."""
    equal: int | float | str | None = None
    """The value that it must have."""
    at_least: int | float | None = None
    """The least value that it may have."""
    one_of: tuple[int | float | str, ...] | None = Field(None, strict=False)
    """The values that it may have."""
    say: str = ""
    """What a worker without it reads; left out: a neutral sentence."""

    @model_validator(mode="after")
    def _one_test(self) -> Self:
        given = [name for name in TESTS if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(f"must have one of {', '.join(TESTS)}; not {' and '.join(given) or 'none'}")
        return self

    @property
    def requirement(self) -> Requirement:
        """What is asked."""
        test = next(name for name in TESTS if getattr(self, name) is not None)
        return Requirement(name=self.name, test=test, value=getattr(self, test), say=self.say)


def in_order(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """Return the steps with the loop among them, wherever the file has put it or left it out."""
    if not steps or any(step.kind == "task" for step in steps):
        return steps
    last = max((index for index, step in enumerate(steps) if step.kind in BEFORE), default=-1)
    return (*steps[: last + 1], Step(kind="task"), *steps[last + 1 :])


def list_mistakes(steps: tuple[Step, ...]) -> list[tuple[int, str, str]]:
    """Return (position in the file, setting, what is wrong) of what does not go together between steps."""
    found, ordered = [], in_order(steps)
    task = next((index for index, step in enumerate(ordered) if step.kind == "task"), len(ordered))
    for index, step in enumerate(steps):
        if step.called in [other.called for other in steps[:index]]:
            found.append((index, "name", f"{step.called!r} is there more than once; name each step differently"))
        if step.kind == "task" and "task" in [other.kind for other in steps[:index]]:
            found.append((index, "kind", "the task is there more than once; a session has one loop"))
        if ordered.index(step) > task and step.kind in ("consent", "practice"):
            found.append((index, "kind", f"{step.kind} must stand before the task; move it up"))
        if ordered.index(step) > task and step.on_fail != "go_on":
            found.append((index, "on_fail", "must be go_on after the task: what was done counts; not " + step.on_fail))
    return found
