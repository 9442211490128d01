"""Arbitrary forms that load, and arbitrary answers that they take.

`forms()` draws a form's JSON in its full shape: all types of fields, validators, options of every type of value,
conditions, templates with the buttons that add them, HTML, any characters. It names validators and triggers of its
own; call `register()` before such a form is loaded (the fixture `registry` of tests/conftest.py forgets them again).
`answers(sheet)` draws what a page could send that `check_answers` takes.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from hashlib import sha256
from typing import Any

from hypothesis import strategies as st

from imgloop_widgets import forms as api
from imgloop_widgets.forms import Sheet, TriggerContext, ValidatorContext, answer_fields
from imgloop_widgets.forms.values import option_key

SECRET = "k3rnel-only"
"""Stands in every argument of a custom validator or trigger: the page must never see it."""

PATTERNS: dict[str, tuple[str, ...]] = {
    "^[0-9]+$": ("0", "42", "007"),
    r"^\d{4}-\d\d$": ("2026-01", "1999-12"),
    "(cat|dog)s?": ("cats and dogs", "a DOG", "hotcat"),
    r"^[^\s@]+$": ("x", "é", "a-b_c"),
}
"""Patterns for texts, each with texts in which it is found."""

TEXTS = (
    "",
    " ",
    "a",
    "Two words",
    "é\u0301",
    "👩‍🎨",
    "<b>&amp;</b>",
    '"\\',
    "\u2028\t\r\n",
    "\u202eعربي",
    "\x7f\x1b",
    "0",
)
TEXT = st.sampled_from(TEXTS)  # drawn all the time: arbitrary text would take most of a test's seconds
WORD = st.text(st.characters(categories=["Lu", "Ll", "Lo", "Nd", "So"]), min_size=1, max_size=8)
HTML = st.sampled_from(
    (*TEXTS, "<p>Look & <b>see</b></p>", '<img class="custom--task-image"><br>Write.', "<a href='#x'>unclosed", "1 < 2")
)
CLASSES = st.sampled_from(["", "", "", "centered", "hidden", "mine wide"])
ICONS = st.sampled_from(["", "heart", "fa-star", "bi bi-lock", "🎨"])
EIGHTHS = st.integers(-800, 800).map(lambda n: n / 8 if n % 8 else n // 8)
DAYS = st.dates(date(1900, 1, 1), date(2100, 12, 31)).map(date.isoformat)
VALUES = WORD | st.integers(-1000, 1000) | EIGHTHS | st.booleans()


def register() -> None:
    """Register the validators and triggers that the forms name."""

    @api.validator("neverThis")
    def never_this(value: Any, context: ValidatorContext) -> str | None:
        assert context.values[context.field] == value
        return "Not this." if value in context.arguments else None

    @api.trigger("addCopy")
    def add_copy(context: TriggerContext) -> None:
        section, lookup_name, _ = context.arguments
        context.add_fieldset(section, lookup_name, word="<&>")

    @api.trigger("doNothing")
    def do_nothing(context: TriggerContext) -> None:
        assert SECRET in context.arguments


class _Making:
    """A form while it is drawn. asked: fields that conditions may ask from here on."""

    def __init__(self, draw: Callable[..., Any]) -> None:
        self.draw, self.count = draw, 0
        self.asked: list[dict[str, Any]] = []
        self.adding: list[dict[str, Any]] = []

    def name(self) -> str:
        self.count += 1
        return f"{self.draw(TEXT)}{self.count}"

    def maybe(self, **strategies: st.SearchStrategy[Any]) -> dict[str, Any]:
        """Draw some of the attributes."""
        chosen = self.draw(st.integers(0, 2 ** len(strategies) - 1))
        return {name: self.draw(each) for k, (name, each) in enumerate(strategies.items()) if chosen >> k & 1}

    def among(self, least: int, most: int) -> range:
        return range(self.draw(st.integers(least, most)))

    def shown_if(self) -> dict[str, Any]:
        if not self.asked or self.draw(st.integers(0, 2)):
            return {}
        return {"show_if": self.draw(conditions(tuple(self.asked)))}

    def form(self) -> dict[str, Any]:
        sections = [self.section() for _ in self.among(1, 2)]
        if self.adding:
            row = {"fields": self.adding}
            sections.append({"title": "", "fieldsets": [{"rows": [row]}]})
        button = {"text": self.draw(WORD)} | self.maybe(tooltip=TEXT, instruction=HTML, classes=CLASSES)
        optional = self.maybe(
            instruction=HTML,
            show_instructions_as_modal=st.booleans(),
            language=st.sampled_from(["", "en", "ar", "pt-BR"]),
            id=st.just(self.name()),
        )
        title = self.draw(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="{}[]\0")))
        return {"title": title, "sections": sections, "submit_button": button} | optional

    def section(self) -> dict[str, Any]:
        name = self.name()
        own = self.maybe(
            instruction=HTML,
            collapsable=st.booleans(),
            initially_collapsed=st.booleans(),
            classes=CLASSES,
            triggers=st.just({"onClick": ["doNothing", SECRET]}),
        )
        shown = self.shown_if()
        fieldsets = [self.fieldset(name) for _ in self.among(1, 2)]
        return {"title": self.draw(HTML), "name": name, "fieldsets": fieldsets} | own | shown

    def fieldset(self, section: str) -> dict[str, Any]:
        before = list(self.asked)
        own = self.maybe(title=HTML, instruction=HTML, help=HTML, name=st.just(self.name()), classes=CLASSES)
        shown = self.shown_if()
        is_template = self.draw(st.integers(0, 4)) == 0
        rows = [self.row(is_template) for _ in self.among(1, 2)]
        if not is_template:
            return {"rows": rows} | own | shown
        self.asked = before  # what stands in a template can't be asked from outside
        template = self.name()
        add = {"onClick": ["addCopy", [section, template, SECRET]]}
        self.adding.append({"type": "button", "name": self.name(), "value": "Add", "triggers": add})
        return {"rows": rows, "lookup_name": template} | own | shown

    def row(self, is_template: bool) -> dict[str, Any]:
        own = self.maybe(help=HTML, id=st.just(self.name()), classes=CLASSES)
        shown = self.shown_if()
        fields = []
        for _ in self.among(1, 3):
            fields.append(self.field(is_template))
            if fields[-1]["type"] not in ("button",):
                self.asked.append(fields[-1])
        return {"fields": fields} | own | shown

    def field(self, is_template: bool) -> dict[str, Any]:
        kind = self.draw(st.sampled_from(sorted(FIELDS)))
        field = {"type": kind, "name": self.name(), "label": self.draw(TEXT)} | self.draw(FIELDS[kind])
        if kind == "hidden":
            return field
        if is_template and self.draw(st.booleans()):
            field["label"] += "[[ word ]]"
        field |= self.shown_if() | self.maybe(
            id=st.just(self.name()),
            help=HTML,
            tooltip=TEXT,
            icon=ICONS,
            classes=CLASSES,
            classes_input_element=CLASSES,
            triggers=st.just({"onChange": ["doNothing", [1, SECRET]], "onBlur": ["doNothing", [SECRET]]}),
        )
        if kind != "button" and self.draw(st.booleans()):
            never = {"neverThis": [SECRET, {"not": SECRET}]}
            field["validators"] = field.get("validators", {}) | never
        return field


@st.composite
def forms(draw: Callable[..., Any]) -> dict[str, Any]:
    """A form's JSON, in its full shape."""
    return _Making(draw).form()


