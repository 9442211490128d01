"""A form alone: made from files and in Python, filled in by a page, read by a researcher."""

import json
import logging
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from imgloop_widgets import Form, forms
from imgloop_widgets.errors import ConfigurationError
from imgloop_widgets.widgets import UploadedFile
from imgloop_widgets.widgets.form import DONE, STALE

Ask = Callable[..., Any]
AGE = {"type": "number", "name": "age", "label": "Your age", "validators": {"required": True}}
SHORT: dict[str, Any] = {"title": "About you", "fields": [AGE]}
ROOT = Path(__file__).parents[3]


def names(form: Form) -> list[str]:
    return list(form.value)


def test_a_form_in_python_has_a_title_and_fields_or_sections() -> None:
    sections = [{"title": "One", "fields": [AGE]}, {"title": "Two", "fields": [{**AGE, "name": "height"}]}]
    assert names(Form(title="About you", fields=[AGE])) == ["age"]
    assert names(Form(title="About you", sections=sections)) == ["age", "height"]
    assert names(Form(SHORT)) == ["age"]
    assert names(Form(forms.make_form(SHORT))) == ["age"]


def test_a_form_comes_from_json_from_toml_and_from_a_folder(tmp_path: Path) -> None:
    (tmp_path / "consent.json").write_text(json.dumps({"form": {**SHORT, "submit_button": {"text": "OK"}}}))
    (tmp_path / "consent.toml").write_text(
        'title = "About you"\n[[fields]]\ntype = "number"\nname = "age"\nlabel = "Your age"\n'
        "validators = { required = true }\n"
    )
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "form.toml").write_text((tmp_path / "consent.toml").read_text())
    for source in (tmp_path / "consent.json", str(tmp_path / "consent.toml"), tmp_path / "folder"):
        form = Form(source)
        assert form.errors == {"age": "Please fill in this field."}
        assert form.form["form"]["title"] == "About you"


@pytest.fixture
def two_versions(tmp_path: Path) -> Path:
    """A file with two versions of a form."""
    file = tmp_path / "task_data.json"
    versions = [{"form": {**SHORT, "title": title, "submit_button": {"text": "OK"}}} for title in ("First", "Second")]
    file.write_text(json.dumps(versions))
    return file


def test_a_version_is_chosen_by_its_position(two_versions: Path) -> None:
    assert Form(two_versions).form["form"]["title"] == "First"
    assert Form(two_versions, version=1).form["form"]["title"] == "Second"


@pytest.mark.parametrize("version", [2, -1])
def test_a_version_that_is_not_there_is_an_error(two_versions: Path, version: int) -> None:
    with pytest.raises(ValueError, match=f"version must be from 0 to 1; not {version}"):
        Form(two_versions, version=version)


def test_tokens_fill_a_form_from_a_file_and_one_in_python(tmp_path: Path) -> None:
    form = {**SHORT, "title": "About {{ what }}"}
    (tmp_path / "unit_config.json").write_text(json.dumps({"form": {**form, "submit_button": {"text": "OK"}}}))
    for source in (tmp_path, form):
        assert Form(source, tokens={"what": "<cats>"}).form["form"]["title"] == "About &lt;cats&gt;"
        with pytest.raises(ConfigurationError, match="what"):
            Form(source)


def test_all_mistakes_are_told_at_once() -> None:
    with pytest.raises(ConfigurationError) as raised:
        Form(title="x", fields=[{"type": "inptu", "name": "a", "label": "A"}, {"type": "input", "labl": "B"}])
    assert len(raised.value.problems) >= 2


@pytest.mark.parametrize(("args", "more"), [((), {}), (("consent.json",), SHORT)])
def test_a_form_needs_a_source_or_its_parts(args: tuple[Any, ...], more: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match="Form needs a file, a folder or a mapping, or else the form's parts"):
        Form(*args, **more)


def test_a_form_in_python_has_no_versions() -> None:
    with pytest.raises(TypeError, match="one version"):
        Form(SHORT, version=1)


def test_a_draft_becomes_typed_values_and_errors(ask: Ask, questions: Any, values: Any) -> None:
    page = ask(questions)
    form = page.widget
    assert form.errors == {"mood": "Please fill in this field."}
    page.send(
        kind="draft", seq=1, values={**values, "mood": "2,5", "born": "1990-02-28", "wish": " x ", "any": {"cat": True}}
    )
    assert form.value == {
        **{"mood": 2.5, "source": "none", "why": None, "wish": "x", "photo": None, "born": date(1990, 2, 28)},
        **{"code": "", "any": {"cat": True}},
    }
    assert form.errors == {"wish": "Please say please, in wish."}
    page.send(kind="draft", seq=1, values={**values, "mood": "twelve", "born": "1990-02-30"})
    assert (form.value["mood"], form.value["born"]) == (None, None)
    assert set(form.errors) == {"mood", "born"}


