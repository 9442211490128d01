"""Form configuration: `load_form` reads it, `loop_parts` finds the loop in it, `check_answers` checks answers to it."""

from imgloop_widgets.forms.load import load_form
from imgloop_widgets.forms.parts import LoopParts, Start, Template, answer_fields, loop_parts
from imgloop_widgets.forms.schema import Form
from imgloop_widgets.forms.validate import check_answers, check_prompt_field, prompt_limits
from imgloop_widgets.forms.version import FormFile, FormVersion

__all__ = [
    "Form",
    "FormFile",
    "FormVersion",
    "LoopParts",
    "Start",
    "Template",
    "answer_fields",
    "check_answers",
    "check_prompt_field",
    "load_form",
    "loop_parts",
    "prompt_limits",
]
