"""Validators and triggers that a form names: do they exist, do they fit where they stand, do they lead somewhere?"""

from collections.abc import Iterator, Mapping, Sequence

from imgloop_widgets.forms.fields import FIELD_TYPES
from imgloop_widgets.forms.functions import FUNCTIONS_FILE, Functions
from imgloop_widgets.forms.items import Item
from imgloop_widgets.forms.mistakes import Mistake, did_you_mean, listed, show
from imgloop_widgets.forms.nodes import BUILT_IN_VALIDATORS, ClickTriggers, Triggers
from imgloop_widgets.forms.triggers import BUILT_IN_TRIGGERS, NEXT_FIELDSET, call


def check_validators(found: Sequence[Item], functions: Functions) -> Iterator[Mistake]:
    """Yield validators that don't exist, or that the field's type can't have."""
    for item in found:
        validators = item.values.get("validators")
        cls = FIELD_TYPES.get(item.kind)
        if not isinstance(validators, dict) or cls is None or "validators" not in cls.model_fields:
            continue
        model = cls.model_fields["validators"].annotation
        assert model is not None
        fitting = tuple(model.model_fields)
        for name in validators:
            path = (*item.path, "validators", name)
            if name in fitting or name in functions.validators:
                continue
            if name in BUILT_IN_VALIDATORS:
                where = f"a field of type `{item.kind}`"
                yield Mistake(path, f"`{name}` does not apply to {where}; remove it (allowed: {listed(fitting)})")
            elif name in cls.model_fields:
                yield Mistake(path, f"`{name}` stands beside `validators`, not in it; move it there")
            else:
                yield Mistake(path, _unregistered(name, "validator", item, (*fitting, *functions.validators)))


def _unregistered(name: str, what: str, item: Item, known: Sequence[str]) -> str:
    how = f'write it in {FUNCTIONS_FILE} beside the form, under @forms.{what}("{name}")'
    near = did_you_mean(name, known)
    return f"`{name}` of {_called(item)} is no registered {what}{near} (registered: {listed(known)}; {how})"


def _called(item: Item) -> str:
    level = {"fields": "field", "sections": "section", "submit_button": "submit button"}[item.level]
    name = item.values.get("name") or item.values.get("id")
    return f"the {level} `{name}`" if name else f"the {level}" if item.level == "submit_button" else f"a {level}"


def check_triggers(found: Sequence[Item], functions: Functions) -> Iterator[Mistake]:
    """Yield triggers that don't exist or lead nowhere, and templates that no trigger can add."""
    templates = {
        item.values["name"]: frozenset(_lookup_names(item.values.get("fieldsets")))
        for item in found
        if item.level == "sections" and isinstance(item.values.get("name"), str)
    }
    some_adds = False
    for item in found:
        triggers = item.values.get("triggers")
        if not isinstance(triggers, dict) or item.level not in ("fields", "sections", "submit_button"):
            continue
        events = Triggers if item.level == "fields" else ClickTriggers
        for event in events.model_fields:
            if event in triggers:
                trigger = call(triggers[event])
                some_adds |= trigger is not None and trigger.name not in BUILT_IN_TRIGGERS
                yield from _trigger(item, event, triggers[event], templates, functions)
    if some_adds:
        return
    for item in found:
        if item.level == "fieldsets" and item.template == "own" and isinstance(item.values.get("lookup_name"), str):
            text = "is a template, but the form has no trigger that could add it; write one, or remove `lookup_name`"
            yield Mistake((*item.path, "lookup_name"), text)


def _trigger(
    item: Item, event: str, value: object, templates: Mapping[str, frozenset[str]], functions: Functions
) -> Iterator[Mistake]:
    path, trigger = (*item.path, "triggers", event), call(value)
    if trigger is None:
        yield Mistake(path, f'must be "NAME" or ["NAME", arguments]; not {show(value)}')
    elif trigger.name in BUILT_IN_TRIGGERS:
        if item.kind != "button" or event != "onClick":
            yield Mistake(path, f"`{NEXT_FIELDSET}` can only stand in `onClick` of a button")
            return
        for text in BUILT_IN_TRIGGERS[trigger.name](trigger.arguments, templates):
            yield Mistake(path, f"`{trigger.name}` of {_called(item)} {text}")
    elif trigger.name not in functions.triggers:
        known = (*BUILT_IN_TRIGGERS, *functions.triggers)
        yield Mistake(path, _unregistered(trigger.name, "trigger", item, known))


def _lookup_names(fieldsets: object) -> Iterator[str]:
    for fieldset in fieldsets if isinstance(fieldsets, list) else ():
        if isinstance(fieldset, dict) and isinstance(fieldset.get("lookup_name"), str):
            yield fieldset["lookup_name"]
