"""What a panel's answer to a call of our server means: it has taken it, it has refused it, or it is to be asked again.

| status                        | meaning                                                                        |
| ----------------------------- | ------------------------------------------------------------------------------ |
| 2xx                           | taken, unless the body says no (SONA answers 200 with its errors in XML)       |
| 408, 425, 429, 5xx, no answer | asked again, after each of `WAITS_S`; then given up                            |
| every other                   | refused; a redirection too, since it may lead anywhere                         |
"""

from collections.abc import Callable
from dataclasses import dataclass
from xml.etree import ElementTree

WAITS_S = (10, 60, 300, 1_800, 7_200, 21_600, 43_200, 86_400)
"""Seconds from one try to the next; after the last of them the call is given up."""

AGAIN = frozenset({408, 425, 429})
LONGEST_TEXT = 300
"""Characters that are kept of what a panel says."""

_NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """accepted: the panel has taken it. again: it is to be asked once more. said: for the researcher, one line."""

    accepted: bool = False
    again: bool = False
    said: str


def verdict(status: int, body: bytes, refusal: Callable[[bytes], str]) -> Verdict:
    """Return what an answer means. refusal: see `table.Panel`."""
    if 200 <= status < 300:
        why = refusal(body)
        return Verdict(accepted=not why, said=one_line(f"refused: {why}" if why else "accepted"))
    if 300 <= status < 400:
        return Verdict(said=f"refused: status {status} sends on to another address, which is not followed")
    again = status in AGAIN or status >= 500
    return Verdict(again=again, said=one_line(f"status {status}: {body.decode('utf-8', 'replace')}"))


def wait_after(tries: int) -> int | None:
    """Return seconds until the next try after so many, ≥ 1; None: it is given up."""
    return WAITS_S[tries - 1] if tries <= len(WAITS_S) else None


def one_line(text: str) -> str:
    """Return a text as one line that is not too long."""
    return " ".join(text.split())[:LONGEST_TEXT]


def sona_refusal(body: bytes) -> str:
    """Return why SONA has granted no credit, by its answer; empty: it has granted it.

    It has where there is a Result, and Errors are nil.
    """
    try:
        root = ElementTree.fromstring(body)
    except ElementTree.ParseError:
        return f"no answer of SONA's: {body.decode('utf-8', 'replace')}"
    parts = {element.tag.rpartition("}")[2]: element for element in root.iter()}
    errors, result = parts.get("Errors"), parts.get("Result")
    if errors is not None and errors.get(_NIL) != "true" and (text := " ".join(errors.itertext()).strip()):
        return text
    if result is None or result.get(_NIL) == "true":
        return "SONA names no result"
    return ""
