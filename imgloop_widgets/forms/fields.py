"""The types of fields, one class each; what a class doesn't name is an error.

To add a type of field: its class here and in `FIELD_TYPES`, its reading in `read.READERS`, and its drawing on the
page (a control in widgets/page/).
"""

from typing import Annotated, Any, Literal, Self, get_args

from pydantic import AfterValidator, BeforeValidator, Strict, model_validator
from pydantic import Field as Attribute

from imgloop_widgets.forms.nodes import (
    Condition,
    CountValidators,
    Day,
    DayOrNothing,
    FileValidators,
    Icon,
    Name,
    Node,
    NotEmpty,
    Number,
    NumberOrNothing,
    Option,
    Step,
    TextValidators,
    Triggers,
    Validators,
    Value,
)
from imgloop_widgets.forms.values import option_key

Options = Annotated[tuple[Option, ...], Strict(False), NotEmpty]

MOST_SYMBOLS = 100
"""A rating has at most so many steps."""


class BaseField(Node):
    """What every type of field has. tooltip: plain text. help: HTML. icon: beside the label."""

    id: str = ""
    help: str = ""
    tooltip: str = ""
    icon: Icon = ""
    classes: str = ""
    classes_input_element: str = ""
    triggers: Triggers = Triggers()
    show_if: Condition = None


class Button(BaseField):
    """A button; its text is `value`, or else `label`. It has no answer."""

    type: Literal["button"]
    name: str = ""
    label: str = ""
    value: str = ""


class NamedField(BaseField):
    """A field with an answer, under its name. `value` is what it holds at first."""

    name: Name
    label: str
    validators: Validators = Validators()


class TextField(NamedField):
    """What the fields of text share. placeholder: stands in it while it is empty."""

    placeholder: str = ""
    value: str = ""
    validators: TextValidators = TextValidators()


class Input(TextField):
    """One line of text."""

    type: Literal["input"]


class TextArea(TextField):
    """Several lines of text."""

    type: Literal["textarea"]


class Email(TextField):
    """An e-mail address."""

    type: Literal["email"]


class Password(TextField):
    """One line of text that is not shown while it is typed, and is in no draft. It is stored as it is."""

    type: Literal["password"]


class _Bounded(NamedField):
    @model_validator(mode="after")
    def _in_order(self) -> Self:
        low, high = getattr(self, "min", None), getattr(self, "max", None)
        if low is not None and high is not None and low > high:
            raise ValueError(f"`min` must not be above `max`; not {low} and {high}")
        return self


class NumberField(_Bounded):
    """A number; the answer is an int or a float. min, max: both included. step: from `min`, or else from 0."""

    type: Literal["number"]
    placeholder: str = ""
    min: Number | None = None
    max: Number | None = None
    step: Step | None = None
    value: NumberOrNothing = ""


class Date(_Bounded):
    """A day; the answer is a text such as "2026-01-31". min, max: both included."""

    type: Literal["date"]
    min: Day | None = None
    max: Day | None = None
    value: DayOrNothing = ""


class Slider(_Bounded):
    """A number on a line; there is no answer before it is moved, unless `value` is given.

    min_label, max_label: what the ends mean, plain text.
    """

    type: Literal["slider"]
    min: Number = 0
    max: Number = 100
    step: Step = 1
    min_label: str = ""
    max_label: str = ""
    value: NumberOrNothing = ""

    @model_validator(mode="after")
    def _long_enough(self) -> Self:
        if self.max - self.min < self.step:
            raise ValueError(f"the line from {self.min} to {self.max} must be at least one `step` long")
        return self


class Rating(_Bounded):
    """A whole number from min to max, each a star or a number to press."""

    type: Literal["rating"]
    min: Annotated[int, Attribute(ge=0, le=MOST_SYMBOLS)] = 1
    max: Annotated[int, Attribute(ge=1, le=MOST_SYMBOLS)] = 5
    min_label: str = ""
    max_label: str = ""
    symbols: Literal["stars", "numbers"] = "stars"
    value: NumberOrNothing = ""


class Hidden(Node):
    """A value that is not shown; the answer is this very value, whatever the page sends; a trigger may change it."""

    type: Literal["hidden"]
    name: Name
    id: str = ""
    label: str = ""
    value: Value = ""


class Radio(NamedField):
    """One choice of several, all in sight; the answer is the option's value."""

    type: Literal["radio"]
    options: Options
    value: Value = ""


def _no_choice(value: object) -> object:
    return {} if value == "" else value


class Checkbox(NamedField):
    """Any number of choices, all in sight; the answer says of every option whether it was chosen."""

    type: Literal["checkbox"]
    options: Options
    value: Annotated[dict[str, bool], BeforeValidator(_no_choice), Attribute(default_factory=dict)]
    validators: CountValidators = CountValidators()


class Select(NamedField):
    """A list to choose from; the answer is the option's value, or with `multiple` a list of values.

    placeholder: the text of the empty choice.
    """

    type: Literal["select"]
    options: Options
    multiple: bool = False
    placeholder: str = ""
    value: Any = ""
    validators: CountValidators = CountValidators()


class Ranking(NamedField):
    """Options to be put in order; the answer is a list of values, the first one first.

    All options must be ranked, or with `maxLength` the first so many.
    """

    type: Literal["ranking"]
    options: Options
    value: Annotated[tuple[Value, ...], Strict(False), BeforeValidator(lambda value: () if value == "" else value)] = ()
    validators: CountValidators = CountValidators()


def _no_file(value: str) -> str:
    if value:
        raise ValueError("must be empty, since only the worker can choose a file")
    return value


class File(NamedField):
    """A file of the worker's; the answer is its name, type, size (bytes) and sha256 (hex).

    show_preview: pictures, sounds and films are shown once they are chosen.
    """

    type: Literal["file"]
    placeholder: str = ""
    show_preview: bool = False
    value: Annotated[str, AfterValidator(_no_file)] = ""
    validators: FileValidators = FileValidators()


AnyField = Annotated[
    Button
    | Checkbox
    | Date
    | Email
    | File
    | Hidden
    | Input
    | NumberField
    | Password
    | Radio
    | Ranking
    | Rating
    | Select
    | Slider
    | TextArea,
    Attribute(discriminator="type"),
]

FIELD_TYPES: dict[str, type[Node]] = {
    get_args(cls.model_fields["type"].annotation)[0]: cls for cls in get_args(get_args(AnyField)[0])
}
"""Type, as the file has it → its class."""

COMMON_ATTRIBUTES: frozenset[str] = frozenset().union(*(cls.model_fields for cls in FIELD_TYPES.values()))
"""Attributes that some type of field has."""


def first_values(field: Any) -> Any:
    """Return what a field holds at first, as the page would send it: its `value`, else what is `checked`."""
    match field:
        case Checkbox():
            chosen = field.value or {option_key(o.value): True for o in field.options if o.checked}
            return {option_key(o.value): chosen.get(option_key(o.value), False) for o in field.options}
        case Select(multiple=True):
            return list(field.value) if field.value else [o.value for o in field.options if o.checked]
        case Radio() | Select():
            checked = [option.value for option in field.options if option.checked]
            return checked[0] if field.value == "" and checked else field.value
        case Ranking():
            return list(field.value)
        case File():
            return None
    return field.value
