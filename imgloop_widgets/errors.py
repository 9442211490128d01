"""The errors of this package, one tree.

    ImgloopError            something is wrong; the text says what, where, and what to do
    ├── ConfigurationError  one or more mistakes in files a researcher wrote; all of them at once
    ├── StoreError          the database or the folder of images can't be used
    │   └── Conflict        somebody else (a second tab, a double click) has appended in the meantime
    ├── GenerationError     an image could not be made; has a `failure`, one of `FAILURES`
    └── Refused             a worker's action is not possible; safe to be shown to a worker, beside a field
        └── TurnedAway      a worker may not enter a study; has a `code` for them

Only the text of `Refused` (and of what is under it) is ever shown to a worker. Every other error is logged under an
incident number, and the worker reads one neutral sentence with that number.
"""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, get_args

Failure = Literal[
    "refused", "rate_limited", "transient", "timeout", "quota", "invalid_parameters", "bad_output", "cancelled"
]
"""The kinds of failure of a generation; `generators.retrying` says which are tried again, `runner` what else follows.

    refused             the wording, by a safety filter       quota               no money, no key, no permission
    rate_limited        too many requests                     invalid_parameters  the request is wrong
    transient           may work the next time                bad_output          what came back is no usable image
    timeout             no answer in time                     cancelled           nobody waits any more
"""

FAILURES: tuple[Failure, ...] = get_args(Failure)


def new_incident() -> str:
    """Return an incident number: short enough to be read out, random so that it tells nothing."""
    return secrets.token_hex(4)


class ImgloopError(Exception):
    """The base of all errors of this package."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in a file: `where` (file and path within it), `what` (what is wrong and what to do)."""

    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


class ConfigurationError(ImgloopError):
    """Mistakes in a configuration; `problems` holds every one that was found, in the order of the file."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = tuple(problems)
        count = len(self.problems)
        head = "1 problem" if count == 1 else f"{count} problems"
        super().__init__("\n".join([f"{head} in the configuration:", *(f"  {p}" for p in self.problems)]))


class StoreError(ImgloopError):
    """The store can't be read or written; the text says which file and what to do."""


class Conflict(StoreError):
    """An event with this `seq` exists already: another tab, device or click was first. Read again and go on."""


class GenerationError(ImgloopError):
    """An image could not be made. Raise it in a generator to say which kind of failure it was.

    failure: one of `FAILURES`; it decides what is tried again and what the worker is told. retry_after_s: seconds after
    which the service wants to be asked again, ≥ 0; None: it did not say.
    """

    def __init__(self, message: str, *, failure: Failure = "transient", retry_after_s: float | None = None) -> None:
        if failure not in FAILURES:
            raise ValueError(f"failure must be one of {', '.join(FAILURES)}; not {failure!r}")
        if retry_after_s is not None and not 0 <= retry_after_s < float("inf"):
            raise ValueError(f"retry_after_s must be 0 or more seconds, or None; not {retry_after_s!r}")
        self.failure: Failure = failure
        self.retry_after_s = retry_after_s
        super().__init__(message)


class Refused(ImgloopError):
    """A worker's action is refused and nothing has changed.

    field: the name of the form's field the message stands beside; None: it stands above the form.
    problems: further fields with a message each, when a whole form is refused at once.
    """

    def __init__(self, message: str, *, field: str | None = None, problems: dict[str, str] | None = None) -> None:
        self.field = field
        self.problems: dict[str, str] = problems or ({field: message} if field else {})
        super().__init__(message)


class TurnedAway(Refused):
    """A worker may not enter a study. code: by which the researcher finds them.

    ours: nothing speaks against this worker; there is nothing for them. later: there may be, when they come again.
    """

    def __init__(self, message: str, *, code: str, ours: bool = False, later: bool = False) -> None:
        self.code, self.ours, self.later = code, ours, later
        super().__init__(message)
