"""Who was let in, as the server tells it to the worker's kernel: by the environment.

The kernel believes it: only the server that starts it can set it. The link itself stays with the server, so that no
token is in any kernel; what a kernel knows as QUERY_STRING is an open link of the same worker.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from imgloop_widgets.identity import Identity

VARIABLE = "IMGLOOP_ADMITTED"

LOOKING = "This is a preview: nothing is asked of you yet, and nothing is kept. Accept the task to begin."
"""What somebody reads who only looks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Admitted:
    """identity: None: somebody who only looks, for whom no session is opened. values: what their panel sent along.
    answer: to the question by which a study is stratified, as far as the link has one. begins: False: they may only go
    on with what they have begun.
    """

    identity: Identity | None
    values: Mapping[str, str] = field(default_factory=dict)
    answer: str = ""
    begins: bool = True

    @property
    def only_looks(self) -> bool:
        """Whether no kernel is begun for them."""
        return self.identity is None

    @property
    def who(self) -> str:
        """The worker and, where the link has one, the unit; "" for who only looks."""
        return self.identity.query if self.identity else ""

    def environment(self) -> dict[str, str]:
        """Return the variables for a kernel's environment."""
        who = self.identity
        told: dict[str, Any] = {"values": dict(self.values), "answer": self.answer, "begins": self.begins}
        told |= {"worker_id": who.worker_id, "unit": who.unit} if who else {}
        return {VARIABLE: json.dumps(told), "QUERY_STRING": who.query if who else ""}


def admitted_by(environment: Mapping[str, str]) -> Admitted | None:
    """Return whom the server has let in; None: no server of ours has started this kernel."""
    if VARIABLE not in environment:
        return None
    told = json.loads(environment[VARIABLE])
    who = Identity(worker_id=told["worker_id"], unit=told["unit"]) if "worker_id" in told else None
    return Admitted(identity=who, values=told["values"], answer=told["answer"], begins=told["begins"])
