"""What a server and its kernels log: lines for a person, or a JSON object a line for a program.

    {"at": "2026-01-31T12:00:00.123+00:00", "level": "ERROR", "logger": "imgloop", "message": "…", "incident": "1a2b"}

`incident` stands where a number was given to what went wrong, `traceback` where there is one. A kernel learns by the
environment (`VARIABLE`) which of both its server writes. What a notebook prints is not logged, and stays as it is.
"""

import json
import logging
import os
from datetime import UTC, datetime
from enum import StrEnum

VARIABLE = "IMGLOOP_LOG"


class Form(StrEnum):
    """text: a line for a person. json: an object a line."""

    TEXT = "text"
    JSON = "json"


class JsonLines(logging.Formatter):
    """Writes each record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        told = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if (incident := getattr(record, "incident", None)) is not None:
            told["incident"] = incident
        if record.exc_info:
            told["traceback"] = self.formatException(record.exc_info)
        return json.dumps(told, ensure_ascii=False)


def configure(form: Form, level: int = logging.WARNING) -> None:
    """Let this process and the kernels it starts log in that form, to standard error, from this level on."""
    os.environ[VARIABLE] = form
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines() if form is Form.JSON else logging.Formatter("%(asctime)s %(message)s"))
    logging.basicConfig(level=level, handlers=[handler])


def configure_as_told() -> None:
    """Log as the server does that has started this process; without one, nothing is changed."""
    if os.environ.get(VARIABLE) == Form.JSON:
        configure(Form.JSON)