# ---------------------------------------------------------------- fields


def _some(**strategies: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=strategies)


_REQUIRED = _some(required=st.booleans())


@st.composite
def _texts(draw: Callable[..., Any]) -> dict[str, Any]:
    validators = draw(_REQUIRED)
    if draw(st.booleans()):
        least, most = sorted(draw(st.tuples(st.integers(0, 15), st.integers(1, 15))))
        validators |= draw(
            st.sampled_from([{"minLength": least}, {"maxLength": most}, {"minLength": least, "maxLength": most}])
        )
    else:
        pattern = draw(st.sampled_from(sorted(PATTERNS)))
        validators |= draw(
            st.sampled_from([{}, {"regexp": pattern}, {"regexp": [pattern, "i"]}, {"regexp": [pattern]}])
        )
    return {"validators": validators} | draw(_some(placeholder=TEXT, value=TEXT))


@st.composite
def _emails(draw: Callable[..., Any]) -> dict[str, Any]:
    return draw(_some(placeholder=TEXT, value=TEXT, validators=_REQUIRED))  # type: ignore[no-any-return]


@st.composite
def _numbers(draw: Callable[..., Any], *, line: bool) -> dict[str, Any]:
    low, high = sorted(draw(st.tuples(EIGHTHS, EIGHTHS)))
    step = draw(st.sampled_from([0.125, 0.5, 1, 2, 25]))
    if line and high - low < step:
        high = low + step
    field = (
        {"min": low, "max": high}
        if line
        else draw(st.sampled_from([{}, {"min": low}, {"max": high}, {"min": low, "max": high}]))
    )
    if line or draw(st.booleans()):
        field["step"] = step
    if draw(st.booleans()):
        field["value"] = draw(_number(field.get("min"), field.get("max"), field.get("step")))
        if field["value"] is None:
            del field["value"]
    labels = _some(min_label=TEXT, max_label=TEXT) if line else _some(placeholder=TEXT)
    return field | draw(labels) | draw(_some(validators=_REQUIRED))


