"""Validators and triggers that a form's author writes in Python, by name.

    from imgloop_widgets import forms

    @forms.validator("checkForbiddenWords")            "validators": {"checkForbiddenWords": ["cat", "dog"]}
    def no_forbidden_words(value, context):
        for word in context.arguments:
            if word in value.lower():
                return f"Please do without the word {word!r}."

    @forms.trigger("addPet")                           "triggers": {"onClick": "addPet"}
    def add_pet(context):
        context.add_fieldset("pets", "pet")

For a study they stand in `functions.py` beside the form's configuration, which runs when the form is read. In a
notebook a decorated function is known from then on. A function of the form's own goes before one of the notebook's.

A validator is given an answer that is there and returns what is wrong as a text for the worker, or None. Both run in
the kernel alone, so neither their code nor their arguments reach the page.
"""

import re
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from imgloop_widgets.forms.effects import TriggerContext

FUNCTIONS_FILE = "functions.py"


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidatorContext:
    """What a validator may ask.

    arguments: from the form's file; a list there is several arguments. values: name of field → its answer so far, with
    its type, None where there is none. field: the name of the field under test.
    """

    arguments: tuple[Any, ...]
    values: Mapping[str, Any]
    field: str


Validator = Callable[[Any, ValidatorContext], str | None]
Trigger = Callable[["TriggerContext"], None]


@dataclass(frozen=True, slots=True)
class Functions:
    """Name → function."""

    validators: Mapping[str, Validator] = field(default_factory=dict)
    triggers: Mapping[str, Trigger] = field(default_factory=dict)

    def __or__(self, other: "Functions") -> "Functions":
        return Functions({**self.validators, **other.validators}, {**self.triggers, **other.triggers})


NO_FUNCTIONS = Functions()

_NAME = re.compile(r"[^\W\d]\w*")


@dataclass(slots=True)
class _Registry:
    validators: dict[str, Validator] = field(default_factory=dict)
    triggers: dict[str, Trigger] = field(default_factory=dict)


_OF_PROCESS = _Registry()
_registry: ContextVar[_Registry] = ContextVar("imgloop_form_functions", default=_OF_PROCESS)


def validator(name: str) -> Callable[[Validator], Validator]:
    """Register the function below under this name, for `validators` of a form.

    Raises:
        ValueError: it can't be a name, or is that of a built-in validator.
    """
    from imgloop_widgets.forms.nodes import BUILT_IN_VALIDATORS

    _check_name(name, "validator", BUILT_IN_VALIDATORS)

    def register(function: Validator) -> Validator:
        _registry.get().validators[name] = function
        return function

    return register


def trigger(name: str) -> Callable[[Trigger], Trigger]:
    """Register the function below under this name, for `triggers` of a form.

    Raises:
        ValueError: it can't be a name, or is that of a built-in trigger.
    """
    from imgloop_widgets.forms.triggers import BUILT_IN_TRIGGERS

    _check_name(name, "trigger", BUILT_IN_TRIGGERS)

    def register(function: Trigger) -> Trigger:
        _registry.get().triggers[name] = function
        return function

    return register


def _check_name(name: object, what: str, taken: Iterator[str] | tuple[str, ...] | Mapping[str, Any]) -> None:
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise ValueError(f'@{what} needs a name in quotes, of letters, digits and "_": @{what}("myName"); not {name!r}')
    if name in taken:
        raise ValueError(f"@{what}: {name!r} is built in; choose another name")


def registered() -> Functions:
    """Return what the decorators have registered in this process, outside of a form's own file."""
    return Functions(dict(_OF_PROCESS.validators), dict(_OF_PROCESS.triggers))


@contextmanager
def _apart() -> Iterator[_Registry]:
    registry = _Registry()
    token = _registry.set(registry)
    try:
        yield registry
    finally:
        _registry.reset(token)


def run_functions_file(file: Path, source: str) -> Functions:
    """Run a form's own functions.py and return what it registers.

    Raises:
        ValueError: it is not Python, or stops with an error; the text has the line.
    """
    module = ModuleType(f"imgloop_form_functions_{sha256(str(file).encode()).hexdigest()[:12]}")
    module.__file__ = str(file)
    sys.modules[module.__name__] = module  # where dataclasses and pickle look for what it defines
    with _apart() as registry:
        try:
            exec(compile(source, str(file), "exec", dont_inherit=True), module.__dict__)
        except SyntaxError as error:
            where = f"line {error.lineno}: " if error.lineno else ""
            raise ValueError(f"{where}this is not Python ({error.msg})") from None
        except (Exception, SystemExit) as error:
            lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(file)]
            where = f"line {lines[-1]}: " if lines else ""
            what = f"{type(error).__name__}: {error}".removesuffix(": ")
            raise ValueError(f"{where}stops with {what}") from None
    return Functions(registry.validators, registry.triggers)


def arguments_of(value: object) -> tuple[Any, ...]:
    """Return the arguments that stand in a form's file beside a validator's name: a list is several of them."""
    return tuple(value) if isinstance(value, list | tuple) else (value,)
