"""A pattern that is accepted means in Python what it means in the browser; what the browser refuses is refused.

Hypothesis writes patterns, flags and texts, and a page answers for many of them at once. What goes to the page is
taken apart into UTF-16 code units, since half of an emoji would not survive the way as text.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import count

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Browser, Page

from imgloop_widgets.forms.regexp import compile_regexp

Case = tuple[str, str, Sequence[str]]
"""Pattern, flags, texts."""

Answer = list[bool] | str
"""Whether each text matches, or why the pattern is refused."""

Ask = Callable[[Sequence[Case]], list[Answer]]

_ANSWERS = """(cases) => {
  const text = (units) => String.fromCharCode(...units);
  return cases.map(([pattern, flags, texts]) => {
    let regexp;
    try {
      regexp = new RegExp(text(pattern), flags.replace("g", ""));
    } catch (error) {
      return error.message;
    }
    return texts.map((units) => regexp.test(text(units)));
  });
}"""

_EACH_UNIT = """([pattern, flags, before, after]) => {
  const regexp = new RegExp(pattern, flags);
  const units = Array.from({ length: 0x10000 }, (_, unit) => String.fromCharCode(unit));
  return units.map((unit) => (regexp.test(before + unit + after) ? "1" : "0")).join("");
}"""

_FAMILIES = """() => {
  const units = Array.from({ length: 0x10000 }, (_, unit) => String.fromCharCode(unit));
  const letters = units.filter((unit) => unit.toUpperCase() !== unit || unit.toLowerCase() !== unit);
  const code = (letter) => "\\\\u" + letter.charCodeAt(0).toString(16).padStart(4, "0");
  const family = (letter) => letters.join("").match(new RegExp(code(letter), "gi")).join("");
  return Object.fromEntries(letters.map((letter) => [letter, family(letter)]));
}"""


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    """One empty page for all questions."""
    page = browser.new_page()
    yield page
    page.close()


@pytest.fixture(scope="module")
def ask(page: Page) -> Ask:
    """Ask the browser about patterns."""
    return lambda cases: page.evaluate(
        _ANSWERS, [[_units(pattern), flags, [_units(text) for text in texts]] for pattern, flags, texts in cases]
    )


def _units(text: str) -> list[int]:
    data = text.encode("utf-16-le", "surrogatepass")
    return [data[at] + 256 * data[at + 1] for at in range(0, len(data), 2)]


def _python(case: Case) -> Answer:
    pattern, flags, texts = case
    try:
        regexp = compile_regexp(pattern, flags)
    except ValueError as refusal:
        return str(refusal)
    return [regexp.search(text) for text in texts]


CHARACTERS = [
    *"abkszAKSZ019_ -,:=!<>éÉ\n\r\0\b\xa0\x85\u2028",
    *"ßẞÿ\u0178İ\u0131\u017f\u212a\xb5\u03bc\u039c\u03c3\u03c2\u03a3",  # letters with odd capitals, or with several
    *"\u01c4\u01c5\u01c6\u019b\ua7dc\u1fb3\u1fbc",
    *["😀", "😁", "𐐀", "𐐨", "\ud83d", "\ude00"],  # two units, and halves of them
]
CLASSES = [r"\d", r"\D", r"\w", r"\W", r"\s", r"\S"]
ESCAPES = [r"\x61", r"\u017f", r"\ud83d", r"\ude00", r"\n", r"\cJ", r"\ci", r"\-", r"\/", r"\_", r"\^", r"\é", "\\😀"]
LITERALS = ["]", "}", "{,2}", "{b", "a{b", "a{1b", "a{,}", r"(?:\0)"]
ENDS = [*CHARACTERS, *ESCAPES, *CLASSES, r"\b", r"\]", *"-^[.$(|"]
NUMBERS = ["{0}", "{1}", "{2}", "{02}", "{0,1}", "{1,2}", "{2,3}", "{1,}", "{0,}", "{2,1}"]
SYNTAX = [*r"\\\\\\((((()))))??????[[[[]]]]{{{}}}^^$$..||**++--,:=!<>0123abdDwWsSBkpuxcnrtvfAZ_é", "\u017f", "😀", "\n"]

MAY_BE_REFUSED = r" has (\\[A-Za-z0-9]|a group '\(\?|a second group|a lookbehind) "
"""What has a meaning in JavaScript that Python can't give it."""


class Choices:
    """Choices that bytes make. Once these are used up, the first option is taken."""

    def __init__(self, made: bytes) -> None:
        self._made = iter(made)

    def one(self, options: Sequence[str]) -> str:
        return options[next(self._made, 0) % len(options)] if options else ""

    def times(self, most: int) -> range:
        return range(next(self._made, 0) % (most + 1))


def make_pattern(choices: Choices, deep: int = 3, fixed: bool = False) -> str:
    """Make a pattern of what should be accepted. fixed: of one length; @: stands for a number in a group's name."""
    more = choices.times(0 if fixed or not deep else 2)
    return "|".join("".join(_term(choices, deep, fixed) for _ in choices.times(3)) for _ in [0, *more])