def test_what_a_field_holds_at_first_is_its_value(ask: Ask) -> None:
    fields = [
        {"type": "rating", "name": "stars", "label": "Stars", "value": 4},
        {
            "type": "radio",
            "name": "pet",
            "label": "Pet",
            "options": ["cat", {"label": "Dog", "value": "dog", "checked": True}],
        },
        {"type": "ranking", "name": "order", "label": "Order", "options": [1, 2]},
    ]
    assert ask(title="x", fields=fields).widget.value == {"stars": 4, "pet": "dog", "order": []}


def test_values_and_errors_can_be_observed(ask: Ask) -> None:
    page = ask(SHORT)
    seen: list[Any] = []
    page.widget.observe(lambda change: seen.append((change["name"], change["new"])), ["value", "errors", "submitted"])
    page.send(kind="draft", seq=1, values={"age": "34"})
    page.send(kind="draft", seq=1, values={"age": "34"})
    page.command("submit", values={"age": "34"})
    assert seen == [("value", {"age": 34}), ("errors", {}), ("submitted", True)]


@pytest.mark.parametrize("name", ["value", "errors", "submitted"])
def test_what_a_form_says_can_not_be_set(name: str) -> None:
    with pytest.raises(Exception, match="read-only"):
        setattr(Form(SHORT), name, {})


def test_a_submitted_form_has_its_answers_and_calls_back(ask: Ask) -> None:
    page = ask(SHORT)
    called: list[Any] = []
    page.widget.on_submit(lambda form: called.append((form.submitted, form.value, form.errors)))
    assert page.command("submit", values={"age": " 34 "}) == {"kind": "result", "id": "c-1", "ok": True}
    assert called == [(True, {"age": 34}, {})]
    assert (page.view["phase"], page.view["answers"], page.view["draft"]) == ("submitted", {"age": 34}, {})


def test_a_submission_keeps_the_values_that_stood_there(ask: Ask, questions: Any, values: Any) -> None:
    page = ask(questions)
    photo = page.upload("photo", b"12345")["value"]
    filled = {
        **values,
        "mood": "2.50",
        "wish": " please \n",
        "photo": photo,
        "born": "2000-02-29",
        "any": {"cat": True},
    }
    page.send(kind="draft", seq=1, values=filled)
    before = page.widget.value
    assert page.command("submit", values=filled)["ok"]
    assert page.widget.value == before


def test_what_is_wrong_is_told_beside_its_field_and_nothing_is_submitted(ask: Ask) -> None:
    page = ask(SHORT)
    called: list[Any] = []
    page.widget.on_submit(called.append)
    result = page.command("submit", values={"age": "old"})
    assert (result["ok"], result["problems"]) == (False, {"age": "Please write a number."})
    assert page.view["problems"] == result["problems"]
    assert page.view["draft"] == {"age": "old"}
    assert page.widget.errors == result["problems"]
    assert (page.view["phase"], page.widget.submitted, called) == ("open", False, [])


def test_an_error_in_a_callback_loses_nothing(ask: Ask, caplog: pytest.LogCaptureFixture) -> None:
    page = ask(SHORT)
    called: list[Any] = []

    def broken(form: Form) -> None:
        raise ValueError("the researcher's own")

    page.widget.on_submit(broken)
    page.widget.on_submit(called.append)
    assert page.command("submit", values={"age": "34"})["ok"]
    assert called == [page.widget]
    assert "ValueError: the researcher's own" in caplog.text and "incident" in caplog.text
    assert "researcher" not in page.everything


def test_an_error_of_somebody_who_observes_loses_nothing(ask: Ask, caplog: pytest.LogCaptureFixture) -> None:
    page = ask(SHORT)

    def broken(change: Any) -> None:
        raise ValueError("the researcher's own")

    page.widget.observe(broken, "value")
    assert page.command("submit", values={"age": "34"})["ok"]
    assert page.widget.submitted and page.widget.value == {"age": 34}
    assert "the researcher's own" in caplog.text


def test_a_mistake_in_a_validator_is_logged_once_and_not_with_each_key(
    ask: Ask, questions: Any, values: Any, caplog: pytest.LogCaptureFixture
) -> None:
    questions["sections"][0]["fields"][3]["validators"] = {"broken": True}
    page = ask(questions)
    for text in ("a", "ab", "abc"):
        page.send(kind="draft", seq=1, values={**values, "wish": text})
    assert sum(record.levelno == logging.ERROR for record in caplog.records) == 1
    assert page.widget.value["wish"] == "abc"


