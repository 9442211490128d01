"""Forms for the tests of a form alone, in the shape that the kernel's traits have."""

from typing import Any

from imgloop_widgets.forms import WORDS, make_form

Json = dict[str, Any]


def a_form(*fields: Json, css: str = "", **parts: Any) -> Json:
    """What the trait `form` holds: of these fields, or with the parts of `make_form`."""
    form = make_form({"title": "About you", **({"fields": list(fields)} if fields else {}), **parts})
    return {"form": form.to_json(), "words": WORDS, "css": css, "language": form.language or None}


def a_form_view(phase: str = "open", seq: int = 1, **changes: Any) -> Json:
    """What the trait `view` holds at first, with changes."""
    view = {"session": "f1", "seq": seq, "phase": phase, "draft": {}, "answers": None, "problems": {}}
    return {**view, **changes}


def options(*labels: str) -> list[Json]:
    return [{"label": label, "value": label.lower()} for label in labels]


def everything(**parts: Any) -> Json:
    """A form with every type of field and every way to explain one."""
    about = [
        {
            "fields": [
                {
                    "type": "input",
                    "name": "name",
                    "label": "Your name",
                    "placeholder": "As you want to be called",
                    "tooltip": "A first name is enough. We use it in our letter to you and nowhere else.",
                    "icon": "user",
                    "validators": {"required": True, "minLength": 2, "maxLength": 40},
                },
                {
                    "type": "number",
                    "name": "age",
                    "label": "Age",
                    "min": 18,
                    "max": 120,
                    "step": 1,
                    "help": "In <b>years</b>",
                    "validators": {"required": True},
                },
            ],
            "help": "We never show these two to anybody else.",
        },
        {
            "fields": [
                {"type": "email", "name": "mail", "label": "E-mail", "placeholder": "name@example.org", "icon": "mail"},
                {"type": "date", "name": "day", "label": "Day of the visit", "min": "2026-01-01"},
            ]
        },
        {"fields": [{"type": "password", "name": "secret", "label": "A word that only you know"}]},
        {
            "fields": [
                {
                    "type": "textarea",
                    "name": "story",
                    "label": "What did you do yesterday?",
                    "validators": {"minLength": 20, "maxLength": 300},
                }
            ]
        },
    ]
    choices = [
        {
            "fields": [
                {
                    "type": "radio",
                    "name": "pet",
                    "label": "Do you have a pet?",
                    "options": options("Yes", "No"),
                    "validators": {"required": True},
                },
                {
                    "type": "select",
                    "name": "kind",
                    "label": "Which?",
                    "options": options("Cat", "Dog", "Fish"),
                    "show_if": {"field": "pet", "equals": "yes"},
                    "validators": {"required": True},
                },
            ]
        },
        {
            "fields": [
                {
                    "type": "checkbox",
                    "name": "food",
                    "label": "What do you eat?",
                    "options": options("Bread", "Rice", "Noodles", "Potatoes"),
                    "validators": {"required": True, "maxLength": 3},
                },
            ]
        },
        {
            "fields": [
                {
                    "type": "select",
                    "multiple": True,
                    "name": "places",
                    "label": "Where have you been?",
                    "options": options("Africa", "Asia", "Europe", "America", "Oceania", "Antarctica", "Nowhere yet"),
                    "tooltip": "Only journeys of more than a week.",
                }
            ]
        },
    ]
    judgement = [
        {
            "fields": [
                {"type": "slider", "name": "mood", "label": "Your mood", "min_label": "low", "max_label": "high"},
            ]
        },
        {"fields": [{"type": "rating", "name": "stars", "label": "How was it?", "validators": {"required": True}}]},
        {
            "fields": [
                {
                    "type": "ranking",
                    "name": "order",
                    "label": "Put in order",
                    "options": options("Red", "Green", "Blue"),
                }
            ]
        },
        {
            "fields": [
                {
                    "type": "file",
                    "name": "photo",
                    "label": "A photograph",
                    "show_preview": True,
                    "validators": {"fileExtension": ["png", "webp"]},
                }
            ]
        },
        {"fields": [{"type": "hidden", "name": "arm", "value": "a"}]},
    ]
    form = {
        "title": "About <i>you</i> and your day",
        "instruction": "<p>Please take your time. There are no right or wrong answers.</p>",
        "sections": [
            {
                "title": "About you",
                "instruction": "Some questions about yourself.",
                "fieldsets": [{"title": "Personal", "help": "Thank you for this part.", "rows": about}],
            },
            {"title": "Choices", "fieldsets": [{"rows": choices}]},
            {"title": "Judgement", "collapsable": False, "fieldsets": [{"rows": judgement}]},
        ],
        "submit_button": {
            "text": "Send",
            "instruction": "You can change nothing after you have sent it.",
            "tooltip": "Send your answers",
        },
    }
    return a_form(**{**form, **parts})


ANSWERS: Json = {
    "name": "Ada",
    "age": 36,
    "mail": "",
    "day": "2026-02-03",
    "story": "I went for a long walk\nin the rain.",
    "pet": "yes",
    "kind": "cat",
    "food": {"bread": True, "rice": False, "noodles": True, "potatoes": False},
    "places": ["asia", "europe"],
    "mood": 70,
    "stars": 4,
    "order": ["blue", "red", "green"],
    "photo": {"name": "me.png", "type": "image/png", "size": 1200, "sha256": "a" * 64},
    "arm": "a",
}
"""What a kernel made of it."""
