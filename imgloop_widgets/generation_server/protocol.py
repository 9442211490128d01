"""The protocol: OpenAI's images endpoint, with the few fields more that a study needs. Pure.

    POST /v1/images/generations   {"prompt": "a bear"}  and, each of them optional:
        model                     the one that is served, or left out
        n                         1 to 10 images, seeds one after another
        size                      "512x512"; "auto": the model's own
        seed                      0 to 2**31 - 1; left out: by chance, and told in the answer
        negative_prompt, steps, guidance      where the model takes them
        output_format             "png" (exact), "webp" or "jpeg"
        response_format           "b64_json"
        background, moderation, quality, style, user, safety_identifier      are passed over
    GET /v1/models                the model
    GET /healthz                  who waits; 503 once the server stops

A field that is not known is refused: a study that asks for something else than it gets finds out at once.
"""

import base64
import difflib
import json
import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from imgloop_widgets.errors import Failure, GenerationError

Format = Literal["png", "webp", "jpeg"]
FORMATS: tuple[Format, ...] = get_args(Format)
PASSED_OVER = frozenset({"background", "moderation", "quality", "style", "user", "safety_identifier"})
OPTIONS = ("negative_prompt", "steps", "guidance")
KNOWN = ("model", "prompt", "n", "size", "seed", *OPTIONS, "output_format", "response_format", "stream", *PASSED_OVER)
LONGEST_PROMPT = 32_000
MOST_IMAGES = 10
SEEDS = 2**31


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A request for images. seeds: one for each. options: of the generator, as a study file would give them."""

    prompt: str
    seeds: tuple[int, ...]
    options: Mapping[str, Any] = field(default_factory=dict)
    format: Format = "png"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An answer. body: JSON. retry_after_s: whole seconds, as a header; None: none."""

    status: int = 200
    body: Mapping[str, Any] = field(default_factory=dict)
    retry_after_s: int | None = None


class Wrong(Exception):
    """A request that can't be answered; `reply` says why, in the protocol's terms."""

    def __init__(self, status: int, message: str, code: str, retry_after_s: int | None = None) -> None:
        super().__init__(message)
        kind = "invalid_request_error" if 400 <= status < 500 else "server_error"
        error = {"message": message, "type": kind, "param": None, "code": code}
        self.reply = Reply(status=status, body={"error": error}, retry_after_s=retry_after_s)


BY_FAILURE: dict[Failure, tuple[int, str]] = {
    "refused": (400, "moderation_blocked"),
    "rate_limited": (429, "rate_limited"),
    "transient": (503, "try_again"),
    "timeout": (504, "timeout"),
    "quota": (403, "quota"),
    "invalid_parameters": (400, "invalid_value"),
    "bad_output": (502, "bad_output"),
    "cancelled": (503, "cancelled"),
}


def wrong(error: GenerationError) -> Wrong:
    """Return a generator's failure in the protocol's terms, so that the other side reads the same class from it."""
    status, code = BY_FAILURE[error.failure]
    wait = None if error.retry_after_s is None else max(0, round(error.retry_after_s))
    return Wrong(status, str(error), code, wait)


def read(body: bytes, model: str, chance: random.Random) -> Wanted:
    """Return what a request asks for. model: that is served. chance: of seeds that are left out.

    Raises:
        Wrong: it asks for something else.
    """
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        raise Wrong(400, "the body must be JSON", "invalid_json") from None
    if not isinstance(content, dict):
        raise Wrong(400, "the body must be a JSON object", "invalid_json")
    given = {name: value for name, value in content.items() if value is not None}
    for name in given:
        if name not in KNOWN:
            close = difflib.get_close_matches(name, KNOWN, n=1)
            raise Wrong(400, f"{name!r} is not known" + (f"; did you mean {close[0]!r}?" if close else ""), "unknown")
    if given.get("model", model) != model:
        raise Wrong(404, f"the model {given['model']!r} is not served here; {model!r} is", "model_not_found")
    prompt = given.get("prompt")
    if not isinstance(prompt, str) or not prompt.strip() or len(prompt) > LONGEST_PROMPT:
        raise Wrong(400, f"prompt must be a text of 1 to {LONGEST_PROMPT} characters", "invalid_value")
    count = _number(given, "n", 1, MOST_IMAGES, 1)
    seed = _number(given, "seed", 0, SEEDS - 1, None)
    first = chance.randrange(SEEDS) if seed is None else seed
    if given.get("stream"):
        raise Wrong(400, "stream is not possible here; leave it out", "invalid_value")
    _one_of(given, "response_format", ("b64_json",))
    return Wanted(
        prompt=prompt,
        seeds=tuple((first + k) % SEEDS for k in range(count or 1)),
        options={**_size(given.get("size", "auto")), **{name: given[name] for name in OPTIONS if name in given}},
        format=_one_of(given, "output_format", FORMATS),
    )


def images(
    files: Sequence[bytes], seeds: Sequence[int], model: str, notes: Sequence[Mapping[str, Any]], now: int
) -> Reply:
    """Return the answer with the images. notes: what is told beside each. now: seconds since 1970."""
    data = [
        {"b64_json": base64.b64encode(file).decode("ascii"), "seed": seed, **note}
        for file, seed, note in zip(files, seeds, notes, strict=True)
    ]
    return Reply(body={"created": now, "model": model, "data": data})


def models(model: str) -> Reply:
    """Return the list of the one model that is served."""
    return Reply(
        body={"object": "list", "data": [{"id": model, "object": "model", "created": 0, "owned_by": "imgloop"}]}
    )


def _size(size: Any) -> dict[str, int]:
    if size == "auto":
        return {}
    found = re.fullmatch(r"(\d{1,4})x(\d{1,4})", size) if isinstance(size, str) else None
    if not found or not all(16 <= int(side) <= 4096 for side in found.groups()):
        raise Wrong(
            400, f"size must be like '512x512', 16 to 4096 pixels a side, or 'auto'; not {size!r}", "invalid_value"
        )
    return {"width": int(found[1]), "height": int(found[2])}


def _number(given: Mapping[str, Any], name: str, low: int, high: int, left_out: int | None) -> int | None:
    value = given.get(name, left_out)
    if value is None or (isinstance(value, int) and not isinstance(value, bool) and low <= value <= high):
        return value
    raise Wrong(400, f"{name} must be a whole number from {low} to {high}; not {value!r}", "invalid_value")


def _one_of(given: Mapping[str, Any], name: str, possible: Sequence[Any]) -> Any:
    value = given.get(name, possible[0])
    if value not in possible:
        raise Wrong(400, f"{name} must be {' or '.join(map(repr, possible))}; not {value!r}", "invalid_value")
    return value