def _term(choices: Choices, deep: int, fixed: bool) -> str:
    groups = ["group", "group", "ahead", "behind"] if deep else []
    match choices.one(["character", "character", "set", "class", "anchor", *groups]):
        case "character":
            term = choices.one([*CHARACTERS, *ESCAPES, *LITERALS])
        case "set":
            term = choices.one(["[", "[^"]) + "".join(_member(choices) for _ in choices.times(3)) + "]"
        case "class":
            term = choices.one([".", *CLASSES])
        case "anchor":
            return choices.one(["^", "$", r"\b", r"\B"]) + choices.one([""] * 15 + ["?"])
        case "group":
            term = choices.one(["(", "(?:", "(?<@>"]) + make_pattern(choices, deep - 1, fixed) + ")"
        case "ahead":
            term = choices.one(["(?=", "(?!"]) + make_pattern(choices, deep - 1) + ")"
        case _:
            return (
                choices.one(["(?<=", "(?<!"])
                + make_pattern(choices, deep - 1, fixed=True)
                + ")"
                + choices.one([""] * 15 + ["*"])
            )
    if fixed:
        return term + choices.one(["", "", "{0}", "{1}", "{2}", "{2,2}?"])
    repetition = choices.one(["", "", "", "*", "+", "?", choices.one(NUMBERS)])
    return term + repetition + (choices.one(["", "", "?"]) if repetition else "")


def _member(choices: Choices) -> str:
    return choices.one(ENDS) + (f"-{choices.one(ENDS)}" if choices.one(["", "", "range"]) else "")


def good_pattern(made: bytes) -> str:
    numbers = count()
    return re.sub("@", lambda _: f"n{next(numbers)}", make_pattern(Choices(made)))


def raw_pattern(made: bytes) -> str:
    choices = Choices(made)
    return "".join(choices.one(SYNTAX) for _ in choices.times(12))


def _cases(pattern: Callable[[bytes], str]) -> st.SearchStrategy[list[Case]]:
    def case(made: bytes) -> Case:
        choices, written = Choices(made[:40]), pattern(made[40:])
        flags = "".join(flag for flag in "gims" if choices.times(1))
        texts = ["".join(choices.one(characters) for _ in choices.times(5)) for characters in [CHARACTERS, written] * 3]
        return written, flags, ["", *texts]

    return st.lists(st.binary(min_size=100, max_size=100).map(case), min_size=70, max_size=75)


many = settings(
    max_examples=25,
    deadline=None,
    database=None,
    phases=[Phase.generate],  # making a failure simpler would take minutes; the shortest of the wrong cases is shown
    report_multiple_bugs=False,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)


@many
@given(cases=_cases(good_pattern))
def test_a_pattern_gives_the_browsers_answer(ask: Ask, cases: list[Case]) -> None:
    wrong = list(_wrong(cases, ask(cases)))

    assert not wrong, min(wrong, key=len)


@many
@given(cases=_cases(raw_pattern))
def test_a_pattern_of_any_characters_gives_the_browsers_answer_or_is_refused(ask: Ask, cases: list[Case]) -> None:
    wrong = [line for line in _wrong(cases, ask(cases)) if not re.search(MAY_BE_REFUSED, line)]

    assert not wrong, min(wrong, key=len)


def _wrong(cases: Sequence[Case], answers: Sequence[Answer]) -> Iterator[str]:
    """Say where this process and the browser differ; two refusals are the same, whatever their reasons."""
    for case, browsers in zip(cases, answers, strict=True):
        ours = _python(case)
        if ours != browsers and not (isinstance(ours, str) and isinstance(browsers, str)):
            yield f"{case}: {ours} here, {browsers} in the browser"


@pytest.mark.parametrize(
    ("pattern", "flags", "before", "after"),
    [
        *(
            (pattern, "i", "", "")
            for pattern in [".", *CLASSES, r"[a-\d]", r"[\d--/]", r"[\W\d]", r"[^\W\d]", "[^A-Za-z]", "[^à-\u024f]"]
        ),
        (".", "s", "", ""),
        ("^a", "m", "", "a"),
        ("a$", "m", "a", ""),
        ("a$", "", "a", ""),
        (r"a\b", "i", "a", ""),
    ],
)
def test_each_code_unit_gives_the_browsers_answer(
    page: Page, pattern: str, flags: str, before: str, after: str
) -> None:
    regexp = compile_regexp(pattern, flags)

    found = "".join("1" if regexp.search(f"{before}{chr(unit)}{after}") else "0" for unit in range(0x10000))

    assert found == page.evaluate(_EACH_UNIT, [pattern, flags, before, after])


def test_each_letter_has_the_browsers_other_cases(page: Page) -> None:
    families: dict[str, str] = page.evaluate(_FAMILIES)
    letters = "".join(families)

    for letter, family in families.items():
        regexp = compile_regexp(letter, "i")
        assert all(map(regexp.search, family)), (letter, family)
        assert not regexp.search(re.sub(f"[{family}]", "", letters)), (letter, family)
