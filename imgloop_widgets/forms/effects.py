"""What a trigger may do: read values, set values, show and hide elements, add a fieldset.

A trigger's function gets a `TriggerContext`, and all that it does through it is one step: where the function raises,
nothing has happened.
"""

from collections.abc import Mapping
from typing import Any

from imgloop_widgets.forms.fields import Button, Hidden
from imgloop_widgets.forms.functions import Functions
from imgloop_widgets.forms.mistakes import did_you_mean
from imgloop_widgets.forms.sheet import Added, Sheet
from imgloop_widgets.forms.triggers import call
from imgloop_widgets.forms.validate import check_settable, typed_values


class TriggerContext:
    """What a trigger's function may ask and do.

    event: onClick, onChange, onBlur or onFocus. element: name of what it happened to, or else its id. arguments: from
    the form's file; a list there is several arguments. values: name of field → its answer so far, with its type, None
    where there is none.
    """

    def __init__(
        self, sheet: Sheet, element: str, event: str, arguments: tuple[Any, ...], values: dict[str, Any]
    ) -> None:
        self.element, self.event, self.arguments = element, event, arguments
        self.values: Mapping[str, Any] = values
        self._sheet = sheet
        self._set: dict[str, Any] = {}

    def set(self, name: str, value: Any) -> None:
        """Write a value into a field, as an answer of it would be; None empties it. A hidden field takes any of JSON.

        Raises:
            ValueError: there is no such field, or it can't hold the value.
        """
        fields = {field.name: field for field in self._sheet.form.fields() if not isinstance(field, Button)}
        if name not in fields:
            raise ValueError(f"the form has no field {name!r}{did_you_mean(str(name), fields)}")
        value = check_settable(fields[name], value)
        if isinstance(fields[name], Hidden):
            self._sheet = self._sheet.hold(name, value)
        else:
            self._set[name] = value

    def show(self, reference: str) -> None:
        """Show a section, fieldset, row or field, by its name or id. Raises: ValueError: there is none."""
        self._sheet = self._sheet.set_shown(reference, True)

    def hide(self, reference: str) -> None:
        """Hide a section, fieldset, row or field, by its name or id; its answers don't count. Raises: as `show`."""
        self._sheet = self._sheet.set_shown(reference, False)

    def add_fieldset(self, section: str, lookup_name: str, /, **tokens: object) -> None:
        """Add a copy of a template at the end of its section. tokens: what its `[[ tokens ]]` stand for.

        Raises:
            ValueError: there is no such section or template, or a token has no text.
        """
        self._sheet = self._sheet.add(Added(section, lookup_name, {name: str(text) for name, text in tokens.items()}))


def run_trigger(sheet: Sheet, path: str, event: str, values: Mapping[str, Any]) -> tuple[Sheet, dict[str, Any]]:
    """Run the trigger that an element has for an event; return the new sheet, and values for the page's controls.

    path: of the element, see `sheet`. values: what the page's controls hold.

    Raises:
        KeyError: the element has no such trigger.
        Exception: whatever the author's function raises; nothing has happened.
    """
    element = sheet.element(path)
    events = getattr(element, "triggers", None)
    trigger = call(getattr(events, event)) if events is not None and event in events.events() else None
    functions: Functions = sheet.form.functions
    if trigger is None or trigger.name not in functions.triggers:
        raise KeyError(f"the element {path!r} has no trigger for {event!r}")
    name = getattr(element, "name", "") or getattr(element, "id", "")
    context = TriggerContext(sheet, name, event, trigger.arguments, typed_values(sheet, values))
    functions.triggers[trigger.name](context)
    return context._sheet, context._set
