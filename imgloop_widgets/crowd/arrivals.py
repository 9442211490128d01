"""When workers come: `50/s`, or all within `60s`."""

import re
from dataclasses import dataclass

from imgloop_widgets.errors import ImgloopError

_RATE = re.compile(r"([0-9]{1,5}(?:\.[0-9]{1,3})?)/(s|min|h)")
_SPAN = re.compile(r"([0-9]{1,5}(?:\.[0-9]{1,3})?)(s|m|min|h)?")
_SECONDS = {"s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrivals:
    """gap_s: seconds between one worker and the next, ≥ 0."""

    gap_s: float

    def at(self, number: int) -> float:
        """Return the second at which worker `number` (0-based) comes."""
        return number * self.gap_s


def rate(text: str) -> Arrivals:
    """Return arrivals as `50/s`, `2/s`, `30/min` say. Raises: ImgloopError: the text is no rate."""
    found = _RATE.fullmatch(text)
    if found is None or float(found[1]) == 0:
        raise ImgloopError(f"must be a number of workers in a time, like 50/s or 30/min; not {text!r}")
    return Arrivals(gap_s=_SECONDS[found[2]] / float(found[1]))


def ramp(text: str, workers: int) -> Arrivals:
    """Return arrivals that are spread evenly over a time, like `60s` or `5m`. Raises: ImgloopError: it is no time."""
    return Arrivals(gap_s=seconds(text) / max(1, workers))


def seconds(text: str) -> float:
    """Return a time like `90s`, `5m`, `1h` or `20` in seconds. Raises: ImgloopError: it is none."""
    found = _SPAN.fullmatch(text)
    if found is None:
        raise ImgloopError(f"must be a time like 90s, 5m or 1h; not {text!r}")
    return float(found[1]) * _SECONDS[found[2] or "s"]
