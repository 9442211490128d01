"""A JavaScript pattern matches here what it matches in a browser, or it is refused.

The expected answers are those of a JavaScript engine (V8) to `new RegExp(pattern, flags).test(text)`.
"""

import pytest

from imgloop_widgets.forms.regexp import compile_regexp

MATCHES: list[tuple[str, str, str, bool]] = [
    ("^[0-9]+$", "ig", "34", True),
    ("^[0-9]+$", "ig", "3a", False),
    ("^[0-9]+$", "ig", "", False),
    ("^[0-9]+$", "ig", "\u0663", False),
    ("^\\d+$", "", "34", True),
    ("^\\d+$", "", "\u0663", False),
    ("^\\w+$", "", "az_9", True),
    ("^\\w+$", "", "\xe9", False),
    ("^\\w$", "i", "\u017f", False),
    ("^\\w$", "i", "S", True),
    ("^\\s$", "", "\xa0", True),
    ("^\\s$", "", "\ufeff", True),
    ("^\\s$", "", "\x1c", False),
    ("^\\s$", "", "\x85", False),
    ("^\\s$", "", "\u3000", True),
    ("^\\S$", "", "\x1c", True),
    ("^\\S$", "", "\xa0", False),
    ("^b$", "m", "a\nb", True),
    ("^b$", "m", "a\u2028b", True),
    ("^b$", "m", "ab", False),
    ("^b$", "", "a\nb", False),
    ("^b$", "", "b", True),
    ("^b$", "", "b\n", False),
    ("a.b", "", "a-b", True),
    ("a.b", "", "a\nb", False),
    ("a.b", "", "a\u2028b", False),
    ("a.b", "", "a\x85b", True),
    ("a.b", "s", "a\nb", True),
    ("^[^]$", "", "\n", True),
    ("[]", "", "a", False),
    ("[]", "", "", False),
    ("\\bcat\\b", "", "a cat.", True),
    ("\\bcat\\b", "", "concat", False),
    ("\\bcat\\b", "", "\xe9cat", True),
    ("\\B", "", "", True),
    ("^a{,2}$", "", "a{,2}", True),
    ("^a{,2}$", "", "aa", False),
    ("^a{2}$", "", "aa", True),
    ("^a{2}$", "", "a", False),
    ("^{$", "", "{", True),
    ("[[a]", "", "[", True),
    ("[[a]", "", "b", False),
    ("^[a&&b]$", "", "&", True),
    ("^[a&&b]$", "", "c", False),
    ("^[\\w-]+$", "", "a-b", True),
    ("^[\\w-]+$", "", "a b", False),
    ("^[a-\\d]$", "", "-", True),
    ("^[a-\\d]$", "", "b", False),
    ("^[a-\\d]$", "", "5", True),
    ("[^\\W\\d]", "", "7", False),
    ("[^\\W\\d]", "", "x", True),
    ("[^\\W\\d]", "", "-", False),
    ("^(?:yes|no)$", "i", "YES", True),
    ("^(?:yes|no)$", "i", "nope", False),
    ("^(?<n>a)b", "", "ab", True),
    ("(?<!x)y", "", "xy", False),
    ("(?<!x)y", "", "ay", True),
    ("^\\u00e9\\x41$", "", "\xe9A", True),
    ("^\xc9$", "i", "\xe9", True),
    ("a\\/b", "", "a/b", True),
    ("^# x$", "", "# x", True),
    ("^# x$", "", "#x", False),
    ("^[\\b]$", "", "\x08", True),
    ("^(?=.*\\d).{3,}$", "", "ab1", True),
    ("^(?=.*\\d).{3,}$", "", "abc", False),
    ("a*?b", "", "aab", True),
]


@pytest.mark.parametrize(("pattern", "flags", "text", "matches"), MATCHES)
def test_a_pattern_matches_what_it_matches_in_javascript(pattern: str, flags: str, text: str, matches: bool) -> None:
    assert bool(compile_regexp(pattern, flags).search(text)) is matches


@pytest.mark.parametrize(
    ("pattern", "flags", "reason"),
    [
        (r"(a)\1", "", "a reference to a group"),
        (r"(?<n>a)\k<n>", "", "a reference to a group"),
        (r"\p{L}", "", "a Unicode property"),
        (r"\u{41}", "", "no meaning in JavaScript or is not complete"),
        (r"\x4", "", "no meaning in JavaScript or is not complete"),
        (r"\A\Z", "", "no meaning in JavaScript"),
        (r"\0", "", "NUL"),
        (r"\cA", "", "a control character"),
        ("(?P<n>a)", "", r"a group '\(\?P<' that can't be used"),
        ("(?#note)", "", "a group"),
        ("(?i)a", "", "a group"),
        ("(?>a)", "", "a group"),
        ("a++", "", "repeats a repetition at character 3"),
        ("a{2}+", "", "repeats a repetition"),
        ("*a", "", "nothing to repeat"),
        ("(a", "", "missing"),
        ("a)", "", "unbalanced"),
        ("[a", "", "a bracket"),
        ("[z-a]", "", "whose end is before its start"),
        ("a\\", "", "ends with a backslash"),
        ("(?<=a+)b", "", "fixed-width"),
        ("a{99999999999}", "", "too large"),
        ("a", "u", "the flags can be g, i, m and s"),
        ("a", "gg", "each once"),
    ],
)
def test_what_python_can_not_do_in_the_same_way_is_refused(pattern: str, flags: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        compile_regexp(pattern, flags)
