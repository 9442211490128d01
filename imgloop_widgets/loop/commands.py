"""What somebody wants of a session: a worker, the clock, or the generator with its result."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from imgloop_widgets.errors import Failure
from imgloop_widgets.events import Generation


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """What somebody wants. seq: of the state it acts on."""

    seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmitPrompt(Command):
    """Ask for an image. answers: the form's other fields, when they are submitted with the first prompt. controls: what
    else is set for the image, by name.
    """

    prompt: str
    answers: Mapping[str, Any] | None = None
    controls: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Score(Command):
    """Score the image shown. prompt, controls: for the next image; not needed where the loop ends with this score, or
    where the next image is a variation of the one that is picked. score: None where none is asked for. pick: the place
    of the image that is chosen of several.
    """

    score: int | None = None
    prompt: str | None = None
    controls: Mapping[str, Any] = field(default_factory=dict)
    pick: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancel(Command):
    """No longer wait for the image; of several, go on with those that are there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exit(Command):
    """Finish early. draft: all that stands in the page; a valid `pick` and `score` in it count, the rest is kept as a
    draft.
    """

    draft: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Expire(Exit):
    """The time is over (the worker's page or the server says so; `decide` looks at the clock itself)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportImage(Command):
    """The image that was owed is made. place: which one of several, 1-based."""

    generation: Generation
    place: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportFailure(Command):
    """No image was made. place: which one of several does not come, 1-based; None: none of those that are owed."""

    failure: Failure
    incident: str | None = None
    place: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmitStep(Command):
    """Answer the step that goes on. answers: of its form, by name of field."""

    answers: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decline(Command):
    """Not give the consent that is asked for."""
