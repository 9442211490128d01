"""How a worker goes back to their panel: a code for what came of it, and the address or the form that tells the panel.

The codes are random, one for each outcome of a study, made once: whoever knows one knows nothing of the others.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from imgloop_widgets.errors import ImgloopError
from imgloop_widgets.panel_table import Outcome
from imgloop_widgets.panels.addresses import filled
from imgloop_widgets.panels.arriving import wrong_way_back
from imgloop_widgets.panels.table import Panel

LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""Of a code: none that is taken for another when it is read out or typed."""

LENGTH = 10
"""Letters of a code: 50 bits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How a worker leaves. code: to be shown; empty: the panel takes none. title: of the panel.

    url: where they go; None: nowhere. fields: of the form that is posted there; None: it is a link. told: our server
    tells the panel, whatever the worker does.
    """

    title: str
    code: str = ""
    url: str | None = None
    fields: Mapping[str, str] | None = None
    told: bool = False


def new_code() -> str:
    """Return a random code."""
    return "".join(secrets.choice(LETTERS) for _ in range(LENGTH))


def ending(panel: Panel, outcome: Outcome, code: str, worker_id: str, values: Mapping[str, str]) -> Ending:
    """Return how a worker leaves. code: of this outcome. values: what was kept of the arrival.

    Raises:
        ImgloopError: the address that the study file or the link names leads where nobody may be sent.
    """
    if panel.posts is not None:
        name, path = panel.posts
        base = values[name]
        if wrong := wrong_way_back(panel, base):
            raise ImgloopError(f"{name} {base!r} {wrong}")
        fields = {"assignmentId": values["assignmentId"], "outcome": outcome, "code": code}
        return Ending(title=panel.title, code=code, url=base.rstrip("/") + path, fields=fields)
    template, told = panel.addresses.get(outcome), outcome in panel.calls
    if template is None:
        return Ending(title=panel.title, code=code, told=told)
    return Ending(title=panel.title, code=code, url=_to(panel, template, outcome, code, worker_id, values), told=told)


def call(panel: Panel, outcome: Outcome, code: str, worker_id: str, values: Mapping[str, str]) -> str | None:
    """Return the address that our server calls for this outcome; None: none. Raises: as `ending`."""
    template = panel.calls.get(outcome)
    return None if template is None else _to(panel, template, outcome, code, worker_id, values)


def _to(panel: Panel, template: str, outcome: Outcome, code: str, worker_id: str, values: Mapping[str, str]) -> str:
    return filled(template, {**values, "worker": worker_id, "code": code, "outcome": outcome}, panel.hosts)