@st.composite
def _ratings(draw: Callable[..., Any]) -> dict[str, Any]:
    low, high = sorted(draw(st.tuples(st.integers(0, 10), st.integers(1, 10))))
    optional = _some(
        min_label=TEXT, max_label=TEXT, symbols=st.sampled_from(["stars", "numbers"]), validators=_REQUIRED
    )
    return {"min": low, "max": high, "value": draw(st.integers(low, high) | st.just(""))} | draw(optional)


@st.composite
def _dates(draw: Callable[..., Any]) -> dict[str, Any]:
    low, value, high = sorted(draw(st.tuples(DAYS, DAYS, DAYS)))
    bounds = draw(st.sampled_from([{}, {"min": low}, {"max": high}, {"min": low, "max": high}, {"value": value}]))
    return bounds | draw(_some(validators=_REQUIRED))


@st.composite
def _options(draw: Callable[..., Any], *, checked: bool) -> list[Any]:
    values = draw(st.lists(VALUES, min_size=1, max_size=5, unique_by=option_key))
    options: list[Any] = []
    for value in values:
        long = {"label": draw(TEXT), "value": value}
        if checked and draw(st.booleans()):
            long["checked"] = True
        options.append(value if draw(st.booleans()) and not long.get("checked") else long)
    return options


def _values(options: Sequence[Any]) -> list[Any]:
    return [option["value"] if isinstance(option, dict) else option for option in options]


@st.composite
def _one_choice(draw: Callable[..., Any], *, lists: bool) -> dict[str, Any]:
    options = draw(_options(checked=False))
    field = {"options": options} | draw(_some(validators=_REQUIRED))
    if lists:
        field["options"] = [*draw(st.sampled_from([[], [{"label": "---", "value": ""}]])), *options]
        field |= draw(_some(placeholder=TEXT, multiple=st.just(False)))
    first = draw(st.sampled_from(["nothing", "value", "checked"]))
    if first == "value":
        field["value"] = draw(st.sampled_from(_values(options)))
    elif first == "checked" and isinstance(options[0], dict):
        options[0]["checked"] = True
    return field


@st.composite
def _several_choices(draw: Callable[..., Any], *, kind: str) -> dict[str, Any]:
    with_value = draw(st.booleans())
    options = draw(_options(checked=kind != "ranking" and not with_value))
    least, most = sorted(draw(st.tuples(st.integers(0, len(options)), st.integers(1, len(options)))))
    lengths = st.sampled_from([{}, {"minLength": least}, {"maxLength": most}, {"minLength": least, "maxLength": most}])
    field = {"options": options, "validators": draw(_REQUIRED) | draw(lengths)}
    some = draw(st.lists(st.sampled_from(_values(options)), unique_by=option_key))
    if kind == "select":
        field["multiple"] = True
    if with_value:
        field["value"] = {option_key(value): True for value in some} if kind == "checkbox" else some
    return field


FIELDS: Mapping[str, st.SearchStrategy[dict[str, Any]]] = {
    "button": _some(value=TEXT),
    "checkbox": _several_choices(kind="checkbox"),
    "date": _dates(),
    "email": _emails(),
    "file": _some(
        placeholder=TEXT,
        show_preview=st.booleans(),
        validators=_some(required=st.booleans(), fileExtension=st.sampled_from([["png", ".JPG"], "txt"])),
    ),
    "hidden": st.fixed_dictionaries({"value": VALUES}),
    "input": _texts(),
    "number": _numbers(line=False),
    "password": _texts(),
    "radio": _one_choice(lists=False),
    "ranking": _several_choices(kind="ranking"),
    "rating": _ratings(),
    "select": _one_choice(lists=True) | _several_choices(kind="select"),
    "slider": _numbers(line=True),
    "textarea": _texts(),
}
"""Type → the attributes that only some types have; each goes with the others."""


# ---------------------------------------------------------------- conditions


@st.composite
def conditions(draw: Callable[..., Any], fields: tuple[dict[str, Any], ...], depth: int = 2) -> dict[str, Any]:
    """Conditions that ask for these fields, which are JSON objects of a form; depth: levels of all, any and not."""
    inner = conditions(fields, depth - 1)
    match draw(st.sampled_from(("test", "test", "not", "all", "any"))) if depth else "test":
        case "test":
            return draw(_test(draw(st.sampled_from(fields))))  # type: ignore[no-any-return]
        case "not":
            return {"not": draw(inner)}
        case several:
            return {several: draw(st.lists(inner, min_size=1, max_size=3))}


