"""A form with the loop in it, played without a study: to see what its parts look like.

What a study would set follows from the form: the scale from the scores it offers, and which template follows which
score from their order, each for an equal share of the scale. The target and the images are by the generator Scenes.
"""

import hashlib
import secrets
from datetime import UTC, datetime
from pathlib import Path

from imgloop_widgets.errors import ConfigurationError, Problem
from imgloop_widgets.events import SessionOpened
from imgloop_widgets.forms import FormModel, LoopParts, loop_parts
from imgloop_widgets.forms.fields import Button
from imgloop_widgets.forms.parts import scores_of
from imgloop_widgets.forms.triggers import NEXT_FIELDSET, call
from imgloop_widgets.generators.scenes import Scenes
from imgloop_widgets.library import Target
from imgloop_widgets.loop import Rules
from imgloop_widgets.part import Part
from imgloop_widgets.runner import Runner
from imgloop_widgets.store import open_store

NAME = "preview"
TARGET_PROMPT = "a red fox beside a house with a blue roof on a hill in summer"
SIZE = 512
"""Pixels, the edge of the target and of images."""


def loop_of(form: FormModel) -> LoopParts | None:
    """Return which parts of a form are the loop's; None: it has no button that asks for an image.

    Raises:
        ConfigurationError: it has one, and something of the loop is missing.
    """
    buttons = (field for field in form.fields() if isinstance(field, Button))
    calls = (call(button.triggers.onClick) for button in buttons)
    return loop_parts(form) if any(found and found.name == NEXT_FIELDSET for found in calls) else None


def rules_of(form: FormModel, parts: LoopParts) -> Rules:
    """Return rules under which every template of the form can be seen.

    Raises:
        ConfigurationError: the form offers no score.
    """
    fields = [form.field(template.score) for template in parts.templates.values()]
    scores = sorted({score for field in fields for score in scores_of(field)})
    if not scores:
        where = f"form, field {fields[0].name!r}"
        raise ConfigurationError([Problem(where, "offers no score; add options with whole numbers")])
    names = list(parts.templates)
    lowest = [scores[k * len(scores) // len(names)] for k in range(len(names))]
    return Rules(
        max_answer_loops=None,
        score_min=scores[0],
        score_max=scores[-1],
        perfect_score=scores[-1],
        bands=tuple(zip(lowest, names, strict=True)),
    )


def rehearse(form: FormModel, parts: LoopParts, folder: Path) -> Runner:
    """Open a session in memory that plays the form. folder: takes the file of the target.

    Raises:
        ConfigurationError: see `rules_of`.
    """
    generator, target = Scenes(size=SIZE), _target(folder)
    part = Part(rules=rules_of(form, parts), form=form, parts=parts, target=target, generator=generator)
    store = open_store(":memory:")
    opening = SessionOpened(
        seq=0,
        at=datetime.now(UTC),
        session_id=secrets.token_hex(16),
        study=NAME,
        study_hash="",
        worker_id=NAME,
        unit_id="1",
        arm=NAME,
        target_id=target.id,
        target_sha256=target.sha256,
        seed=1,
    )
    session_id, events = store.open_session(opening)
    return Runner(part, store, session_id, events)


def _target(folder: Path) -> Target:
    file = folder / "target.webp"
    Scenes(size=SIZE).draw(TARGET_PROMPT, seed=1).save(file)
    return Target(
        id=NAME,
        category=NAME,
        file=file,
        sha256=hashlib.sha256(file.read_bytes()).hexdigest(),
        source="drawn by Scenes",
        licence="CC0-1.0",
        alt=f"Target of the preview: {TARGET_PROMPT}.",
    )
