"""Forms: `load_form` reads a configuration, `make_form` takes one written in Python, `check_answers` checks answers.

`validator` and `trigger` are decorators for functions of the form's author; `loop_parts` finds the loop in a form.
"""

from imgloop_widgets.forms.effects import TriggerContext, run_trigger
from imgloop_widgets.forms.functions import ValidatorContext, trigger, validator
from imgloop_widgets.forms.load import load_form, make_form
from imgloop_widgets.forms.parts import LoopParts, Start, Template, answer_fields, loop_parts
from imgloop_widgets.forms.read import MAX_FILE_BYTES
from imgloop_widgets.forms.schema import FormModel
from imgloop_widgets.forms.sheet import Sheet
from imgloop_widgets.forms.validate import (
    check_answers,
    check_field,
    check_prompt_field,
    prompt_limits,
    typed_values,
)
from imgloop_widgets.forms.version import FormFile, FormVersion
from imgloop_widgets.forms.words import WORDS

__all__ = [
    "MAX_FILE_BYTES",
    "WORDS",
    "FormFile",
    "FormModel",
    "FormVersion",
    "LoopParts",
    "Sheet",
    "Start",
    "Template",
    "TriggerContext",
    "ValidatorContext",
    "answer_fields",
    "check_answers",
    "check_field",
    "check_prompt_field",
    "load_form",
    "loop_parts",
    "make_form",
    "prompt_limits",
    "run_trigger",
    "trigger",
    "typed_values",
    "validator",
]
