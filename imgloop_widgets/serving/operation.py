"""How a server is run beside a study: what it asks of itself, what it tells, and how it ends."""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from imgloop_widgets.serving.admission import Limits


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """store_answers: raises where the store can't be read; called in a thread, about once a second at most; None: there
    is none. events: returns kind → how many the store has, for the metrics. metrics: host and port where they are read;
    None: nowhere. drain_s: seconds that running sessions may go on after the signal to stop, ≥ 0. limits: who enters
    when. number: of this server among several behind one proxy, 0 to 255: its kernels' ids begin with it, so that the
    proxy knows where a page belongs, without a cookie; None: it is alone.
    """

    store_answers: Callable[[], object] | None = None
    events: Callable[[], Mapping[str, int]] | None = None
    metrics: tuple[str, int] | None = None
    drain_s: float = 0.0
    limits: Limits = field(default_factory=Limits)
    number: int | None = None

    def new_kernel_id(self) -> str:
        """Return a random UUID."""
        made = str(uuid.uuid4())
        return made if self.number is None else f"{self.number:02x}{made[2:]}"
