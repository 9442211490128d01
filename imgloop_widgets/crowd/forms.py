"""Answers to a form as the page was given it: `simulate.answers`, for a form whose kernel keeps a part to itself.

The page knows which elements have triggers and not what these do, and that a validator is the author's own and not what
it asks for. So a worker here may give an answer that is refused; they look again and give others.
"""

import random
from collections.abc import Mapping
from typing import Any

from imgloop_widgets.forms import FormModel, Sheet
from imgloop_widgets.simulate.answers import Keep, fill


def answers_to(data: Mapping[str, Any], chance: random.Random, keep: Keep) -> dict[str, Any]:
    """Return values for the fields outside of the loop, as the page would send them.

    data: the trait `form`. keep: takes each file that is given.

    Raises:
        ConfigurationError: a field asks for what nobody here has an answer to.
        ValueError: the page has another idea of a form than this program.
    """
    parts = data.get("parts")
    own = {parts["start"]["prompt"], parts["start"]["button"]} if parts else set()
    try:
        form = FormModel.model_validate(_without(data["form"], own))
    except ValueError as error:
        raise ValueError(f"the form can't be read; is the server of the same version? {error}") from error
    values = fill(Sheet(form=form), chance, keep)
    return {name: value for name, value in values.items() if name not in own}


def _without(value: Any, own: set[str]) -> Any:
    """Return the JSON without triggers, without the author's validators, and without what the loop asks itself."""
    if isinstance(value, list):
        return [_without(item, own) for item in value]
    if not isinstance(value, dict):
        return value
    kept = {name: _without(item, own) for name, item in value.items() if name not in ("triggers", "kernel")}
    if kept.get("name") in own:
        kept.pop("validators", None)
    return kept
