"""A small form with a field of every type and a loop, and ways to change one place of it and to load it."""

import json
import re
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from imgloop_widgets.forms import FormFile, FormModel, load_form

REPOSITORY = Path(__file__).parents[3]
ELSEWHERE = REPOSITORY.parent / "shared" / "mephisto_look_alike"


def _choices(*values: Any) -> list[dict[str, Any]]:
    return [{"label": f"choice {value}", "value": value} for value in values]


def _step(name: str, *, lookup_name: str | None, score: bool) -> dict[str, Any]:
    fields: list[dict[str, Any]] = [
        {
            "type": "textarea",
            "name": f"prompt_{name}",
            "label": "Prompt",
            "validators": {"required": True, "minLength": 20},
        }
    ]
    if score:
        fields.insert(
            0, {"type": "select", "name": f"score_{name}", "label": "Score", "options": _choices("", 1, 2, 10)}
        )
    button = {
        "type": "button",
        "name": f"go_{name}",
        "value": "Go",
        "triggers": {"onClick": ["requestNextFieldSet", ["loop", lookup_name]]},
    }
    step: dict[str, Any] = {"rows": [{"fields": fields}, {"fields": [button]}]}
    return {**step, "lookup_name": lookup_name} if lookup_name else step


UNIT: dict[str, Any] = {
    "form": {
        "title": "A form",
        "instruction": '<p>Look.</p><img class="custom--task-image" src="{{target_image}}"><br>Write.',
        "sections": [
            {
                "title": "About you",
                "name": "about",
                "initially_collapsed": True,
                "fieldsets": [
                    {
                        "rows": [
                            {
                                "fields": [
                                    {
                                        "type": "input",
                                        "name": "age",
                                        "id": "id_age",
                                        "label": "Age",
                                        "validators": {"required": True, "regexp": ["^[0-9]+$", "ig"]},
                                    },
                                    {
                                        "type": "select",
                                        "name": "gender",
                                        "label": "Gender",
                                        "options": _choices("", "f", "m"),
                                    },
                                    {
                                        "type": "radio",
                                        "name": "hand",
                                        "label": "Hand",
                                        "options": _choices("left", 2, 3.5, True),
                                    },
                                    {
                                        "type": "checkbox",
                                        "name": "tools",
                                        "label": "Tools",
                                        "options": _choices("pen", "brush", 3),
                                        "validators": {"maxLength": 2},
                                    },
                                ]
                            },
                            {
                                "fields": [
                                    {
                                        "type": "select",
                                        "name": "languages",
                                        "label": "Languages",
                                        "multiple": True,
                                        "options": _choices("en", "de", 3),
                                        "validators": {"minLength": 2},
                                    },
                                    {"type": "number", "name": "years", "label": "Years"},
                                    {"type": "email", "name": "mail", "label": "Mail"},
                                    {"type": "hidden", "name": "batch", "value": "b7"},
                                    {
                                        "type": "textarea",
                                        "name": "note",
                                        "label": "Note",
                                        "validators": {"minLength": 5, "maxLength": 12, "regexp": "^\\w+ "},
                                    },
                                ]
                            },
                            {
                                "fields": [
                                    {"type": "date", "name": "day", "label": "Day", "max": "2030-12-31"},
                                    {"type": "slider", "name": "warmth", "label": "Warmth", "min": -10, "max": 10},
                                    {"type": "rating", "name": "stars", "label": "Stars"},
                                    {
                                        "type": "ranking",
                                        "name": "order",
                                        "label": "Order",
                                        "options": _choices("red", "green", 3),
                                    },
                                    {
                                        "type": "file",
                                        "name": "photo",
                                        "label": "Photo",
                                        "validators": {"fileExtension": ["png", "jpg"]},
                                    },
                                    {"type": "password", "name": "secret", "label": "Secret"},
                                    {
                                        "type": "input",
                                        "name": "which",
                                        "label": "Which hand?",
                                        "show_if": {"not": {"field": "hand", "equals": "left"}},
                                        "validators": {"maxLength": 50},
                                    },
                                ]
                            },
                        ]
                    }
                ],
            },
            {
                "title": "Images",
                "name": "loop",
                "fieldsets": [
                    _step("0", lookup_name=None, score=False),
                    {**_step("1", lookup_name="low", score=True), "instruction": '<img src="[[image_url]]">How close?'},
                    _step("2", lookup_name="high", score=True),
                ],
            },
        ],
        "submit_button": {"text": "Exit"},
    }
}

REMOVED = object()


def changed(config: Any, path: str, value: Any) -> Any:
    """Return a copy of the JSON with one place changed, added or `REMOVED`. path: as in the messages."""
    config = deepcopy(config)
    if not path:
        return value
    *steps, last = (int(n) if n else name for n, name in re.findall(r"\[(\d+)\]|([^.\[\]]+)", path))
    place = config
    for step in steps:
        place = place[step]
    if value is REMOVED:
        del place[last]
    else:
        place[last] = value
    return config


@pytest.fixture
def unit() -> dict[str, Any]:
    """The JSON of the small form; a copy of its own for each test."""
    return deepcopy(UNIT)


@pytest.fixture
def change() -> Callable[[Any, str, Any], Any]:
    """`changed`, for tests: change(config, "form.title", "…") returns a changed copy."""
    return changed


@pytest.fixture
def load(tmp_path: Path) -> Callable[..., FormFile]:
    """Write files into an empty folder and load it: load(unit, name=content, …); a content is JSON, or text."""

    def write_and_load(unit: Any = REMOVED, *, start: str = "", **files: Any) -> FormFile:
        contents = {re.sub(r"_(json|html|css|py|toml)$", r".\1", n.replace("__", "/")): c for n, c in files.items()}
        if unit is not REMOVED:
            contents["unit_config.json"] = unit
        for name, content in contents.items():
            path = tmp_path / name
            path.parent.mkdir(exist_ok=True)
            if isinstance(content, bytes):
                path.write_bytes(content)
            else:
                path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
        return load_form(tmp_path / start)

    return write_and_load


@pytest.fixture(scope="session")
def form() -> FormModel:
    """The small form, ready; it can't be changed, so that all tests share it."""
    return FormModel.model_validate(deepcopy(UNIT["form"]))


@pytest.fixture
def elsewhere() -> Path:
    """The folder of a real configuration that is no part of this repository."""
    if not ELSEWHERE.is_dir():
        pytest.skip("the real configuration is not beside this repository")
    return ELSEWHERE