def test_a_double_click_submits_once(ask: Ask) -> None:
    page = ask(SHORT)
    called: list[Any] = []
    page.widget.on_submit(called.append)
    results = [page.command("submit", seq=1, values={"age": "34"}) for _ in range(2)]
    assert [result["ok"] for result in results] == [True, False]
    assert results[1]["message"] == DONE
    assert len(called) == 1


def test_nothing_changes_after_the_submission(ask: Ask, questions: Any, values: Any) -> None:
    page = ask(questions)
    page.command("submit", values=values)
    before = page.widget.value
    for seq in (1, 2):
        assert page.command("submit", seq=seq, values={**values, "mood": "9"})["message"] == DONE
        page.send(kind="draft", seq=seq, values={**values, "mood": "9"})
    assert page.click("grow!", values) == []
    assert "message" in page.upload("photo", b"x")
    assert page.widget.value is before


@pytest.mark.parametrize("seq", [0, 2, None, "1", 1.0, True, [], 10**30])
def test_a_submission_of_another_state_is_refused(ask: Ask, seq: Any) -> None:
    page = ask(SHORT)
    result = page.command("submit", seq=seq, values={"age": "34"})
    assert not result["ok"]
    assert result["message"] == STALE or "out of order" in result["message"]
    assert not page.widget.submitted


@pytest.mark.parametrize("more", [{"name": "exit"}, {"name": None}, {"values": None}, {"values": []}, {"values": "x"}])
def test_a_command_that_is_none_is_refused(ask: Ask, more: dict[str, Any]) -> None:
    page = ask(SHORT)
    (result,) = page.send(**{"kind": "command", "name": "submit", "id": 1, "seq": 1, "values": {"age": "34"}, **more})
    assert "out of order" in result["message"]
    assert not page.widget.submitted


def test_a_field_that_the_form_does_not_have_is_refused(ask: Ask) -> None:
    page = ask(SHORT)
    assert not page.command("submit", values={"age": "34", "admin": "yes"})["ok"]
    page.send(kind="draft", seq=1, values={"age": "34", "admin": "yes"})
    assert page.widget.value == {"age": 34}


def test_more_than_can_be_saved_is_refused(ask: Ask) -> None:
    page = ask(SHORT)
    assert "shorten" in page.command("submit", values={"age": "3" * 300_000})["message"]
    page.send(kind="draft", seq=1, values={"age": "3" * 100_000})
    assert page.view["draft"] == {}


@pytest.mark.parametrize("draft", [{"seq": 0}, {"seq": 2}, {"seq": None}, {"values": None}, {"values": []}])
def test_a_draft_for_another_state_is_dropped(ask: Ask, draft: dict[str, Any]) -> None:
    page = ask(SHORT)
    page.send(**{"kind": "draft", "seq": 1, "values": {"age": "3"}, **draft})
    assert page.widget.value == {"age": None}


def test_a_second_view_shows_what_the_first_one_has(ask: Ask) -> None:
    page = ask(SHORT)
    page.send(kind="draft", seq=1, values={"age": "3"})
    page.send(kind="hello")
    assert page.view["draft"] == {"age": "3"}
    page.command("submit", values={"age": "34"})
    before = len(page.line.sent)
    page.send(kind="hello")
    (again,) = [data["state"]["view"] for data, _ in page.line.sent[before:] if "view" in data.get("state", {})]
    assert again == page.view and again["phase"] == "submitted"


def test_a_ping_is_answered_without_a_limit(ask: Ask) -> None:
    assert ask(SHORT).send(kind="ping", n=3) == [{"kind": "pong", "n": 3, "remaining_s": None}]


def test_a_form_that_is_reset_can_be_filled_in_again(ask: Ask, questions: Any, values: Any) -> None:
    page = ask(questions)
    called: list[Any] = []
    page.widget.on_submit(lambda form: called.append(form.value["mood"]))
    page.click("grow!", values)
    picture = page.upload("photo", b"x")["value"]
    page.command("submit", values={**values, "pet__1__": "Tom", "picture__1__": None})
    page.widget.reset()
    assert (page.view["phase"], page.view["seq"], page.view["draft"], page.view["answers"]) == ("open", 3, {}, None)
    assert page.traits["changes"] == {"shown": {}, "added": []}
    assert not page.widget.submitted and page.widget.errors
    assert page.send(kind="file_get", sha256=picture["sha256"]) == []
    assert page.command("submit", values={**values, "mood": "1"})["ok"]
    assert called == [5, 1]


def test_a_callback_may_reset_the_form_for_the_next_answer(ask: Ask) -> None:
    page = ask(SHORT)
    ages: list[int] = []

    def take(form: Form) -> None:
        ages.append(form.value["age"])
        form.reset()

    page.widget.on_submit(take)
    for age in ("34", "35", "36"):
        assert page.command("submit", values={"age": age})["ok"]
        assert page.view["phase"] == "open"
    assert ages == [34, 35, 36]


