r"""JavaScript's regular expressions in Python: what means the same is translated, all else is refused with a reason.

`matches(pattern, flags, text)` is what `new RegExp(pattern, flags).test(text)` is in a browser. Both work on UTF-16
code units: a character beyond U+FFFF, such as an emoji, counts as two, in the pattern and in the text, so that `^.$`
does not match one emoji and `^..$` does. Pattern and text are taken apart into such units before Python sees them,
and each piece of the pattern becomes what JavaScript means by it:

    \d \w \b    ASCII only            .     any unit but \n, \r, U+2028 and U+2029 (with the flag s: any)
    \s          JavaScript's spaces   ^ $   the ends of the text (with the flag m: of a line)
    [^] []      anything, nothing     { }   plain characters where they are no repetition
    flag i      every set of units is widened by the units that have the same capital (not one that is several
                letters, nor an ASCII capital of another letter: U+017F is no s, the Kelvin sign no k)
    (?=…)*      once or not at all: repeating adds nothing to what only looks ahead
    groups      all alike, since nothing refers to them
    flag g      no effect on whether a text matches

Refused are: what JavaScript refuses; the flags d, u, v and y; references to groups; octal codes; escaped letters
without a meaning, incomplete escapes, `\p{…}`; lookbehind that has no fixed length; names of groups that are given
twice or are not ASCII; flags within a pattern, `(?i:…)`; and what goes beyond the limits below.

The capitals are those of Unicode 17; a browser that is older lacks the eight pairs that `code_units` lists.
"""

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal, NamedTuple, NoReturn

from imgloop_widgets.forms.code_units import CLASSES, LINE_ENDS, Ranges, brackets, join, split

DEFAULT_FLAGS = "igm"
"""The flags of a pattern that is given without any."""

_MOST_CHARACTERS = 10_000
"""No pattern may be longer, no repetition may ask for more, no lookbehind may reach further."""

_MOST_GROUPS_DEEP = 50

_NO_REFERENCE = "a reference to a group or an octal code; write what the group holds once more, or \\xHH"
_NO_PROPERTY = "Unicode properties need JavaScript's flag u; write the letters, as in [a-zà-ÿ]"
_NO_END = "JavaScript has no such escape; write ^ or $ and leave out the flag m"
_ESCAPE_REASONS = {
    **dict.fromkeys("123456789", _NO_REFERENCE),
    "0": "an octal code; write \\xHH",
    "c": "it needs a letter, as in \\cA",
    "k": "a reference to a group; write what the group holds once more",
    "p": _NO_PROPERTY,
    "P": _NO_PROPERTY,
    "u": "it needs four hexadecimal digits, as in \\u00e9; an emoji can be written as it is",
    "x": "it needs two hexadecimal digits, as in \\xe9",
    **dict.fromkeys("AZz", _NO_END),
}
_NO_MEANING = "JavaScript has no such escape; write the letter without the backslash"

_HALVED = (
    "an emoji counts as two characters here, of which one begins or ends the range; write (?:\U0001f600|\U0001f603)"
)

_IN_LINE = brackets(LINE_ENDS, negated=True)
_ANY = brackets((), negated=True)

_FLAGS = "gims"
_FLAG_REASONS = {
    "d": "it changes nothing here; leave it out",
    "u": "an emoji counts as two characters here; leave it out",
    "v": "an emoji counts as two characters here; leave it out",
    "y": "write ^ at the start of the pattern instead, and leave out the flag m",
}
_NO_FLAG = "JavaScript has no such flag"

_REPETITION = re.compile(r"(?:(?P<sign>[*+?])|\{(?P<least>[0-9]+)(?P<comma>,(?P<most>[0-9]*))?\})\??")
_SIGNS = {"*": (0, None), "+": (1, None), "?": (0, 1)}
_CONTROLS = {"t": "\t", "n": "\n", "v": "\v", "f": "\f", "r": "\r"}
_CODED = {
    "x": re.compile("[0-9A-Fa-f]{2}"),
    "u": re.compile("[0-9A-Fa-f]{4}"),
    "c": re.compile("[A-Za-z]"),
    "0": re.compile("(?![0-9])"),
}
"""What has to follow in an escape that names a unit by its code."""
_OPENING = re.compile(r"\((?:(?!\?)|\?(?P<kind>:|=|!|<=|<!)|\?<(?P<name>[A-Za-z_$][A-Za-z0-9_$]*)>)")


@dataclass(frozen=True, slots=True)
class Regexp:
    """A pattern that means here what it means in JavaScript. translated: the same for Python, of code units."""

    translated: re.Pattern[str]

    def search(self, text: str) -> bool:
        """Say whether the pattern is found anywhere in the text."""
        return self.translated.search(split(text)) is not None


