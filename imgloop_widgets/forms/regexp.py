r"""JavaScript's regular expressions in Python: what means the same is translated, all else is refused.

Form configurations carry patterns in JavaScript's syntax. Python's differs in small, silent ways, so each piece
is translated to what JavaScript means by it:

    \d \w \b    ASCII only            .    any character but \n, \r, U+2028 and U+2029 (with the flag s: any)
    \s          JavaScript's spaces   ^ $  the ends of the text (with the flag m: of a line)
    [^] []      anything, nothing     {    a plain character where it starts no repetition

Refused with a reason: references to groups (`\1`, `\k<name>`), `\p{…}`, `\u{…}`, `\c…`, `\0`, escaped letters
without a meaning, Python's own constructs (`(?P…`, `(?(…`, `a++`), and flags other than g, i, m and s. `g` has no
effect on whether a text matches. A pattern matches if it is found anywhere in the text. One difference is left: with
the flag i, Python also takes the old letter U+017F for an s and the Kelvin sign for a k.
"""

import re
from collections.abc import Iterable
from functools import lru_cache

DEFAULT_FLAGS = "igm"
"""The flags of a pattern that is given without any."""

_FLAGS = "gims"
_LINE_ENDS = r"\n\r\u2028\u2029"
_LAST = 0x10FFFF

_Ranges = tuple[tuple[int, int], ...]


def _complement(ranges: Iterable[tuple[int, int]]) -> _Ranges:
    gaps, start = [], 0
    for low, high in ranges:
        if start < low:
            gaps.append((start, low - 1))
        start = high + 1
    return (*gaps, (start, _LAST))


_CLASSES: dict[str, _Ranges] = {
    "d": ((0x30, 0x39),),
    "w": ((0x30, 0x39), (0x41, 0x5A), (0x5F, 0x5F), (0x61, 0x7A)),
    "s": (
        (0x09, 0x0D),
        (0x20, 0x20),
        (0xA0, 0xA0),
        (0x1680, 0x1680),
        (0x2000, 0x200A),
        (0x2028, 0x2029),
        (0x202F, 0x202F),
        (0x205F, 0x205F),
        (0x3000, 0x3000),
        (0xFEFF, 0xFEFF),
    ),
}
_CLASSES |= {name.upper(): _complement(ranges) for name, ranges in _CLASSES.items()}

_CONTROLS = {"t": 0x09, "n": 0x0A, "v": 0x0B, "f": 0x0C, "r": 0x0D}
_REFUSED_ESCAPES = {
    "k": "a reference to a group",
    "p": "a Unicode property",
    "P": "a Unicode property",
    "c": "a control character",
    "0": "the character NUL",
    **{digit: "a reference to a group" for digit in "123456789"},
}
_GROUPS = ("(?:", "(?=", "(?!", "(?<=", "(?<!")
_NAMED_GROUP = re.compile(r"\(\?<([A-Za-z_][A-Za-z0-9_]*)>")
_REPETITION = re.compile(r"(?:[*+?]|\{[0-9]+(?:,[0-9]*)?\})\??")
_HEX = {"x": re.compile(r"[0-9A-Fa-f]{2}"), "u": re.compile(r"[0-9A-Fa-f]{4}")}


@lru_cache(maxsize=256)
def compile_regexp(pattern: str, flags: str = DEFAULT_FLAGS) -> re.Pattern[str]:
    """Return the pattern for Python; use its `search`.

    pattern, flags: as in JavaScript's `new RegExp(pattern, flags)`.

    Raises:
        ValueError: the pattern is no regular expression, or holds what Python can't do in the same way.
    """
    for flag in flags:
        if flag not in _FLAGS or flags.count(flag) > 1:
            raise ValueError(f"the flags can be g, i, m and s, each once; not {flags!r}")
    translated = _translate(pattern, multiline="m" in flags, dot_all="s" in flags)
    try:
        return re.compile(translated, re.IGNORECASE if "i" in flags else 0)
    except (re.error, OverflowError, RecursionError) as error:
        reason = getattr(error, "msg", "it is too large")
        raise ValueError(f"{pattern!r} is no regular expression that can be used here: {reason}") from None


