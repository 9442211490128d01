"""How a panel sends a worker: by parameters of the link, which are believed as they stand.

A link that lacks one of them opens nothing, and neither does one in which the panel's own placeholder was left, or
whose address for the way back is not the panel's.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from imgloop_widgets.errors import Refused
from imgloop_widgets.identity import Identity, identity_of, only
from imgloop_widgets.panels.addresses import wrong_address
from imgloop_widgets.panels.table import Panel

LONGEST_VALUE = 500
"""Characters of a parameter that is kept."""

NOT_FROM_PANEL = "This page is opened from {}. Please go back there and open the study again."
NOT_FILLED = "This link was not filled in by {}. Please tell the researcher, and open the study from there."
STRANGE = "This link does not come from {}. Please open the study from there."


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A worker whom a panel sends; identity None: somebody who only looks. values: what is kept, by parameter."""

    identity: Identity | None
    values: Mapping[str, str] = field(default_factory=dict)


def arrive(panel: Panel, values: Mapping[str, Sequence[str]]) -> Arrival:
    """Return who arrives. values: of the link, by parameter.

    Raises:
        Refused: a parameter is missing, doubled or malformed; says so in words for the worker.
    """
    if any(list(values.get(name, ())) == [meaning] for name, meaning in panel.preview.items()):
        return Arrival(identity=None)
    names = (panel.worker, *panel.keep)
    if not any(name in values for name in names):
        raise Refused(NOT_FROM_PANEL.format(panel.title))
    given = {name: only(values, name) for name in names}
    if any("{" in value or "%" in value for value in given.values()):
        raise Refused(NOT_FILLED.format(panel.title))
    if any(not value or len(value) > LONGEST_VALUE or not value.isprintable() for value in given.values()):
        raise Refused(STRANGE.format(panel.title))
    if panel.posts is not None and wrong_way_back(panel, given[panel.posts[0]]):
        raise Refused(STRANGE.format(panel.title))
    identity = identity_of(given.pop(panel.worker), None, name=panel.worker)
    return Arrival(identity=identity, values=given)


def wrong_way_back(panel: Panel, address: str) -> str:
    """Return why a form may not be posted below this address, which came in a link; empty where it may."""
    beyond = address.removeprefix("https://").partition("/")[2]
    return wrong_address(address, panel.hosts) or ("has a path" if beyond or "?" in address or "#" in address else "")
