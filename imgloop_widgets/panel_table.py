"""Who may enter: `access` of a study file, and its table [panel].

`access` says who may enter. "signed", which is meant where it is left out: whoever has a link of `imgloop links`, until
it expires or is revoked. "open": anyone, under the name that their link has; fine for a demonstration. The others are
recruitment panels: "prolific", "mturk", "connect", "sona", and "generic" for any other. What differs from what the
package knows of a panel stands in [panel], all of it may be left out:

    [panel]
    worker = "pid"                      # the parameter that names the worker; needed for "generic"
    keep = ["batch"]                    # further parameters that must be there, kept, and usable in addresses
    preview = { pid = "PREVIEW" }       # by which the panel says that somebody only looks: they see the instruction
    codes = { completed = "C4R7DQ" }    # by outcome; left out: random ones, see `imgloop panel codes`
    addresses = { completed = "https://panel.example/done?pid={worker}&code={code}&batch={batch}&as={outcome}" }
    calls = { completed = "https://uni.sona-systems.com/services/SonaAPI.svc/WebstudyCredit?…&survey_code={worker}" }
    hosts = ["panel.example"]           # where addresses and calls may lead; left out: the panel's own
    frames = ["https://panel.example"]  # whose pages may show this one in a frame; left out: the panel's own

The outcomes are completed, partial, screened_out, no_consent, failed and timed_out. One without an address ends with
its code alone. With "mturk" the page posts a form to where the link says, and addresses, calls and hosts can't be
chosen. `calls` are what the server itself calls (HTTP GET) once a worker is done, such as SONA's server-side completion
URL: again and again until the panel answers, never after it has accepted, and on record in `imgloop panel arrivals`.
Where a worker may have several units (`units_per_worker`), a panel is told after the last one that is due.
"""

from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict, Field

from imgloop_widgets.events import Reason

Access = Literal["signed", "open", "prolific", "mturk", "connect", "sona", "generic"]
"""Who may enter a study."""

Outcome = Literal["completed", "partial", "screened_out", "no_consent", "failed", "timed_out"]
"""How a worker's part ended, for the panel that sent them.

    completed     all that was asked for             no_consent  they did not agree, or withdrew
    partial       they finished early                failed      our side could not go on
    screened_out  they were not whom we look for     timed_out   their time was over
"""

OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)

OUTCOME: dict[Reason, Outcome] = {
    "perfect": "completed",
    "attempts_used": "completed",
    "stopped": "completed",
    "exited": "partial",
    "expired": "timed_out",
    "withdrawn": "no_consent",
    "no_consent": "no_consent",
    "screened_out": "screened_out",
    "failed": "failed",
    "closed": "failed",
    "returned": "failed",
}
"""What a panel is told, by the reason for which a session ended."""


class PanelTable(BaseModel):
    """What is other than the panel's own; all may be left out."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    worker: str | None = None
    """The parameter of the arriving address that names the worker."""
    keep: tuple[str, ...] = Field((), strict=False)
    """Further parameters that must be there; they are kept, and addresses may use them."""
    preview: dict[str, str] = Field(default_factory=dict)
    """A parameter and the value by which the panel says that somebody only looks: they see the instruction alone."""
    codes: dict[Outcome, str] = Field(default_factory=dict)
    """Outcome → code; left out: random ones, made once (`imgloop panel codes`)."""
    addresses: dict[Outcome, str] = Field(default_factory=dict)
    """Outcome → where the worker goes, with placeholders: {code}, {worker}, {outcome} and what is kept."""
    calls: dict[Outcome, str] = Field(default_factory=dict)
    """Outcome → the address that the server itself calls (HTTP GET) once a worker is done, so that the panel knows it
    without their browser: SONA's server-side completion URL. The same placeholders as in addresses."""
    hosts: tuple[str, ...] = Field((), strict=False)
    """Hosts that addresses and calls may lead to, `*.example.org` for all below one; left out: the panel's own."""
    frames: tuple[str, ...] = Field((), strict=False)
    """Origins that may show the page in a frame; left out: the panel's own."""