def _test(field: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    kind, name = field["type"], {"field": st.just(field["name"])}
    answered = st.fixed_dictionaries({**name, "answered": st.booleans()})
    if kind in ("file", "password"):
        return answered
    values: st.SearchStrategy[Any] = {
        "number": EIGHTHS,
        "slider": EIGHTHS,
        "rating": st.integers(0, 10),
        "date": DAYS,
    }.get(kind, WORD)
    operators = ["equals", "not_equals"]
    if "options" in field:
        values = st.sampled_from([value for value in _values(field["options"]) if value != ""])
        if kind in ("checkbox", "ranking") or field.get("multiple"):
            operators = ["contains"]
    elif kind in ("number", "slider", "rating", "date"):
        operators += ["at_least", "at_most"]
    elif kind == "hidden":
        values = VALUES
    tests = [st.fixed_dictionaries({**name, operator: values}) for operator in operators]
    if operators != ["contains"]:
        tests.append(st.fixed_dictionaries({**name, "one_of": st.lists(values, min_size=1, max_size=3)}))
    return st.one_of(answered, *tests)


# ---------------------------------------------------------------- answers


@st.composite
def answers(draw: Callable[..., Any], sheet: Sheet) -> dict[str, Any]:
    """Values for all fields with an answer, as a page sends them, each right for its field."""
    return {field.name: draw(answer(field)) for field in answer_fields(sheet.form) if field.type != "hidden"}


def answer(field: Any) -> st.SearchStrategy[Any]:
    """What a page could send for a field of a form, so that it is taken."""
    validators = field.validators
    least, most = (getattr(validators, name, None) for name in ("minLength", "maxLength"))
    match field.type:
        case "input" | "textarea" | "password" if validators.regexp:
            given: st.SearchStrategy[Any] = st.sampled_from(PATTERNS[validators.regexp[0]])
        case "input" | "textarea" | "password":
            given = _padded(least or 1, 20 if most is None else most)
        case "email":
            given = st.sampled_from(["a@b.de", " Ada.L+x@mail.example.org\n", "é@ü.example"])
        case "number":
            given = _number(field.min, field.max, field.step).flatmap(_typed)
        case "slider":
            given = _number(field.min, field.max, field.step)
        case "rating":
            given = st.integers(field.min, field.max)
        case "date":
            low, high = (date.fromisoformat(day) if day else None for day in (field.min, field.max))
            given = st.dates(low or date(1, 1, 1), high or date(9999, 12, 31)).map(date.isoformat)
        case "file":
            endings = validators.fileExtension or ("bin",)
            given = st.tuples(WORD, st.sampled_from(endings)).map(
                lambda parts: a_file(f"{parts[0]}.{parts[1].upper()}")
            )
        case "radio":
            given = st.sampled_from([option.value for option in field.options])
        case "select" if not field.multiple:
            given = st.sampled_from([option.value for option in field.options if option.value != ""])
        case kind:
            values = [option.value for option in field.options]
            least = least or 1
            most = len(values) if most is None else most
            if kind == "ranking" and validators.maxLength is None:
                least = len(values)
            given = st.permutations(values).flatmap(lambda v: st.integers(least, most).map(lambda n: list(v[:n])))
            if kind == "checkbox":
                given = given.map(lambda chosen: {option_key(value): True for value in chosen})
    nothing = {} if field.type == "checkbox" else [] if field.type == "ranking" else None
    return given if validators.required else given | st.sampled_from([nothing, None])


def a_file(name: str) -> dict[str, Any]:
    """What a page sends for a file of this name."""
    return {"name": name, "type": "", "size": len(name), "sha256": sha256(name.encode()).hexdigest()}


def _padded(least: int, most: int) -> st.SearchStrategy[str]:
    letters = st.characters(categories=["L", "N", "So"])
    texts = st.text(letters, min_size=least, max_size=most)
    return st.tuples(texts, st.sampled_from(["", " ", "\u2003\n"])).map(lambda parts: parts[1] + parts[0] + parts[1])


def _number(low: float | None, high: float | None, step: float | None) -> st.SearchStrategy[Any]:
    """Numbers within the bounds; None where there are none."""
    if step is None:
        step = 0.125
    start = low or 0
    first = -100 if low is None else 0
    last = 100 if high is None else int((high - start) // step)
    if low is None:
        first = min(first, last)
    if last < first:
        return st.none()
    return st.integers(first, last).map(lambda n: start + n * step)


def _typed(number: Any) -> st.SearchStrategy[Any]:
    if number is None:
        return st.none()
    text = str(number)
    return st.sampled_from([number, text, f" {text.replace('.', ',')}\t"])
