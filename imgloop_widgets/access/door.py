"""The door, and its law: everyone who enters a study goes through `admit`, and there is no other way in.

| access  | who may enter                                                                    |
| ------- | -------------------------------------------------------------------------------- |
| signed  | whoever has a link that one of the keys has signed for this study, in its time   |
| open    | anyone with a link, under the name that it has                                   |
| a panel | whoever comes with the panel's parameters; who only looks there is let in as nobody |

A worker or a link that was revoked opens nothing, whatever the access is. A link whose time is over opens nothing new,
but leads back to the session that its worker has begun before: it may be loaded again until its deadline. Nothing in
here has any effect: the same arguments give the same answer.
"""

import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from imgloop_widgets.access.admitted import Admitted
from imgloop_widgets.access.tokens import PARAMETER, digest, read
from imgloop_widgets.errors import Refused
from imgloop_widgets.identity import Identity, identify, only, parameters
from imgloop_widgets.panels import Panel, arrive

NO_LINK = "This page needs the whole link that you were given. Please open that link."
DAMAGED = "This link is not right: a part of it is missing or was changed. Please use the link you were given."
EXPIRED = "This link is no longer valid: its time is over. Please ask the researcher for another."
REVOKED = "This link is no longer valid. Please ask the researcher if you think that this is wrong."


Begun = Callable[[str, int | None, datetime], int | None]
"""Worker, unit (None: any), a moment → the unit of a session of theirs that was opened before that moment and whose
deadline is not over; None: there is none."""


def _none_begun(worker_id: str, unit: int | None, before: datetime) -> int | None:
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """study: its name. access: who may enter. secrets: of the keys, oldest first. panel: None: it is on none.

    revoked: digests of links and workers, see `digest` and `worker_digest`. begun: asked where a link's time is over.
    """

    study: str
    access: str
    secrets: Sequence[bytes] = field(default=(), repr=False)
    revoked: Collection[str] = ()
    panel: Panel | None = None
    begun: Begun = _none_begun


def admit(rules: Rules, query: str, now: datetime) -> Admitted:
    """Return who enters by a link with this query string.

    Raises:
        Refused: nobody does; says why in words for the worker.
    """
    values = parameters(query)
    way = _WAYS.get(rules.access, _from_panel)
    admitted = way(rules, query, values, now)
    who = admitted.identity
    if who is not None and worker_digest(rules.study, who.worker_id) in rules.revoked:
        raise Refused(REVOKED)
    return admitted


def worker_digest(study: str, worker_id: str) -> str:
    """Return what stands for a worker among the revoked: sha256, hex."""
    return hashlib.sha256(f"worker\0{study}\0{worker_id}".encode()).hexdigest()


_Values = Mapping[str, Sequence[str]]


def _signed(rules: Rules, query: str, values: _Values, now: datetime) -> Admitted:
    if PARAMETER not in values:
        raise Refused(NO_LINK)
    text = only(values, PARAMETER)
    token = read(text, rules.study, rules.secrets)
    if token is None:
        raise Refused(DAMAGED)
    if digest(text) in rules.revoked:
        raise Refused(REVOKED)
    who = Identity(worker_id=token.worker_id, unit=token.unit)
    if token.expires is not None and now >= token.expires:
        return _back(rules, who, token.expires)
    return Admitted(identity=who)


def _back(rules: Rules, who: Identity, expired: datetime, values: Mapping[str, str] | None = None) -> Admitted:
    """Let a worker whose link has expired back to what they have begun before. Raises: Refused: there is nothing."""
    unit = rules.begun(who.worker_id, who.unit, expired)
    if unit is None:
        raise Refused(EXPIRED)
    return Admitted(identity=Identity(worker_id=who.worker_id, unit=unit), values=values or {}, begins=False)


def _open(rules: Rules, query: str, values: _Values, now: datetime) -> Admitted:
    return Admitted(identity=identify(query))


def _from_panel(rules: Rules, query: str, values: _Values, now: datetime) -> Admitted:
    assert rules.panel is not None
    arrival = arrive(rules.panel, values)
    return Admitted(identity=arrival.identity, values=arrival.values)


_WAYS: dict[str, Callable[[Rules, str, _Values, datetime], Admitted]] = {"signed": _signed, "open": _open}
"""Access → way in; every other is a panel's."""
