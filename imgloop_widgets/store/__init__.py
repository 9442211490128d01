"""Where sessions, images, files, drafts, leases and incidents are kept: `open_store` gives a `Store`."""

from imgloop_widgets.store.forgetting import Holdings
from imgloop_widgets.store.incidents import Incident
from imgloop_widgets.store.opening import open_store
from imgloop_widgets.store.store import Store
from imgloop_widgets.store.uploads import Upload

__all__ = ["Holdings", "Incident", "Store", "Upload", "open_store"]