@lru_cache(maxsize=256)
def compile_regexp(pattern: str, flags: str = DEFAULT_FLAGS) -> Regexp:
    """Check the pattern and return it ready for use.

    pattern, flags: as in JavaScript's `new RegExp(pattern, flags)`.

    Raises:
        ValueError: the pattern is no regular expression, or holds what can't mean the same here; says what, where
            and what to write instead.
    """
    for flag in flags:
        if flag not in _FLAGS:
            raise ValueError(f"the flag {flag!r} can't be used here: {_FLAG_REASONS.get(flag, _NO_FLAG)}")
        if flags.count(flag) > 1:
            raise ValueError(f"the flag {flag!r} is given twice")
    if len(pattern) > _MOST_CHARACTERS:
        raise ValueError(f"a pattern must have at most {_MOST_CHARACTERS:,} characters; not {len(pattern):,}")
    return Regexp(re.compile(_Translator(split(pattern), flags).translate()))


def matches(pattern: str, flags: str, text: str) -> bool:
    """Say whether `new RegExp(pattern, flags without g).test(text)` is true in a browser.

    Raises:
        ValueError: as `compile_regexp`.
    """
    return compile_regexp(pattern, flags).search(text)


class _Part(NamedTuple):
    """A piece of a pattern. text: for Python, one item; width: in units, None if it varies; repeats: how often."""

    text: str
    width: int | None
    repeats: Literal["often", "once", "never"] = "often"


