"""What a crowd has met with: times, errors, memory; as text for a person and as JSON for a program.

| time       | seconds from … to …                                                                      |
| ---------- | ---------------------------------------------------------------------------------------- |
| first byte | the navigation to the first byte of the page: the worker reads that it is being prepared   |
| usable     | the navigation to the form and its state, all files of the page loaded                     |
| target     | the navigation to the target's picture                                                    |
| accepted   | a click to the kernel's word that it was taken                                             |
| image      | a click that asks for an image to its last byte, less what the generator took              |
| held       | as image, of those that were asked for once all had come                                   |
| ping       | a message and back, every two seconds: mostly to the server, now and then to the kernel    |
| back       | the network's return (or, where it never went, the connection's end) to the connection's  |
| reopened   | as usable, of a page that was loaded anew because its kernel had ended                     |
| lag        | what this very program was late by: where it is long, the other times are too              |
"""

import statistics
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from imgloop_widgets.serving.memory import Memory

ORDER = ("first byte", "usable", "target", "accepted", "image", "held", "ping", "back", "reopened", "lag")


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """Of times in seconds. n: how many."""

    n: int
    median: float
    p95: float
    max: float


@dataclass(slots=True, kw_only=True)
class Measured:
    """Filled while a crowd plays. times: kind → seconds. images: sha256 of an image and the seconds to it, in order.

    before_hold: how many of them there were when all had come; None: it did not come to that.
    errors: kind → how often. examples: kind → the first one's text. reasons: why sessions ended → how many. sessions:
    pages that became usable, each worker's once. drops: connections that were cut on purpose. interruptions: those that
    went by themselves, as when a server is restarted. memory: once all had come; None: unknown. seconds: that all took.
    cpu: processors in use while all stayed, by server, kernels and this program (crowd); None: unknown.
    """

    times: dict[str, list[float]] = field(default_factory=dict)
    images: list[tuple[str, float]] = field(default_factory=list)
    before_hold: int | None = None
    errors: Counter[str] = field(default_factory=Counter)
    examples: dict[str, str] = field(default_factory=dict)
    reasons: Counter[str] = field(default_factory=Counter)
    workers: int = 0
    sessions: int = 0
    drops: int = 0
    interruptions: int = 0
    most_at_once: int = 0
    at_once: int = 0
    memory: Memory | None = None
    seconds: float = 0.0
    cpu: dict[str, float] | None = None

    @property
    def cpu_share(self) -> float | None:
        """Of the server and its kernels together."""
        return None if self.cpu is None else self.cpu["server"] + self.cpu["kernels"]

    def time(self, kind: str, seconds: float) -> None:
        """Note a time."""
        self.times.setdefault(kind, []).append(seconds)

    def error(self, kind: str, text: str) -> None:
        """Count an error."""
        self.errors[kind] += 1
        self.examples.setdefault(kind, text)

    def less_the_generators(self, took: Mapping[str, float]) -> None:
        """Make the times `image` of what is noted. took: sha256 of an image → seconds that its generator took."""
        times = [max(0.0, seconds - took.get(name, 0.0)) for name, seconds in self.images]
        self.times |= {"image": times, "held": [] if self.before_hold is None else times[self.before_hold :]}


def spread(values: Sequence[float]) -> Spread:
    """Return the median, the 95th percentile (the smallest value that 95 % do not exceed) and the largest."""
    ordered = sorted(values)
    at = max(0, -(-95 * len(ordered) // 100) - 1)
    return Spread(n=len(ordered), median=statistics.median(ordered), p95=ordered[at], max=ordered[-1])


def as_json(measured: Measured) -> dict[str, Any]:
    """Return all of it as plain JSON values; times in seconds, memory in bytes."""
    memory = measured.memory
    return {
        "workers": measured.workers,
        "sessions": measured.sessions,
        "most_at_once": measured.most_at_once,
        "seconds": measured.seconds,
        "times_s": {kind: asdict(spread(measured.times[kind])) for kind in ORDER if measured.times.get(kind)},
        "reasons": dict(measured.reasons),
        "drops": measured.drops,
        "interruptions": measured.interruptions,
        "errors": {kind: {"n": n, "first": measured.examples[kind]} for kind, n in measured.errors.items()},
        "memory_bytes": None
        if memory is None
        else {
            "total": memory.total,
            "server": memory.server,
            "parent": memory.parent,
            "kernels": len(memory.kernels),
            "kernel": asdict(spread(memory.kernels)) if memory.kernels else None,
        },
        "server_cpu_share": measured.cpu_share,
    }


def as_text(measured: Measured) -> str:
    """Return all of it as lines."""
    ended = ", ".join(f"{reason} {n}" for reason, n in measured.reasons.most_common())
    lines = [
        f"{measured.sessions} of {measured.workers} workers had their form, {measured.most_at_once} at the same time, "
        f"in {measured.seconds:.0f} s" + (f" ({ended})" if ended else "")
    ]
    lines.append(f"{'seconds':<12}{'n':>8}{'median':>10}{'p95':>10}{'max':>10}")
    for kind in ORDER:
        if values := measured.times.get(kind):
            s = spread(values)
            lines.append(f"{kind:<12}{s.n:>8}{s.median:>10.3f}{s.p95:>10.3f}{s.max:>10.3f}")
    if (memory := measured.memory) is not None:
        each = ""
        if memory.kernels:
            s = spread(memory.kernels)
            each = f": {s.n} kernels, each {s.median / 1e6:.1f} MB (p95 {s.p95 / 1e6:.1f}, max {s.max / 1e6:.1f})"
        of = f"server {memory.server / 1e6:.0f} MB, parent {memory.parent / 1e6:.0f} MB"
        lines.append(f"memory      {memory.total / 1e6:.0f} MB{each}; {of}")
    if measured.cpu is not None:
        of = ", ".join(f"{kind} {share:.2f}" for kind, share in measured.cpu.items())
        lines.append(f"processors  {measured.cpu_share:.2f} of one in use by the server and its kernels ({of})")
    if measured.drops:
        lines.append(f"drops       {measured.drops} connections were cut on purpose")
    if measured.interruptions:
        lines.append(f"interrupted {measured.interruptions} connections went by themselves")
    lines.append(f"errors      {measured.errors.total() or 'none'}")
    lines += [f"  {n:>6} {kind}: {measured.examples[kind]}" for kind, n in measured.errors.most_common()]
    return "\n".join(lines)
