"""What is tried again, how often and when: one table, and the only place that retries. Pure: no clock, no waiting.

| failure | calls in all | wait before the next one |
| --- | --- | --- |
| rate_limited | 6 | what the service says (Retry-After), else 2 s, 4 s, 8 s, … at most 30 s |
| transient | 4 | 1 s, 2 s, 4 s, at most 10 s; what the service says goes before |
| timeout, bad_output | 2 | none |
| refused, quota, invalid_parameters, cancelled | 1 | |

Each wait is between half and all of its time, by chance, so that those who failed together don't come back together;
what the service says is never shortened. Nothing is tried again where the next call would not have `SHORTEST_S` before
the time is over, nor where a worker would wait longer than `LONGEST_S` without a limit to their time. Each kind of
failure is counted on its own; all the calls for one image are at most `MOST_CALLS`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from imgloop_widgets.errors import Failure

SHORTEST_S = 1.0
"""Seconds that a call must have at least, or it is not begun."""

LONGEST_S = 120.0
"""Seconds that a worker is made to wait at most before the next call."""

MOST_CALLS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """calls: in all, ≥ 1. first_s, most_s: seconds, the first wait, doubled each time, and the longest."""

    calls: int
    first_s: float = 0.0
    most_s: float = 0.0


POLICIES: dict[Failure, Policy] = {
    "refused": Policy(calls=1),
    "rate_limited": Policy(calls=6, first_s=2, most_s=30),
    "transient": Policy(calls=4, first_s=1, most_s=10),
    "timeout": Policy(calls=2),
    "quota": Policy(calls=1),
    "invalid_parameters": Policy(calls=1),
    "bad_output": Policy(calls=2),
    "cancelled": Policy(calls=1),
}

FREE: frozenset[Failure] = frozenset({"refused", "rate_limited", "quota", "invalid_parameters"})
"""Failures of calls that cost nothing. Any other may have been paid for, so the price counts against the cap."""

BUSY: dict[Failure, str] = {
    "rate_limited": "Busy; next try in {} s",
    "transient": "The image service did not answer; next try in {} s",
}
"""What a worker reads while the next call waits."""

HELD = "The study is paused; your image is made when it goes on"
"""What a worker reads whose prompt was taken just before the researcher paused the study."""

AGAIN: dict[Failure, str] = {
    "timeout": "The image service did not answer in time; trying again",
    "bad_output": "The image came back broken; trying again",
}
"""What a worker reads where the next call does not wait."""


def waiting(before: int, *, held: bool) -> str:
    """Return what a worker reads whose call waits. before: how many others are before it. held: see `HELD`."""
    if held:
        return HELD
    return f"Waiting for a free place: {before} before you" if before else "You are next"


def wait_before_next(
    failures: Sequence[Failure], *, retry_after_s: float | None, left_s: float | None, chance: float
) -> float | None:
    """Return the seconds to wait before the next call, ≥ 0; None: there is no next call.

    failures: of all the calls so far, the latest last, at least one. retry_after_s: what the service said with the
    latest; None: nothing. left_s: seconds until the time is over; None: no limit. chance: 0 to 1, of this wait.
    """
    latest = failures[-1]
    policy, count = POLICIES[latest], failures.count(latest)
    if count >= policy.calls or len(failures) >= MOST_CALLS:
        return None
    wait_s = min(policy.most_s, policy.first_s * 2 ** (count - 1)) * (0.5 + chance / 2)
    if retry_after_s is not None:
        wait_s = max(wait_s, retry_after_s)
    longest = LONGEST_S if left_s is None else min(LONGEST_S, left_s - SHORTEST_S)
    return wait_s if wait_s <= longest else None


def timeout_of_call(timeout_s: float, left_s: float | None) -> float | None:
    """Return the seconds a call may take; None: too few are left to begin one. left_s: None: no limit."""
    if left_s is None:
        return timeout_s
    return min(timeout_s, left_s) if left_s > 0 else None
