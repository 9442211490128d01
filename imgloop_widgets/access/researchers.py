"""The researcher's way in: a link of its own kind, to the pages on which a study is watched, steered and reviewed.

It is signed with the study's keys for another purpose, so no worker's link opens the page, and this one opens no
worker's. It ends when its time is over, its key is retired or it is revoked; a page that is open looks again.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from imgloop_widgets.access.door import DAMAGED, EXPIRED, NO_LINK, REVOKED
from imgloop_widgets.access.tokens import PARAMETER, RESEARCHER, digest, read
from imgloop_widgets.errors import Refused
from imgloop_widgets.identity import only, parameters

PATH = "monitor"
REVIEW_PATH = "review"
"""Where the pages are, below the address of the study; a link to the one opens the other, too."""

VARIABLE = "IMGLOOP_RESEARCHER"


@dataclass(frozen=True, slots=True, kw_only=True)
class Researcher:
    """Who was let in to watch. study: the study file. who: is kept with what they do. query: of their link."""

    study: Path
    who: str
    query: str

    @property
    def only_looks(self) -> bool:
        """Whether no kernel is begun for them."""
        return False

    def environment(self) -> dict[str, str]:
        """Return the variables for a kernel's environment."""
        told = {"study": str(self.study), "who": self.who, "query": self.query}
        return {VARIABLE: json.dumps(told), "QUERY_STRING": ""}


def researcher_in(environment: Mapping[str, str]) -> Researcher | None:
    """Return whom the server has let in; None: no server of ours has started this kernel for a researcher."""
    if VARIABLE not in environment:
        return None
    told = json.loads(environment[VARIABLE])
    return Researcher(study=Path(told["study"]), who=told["who"], query=told["query"])


def check(study: str, secrets: Sequence[bytes], revoked: Collection[str], query: str, now: datetime) -> str:
    """Return who has a link with this query string. study: its name. secrets: of the keys. revoked: digests.

    Raises:
        Refused: it opens nothing.
    """
    values = parameters(query)
    if PARAMETER not in values:
        raise Refused(NO_LINK)
    text = only(values, PARAMETER)
    token = read(text, study, secrets, RESEARCHER)
    if token is None:
        raise Refused(DAMAGED)
    if token.expires is None or now >= token.expires:
        raise Refused(EXPIRED)
    if digest(text) in revoked:
        raise Refused(REVOKED)
    return token.worker_id
