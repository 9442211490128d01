"""What a worker may set beside the prompt, as fields of a form, which the page draws and checks like any other."""

from typing import Any

from imgloop_widgets.loop import Controls
from imgloop_widgets.loop.controls import GUIDANCE, LARGEST_SEED, NEGATIVE, SEED, beside

REQUIRED = {"required": True}


def control_fields(controls: Controls) -> list[dict[str, Any]]:
    """Return the fields in the order of the page; their names say that they are no part of it."""
    fields: list[dict[str, Any]] = []
    if controls.negative:
        fields.append(
            {
                "type": "textarea",
                "name": beside(NEGATIVE),
                "id": "imgloop_negative_prompt",
                "label": "What the image must not show",
                "value": "",
            }
        )
    if controls.seeds:
        options = [{"label": str(seed), "value": seed} for seed in controls.seeds]
        fields.append(
            {
                "type": "radio",
                "name": beside(SEED),
                "id": "imgloop_seed",
                "label": "Variation",
                "options": options,
                "value": controls.seeds[0],
                "validators": REQUIRED,
            }
        )
    elif controls.seeds is not None:
        fields.append(
            {
                "type": "number",
                "name": beside(SEED),
                "id": "imgloop_seed",
                "label": "Variation (any whole number: the same one with the same words gives the same image)",
                "min": 0,
                "max": LARGEST_SEED,
                "step": 1,
                "value": 1,
                "validators": REQUIRED,
            }
        )
    if (scale := controls.guidance) is not None:
        fields.append(
            {
                "type": "slider",
                "name": beside(GUIDANCE),
                "id": "imgloop_guidance",
                "label": "How closely the image follows your words",
                "min": scale.low,
                "max": scale.high,
                "step": scale.step,
                "value": scale.start,
                "validators": REQUIRED,
            }
        )
    return fields
