"""Short ways to write a form, turned into the full shape before anything else looks at it.

| short | stands for |
| --- | --- |
| `fields` in a form | one section without a title, that can't be folded |
| `fields` in a section | one fieldset |
| `fields` in a fieldset | a row for each field |
| an option that is no object | an option whose label is its value |
| `submit_button` that is a text | an object with this `text`; left out of a form without the key `form`: `Submit` |

An attribute that the field's type has no use for may stand in it while it is empty (`"placeholder": ""` in a `radio`),
as FormComposer's files have it. Mistakes are told with the paths of the file as it was written: `origin` knows them.
"""

from collections.abc import Mapping
from datetime import date, time
from typing import Any

from imgloop_widgets.forms.fields import COMMON_ATTRIBUTES, FIELD_TYPES
from imgloop_widgets.forms.mistakes import LIST_OF, Mistake, Path
from imgloop_widgets.forms.values import option_key

SUBMIT = {"text": "Submit"}


class Expanded:
    """A form in its full shape. form: a copy. mistakes: what the short ways themselves got wrong."""

    def __init__(self, form: object, at: Path, *, submit: bool) -> None:
        """Expand. at: where the form stands in its file. submit: a submit button may be left out."""
        self._origins: dict[Path, Path] = {}
        self.mistakes: list[Mistake] = []
        form = plain_values(form)
        self.form = self._object(form, at, "form") if isinstance(form, dict) else form
        if submit and isinstance(self.form, dict):
            self.form.setdefault("submit_button", dict(SUBMIT))

    def origin(self, path: Path) -> Path:
        """Return where what has this path in the full shape stands in the file."""
        for length in range(len(path), 0, -1):
            if path[:length] in self._origins:
                return self._origins[path[:length]] + path[length:]
        return path

    def _object(self, given: Mapping[str, Any], at: Path, level: str) -> dict[str, Any]:
        made = dict(given)
        if level == "form" and isinstance(made.get("submit_button"), str):
            made["submit_button"] = {"text": made["submit_button"]}
            self._origins[(*at, "submit_button", "text")] = (*at, "submit_button")
        inner = LIST_OF.get(level)
        if inner and "fields" in made and inner in made:
            self.mistakes.append(Mistake((*at, "fields"), f"give `{inner}` or `fields`, not both"))
            del made["fields"]
        if inner and "fields" in made:
            made = {inner if key == "fields" else key: value for key, value in made.items()}
            if isinstance(made[inner], list):
                made[inner] = self._wrapped(made[inner], at, level)
            else:  # the schema says what is wrong with it
                self._origins[(*at, inner)] = (*at, "fields")
        elif inner and isinstance(made.get(inner), list):
            made[inner] = self._list(made[inner], (*at, inner), inner)
        if level == "rows" and isinstance(made.get("fields"), list):
            made["fields"] = [self._field(one, (*at, "fields", k)) for k, one in enumerate(made["fields"])]
        return made

    def _list(self, given: list[Any], at: Path, level: str) -> list[Any]:
        return [self._object(one, (*at, k), level) if isinstance(one, dict) else one for k, one in enumerate(given)]

    def _wrapped(self, fields: list[Any], at: Path, level: str) -> list[dict[str, Any]]:
        full: Path = {"form": (*at, "sections", 0, "fieldsets", 0), "sections": (*at, "fieldsets", 0)}.get(level, at)
        for k in range(len(fields)):
            self._origins[(*full, "rows", k, "fields", 0)] = (*at, "fields", k)
        inner: list[dict[str, Any]] = [
            {"fields": [self._field(one, (*full, "rows", k, "fields", 0))]} for k, one in enumerate(fields)
        ]
        if level in ("form", "sections"):
            inner = [{"rows": inner}]
        if level == "form":
            inner = [{"title": "", "collapsable": False, "fieldsets": inner}]
        if not fields:
            self._origins[(*full, "rows")] = (*at, "fields")
        return inner

    def _field(self, given: Any, at: Path) -> Any:
        if not isinstance(given, dict):
            return given
        made = dict(given)
        options = made.get("options")
        if isinstance(options, list):
            made["options"] = [self._option(one, (*at, "options", k)) for k, one in enumerate(options)]
        kind = made.get("type")
        if isinstance(kind, str) and kind in FIELD_TYPES:
            unused = COMMON_ATTRIBUTES - FIELD_TYPES[kind].model_fields.keys()
            made = {key: value for key, value in made.items() if key not in unused or not _is_empty(value)}
        return made

    def _option(self, given: Any, at: Path) -> Any:
        if not isinstance(given, str | int | float):
            return given
        for key in ("label", "value"):
            self._origins[(*at, key)] = self.origin(at)
        return {"label": given if isinstance(given, str) else option_key(given), "value": given}


def _is_empty(value: object) -> bool:
    return value is None or value is False or value in ("", [], {})


def plain_values(value: Any) -> Any:
    """Return what Python and TOML have and JSON hasn't as JSON would: days, tuples, keys that are no texts."""
    match value:
        case date() | time():  # a datetime too
            return value.isoformat()
        case Mapping():
            return {_key(key): plain_values(item) for key, item in value.items()}
        case list() | tuple():
            return [plain_values(item) for item in value]
    return value


def _key(key: object) -> str:
    return option_key(key) if isinstance(key, str | int | float) else str(key)
