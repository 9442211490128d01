"""A JavaScript pattern matches here what it matches in a browser, or it is refused.

The expected answers are those of a JavaScript engine (V8) to `new RegExp(pattern, flags).test(text)`; a browser is
asked about many more in tests/browser/test_regexp.py.
"""

import pytest

from imgloop_widgets.forms.regexp import compile_regexp, matches

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
    # a character beyond U+FFFF counts as two
    ("^.$", "", "\U0001f600", False),
    ("^.{2}$", "", "\U0001f600", True),
    ("^\U0001f600{2}$", "", "\U0001f600\ude00", True),
    ("^[\U0001f600]{2}$", "", "\U0001f600", True),
    ("[\U0001f600]", "", "\U0001f601", True),
    ("[^a]", "", "\U0001f600", True),
    ("^\\ud83d\\ude00$", "", "\U0001f600", True),
    ("^\ud83d\ude00$", "", "\U0001f600", True),
    ("\ude00", "", "\U0001f600", True),
    # the flag i compares capitals
    ("s", "i", "\u017f", False),
    ("[a-z]", "i", "\u017f", False),
    ("k", "i", "\u212a", False),
    ("\u212a", "i", "\u212a", True),
    ("\xb5", "i", "\u03bc", True),
    ("\u03c2", "i", "\u03a3", True),
    ("[\u03b1-\u03c1]", "i", "\u0391", True),
    ("\xdf", "i", "\u1e9e", False),
    ("i", "i", "\u0130", False),
    ("i", "i", "\u0131", False),
    ("\u01c5", "i", "\u01c6", True),
    ("\xff", "i", "\u0178", True),
    ("\u019b", "i", "\ua7dc", True),
    ("[^\xe9]", "i", "\xc9", False),
    ("[Z-a]", "i", "z", True),
    ("\\x41", "i", "a", True),
    ("[^\\W]", "i", "\u017f", False),
    # repetitions
    ("^(?:a*)*b$", "", "aab", True),
    ("^(?:a*)*$", "", "aac", False),
    ("^(?:|a){2}$", "", "a", True),
    ("^(?:a?){2,3}?$", "", "aaaa", False),
    ("^(?:){2}$", "", "", True),
    ("(?=a)*b", "", "b", True),
    ("(?=a)+b", "", "b", False),
    ("(?!a){0}a", "", "a", True),
    ("^(?:ab){2}$", "", "abab", True),
    ("a{1", "", "a{1", True),
    ("a{,}", "", "a{,}", True),
    ("^x{0002}$", "", "xx", True),
    ("a{0}b", "", "b", True),
    # alternatives, groups, looking around
    ("^(?:a||b)$", "", "", True),
    ("|x", "", "a", True),
    ("", "", "", True),
    ("^()$", "", "", True),
    ("(?<$a_1>b)", "", "b", True),
    ("(?<=ab|cd)e", "", "cde", True),
    ("(?<=a{2})b", "", "ab", False),
    ("(?<=^)b", "m", "a\nb", True),
    ("(?<=(?:^)?a)b", "m", "cab", True),
    ("(?<=(?=b)[^])c", "", "bc", True),
    # escapes
    ("^\\0$", "", "\0", True),
    ("^[\\0]$", "", "0", False),
    ("^\\cJ\\cj$", "", "\n\n", True),
    ("^\\_\\-\\/\\@$", "", "_-/@", True),
    ("^\\\xe9$", "", "\xe9", True),
    ("^\\\U0001f600$", "", "\U0001f600", True),
    ("^\\\n$", "", "\n", True),
    ("^[\\d--/]$", "", ".", False),
    ("^[\\d--/]$", "", "/", True),
    ("^[+--]$", "", ",", True),
    ("^[\\]\\-]$", "", "]", True),
    ("[^\\d\\D]", "", "a", False),
    ("^]}$", "", "]}", True),
    # lines
    ("a$", "m", "a\rb", True),
    ("a$", "m", "a\x85b", False),
    ("^$", "m", "a\n", True),
    ("\\b", "", "", False),
    ("\\B", "", "\xe9", True),
    ("\\bs", "i", "\u017fs", True),
]


@pytest.mark.parametrize(("pattern", "flags", "text", "found"), MATCHES)
def test_a_pattern_matches_what_it_matches_in_javascript(pattern: str, flags: str, text: str, found: bool) -> None:
    assert matches(pattern, flags, text) is found


def test_a_compiled_pattern_gives_the_same_answer() -> None:
    regexp = compile_regexp("^b$")

    assert regexp.search("a\nB")
    assert not regexp.search("ab")