@dataclass(slots=True)
class _Translator:
    """Reads a pattern from left to right. at: the unit to be read next; deep: open groups; names: of groups so far."""

    units: str
    flags: str
    at: int = 0
    deep: int = 0
    names: set[str] = field(default_factory=set)

    def translate(self) -> str:
        part = self._alternatives()
        if self.at < len(self.units):
            self._refuse("a )", self.at, "it has no (; write \\) for the character itself")
        return part.text

    def _refuse(self, what: str, at: int, reason: str) -> NoReturn:
        where = len(join(self.units[: at + 1]))
        raise ValueError(f"{join(self.units)!r} has {what} at character {where}: {reason}")

    def _next(self, text: str) -> bool:
        """Say whether this comes next, and if so, go behind it."""
        found = self.units.startswith(text, self.at)
        self.at += len(text) if found else 0
        return found

    def _alternatives(self) -> _Part:
        branches = [self._sequence()]
        while self._next("|"):
            branches.append(self._sequence())
        widths = {branch.width for branch in branches}
        return _Part("|".join(branch.text for branch in branches), widths.pop() if len(widths) == 1 else None)

    def _sequence(self) -> _Part:
        parts = []
        while self.at < len(self.units) and self.units[self.at] not in "|)":
            parts.append(self._repeated())
        fixed = [part.width for part in parts if part.width is not None]
        return _Part("".join(part.text for part in parts), sum(fixed) if len(fixed) == len(parts) else None)

    def _repeated(self) -> _Part:
        """Read one item and its repetition."""
        if not (repetition := _REPETITION.match(self.units, self.at)):
            part = self._item()
            if not (repetition := _REPETITION.match(self.units, self.at)):
                return part
            if part.repeats != "never":
                return self._repeat(part, repetition)
        self._refuse(f"the repetition {repetition[0]}", repetition.start(), "it follows nothing that can be repeated")

    def _repeat(self, part: _Part, repetition: re.Match[str]) -> _Part:
        self.at = repetition.end()
        least, most = _counts(repetition)
        what = f"the repetition {repetition[0]}"
        if most is not None and most < least:
            self._refuse(what, repetition.start(), "the second number must not be less than the first")
        if max(least, most or 0) > _MOST_CHARACTERS:
            reason = f"a number must be at most {_MOST_CHARACTERS:,}; write {{n,}} for n or more"
            self._refuse(what, repetition.start(), reason)
        if part.repeats == "once":
            return part if least else _Part("(?:)", 0)
        fixed = part.width == 0 or least == most
        return _Part(part.text + repetition[0], part.width * least if fixed and part.width is not None else None)

    def _item(self) -> _Part:
        match self.units[self.at]:
            case "(":
                return self._group()
            case "[":
                return self._brackets()
            case _ if self._next("^"):
                return _Part(f"(?<!{_IN_LINE})" if "m" in self.flags else r"\A", 0, "never")
            case _ if self._next("$"):
                return _Part(f"(?!{_IN_LINE})" if "m" in self.flags else r"\Z", 0, "never")
            case _ if self._next("."):
                return _Part(_ANY if "s" in self.flags else _IN_LINE, 1)
            case _ if self._next(r"\b"):
                return _Part(r"(?a:\b)", 0, "never")
            case _ if self._next(r"\B"):  # Python's own \B was false in an empty text before 3.14
                return _Part(r"(?!(?a:\b))", 0, "never")
            case _:
                unit = self._unit()
                return self._one_of(((unit, unit),) if isinstance(unit, int) else unit)

    def _group(self) -> _Part:
        start = self.at
        if not (opening := _OPENING.match(self.units, start)):
            what = f"a group {self.units[start : start + 3]!r}"
            reason = "it can begin with (, (?:, (?=, (?!, (?<=, (?<! or (?<name>, with a name of A-Z, a-z, 0-9, _ and $"
            self._refuse(what, start, reason)
        name = opening["name"]
        if name in self.names:
            self._refuse(f"a second group {name}", start, "give it another name")
        if name:
            self.names.add(name)
        if self.deep == _MOST_GROUPS_DEEP:
            self._refuse("a group", start, f"at most {_MOST_GROUPS_DEEP} can be inside each other")
        self.at = opening.end()
        self.deep += 1
        body = self._alternatives()
        self.deep -= 1
        if not self._next(")"):
            self._refuse("a (", start, "it has no ); write \\( for the character itself")
        match opening["kind"]:
            case "=" | "!" as kind:
                return _Part(f"(?{kind}{body.text})", 0, "once")
            case "<=" | "<!" as kind:
                if body.width is None or body.width > _MOST_CHARACTERS:
                    reason = f"what it looks for must have one fixed length, of at most {_MOST_CHARACTERS:,} characters"
                    self._refuse(f"a lookbehind (?{kind}", start, reason)
                return _Part(f"(?{kind}{body.text})", 0, "never")
            case _:
                return _Part(f"(?:{body.text})", body.width)

    def _brackets(self) -> _Part:
        """Read `[…]`. As in JavaScript, a hyphen beside a class stands for itself: `[a-\\d]` is a, hyphen, digits."""
        start = self.at
        self._next("[")
        negated = self._next("^")
        found: list[tuple[int, int]] = []
        while not self._next("]"):
            first = self.at
            ends = [self._unit_in_brackets(start)]
            if self.units.startswith("-", self.at) and not self.units.startswith("-]", self.at):
                self.at += 1
                ends.append(self._unit_in_brackets(start))
            match ends:
                case [int(low), int(high)] if low <= high:
                    found.append((low, high))
                case [int(), int()]:
                    what = f"the range {self.units[first : self.at]!r}"
                    halved = any("\ud800" <= unit <= "\udfff" for unit in self.units[first : self.at])
                    self._refuse(what, first, _HALVED if halved else "its end is before its start")
                case _:
                    hyphen = [0x2D] if len(ends) > 1 else []
                    for end in [*ends, *hyphen]:
                        found += [(end, end)] if isinstance(end, int) else end
        return self._one_of(tuple(found), negated=negated)

    def _one_of(self, ranges: Ranges, *, negated: bool = False) -> _Part:
        return _Part(brackets(ranges, negated=negated, both_cases="i" in self.flags), 1)

    def _unit_in_brackets(self, start: int) -> int | Ranges:
        if self.at == len(self.units):
            self._refuse("a [", start, "it has no ]; write \\[ for the character itself")
        return 0x08 if self._next(r"\b") else self._unit()

    def _unit(self) -> int | Ranges:
        """Read one unit or escape: its code, or the ranges of a class such as `\\d`."""
        start = self.at
        if not self._next("\\"):
            self.at += 1
            return ord(self.units[start])
        letter = self.units[self.at : self.at + 1]
        self.at += 1
        if not letter:
            self._refuse("a \\", start, "nothing follows it; write \\\\ for the character itself")
        if letter in CLASSES:
            return CLASSES[letter]
        if letter in _CONTROLS:
            return ord(_CONTROLS[letter])
        if letter in _CODED and (coded := _CODED[letter].match(self.units, self.at)):
            self.at = coded.end()
            return ord(coded[0]) % 32 if letter == "c" else int(coded[0] or "0", 16)
        if letter.isascii() and letter.isalnum():
            self._refuse(f"\\{letter}", start, _ESCAPE_REASONS.get(letter, _NO_MEANING))
        return ord(letter)


def _counts(repetition: re.Match[str]) -> tuple[int, int | None]:
    """Return how often at least and at most (None: any number); numbers of seven digits and more are cut to six."""
    if sign := repetition["sign"]:
        return _SIGNS[sign]
    least = _count(repetition["least"])
    if not repetition["comma"]:
        return least, least
    return least, _count(repetition["most"]) if repetition["most"] else None


def _count(digits: str) -> int:
    return int(digits.lstrip("0")[:6] or 0)
