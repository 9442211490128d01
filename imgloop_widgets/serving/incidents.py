"""Incident numbers of the server: a worker reads one instead of an error, the researcher finds it in the log."""

import logging

from imgloop_widgets.errors import new_incident

log = logging.getLogger("imgloop")


def report(where: str, text: str) -> str:
    """Log `text` (a traceback) under a new incident number and return the number.

    where: what went wrong, as in "a page could not be prepared".
    """
    incident = new_incident()
    log.error("incident %s: %s\n%s", incident, where, text)
    return incident
