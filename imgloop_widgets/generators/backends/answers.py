"""What an answer of an image service means. Pure: status, headers and body in, the kind of failure out.

    200 with an image                        fine
    200 with a moderated one, or an empty
        list where the image would be        refused
    200 with something else                  bad_output
    400, 403 in the words of a filter        refused
    429                                      rate_limited, with the time to wait; quota where the account is empty
    401, 402, 403                            quota (the study pauses)
    408                                      timeout
    409, 425, 5xx                            transient, with the time to wait where it is told (a cold start)
    every other 4xx                          invalid_parameters

A filter is known by its code, not by a word in a sentence: services write "moderation" in other messages too. The
codes: OpenAI and Azure (`moderation_blocked`, `content_policy_violation`, `content_filter`,
`ResponsibleAIPolicyViolation`), Black Forest Labs ("Request Moderated", "Content Moderated"), Stability
(`content_moderation`), fal (`has_nsfw_concepts`).
"""

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from imgloop_widgets.errors import Failure, GenerationError
from imgloop_widgets.plain import plain_text

BY_STATUS: dict[int, Failure] = {
    401: "quota",
    402: "quota",
    403: "quota",
    408: "timeout",
    409: "transient",
    425: "transient",
    429: "rate_limited",
}
FILTERED = {
    *("moderation_blocked", "content_policy_violation", "content_filter", "content_moderation", "content_moderated"),
    *("request_moderated", "responsibleaipolicyviolation", "responsible_ai_policy_violation", "nsfw"),
}
EMPTY_ACCOUNT = {"insufficient_quota", "billing_hard_limit_reached", "billing_not_active", "insufficient_credits"}
FILTER_SENTENCES = ("safety system", "content policy", "content management policy")
"""In a 400 without a code: the words of OpenAI's and Azure's filters."""
CODES = ("code", "type", "name", "status")
BROKEN = {"server_error", "internal_error", "internal_server_error"}
IMAGES = ("data", "images", "output", "artifacts")
"""The keys under which services list images."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer over HTTP. headers: names in lower case. body: as it came, decompressed."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def json(self) -> Any:
        """The body as JSON; None: it is none."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None

    @property
    def request_id(self) -> str | None:
        """Under which the service's support finds the call."""
        for name in ("x-request-id", "apim-request-id", "x-amzn-trace-id", "cf-ray"):
            if self.headers.get(name):
                return self.headers[name]
        return None


def failure_of(answer: Answer, service: str, now: datetime) -> GenerationError:
    """Return what an answer without a usable image means. service: its name. now: UTC."""
    content = answer.json
    codes = set(_codes(content))
    words = _words(answer, content)
    said = f"{service} answered {answer.status}: {words}"
    if answer.request_id:
        said += f" (request {answer.request_id})"
    failure = _kind(answer, content, codes, words)
    waits = failure in {"rate_limited", "transient"}
    return GenerationError(said, failure=failure, retry_after_s=retry_after(answer, now) if waits else None)


def _kind(answer: Answer, content: Any, codes: set[str], words: str) -> Failure:
    status = answer.status
    if refusal_in(content) or codes & FILTERED:
        return "refused"
    if status == 400 and any(sentence in words.lower() for sentence in FILTER_SENTENCES):
        return "refused"
    if codes & EMPTY_ACCOUNT:
        return "quota"
    if status < 400 and codes & BROKEN:
        return "transient"
    if status < 400:
        return "refused" if not answer.body.strip() or _lists_no_image(content) else "bad_output"
    return BY_STATUS.get(status, "transient" if status >= 500 else "invalid_parameters")


def refusal_in(content: Any) -> bool:
    """Return whether an answer says that its image was moderated, though it looks like an answer with an image."""
    if not isinstance(content, dict):
        return False
    flags = content.get("has_nsfw_concepts")
    if isinstance(flags, list) and any(flag is True for flag in flags):
        return True
    return any(code in FILTERED for code in _codes(content))


def _lists_no_image(content: Any) -> bool:
    """Whether there is a place for images in an answer, and no image in it."""
    if not isinstance(content, dict):
        return False
    places = [content[name] for name in IMAGES if name in content]
    return bool(places) and not any(_has_text(place) for place in places)


def _has_text(place: Any, depth: int = 4) -> bool:
    if isinstance(place, str):
        return len(place) > 0
    inner = place.values() if isinstance(place, dict) else place if isinstance(place, list) else ()
    return depth > 0 and any(_has_text(one, depth - 1) for one in inner)


def retry_after(answer: Answer, now: datetime) -> float | None:
    """Return the seconds to wait that the service asks for, ≥ 0; None: it asks for none that can be read."""
    headers, content = answer.headers, answer.json
    estimated = content.get("estimated_time") if isinstance(content, dict) else None  # Hugging Face, cold start
    for found, unit in ((headers.get("retry-after-ms"), 0.001), (headers.get("retry-after"), 1.0), (estimated, 1.0)):
        seconds = _seconds(found, now)
        if seconds is not None:
            return max(0.0, seconds * unit)
    return None


def _seconds(found: Any, now: datetime) -> float | None:
    if found is None or isinstance(found, bool):
        return None
    try:
        seconds = float(found)
        return seconds if math.isfinite(seconds) else None
    except (TypeError, ValueError, OverflowError):
        pass
    try:
        when = parsedate_to_datetime(str(found))
    except (TypeError, ValueError, OverflowError, IndexError):
        return None
    return ((when if when.tzinfo else when.replace(tzinfo=UTC)) - now).total_seconds()


def _codes(content: Any, depth: int = 4) -> Iterator[str]:
    """Yield the codes of an answer wherever they stand: in it, in its error, in that one's inner error."""
    if not isinstance(content, dict) or not depth:
        return
    for name in CODES:
        if isinstance(content.get(name), str):
            yield content[name].strip().lower().replace(" ", "_")
    for name in ("error", "innererror", "inner_error", "detail"):
        yield from _codes(content.get(name), depth - 1)


def _words(answer: Answer, content: Any) -> str:
    """Return what the service says went wrong, in at most 300 characters."""
    if isinstance(content, dict):
        error = content.get("error", content)
        found = error.get("message") or error.get("detail") if isinstance(error, dict) else error
        text = found if isinstance(found, str) else json.dumps(found if found else content)
    elif b"<html" in answer.body[:1000].lower() or b"<!doctype" in answer.body[:1000].lower():
        text = "a page of HTML"
    elif not answer.body:
        text = "nothing"
    elif answer.body.isascii():
        text = answer.body[:300].decode("ascii")
    else:
        text = f"{len(answer.body)} bytes"
    text = " ".join(plain_text(text).split())
    return text if len(text) <= 300 else f"{text[:299]}…"
