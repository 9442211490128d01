"""Where sessions, images, files, drafts, leases, generations and incidents are kept: `open_store` gives a `Store`."""

from imgloop_widgets.store.catalogue import TABLES
from imgloop_widgets.store.choosing import has_results, open_results
from imgloop_widgets.store.differing import Asked, Comparison, Difference
from imgloop_widgets.store.entries import SentBy
from imgloop_widgets.store.forgetting import Holdings
from imgloop_widgets.store.gates import Gate, Limits, Pause, Turn
from imgloop_widgets.store.incidents import Incident
from imgloop_widgets.store.leases import Lease
from imgloop_widgets.store.measured import Metric, ReplayMetric
from imgloop_widgets.store.migrations import NEWEST
from imgloop_widgets.store.opening import open_at, open_store
from imgloop_widgets.store.paid import Payment
from imgloop_widgets.store.qualified import Grant, TurnedAway
from imgloop_widgets.store.raters import Given, Judged
from imgloop_widgets.store.replays import Replay
from imgloop_widgets.store.snapshots import Snapshot
from imgloop_widgets.store.steered import Steered, What
from imgloop_widgets.store.store import Store
from imgloop_widgets.store.telemetry import Telemetry
from imgloop_widgets.store.uploads import Upload

__all__ = [
    "NEWEST",
    "TABLES",
    "Asked",
    "Comparison",
    "Difference",
    "Gate",
    "Given",
    "Grant",
    "Holdings",
    "Incident",
    "Judged",
    "Lease",
    "Limits",
    "Metric",
    "Pause",
    "Payment",
    "Replay",
    "ReplayMetric",
    "SentBy",
    "Snapshot",
    "Steered",
    "Store",
    "Telemetry",
    "Turn",
    "TurnedAway",
    "Upload",
    "What",
    "has_results",
    "open_at",
    "open_results",
    "open_store",
]
