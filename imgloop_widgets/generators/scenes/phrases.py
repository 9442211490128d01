"""Text → phrases with their roles: the longest known phrase first, what is unknown marked as such.

"two foxes left of the house"  →  count 2 · noun fox · relation left of · article · noun house
"""

import re
import unicodedata
from functools import cache
from typing import Any

from imgloop_widgets.generators.scenes import colours
from imgloop_widgets.generators.scenes import vocabulary as words

LONGEST_PROMPT = 4000

_ARTICLES = {"a": 1, "an": 1, "another": 1, "the": 0, "this": 0, "that": 0, "its": 0}
_BREAKS = {",", ".", ";", ":", "!", "?", "and", "with", "but", "while", "featuring", "there", "plus", "or"}
_SMALL_WORDS = frozenset(
    (
        "in",
        "on",
        "at",
        "of",
        "to",
        "is",
        "are",
        "was",
        "it",
        "side",
        "sky",
        "hand",
        "corner",
        "very",
        "time",
        "style",
        "picture",
    )
)
_REWRITES = tuple(
    (re.compile(pattern), by)
    for pattern, by in (
        ("[\u2019']", ""),
        (r"\bcent(?:er|ral)\b", "centre"),
        (r"\b(?:on|to|at|in|by) (?:the |its )?(?:far )?(left|right)(?:[- ]hand)?(?: side)? of\b", r"\1 of"),
        (r"\b(?:at|on) (?:the )?top of\b", "on top of"),
        (
            r"\b(?:walking|running|going|turned|turning|pointing) (?:to(?:wards)? )?(?:the )?(left|right)\b",
            r"facing \1",
        ),
        (r"\b(facing|looking|faces) (?:to(?:wards)? )?(?:the )?(left|right)\b", r"\1 \2"),
        (
            r"(?<!the )(?<!top )(?<!upper )(?<!lower )(?<!bottom )"
            r"\bright (?=next|behind|in front|under|above|beside|by )",
            "",
        ),
        (r"\bin(?:to)? the far\b", "in the"),
        (r"\bin (?:the )?front(?! of)\b", "in the foreground"),
        (r"\b(?:in|inside) ((?:an? |the )(?:\w+ ){0,2}(?:boat|ship|sailboat|yacht|dinghy)\b)", r"on \1"),
        (r"\bat (?:the )?back\b", "in the background"),
    )
)


@cache
def _lexicon() -> dict[str, tuple[str, Any]]:
    """Return every phrase with its role; later roles win over earlier ones."""
    found: dict[str, tuple[str, Any]] = {}
    found.update({w: ("break", w) for w in _BREAKS})
    found.update({w: ("article", n) for w, n in _ARTICLES.items()})
    found.update({w: ("negation", w) for w in words.NEGATIONS})
    found.update({w: ("part", w) for w in words.PARTS})
    found.update({w: ("shade", s) for w, s in colours.SHADES.items()})
    found.update({w: ("colour", w) for w in colours.NAMED})
    found.update({w: ("colour", c) for w, c in colours.SYNONYMS.items()})
    found.update({w: ("size", s) for w, s in words.SIZE_WORDS.items()})
    found.update({w: ("count", n) for w, n in words.NUMBERS.items()})
    found.update({str(n): ("count", n) for n in range(1, 13)})
    found.update({w: ("place", p) for w, p in words.PLACES.items()})
    found.update({w: ("relation", r) for w, r in words.RELATION_WORDS.items()})
    found.update({w: ("pose", p) for w, p in words.POSE_WORDS.items()})
    found.update({w: ("setting", s) for w, s in words.SETTING_WORDS.items()})
    found.update({w: ("noun", n) for w, n in words.nouns().items()})
    return found


def read(prompt: str) -> list[tuple[str, Any]]:
    """Return the prompt as (role, value) pairs, the longest phrases first."""
    text = unicodedata.normalize("NFKD", prompt[:LONGEST_PROMPT]).lower()
    text = "".join(c for c in text if not unicodedata.combining(c))
    for pattern, by in _REWRITES:
        text = pattern.sub(by, text)
    tokens = re.findall(r"[a-z0-9]+(?:-[a-z0-9]+)*|[,.;:!?]", text)
    lexicon, found, i = _lexicon(), [], 0
    while i < len(tokens):
        for length in (4, 3, 2, 1):
            entry = lexicon.get(" ".join(tokens[i : i + length])) if i + length <= len(tokens) else None
            if entry:
                found.append(entry)
                i += length
                break
        else:
            split = tokens[i].split("-")
            if len(split) > 1:  # "red-roofed", "snow-covered": each half may be known
                tokens[i : i + 1] = split
                continue
            if tokens[i] not in _SMALL_WORDS:
                found.append(("unknown", tokens[i]))
            i += 1
    return found
