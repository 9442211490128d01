"""What a page may say to every widget that shows a form, and what comes of it."""

import json
import logging
from typing import Any

import pytest

from imgloop_widgets.widgets import base

DATA = b"\x89PNG" + bytes(300_000)


def test_a_trigger_shows_what_was_hidden(page: Any, values: dict[str, Any]) -> None:
    assert page.click("reveal!", values) == []
    assert page.traits["changes"] == {"shown": {"0.0.2.0": True}, "added": []}


def test_a_trigger_may_look_at_the_answers(page: Any, values: dict[str, Any]) -> None:
    page.click("reveal!", {**values, "mood": "1"})
    assert page.traits["changes"]["shown"] == {"0.0.2.0": True, "0.0.4.0": False}


def test_a_trigger_sets_values_and_they_come_after_the_fields_they_may_be_for(
    page: Any, values: dict[str, Any]
) -> None:
    before = len(page.line.sent)
    assert page.click("grow!", values) == [{"kind": "set", "values": {"mood": 3}}]
    first, second = (data for data, _ in page.line.sent[before:])
    (added,) = first["state"]["changes"]["added"]
    assert (added["section"], added["fieldset"]["title"]) == (1, "One cat")
    assert [field["name"] for row in added["fieldset"]["rows"] for field in row["fields"]] == [
        "pet__1__",
        "picture__1__",
    ]
    assert second["content"]["kind"] == "set"


def test_a_value_that_a_trigger_sets_into_a_hidden_field_is_held_by_the_sheet(
    page: Any, values: dict[str, Any]
) -> None:
    assert page.click("mood!", values) == [{"kind": "set", "values": {"mood": 7}}]
    assert page.widget._sheet.held == page.traits["changes"]["held"] == {"source": "by hand"}


def test_whatever_an_author_sets_into_a_hidden_field_can_be_sent_and_kept(page: Any, values: dict[str, Any]) -> None:
    assert page.click("odd!", values) == []
    assert page.traits["changes"]["held"] == {"source": ["half \ufffd"]}


@pytest.mark.parametrize("name", ["fail!", "lost!"])
def test_an_author_s_mistake_in_a_trigger_is_a_sentence_with_a_number_and_changes_nothing(
    page: Any, values: dict[str, Any], name: str, caplog: pytest.LogCaptureFixture
) -> None:
    (notice,) = page.click(name, values)
    (record,) = [record for record in caplog.records if record.levelno == logging.ERROR]
    incident = notice["message"].split("Incident ")[1].rstrip(")")
    assert notice == {"kind": "notice", "message": base.GO_ON.format(incident)}
    assert incident in record.getMessage() and "the author" in record.getMessage()
    assert page.traits["changes"] == {"shown": {}, "added": []}
    assert "author" not in page.everything and "Traceback" not in page.everything


@pytest.mark.parametrize(
    ("path", "event"),
    [
        *(
            (path, "onClick")
            for path in ("", "0", "0.0.0.0", "9.9", "submit", "0.0.7.0.0", "__class__", None, 7, [], {})
        ),
        *(("0.0.7.0", event) for event in ("", "onChange", "onBlur", "events", "__class__", None, 7, [], {})),
    ],
)
def test_a_trigger_that_is_not_there_is_nothing(
    page: Any, values: dict[str, Any], path: Any, event: Any, caplog: pytest.LogCaptureFixture
) -> None:
    assert page.send(kind="trigger", path=path, event=event, values=values) == []
    assert caplog.records == []


@pytest.mark.parametrize("values", [None, [], "x", 7, {"mood": "x" * 300_000}])
def test_a_trigger_without_values_or_with_too_many_is_nothing(page: Any, values: Any) -> None:
    assert page.click("grow!", values) == []
    assert page.traits["changes"]["added"] == []


def test_the_loop_s_own_trigger_is_no_author_s(page: Any, values: dict[str, Any], caplog: Any) -> None:
    if page.widget._sheet.form.sections[-1].name == "loop":
        assert page.click("start", values) == []
        assert caplog.records == []


def test_a_check_asks_the_author_s_validators(page: Any, values: dict[str, Any]) -> None:
    def checked(wish: Any) -> Any:
        (answer,) = page.send(kind="check", name="wish", values={**values, "wish": wish})
        assert (answer["kind"], answer["name"]) == ("checked", "wish")
        return answer["message"]

    assert checked("a pony") == "Please say please, in wish."
    assert checked("a pony, please") is None
    assert checked("") is None
    assert checked(7) == "Please write text here."


