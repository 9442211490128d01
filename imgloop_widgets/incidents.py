"""Incident numbers of what goes wrong outside a session: a worker reads one instead of an error, the researcher finds
it in the log and in `imgloop status`.
"""

import logging
import os
from datetime import UTC, datetime
from pathlib import Path

from imgloop_widgets.errors import StoreError, new_incident

log = logging.getLogger("imgloop")


def report(where: str, text: str) -> str:
    """Log `text` (a traceback) under a new incident number, keep it in the store, and return the number.

    where: what went wrong, as in "a page could not be prepared".
    """
    incident = new_incident()
    log.error("incident %s: %s\n%s", incident, where, text, extra={"incident": incident})
    results = os.environ.get("IMGLOOP_RESULTS")
    if results and (os.environ.get("IMGLOOP_STORE") or Path(results).is_dir()):
        from imgloop_widgets.store import open_results  # the server itself has no other use for it

        try:
            with open_results(results) as store:
                store.record_incident(incident, datetime.now(UTC), None, f"{where}\n{text}")
        except StoreError:
            log.exception("incident %s could not be stored", incident)
    return incident
