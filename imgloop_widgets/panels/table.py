"""The panels that are known, one row each; what a study file's [panel] says goes before its row.

To add one: its row here, and its name in `panel_table.Access`. A panel that needs no more than names of parameters and
addresses needs no row: `access = "generic"` and a [panel] are enough.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from imgloop_widgets.panel_table import OUTCOMES, Outcome, PanelTable
from imgloop_widgets.panels.answering import sona_refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """What one panel does.

    title: as workers know it. worker: the parameter that names the worker. keep: further parameters that must be there.
    preview: parameter → the value that means that somebody only looks. query: of the address that the panel is given,
    in its own placeholders. addresses: outcome → where the worker goes, with {code}, {worker}, {outcome} and what is
    kept; an outcome without one ends with the code alone. calls: outcome → what our server calls. refusal: of the body
    of an answer to a call: why it means no; empty: it means yes. hosts: where addresses may lead, also those that
    arrive in a parameter. posts: the parameter with the address to which the page's browser posts a form, and the path
    below it; None: it goes there by a link. frames: origins that may show the page in a frame.
    """

    title: str
    worker: str
    keep: tuple[str, ...] = ()
    preview: Mapping[str, str] = field(default_factory=dict)
    query: str = ""
    addresses: Mapping[Outcome, str] = field(default_factory=dict)
    calls: Mapping[Outcome, str] = field(default_factory=dict)
    refusal: Callable[[bytes], str] = lambda body: ""
    hosts: tuple[str, ...] = ()
    posts: tuple[str, str] | None = None
    frames: tuple[str, ...] = ()


PROLIFIC = "https://app.prolific.com/submissions/complete?cc={code}"

_MTURK = ("www", "worker", "workersandbox", "requester", "requestersandbox")

PANELS: Mapping[str, Panel] = MappingProxyType(
    {
        "prolific": Panel(
            title="Prolific",
            worker="PROLIFIC_PID",
            keep=("STUDY_ID", "SESSION_ID"),
            query="PROLIFIC_PID={{%PROLIFIC_PID%}}&STUDY_ID={{%STUDY_ID%}}&SESSION_ID={{%SESSION_ID%}}",
            addresses=dict.fromkeys(OUTCOMES, PROLIFIC),
            hosts=("app.prolific.com",),
        ),
        "mturk": Panel(
            title="Mechanical Turk",
            worker="workerId",
            keep=("assignmentId", "hitId", "turkSubmitTo"),
            preview={"assignmentId": "ASSIGNMENT_ID_NOT_AVAILABLE"},
            hosts=("www.mturk.com", "workersandbox.mturk.com"),
            posts=("turkSubmitTo", "/mturk/externalSubmit"),
            frames=tuple(f"https://{name}.mturk.com" for name in _MTURK),
        ),
        "connect": Panel(
            title="Connect",
            worker="participantId",
            keep=("assignmentId", "projectId"),
            hosts=("connect.cloudresearch.com",),
        ),
        "sona": Panel(
            title="SONA",
            worker="survey_code",
            query="survey_code=%SURVEY_CODE%",
            refusal=sona_refusal,
            hosts=("*.sona-systems.com",),
        ),
        "generic": Panel(title="the panel", worker="worker"),
    }
)


def panel_of(access: str, table: PanelTable) -> Panel | None:
    """Return the panel that a study is on, with what its file says otherwise; None: it is on none."""
    panel = PANELS.get(access)
    if panel is None:
        return None
    return replace(
        panel,
        worker=table.worker or panel.worker,
        keep=tuple(dict.fromkeys((*panel.keep, *table.keep))),
        preview=table.preview or panel.preview,
        query=panel.query.replace(panel.worker, table.worker, 1) if table.worker else panel.query,
        addresses={**panel.addresses, **table.addresses},
        calls=table.calls,
        hosts=panel.hosts if panel.posts else table.hosts or panel.hosts,
        frames=table.frames or panel.frames,
    )
