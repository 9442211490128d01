"""The shape of a form, as its file says it: FormComposer's, strict.

    form → sections → fieldsets → rows → fields (→ options)         and the form's submit_button

One class a level; the types of fields are in `fields`. What a class doesn't name is an error, and what it names has its
effect on the page. What belongs together across attributes and levels (unique names, tokens, triggers) is checked in
`checks`. help, instruction and title are the author's HTML; every other text is plain.
"""

from collections.abc import Iterator
from copy import deepcopy
from typing import Annotated, Any

from pydantic import PrivateAttr, Strict

from imgloop_widgets.forms.fields import AnyField
from imgloop_widgets.forms.functions import NO_FUNCTIONS, Functions
from imgloop_widgets.forms.nodes import ClickTriggers, Condition, Language, Name, Node, NotEmpty, Validators
from imgloop_widgets.forms.slots import remove_slots
from imgloop_widgets.forms.tokens import HTML_ATTRIBUTES


class Row(Node):
    """Fields side by side. help: HTML, below them."""

    fields: Annotated[tuple[AnyField, ...], Strict(False), NotEmpty]
    help: str = ""
    id: str = ""
    classes: str = ""
    show_if: Condition = None


class Fieldset(Node):
    """Rows that belong together. lookup_name: of a template, which is shown only when it is asked for."""

    rows: Annotated[tuple[Row, ...], Strict(False), NotEmpty]
    title: str = ""
    instruction: str = ""
    help: str = ""
    name: str = ""
    id: str = ""
    classes: str = ""
    lookup_name: str = ""
    show_if: Condition = None

    def fields(self) -> Iterator[AnyField]:
        """Yield the fields of all rows, in order."""
        for row in self.rows:
            yield from row.fields


class Section(Node):
    """A part of the page under a title.

    name: triggers name it. collapsable: the worker may fold it. initially_collapsed: it is folded at first.
    """

    title: str
    fieldsets: Annotated[tuple[Fieldset, ...], Strict(False), NotEmpty]
    name: str = ""
    instruction: str = ""
    collapsable: bool = True
    initially_collapsed: bool = False
    id: str = ""
    classes: str = ""
    triggers: ClickTriggers = ClickTriggers()
    show_if: Condition = None


class SubmitButton(Node):
    """The button that ends the task. text: plain."""

    text: Name
    instruction: str = ""
    tooltip: str = ""
    id: str = ""
    classes: str = ""
    classes_button_element: str = ""
    triggers: ClickTriggers = ClickTriggers()


class FormModel(Node):
    """One form, its tokens filled and its insertions in place.

    show_instructions_as_modal: the instruction is shown in a window of its own first. language: of the form's texts,
    such as "ar"; it also gives the direction of writing.
    """

    title: str
    sections: Annotated[tuple[Section, ...], Strict(False), NotEmpty]
    submit_button: SubmitButton
    instruction: str = ""
    show_instructions_as_modal: bool = False
    language: Language = ""
    id: str = ""
    classes: str = ""
    _functions: Functions = PrivateAttr(NO_FUNCTIONS)
    _css: str = PrivateAttr("")

    @property
    def functions(self) -> Functions:
        """The validators and triggers that its author has written."""
        return self._functions

    @property
    def css(self) -> str:
        """The author's styles."""
        return self._css

    def equipped(self, functions: Functions, css: str) -> "FormModel":
        """Return the same form with its author's functions and styles."""
        form = self.model_copy()
        form._functions, form._css = functions, css
        return form

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
        other text is plain text and has to be shown as text. What the kernel alone may know is not in it: of triggers
        there are the events only, and custom validators are `"kernel": true`.
        """
        page = _for_page(self)
        assert isinstance(page, dict)
        return page


def fieldset_json(fieldset: Fieldset) -> dict[str, Any]:
    """Return a fieldset as `FormModel.to_json` has it."""
    page = _for_page(fieldset)
    assert isinstance(page, dict)
    return page


def _for_page(node: Node) -> dict[str, Any]:
    return {name: _value_for_page(name, getattr(node, name)) for name in type(node).model_fields}


def _value_for_page(name: str, value: Any) -> Any:
    match value:
        case ClickTriggers():
            return value.events()
        case Validators():
            return value.for_page()
        case Node():
            return _for_page(value)
        case str() if name in HTML_ATTRIBUTES:
            return remove_slots(value)
        case tuple():
            return [_value_for_page("", item) for item in value]
        case dict() | list():
            return deepcopy(value)
    return value
