"""What the survey about animals checks and does."""

from imgloop_widgets import forms


@forms.validator("checkForbiddenWords")
def no_forbidden_words(value, context):
    for word in context.arguments:
        if word in value.lower():
            return f"Please do without the word {word!r}."


@forms.trigger("tidyName")
def tidy_name(context):
    context.set("name_last", (context.values["name_last"] or "").title())


@forms.trigger("explain")
def explain(context):
    context.show("thanks")


@forms.trigger("countTraits")
def count_traits(context):
    chosen = context.values["traits"] or {}
    context.set("traits_count", sum(chosen.values()))


@forms.trigger("addAnimal")
def add_animal(context):
    section, template = context.arguments
    context.add_fieldset(section, template, what="tail & all")


@forms.trigger("noteOpened")
@forms.trigger("noteSubmitted")
def nothing(context):
    pass
