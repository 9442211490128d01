"""What is logged for a program."""

import json
import logging
import sys

from imgloop_widgets.logs import JsonLines


def record(text: str, *values: object, **more: object) -> logging.LogRecord:
    made = logging.LogRecord("imgloop", logging.ERROR, "", 0, text, values, None)
    made.__dict__.update(more)
    return made


def test_a_record_is_one_line_whatever_is_in_it() -> None:
    line = JsonLines().format(record("incident %s: a\nb “c”", "1a2b", incident="1a2b"))
    assert "\n" not in line
    told = json.loads(line)
    assert told["message"] == "incident 1a2b: a\nb “c”"
    assert (told["level"], told["logger"], told["incident"]) == ("ERROR", "imgloop", "1a2b")
    assert told["at"].endswith("+00:00")


def test_a_traceback_has_a_place_of_its_own() -> None:
    try:
        raise ValueError("broken")
    except ValueError:
        made = record("it failed", exc_info=sys.exc_info())
    told = json.loads(JsonLines().format(made))
    assert told["message"] == "it failed"
    assert told["traceback"].endswith("ValueError: broken")
    assert "incident" not in told
