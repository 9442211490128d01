"""The shape of a form, as its JSON says it: FormComposer's, strict.

    form → sections → fieldsets → rows → fields (→ options)         and the form's submit_button

One class a level, and one class a type of field; what a class doesn't name is an error. Only what the page draws and
the checks enforce is here. What belongs together across attributes and levels (unique names, tokens, triggers) is
checked in `checks`. To add a type of field: its class here and in `AnyField`, its reading in `answers.READERS`, and
its drawing on the page.

help, instruction and title are the author's HTML; every other text is plain.
"""

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Strict
from pydantic import Field as Attribute

from imgloop_widgets.forms.regexp import DEFAULT_FLAGS, compile_regexp
from imgloop_widgets.forms.slots import remove_slots
from imgloop_widgets.forms.tokens import HTML_ATTRIBUTES

MOST_CHARACTERS = 10_000
"""No answer may be longer."""

Scalar = str | int | float | bool


def _scalar(value: object) -> Scalar:
    if isinstance(value, str | bool) or (isinstance(value, int | float) and abs(value) <= 1e15):
        return value
    raise ValueError("must be text, a number, or true or false")


def _regexp(value: object) -> tuple[str, str]:
    match value:
        case str():
            pattern, flags = value, DEFAULT_FLAGS
        case [str() as pattern]:
            flags = DEFAULT_FLAGS
        case [str() as pattern, str() as flags]:
            pass
        case _:
            raise ValueError('must be a pattern, or ["pattern", "flags"]')
    compile_regexp(pattern, flags)
    return pattern, flags


def _not_blank(value: str) -> str:
    if not value.strip():
        raise ValueError("must not be empty")
    return value


def _not_empty(values: tuple[Any, ...]) -> tuple[Any, ...]:
    if not values:
        raise ValueError("must hold at least one entry")
    return values


Name = Annotated[str, AfterValidator(_not_blank)]
Limit = Annotated[int | None, Attribute(ge=0, le=MOST_CHARACTERS)]
Value = Annotated[Scalar, BeforeValidator(_scalar)]
Regexp = Annotated[tuple[str, str] | None, BeforeValidator(_regexp)]


class Node(BaseModel):
    """One object of the JSON. It can't be changed."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class RequiredValidator(Node):
    """What can be asked of a single choice or a number. required: an answer must be given."""

    required: bool = False


class CountValidators(RequiredValidator):
    """What can be asked of several choices. minLength, maxLength: number of choices, both included."""

    minLength: Limit = None
    maxLength: Limit = None


class TextValidators(CountValidators):
    """What can be asked of a text. minLength, maxLength: characters. regexp: pattern and flags, JavaScript's."""

    regexp: Regexp = None


class Triggers(Node):
    """What happens on the page. onClick: a trigger's name, or [name, arguments]; see `triggers`."""

    onClick: Any = None


class Option(Node):
    """One choice. label: what the worker reads. value: what is stored, with its type."""

    label: str
    value: Value


Options = Annotated[tuple[Option, ...], Strict(False), AfterValidator(_not_empty)]


class BaseField(Node):
    """What every type of field has. value: what it holds at first. tooltip: plain text. help: HTML."""

    id: str = ""
    help: str = ""
    tooltip: str = ""
    classes: str = ""
    classes_input_element: str = ""


class Button(BaseField):
    """A button; its text is `value`, or else `label`. It has no answer."""

    type: Literal["button"]
    name: str = ""
    label: str = ""
    value: str = ""
    triggers: Triggers = Triggers()


class NamedField(BaseField):
    """A field with an answer, under its name."""

    name: Name
    label: str


class Input(NamedField):
    """One line of text."""

    type: Literal["input"]
    placeholder: str = ""
    value: str = ""
    validators: TextValidators = TextValidators()


class TextArea(NamedField):
    """Several lines of text."""

    type: Literal["textarea"]
    placeholder: str = ""
    value: str = ""
    validators: TextValidators = TextValidators()


class Email(NamedField):
    """An e-mail address."""

    type: Literal["email"]
    placeholder: str = ""
    value: str = ""
    validators: TextValidators = TextValidators()


class Number(NamedField):
    """A number; the answer is an int or a float."""

    type: Literal["number"]
    placeholder: str = ""
    value: Value = ""
    validators: RequiredValidator = RequiredValidator()