def _translate(pattern: str, *, multiline: bool, dot_all: bool) -> str:
    start = rf"(?<![^{_LINE_ENDS}])" if multiline else r"\A"
    end = rf"(?![^{_LINE_ENDS}])" if multiline else r"\Z"
    single = {"^": start, "$": end, ".": "(?s:.)" if dot_all else f"[^{_LINE_ENDS}]", "|": "|", ")": ")"}
    parts: list[str] = []
    at = 0
    while at < len(pattern):
        char = pattern[at]
        if char == "\\":
            part, at = _escape(pattern, at)
        elif char == "[":
            part, at = _brackets(pattern, at)
        elif char == "(":
            part, at = _group(pattern, at)
        elif repetition := _REPETITION.match(pattern, at):
            part, at = repetition[0], repetition.end()
            if pattern[at : at + 1] in ("*", "+", "?"):
                raise ValueError(f"{pattern!r} repeats a repetition at character {at + 1}")
        else:
            part, at = single.get(char) or re.escape(char), at + 1
        parts.append(part)
    return "".join(parts)


def _group(pattern: str, at: int) -> tuple[str, int]:
    if not pattern.startswith("(?", at):
        return "(", at + 1
    for opening in _GROUPS:
        if pattern.startswith(opening, at):
            return opening, at + len(opening)
    if named := _NAMED_GROUP.match(pattern, at):
        return f"(?P<{named[1]}>", named.end()
    raise ValueError(f"{pattern!r} has a group {pattern[at : at + 4]!r} that can't be used here")


def _escape(pattern: str, at: int) -> tuple[str, int]:
    if pattern.startswith((r"\b", r"\B"), at):
        # Python's own \B is false in an empty text, JavaScript's is true.
        return (r"(?a:\b)" if pattern[at + 1] == "b" else r"(?!(?a:\b))"), at + 2
    code, at = _code(pattern, at)
    if isinstance(code, int):
        return re.escape(chr(code)), at
    return f"(?-i:[{_ranges(code)}])", at  # in JavaScript the flag i adds no letters to \\w


def _code(pattern: str, at: int) -> tuple[int | _Ranges, int]:
    """Read one character or escape: its code point, or the ranges of a class such as `\\d`, and where it ends."""
    if pattern[at] != "\\":
        return ord(pattern[at]), at + 1
    letter = pattern[at + 1 : at + 2]
    if not letter:
        raise ValueError(f"{pattern!r} ends with a backslash")
    if letter in _CLASSES:
        return _CLASSES[letter], at + 2
    if letter in _CONTROLS:
        return _CONTROLS[letter], at + 2
    if letter in _HEX and (digits := _HEX[letter].match(pattern, at + 2)):
        return int(digits[0], 16), digits.end()
    if letter.isalnum():
        reason = _REFUSED_ESCAPES.get(letter, "it has no meaning in JavaScript or is not complete")
        raise ValueError(f"{pattern!r} has {chr(92) + letter!s}, which can't be used here ({reason})")
    return ord(letter), at + 2


def _brackets(pattern: str, at: int) -> tuple[str, int]:
    """Translate `[…]` from its opening bracket on."""
    opening = at
    negated = pattern.startswith("[^", at)
    at += 2 if negated else 1
    items: list[tuple[int, int]] = []
    while not pattern.startswith("]", at):
        if at >= len(pattern):
            raise ValueError(f"{pattern!r} has a bracket [ without its ] (character {opening + 1})")
        low, at = _code_in_brackets(pattern, at)
        if isinstance(low, tuple):
            items.extend(low)
        elif pattern.startswith("-", at) and at + 1 < len(pattern) and pattern[at + 1] != "]":
            high, after = _code_in_brackets(pattern, at + 1)
            if isinstance(high, tuple):  # as in [a-\d]: JavaScript takes the hyphen for itself
                items += [(low, low), (0x2D, 0x2D), *high]
            elif high < low:
                raise ValueError(
                    f"{pattern!r} has the range {pattern[at - 1 : after]!r}, whose end is before its start"
                )
            else:
                items.append((low, high))
            at = after
        else:
            items.append((low, low))
    if not items:
        return ("(?s:.)" if negated else "(?!)"), at + 1
    return f"[{'^' if negated else ''}{_ranges(items)}]", at + 1


def _code_in_brackets(pattern: str, at: int) -> tuple[int | _Ranges, int]:
    if pattern.startswith(r"\b", at):
        return 0x08, at + 2
    return _code(pattern, at)


def _ranges(ranges: Iterable[tuple[int, int]]) -> str:
    return "".join(_point(low) if low == high else f"{_point(low)}-{_point(high)}" for low, high in ranges)


def _point(code: int) -> str:
    return chr(code) if chr(code).isalnum() and code < 128 else f"\\U{code:08x}"
