"""Who opens a page: a worker and their unit, and how the parameters of a link are read.

    ?worker_id=W&id=1    an open link; id left out: the next unit that is due

An open link is believed as it stands: anyone can type another's name. So it opens a page only where the study says so
(`access`); the other ways in are in `access` and `panels`.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qs, urlencode

from imgloop_widgets.errors import Refused

_WORKER = re.compile(r"[^\s\x00-\x1f\x7f\ud800-\udfff]{1,100}")
_UNIT = re.compile(r"[0-9]{1,9}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """worker_id: 1 to 100 characters without spaces. unit: number of the unit, from 1; None: whichever is due."""

    worker_id: str
    unit: int | None = None

    @property
    def query(self) -> str:
        """The query string of this worker's open link."""
        return urlencode({"worker_id": self.worker_id} | ({} if self.unit is None else {"id": self.unit}))


def identify(query_string: str) -> Identity:
    """Return who an open link's query string names.

    Raises:
        Refused: a parameter is missing, doubled or malformed; says so in words for the worker.
    """
    values = parameters(query_string)
    return identity_of(only(values, "worker_id"), only(values, "id") if "id" in values else None)


def identity_of(worker_id: str, unit: str | None, *, name: str = "worker_id") -> Identity:
    """Return the identity of a worker's id and a unit's number as a link has them. name: of the worker's parameter.

    Raises:
        Refused: one of them is malformed.
    """
    if not _WORKER.fullmatch(worker_id):
        raise Refused(
            f"This link is not complete: {name} must be 1 to 100 characters without spaces. "
            "Please use the link you were given."
        )
    if unit is None:
        return Identity(worker_id=worker_id)
    if not _UNIT.fullmatch(unit) or int(unit) < 1:
        raise Refused("This link is not complete: id must be a number from 1. Please use the link you were given.")
    return Identity(worker_id=worker_id, unit=int(unit))


def parameters(query_string: str) -> dict[str, list[str]]:
    """Return the values of every parameter of a link.

    Raises:
        Refused: it can't be read; says so in words for the worker.
    """
    try:
        return parse_qs(query_string, keep_blank_values=True, errors="strict", max_num_fields=50)
    except UnicodeDecodeError:
        raise Refused("This link is damaged. Please use the link you were given.") from None
    except ValueError:
        raise Refused("This link has too many parameters. Please use the link you were given.") from None


def answer_in(query_string: str, name: str) -> str:
    """Return what a link says of a question, `&hand=left`; "": nothing, or several things. Raises: as `identify`."""
    values = parameters(query_string).get(name, []) if name else []
    return values[0] if len(values) == 1 else ""


def only(values: Mapping[str, Sequence[str]], name: str) -> str:
    """Return the one value of a parameter. Raises: Refused: it is missing, or there more than once."""
    found = values.get(name, ())
    if len(found) != 1:
        how = "is missing" if not found else "is there more than once"
        raise Refused(f"This link is not complete: {name} {how}. Please use the link you were given.")
    return found[0]
