"""Studies in which people steer an image generator with words.

    from imgloop_widgets import Form, Judge, LookAlike, forms, open_monitor, open_page, open_review

`open_page` shows the task to whoever opened the link (the one call of a worker's notebook), `open_monitor` and
`open_review` the study and its finished units to their researcher. `LookAlike` is the same
component for a notebook, and `Judge` that of a rating study. `Form` shows a form alone, and `forms` has the decorators
for its validators and triggers. All are loaded when they are first asked for: importing the package does nothing.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from imgloop_widgets import forms as forms
    from imgloop_widgets.errors import GenerationError
    from imgloop_widgets.generators.contract import Context, Generated, Preview
    from imgloop_widgets.serving.desks import open_monitor, open_review
    from imgloop_widgets.serving.page import open_page
    from imgloop_widgets.widgets import Form, Judge, LookAlike

__all__ = [
    "Context",
    "Form",
    "Generated",
    "GenerationError",
    "Judge",
    "LookAlike",
    "Preview",
    "open_monitor",
    "open_page",
    "open_review",
]

_HOMES = {
    "Context": "imgloop_widgets.generators.contract",
    "Form": "imgloop_widgets.widgets",
    "Generated": "imgloop_widgets.generators.contract",
    "GenerationError": "imgloop_widgets.errors",
    "Judge": "imgloop_widgets.widgets",
    "LookAlike": "imgloop_widgets.widgets",
    "Preview": "imgloop_widgets.generators.contract",
    "open_monitor": "imgloop_widgets.serving.desks",
    "open_page": "imgloop_widgets.serving.page",
    "open_review": "imgloop_widgets.serving.desks",
}


def __getattr__(name: str) -> Any:
    import importlib

    if name == "forms":  # a part of the package, and no name in it
        return importlib.import_module("imgloop_widgets.forms")
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}; possible: {', '.join(__all__)}")
    return getattr(importlib.import_module(_HOMES[name]), name)
