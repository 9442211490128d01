"""What a worker has set beside the prompt, in the words of the services and pipelines."""

from typing import Any

from imgloop_widgets.generators.contract import Context

NAMES = {"negative_prompt": "negative_prompt", "guidance": "guidance_scale"}
"""Name of a control, as `Context.options` has it → name of the parameter."""


def wishes_of(context: Context) -> dict[str, Any]:
    """Return the parameters that follow from what the worker has set; an empty negative prompt is none."""
    given = {NAMES[name]: value for name, value in context.options.items() if name in NAMES}
    return {name: value for name, value in given.items() if value not in ("", None)}