REFUSED: list[tuple[str, str, str]] = [
    # what JavaScript refuses as well
    ("*a", "", "has the repetition * at character 1: it follows nothing"),
    ("a|+", "", "has the repetition + at character 3: it follows nothing"),
    ("(?:?)", "", "has the repetition ? at character 4: it follows nothing"),
    ("{2}", "", "has the repetition {2} at character 1: it follows nothing"),
    ("a++", "", "has the repetition + at character 3: it follows nothing"),
    ("a{2}+", "", "has the repetition + at character 5: it follows nothing"),
    ("a???", "", "has the repetition ? at character 4: it follows nothing"),
    ("^*", "", "has the repetition * at character 2: it follows nothing"),
    ("\\b?", "", "has the repetition ? at character 3: it follows nothing"),
    ("(?<=a)*", "", "has the repetition * at character 7: it follows nothing"),
    ("x{3,1}", "", "has the repetition {3,1} at character 2: the second number must not be less"),
    ("(?=a){3,1}", "", "has the repetition {3,1} at character 6: the second number must not be less"),
    ("(a", "", "has a ( at character 1: it has no )"),
    ("\U0001f600)", "", "has a ) at character 2: it has no ("),
    ("a[b", "", "has a [ at character 2: it has no ]"),
    ("[b-", "", "has a [ at character 1: it has no ]"),
    ("[z-a]", "", "has the range 'z-a' at character 2: its end is before its start"),
    ("[\\x41-0]", "", "has the range '\\\\x41-0' at character 2: its end is before its start"),
    ("[\U0001f600-\U0001f60e]", "", "has the range '\\ude00-\\ud83d' at character 2: an emoji counts as two"),
    ("a\\", "", "has a \\ at character 2: nothing follows it"),
    ("[\\", "", "has a \\ at character 2: nothing follows it"),
    ("(?P<n>a)", "", "has a group '(?P' at character 1: it can begin with"),
    ("(?#note)", "", "has a group '(?#' at character 1: it can begin with"),
    ("(?i)a", "", "has a group '(?i' at character 1: it can begin with"),
    ("(?>a)", "", "has a group '(?>' at character 1: it can begin with"),
    ("(?<1>a)", "", "has a group '(?<' at character 1: it can begin with"),
    ("(?<>a)", "", "has a group '(?<' at character 1: it can begin with"),
    ("(?<n>a)(?<n>b)", "", "has a second group n at character 8: give it another name"),
    ("a", "gg", "the flag 'g' is given twice"),
    ("a", "x", "the flag 'x' can't be used here: JavaScript has no such flag"),
    # what Python can't do, or what means something else in other languages
    ("(a)\\1", "", "has \\1 at character 4: a reference to a group"),
    ("(?<n>a)\\k<n>", "", "has \\k at character 8: a reference to a group"),
    ("\\101", "", "has \\1 at character 1: a reference to a group or an octal code"),
    ("[\\1]", "", "has \\1 at character 2: a reference to a group or an octal code"),
    ("\\8", "", "has \\8 at character 1: a reference to a group or an octal code"),
    ("\\01", "", "has \\0 at character 1: an octal code"),
    ("\\p{L}", "", "has \\p at character 1: Unicode properties need"),
    ("[\\P{L}]", "", "has \\P at character 2: Unicode properties need"),
    ("\\u{41}", "", "has \\u at character 1: it needs four hexadecimal digits"),
    ("\\x4", "", "has \\x at character 1: it needs two hexadecimal digits"),
    ("\\c1", "", "has \\c at character 1: it needs a letter"),
    ("[\\c_]", "", "has \\c at character 2: it needs a letter"),
    ("\\Aa", "", "has \\A at character 1: JavaScript has no such escape; write ^ or $"),
    ("a\\Z", "", "has \\Z at character 2: JavaScript has no such escape; write ^ or $"),
    ("\\a", "", "has \\a at character 1: JavaScript has no such escape; write the letter"),
    ("[\\B]", "", "has \\B at character 2: JavaScript has no such escape; write the letter"),
    ("(?i:a)", "", "has a group '(?i' at character 1: it can begin with"),
    ("(?<\xe9>a)", "", "has a group '(?<' at character 1: it can begin with"),
    ("(?<n>a)|(?<n>b)", "", "has a second group n at character 9: give it another name"),
    ("(?<=a+)b", "", "has a lookbehind (?<= at character 1: what it looks for must have one fixed length"),
    ("(?<!a|bc)d", "", "has a lookbehind (?<! at character 1: what it looks for must have one fixed length"),
    ("(?<=(?:a{200}){200})", "", "has a lookbehind (?<= at character 1: what it looks for must have one fixed length"),
    ("a", "u", "the flag 'u' can't be used here: an emoji counts as two"),
    ("a", "v", "the flag 'v' can't be used here: an emoji counts as two"),
    ("a", "gy", "the flag 'y' can't be used here: write ^"),
    ("a", "d", "the flag 'd' can't be used here: it changes nothing"),
    # what is too large
    ("a{10001}", "", "has the repetition {10001} at character 2: a number must be at most 10,000"),
    ("a{0,99999999999}", "", "has the repetition {0,99999999999} at character 2: a number must be at most 10,000"),
    ("a" * 10_001, "", "a pattern must have at most 10,000 characters; not 10,001"),
    ("(" * 51 + ")" * 51, "", "has a group at character 51: at most 50 can be inside each other"),
]


@pytest.mark.parametrize(("pattern", "flags", "reason"), REFUSED)
def test_what_can_not_mean_the_same_is_refused_with_a_reason(pattern: str, flags: str, reason: str) -> None:
    with pytest.raises(ValueError) as refusal:
        compile_regexp(pattern, flags)

    assert str(refusal.value).removeprefix(f"{pattern!r} ").startswith(reason)


def test_what_is_just_within_the_limits_is_accepted() -> None:
    assert matches("(" * 50 + "a{0,10000}" + ")" * 50, "", "a")
    assert matches("a" * 10_000, "", "a" * 10_000)
    assert matches("(?<=(?:a{100}){100})b", "", "a" * 10_000 + "b")