def test_a_field_that_a_trigger_shows_or_adds_counts_from_then_on(ask: Ask, questions: Any, values: Any) -> None:
    questions["sections"][0]["fields"][2]["validators"] = {"required": True}
    page = ask(questions)
    page.send(kind="draft", seq=1, values=values)
    assert page.widget.errors == {}
    page.click("reveal!", values)
    assert page.widget.errors == {"why": "Please fill in this field."}
    page.click("grow!", values)
    assert set(page.widget.errors) == {"why", "pet__1__"}
    answers = {**values, "why": "so", "pet__1__": "Tom", "picture__1__": None}
    assert page.command("submit", values=answers)["ok"]
    assert page.widget.value["pet__1__"] == "Tom"


def test_a_value_that_a_trigger_holds_is_an_answer(ask: Ask, questions: Any, values: Any) -> None:
    page = ask(questions)
    page.click("mood!", values)
    assert page.widget.value["source"] == "by hand"
    assert page.command("submit", values=values)["ok"]
    assert page.widget.value["source"] == "by hand"


def test_a_file_is_a_record_with_its_content(ask: Ask, questions: Any, values: Any) -> None:
    page = ask(questions)
    value = page.upload("photo", b"12345", name="C:\\me\\cat.png")["value"]
    page.send(kind="draft", seq=1, values={**values, "photo": value})
    photo = page.widget.value["photo"]
    assert photo == UploadedFile(name="cat.png", type="image/png", size=5, sha256=value["sha256"], data=b"12345")
    assert "12345" not in repr(photo)
    assert page.command("submit", values={**values, "photo": value})["ok"]
    assert page.widget.value["photo"] == photo
    assert page.view["answers"]["photo"] == value


def test_a_file_with_a_wrong_ending_or_from_elsewhere_is_refused(ask: Ask, questions: Any, values: Any) -> None:
    page = ask(questions)
    text = page.upload("photo", b"x", name="notes.txt", type="text/plain")["value"]
    for photo, says in (
        (text, "Please choose a file that ends with png."),
        ({**text, "name": "cat.png", "sha256": "a" * 64}, "Please choose the file again."),
    ):
        assert page.command("submit", values={**values, "photo": photo})["problems"] == {"photo": says}


def test_a_password_is_an_answer_and_never_comes_back(ask: Ask, questions: Any, values: Any) -> None:
    page = ask(questions)
    page.command("submit", values={**values, "mood": "x", "code": "swordfish"})
    assert page.command("submit", values={**values, "code": "swordfish"})["ok"]
    assert page.widget.value["code"] == "swordfish"
    page.send(kind="hello")
    assert "swordfish" not in page.everything and "swordfish" not in repr(page.widget)


def test_on_a_served_page_a_reload_finds_its_draft_and_other_forms_have_their_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The browser keeps a draft under `view.session`; a reload makes a new kernel, which makes the forms anew."""
    code = """
import json
from imgloop_widgets import Form
age = {"type": "number", "name": "age", "label": "Age"}
made = [Form(title="A", fields=[age]), Form(title="A", fields=[age]), Form(title="B", fields=[age])]
print(json.dumps([form.view["session"] for form in made]))
"""

    def sessions(query: str | None) -> list[str]:
        if query is None:
            monkeypatch.delenv("QUERY_STRING", raising=False)
        else:
            monkeypatch.setenv("QUERY_STRING", query)
        done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
        return json.loads(done.stdout)

    ana = sessions("worker_id=ana&id=1")
    assert sessions("worker_id=ana&id=1") == ana
    assert len({*ana, *sessions("worker_id=ben&id=1"), *sessions(None), *sessions(None)}) == 12
    assert not any("ana" in name for name in ana)


def test_a_notebook_without_widgets_shows_the_answers(ask: Ask, questions: Any, values: Any) -> None:
    page = ask(**{**questions, "title": "About <b>you</b> &amp; me"})
    assert repr(page.widget).splitlines()[:2] == [
        "Form 'About you & me' (not submitted)",
        "  mood: None  (Please fill in this field.)",
    ]
    page.command("submit", values={**values, "wish": "please " * 50})
    lines = repr(page.widget).splitlines()
    assert lines[:2] == ["Form 'About you & me' (submitted)", "  mood: 5"]
    assert max(map(len, lines)) < 100
    many = Form(title="x", fields=[{"type": "input", "name": f"f{k}", "label": "F"} for k in range(30)])
    assert len(repr(many).splitlines()) == 22 and repr(many).endswith("and 10 more")
    assert page.widget._repr_mimebundle_()[0]["text/plain"] == repr(page.widget)


def test_a_form_of_the_loop_s_kind_shows_its_fields_outside_of_the_loop(form: Any) -> None:
    assert names(Form(form)) == ["age", "hand", "tools", "note"]
