"""What is ordered of a generator, for whom, and on which terms."""

import hashlib
import json
from dataclasses import dataclass, field

from imgloop_widgets.errors import GenerationError
from imgloop_widgets.generators.contract import Context, Generator, name_of, version_of
from imgloop_widgets.plain import plain
from imgloop_widgets.store import Limits


class StudyPaused(GenerationError):
    """No image is made for anybody until the researcher resumes the study; not an incident of this worker's."""

    def __init__(self, why: str) -> None:
        super().__init__(f"the study is paused: {why}", failure="quota")


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a study says of all its generations.

    limits: shared by all that generate for the study. cache: whether the same recipe is made once. timeout_s: seconds,
    > 0, that one call may take. free: whether a call is known to cost nothing.
    """

    limits: Limits = field(default_factory=Limits)
    cache: bool = False
    timeout_s: float = 180.0
    free: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is to be made for whom. session_id: None: for no session. study: whose limits, money and pause count.

    context: its timeout_s, progress and cancelled are set anew for each call.
    """

    prompt: str
    context: Context
    study: str
    worker_id: str
    session_id: str | None = None


def recipe_of(generator: Generator, context: Context, sent: str) -> str:
    """Return the sha256 (hex) of all that an image of this generator follows from."""
    settings = plain(getattr(generator, "settings", {}))
    parts = [name_of(generator), version_of(generator), settings, plain(context.options), sent, context.seed]
    if context.variation_of is not None:
        parts += [hashlib.sha256(context.variation_of).hexdigest(), context.variation_seed]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
