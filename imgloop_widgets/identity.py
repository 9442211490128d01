"""Who opens a page: the worker and the unit that a link names, `?worker_id=W&id=1`; without `id`, whichever is due.

With open access (a setting of the study) a link is believed as it stands; anyone can type another's name.
"""

import re
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
        """The query string of this worker's link."""
        return urlencode({"worker_id": self.worker_id} | ({} if self.unit is None else {"id": self.unit}))


def identify(query_string: str) -> Identity:
    """Return who a link's query string names.

    Raises:
        Refused: a parameter is missing, doubled or malformed; says so in words for the worker.
    """
    values = _values(query_string)
    worker = _only(values.get("worker_id", []), "worker_id")
    if not _WORKER.fullmatch(worker):
        raise Refused(
            "This link is not complete: worker_id must be 1 to 100 characters without spaces. "
            "Please use the link you were given."
        )
    if "id" not in values:
        return Identity(worker_id=worker)
    unit = _only(values["id"], "id")
    if not _UNIT.fullmatch(unit) or int(unit) < 1:
        raise Refused("This link is not complete: id must be a number from 1. Please use the link you were given.")
    return Identity(worker_id=worker, unit=int(unit))


def answer_in(query_string: str, name: str) -> str:
    """Return what a link says of a question, `&hand=left`; "": nothing, or several things. Raises: as `identify`."""
    values = _values(query_string).get(name, []) if name else []
    return values[0] if len(values) == 1 else ""


def _values(query_string: str) -> dict[str, list[str]]:
    try:
        return parse_qs(query_string, keep_blank_values=True, errors="strict", max_num_fields=50)
    except UnicodeDecodeError:
        raise Refused("This link is damaged. Please use the link you were given.") from None
    except ValueError:
        raise Refused("This link has too many parameters. Please use the link you were given.") from None


def _only(values: list[str], name: str) -> str:
    if len(values) != 1:
        how = "is missing" if not values else "is there more than once"
        raise Refused(f"This link is not complete: {name} {how}. Please use the link you were given.")
    return values[0]