def test_an_author_s_mistake_in_a_validator_is_told_and_the_page_does_not_wait(
    ask: Any, questions: dict[str, Any], values: dict[str, Any]
) -> None:
    questions["sections"][0]["fields"][3]["validators"] = {"broken": True}
    page = ask(questions)
    notice, answer = page.send(kind="check", name="wish", values={**values, "wish": "a pony"})
    assert notice["kind"] == "notice" and "Incident" in notice["message"]
    assert answer == {"kind": "checked", "name": "wish", "message": None}
    result = page.command("submit", values={**values, "wish": "a pony"})
    assert not result["ok"] and "Incident" in result["message"]
    assert page.view["phase"] == "open"


@pytest.mark.parametrize("name", ["", "nobody", None, 7, [], {}, ["wish"]])
def test_a_check_of_no_field_is_not_answered(page: Any, values: dict[str, Any], name: Any) -> None:
    assert page.send(kind="check", name=name, values=values) == []


def test_a_file_comes_in_chunks_and_is_answered_for_and_given_back(page: Any, values: dict[str, Any]) -> None:
    answer = page.upload("photo", DATA)
    value = answer["value"]
    assert (value["name"], value["type"], value["size"]) == ("cat.png", "image/png", len(DATA))
    assert page.messages[0]["offset"] == 128 * 1024
    assert page.send(kind="file_get", sha256=value["sha256"]) == [
        {"kind": "file_data", "sha256": value["sha256"], "type": "image/png"}
    ]
    assert page.buffers[-1] == DATA
    (answer,) = page.send(kind="check", name="photo", values={**values, "photo": value})
    assert answer["message"] is None


def test_a_file_of_an_added_fieldset_is_taken(page: Any, values: dict[str, Any]) -> None:
    assert "message" in page.upload("picture__1__", DATA)
    page.click("grow!", values)
    assert "value" in page.upload("picture__1__", DATA)


@pytest.mark.parametrize("field", ["", "wish", "nobody", None, 7, [], {}])
def test_a_file_for_no_field_is_refused(page: Any, field: Any) -> None:
    answer = page.upload(field, b"x")
    assert answer["message"] == "No file can be taken here now. Please reload the page."


def test_a_file_that_the_session_has_not_uploaded_is_not_its(page: Any, values: dict[str, Any]) -> None:
    foreign = {"name": "cat.png", "type": "", "size": 3, "sha256": "a" * 64}
    (answer,) = page.send(kind="check", name="photo", values={**values, "photo": foreign})
    assert answer["message"] == "Please choose the file again."
    for name in ("a" * 64, "", "..", None, 7, [], {}):
        assert page.send(kind="file_get", sha256=name) == []


def test_a_file_s_name_and_size_are_those_it_really_has(page: Any, values: dict[str, Any]) -> None:
    value = page.upload("photo", DATA)["value"]
    lie = {**value, "name": "../../cat.png", "size": 1}
    assert page.widget._values({"values": {"photo": lie}}) == {"photo": value}


def test_a_password_is_in_no_draft(page: Any, values: dict[str, Any]) -> None:
    page.send(kind="draft", seq=page.view["seq"], values={**values, "code": "swordfish"})
    page.send(kind="hello")
    assert page.view["draft"]["mood"] == "5"
    assert "swordfish" not in page.everything


@pytest.mark.parametrize("method", ["update", "UPDATE", None, 7, {}])
def test_what_a_page_sets_changes_nothing(page: Any, method: Any) -> None:
    before = page.widget.get_state()
    page.put({"method": method, "state": {"changes": {"shown": {"0": False}}, "form": {}, "view": {}, "_esm": "x"}})
    page.widget.set_state({"changes": {"shown": {"0": False}}, "_view_name": "x", "value": {"a": 1}})
    assert page.widget.get_state() == before


def test_nothing_of_what_the_author_wrote_in_python_is_sent(page: Any) -> None:
    text = json.dumps(page.traits["form"])
    for name in ("reveal", "polite"):
        assert f'"{name}"' not in text
    assert '"kernel": true' in text


def test_the_words_are_sent_with_the_form(page: Any) -> None:
    picture = page.traits["form"]
    assert picture["words"]["required"] == "Please fill in this field."
    assert (picture["css"], picture["language"]) == ("", None)
