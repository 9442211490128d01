"""What a session plays with: the rules, the form, the target, and what makes and measures its images."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from imgloop_widgets.forms import FormModel, LoopParts
from imgloop_widgets.generators.contract import Generator, Reviser
from imgloop_widgets.generators.orders import Terms
from imgloop_widgets.library import Target
from imgloop_widgets.loop import Rules, State, band
from imgloop_widgets.qualifying import Value
from imgloop_widgets.scorers.in_loop import InLoop


@dataclass(frozen=True, slots=True, kw_only=True)
class StepPart:
    """A step as a session has it. form: None: of the loop and of practice. practice: what the practice plays with.

    button, decline: texts of its buttons. is_text: whether there is nothing to be answered. grants: qualifications for
    whoever passes.
    """

    form: FormModel | None = None
    practice: "Part | None" = None
    button: str = ""
    decline: str = ""
    is_text: bool = False
    grants: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What a session plays with.

    terms: what all generations of the study keep to. revise: rewrites a prompt before it is sent; None: nothing
    does. options: the arm's, for the generator. scorer: measures each image beside its target; None: nothing does.
    keep_prompt: whether the last prompt stands in the page when the next one is written. history: whether the
    earlier attempts are seen. score_labels: what the ends of the scale mean; "": in the page's own words. signals:
    whether the page notes how it is worked with. steps: name → step, of those before and after the loop.
    """

    rules: Rules
    form: FormModel
    parts: LoopParts
    target: Target
    generator: Generator
    terms: Terms = field(default_factory=Terms)
    revise: Reviser | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    scorer: InLoop | None = None
    keep_prompt: bool = True
    history: bool = True
    score_labels: tuple[str, str] = ("", "")
    signals: bool = False
    steps: Mapping[str, StepPart] = field(default_factory=dict)


def template_of(part: Part, state: State, attempt: int) -> str:
    """Return the name of the form's template for an attempt (1-based): by the score of the attempt before it."""
    before = state.attempts[attempt - 2].score if attempt > 1 else None
    return band(part.rules, before) or next(iter(part.parts.templates))
