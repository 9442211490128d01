"""What fields and their choices are called in a study's forms: for whoever reads the answers."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from imgloop_widgets.forms.items import items
from imgloop_widgets.forms.version import FormFile
from imgloop_widgets.reviewing.histograms import said


@dataclass(frozen=True, slots=True, kw_only=True)
class Labels:
    """fields: name → label. choices: name → value as text → label."""

    fields: Mapping[str, str] = field(default_factory=dict)
    choices: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def of(self, name: str) -> str:
        """Return a field's label, or else its name."""
        return self.fields.get(name) or name

    def said(self, name: str, value: Any) -> str:
        """Return a value as it is read: a choice by its label."""
        known = self.choices.get(name, {})
        if isinstance(value, list | tuple):
            return ", ".join(known.get(said(one), said(one)) for one in value)
        return known.get(said(value), said(value))


def labels_of(forms: Iterable[FormFile]) -> Labels:
    """Return the labels of forms; of several fields of one name those of the first count."""
    fields: dict[str, str] = {}
    choices: dict[str, dict[str, str]] = {}
    for form in forms:
        for version in form.versions:
            for item in items(version.source, ()):
                name, label = item.values.get("name"), item.values.get("label")
                if not item.kind or not isinstance(name, str):
                    continue
                fields.setdefault(name, str(label or ""))
                options = item.values.get("options") or []
                named = {said(one.get("value")): str(one.get("label", "")) for one in options if isinstance(one, dict)}
                choices.setdefault(name, named)
    return Labels(fields=fields, choices=choices)
