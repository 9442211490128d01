"""Any value in JSON's terms: for what comes from a researcher's generator or a stranger's browser.

What is JSON already stays as it is. The rest becomes text, and never an error: half a pair of surrogates (a browser
cuts an emoji in two) becomes U+FFFD, a number that is not finite its name, an object what it says of itself.
"""

import math
import numbers
from collections.abc import Mapping
from typing import Any

DEEPEST = 10
"""Levels of lists and mappings; what lies deeper becomes text."""


def plain(value: Any, depth: int = DEEPEST) -> Any:
    """Return the value as None, bool, int, finite float, storable text, list or dict with texts as keys."""
    match value:
        case None | bool():
            return value
        case str():
            return plain_text(value)
        case numbers.Integral() if int(value).bit_length() < 10_000:  # Python writes no longer ones as text
            return int(value)
        case numbers.Real() if not isinstance(value, numbers.Integral) and math.isfinite(value):
            return float(value)
        case Mapping() if depth:
            return {plain_text(key): plain(item, depth - 1) for key, item in value.items()}
        case list() | tuple() | set() | frozenset() if depth:
            return [plain(item, depth - 1) for item in value]
    return plain_text(value)


def plain_text(value: object) -> str:
    """Return the value as text that any database and any browser takes."""
    try:
        return str(value).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    except Exception:  # a class may have no words for itself
        return type(value).__name__