class Hidden(Node):
    """A value that is not shown; the answer is this very value, whatever the page sends."""

    type: Literal["hidden"]
    name: Name
    id: str = ""
    label: str = ""
    value: str = ""


class Radio(NamedField):
    """One choice of several, all in sight; the answer is the option's value."""

    type: Literal["radio"]
    options: Options
    value: Value = ""
    validators: RequiredValidator = RequiredValidator()


class Checkbox(NamedField):
    """Any number of choices, all in sight; the answer says of every option whether it was chosen."""

    type: Literal["checkbox"]
    options: Options
    value: Annotated[dict[str, bool], Attribute(default_factory=dict)]
    validators: CountValidators = CountValidators()


class Select(NamedField):
    """A list to choose from; the answer is the option's value, or with `multiple` a list of values."""

    type: Literal["select"]
    options: Options
    multiple: bool = False
    value: Any = ""
    validators: CountValidators = CountValidators()


FIELD_TYPES: dict[str, type[Node]] = {
    "button": Button,
    "checkbox": Checkbox,
    "email": Email,
    "hidden": Hidden,
    "input": Input,
    "number": Number,
    "radio": Radio,
    "select": Select,
    "textarea": TextArea,
}
AnyField = Annotated[
    Button | Checkbox | Email | Hidden | Input | Number | Radio | Select | TextArea, Attribute(discriminator="type")
]


class Row(Node):
    """Fields side by side. help: HTML, below them."""

    fields: Annotated[tuple[AnyField, ...], Strict(False), AfterValidator(_not_empty)]
    help: str = ""
    id: str = ""
    classes: str = ""


class Fieldset(Node):
    """Rows that belong together. lookup_name: of a template, which is shown only when the loop asks for it."""

    rows: Annotated[tuple[Row, ...], Strict(False), AfterValidator(_not_empty)]
    title: str = ""
    instruction: str = ""
    help: str = ""
    id: str = ""
    classes: str = ""
    lookup_name: str = ""

    def fields(self) -> Iterator[AnyField]:
        """Yield the fields of all rows, in order."""
        for row in self.rows:
            yield from row.fields


class Section(Node):
    """A part of the page under a title.

    name: triggers name it. collapsable: the worker may fold it. initially_collapsed: it is folded at first.
    """

    title: str
    fieldsets: Annotated[tuple[Fieldset, ...], Strict(False), AfterValidator(_not_empty)]
    name: str = ""
    instruction: str = ""
    collapsable: bool = True
    initially_collapsed: bool = False
    id: str = ""
    classes: str = ""


class SubmitButton(Node):
    """The button that ends the task. text: plain."""

    text: Name
    instruction: str = ""
    tooltip: str = ""
    id: str = ""
    classes: str = ""
    classes_button_element: str = ""


class Form(Node):
    """One form, its tokens filled and its insertions in place."""

    title: str
    sections: Annotated[tuple[Section, ...], Strict(False), AfterValidator(_not_empty)]
    submit_button: SubmitButton
    instruction: str = ""
    id: str = ""
    classes: str = ""

    def fields(self) -> Iterator[AnyField]:
        """Yield all fields, those of templates too, in order."""
        for section in self.sections:
            for fieldset in section.fieldsets:
                yield from fieldset.fields()

    def field(self, name: str) -> AnyField:
        """Return the field of this name.

        Raises:
            KeyError: the form has no such field.
        """
        for field in self.fields():
            if field.name == name:
                return field
        raise KeyError(f"the form has no field {name!r}")

    def to_json(self) -> dict[str, Any]:
        """Return what the page draws, as plain JSON values in FormComposer's shape, with every default filled in.

        help, instruction and title are HTML, without the pictures that the page shows itself (see `slots`); every
        other text is plain text and has to be shown as text. A regexp is always [pattern, flags].
        """
        shown = _without_slots(self.model_dump(mode="json", exclude_none=True))
        assert isinstance(shown, dict)
        return shown


def _without_slots(value: Any) -> Any:
    match value:
        case dict():
            return {
                key: remove_slots(item) if key in HTML_ATTRIBUTES and isinstance(item, str) else _without_slots(item)
                for key, item in value.items()
            }
        case list():
            return [_without_slots(item) for item in value]
    return value
