"""What the page notes of the work where a study asks for it: numbers, for the right step; and else nothing at all."""

import json
from typing import Any

import pytest
from browser.front_end.looks import look_everywhere

from imgloop_widgets.signals import PHASES, SIGNALS, noted, recorded

Json = dict[str, Any]

PROMPT = "Describe the target"
LISTENERS = """
window.listening = [];
const add = EventTarget.prototype.addEventListener;
EventTarget.prototype.addEventListener = function (name, ...rest) {
  window.listening.push(name);
  return add.call(this, name, ...rest);
};"""
ONLY_FOR_SIGNALS = {"paste", "drop", "focusin"}


@pytest.fixture
def recording(form: Json) -> Json:
    return {**form, "records": list(recorded(True))}


def noted_by(task: Any) -> dict[tuple[int, str], Json]:
    """The latest totals of each step, as the kernel would take them."""
    totals: dict[tuple[int, str], Json] = {}
    for message in task.sent("signals"):
        taken = noted({k: v for k, v in message.items() if k != "kind"}, attempts=9)
        assert len(taken) == len(message["steps"]), message
        totals |= {(note.attempt, note.phase): dict(note.values) for note in taken}
    return totals


def stop_the_clock(task: Any) -> None:
    """Let time pass in the page only where the test says so."""
    task.page.clock.install(time=0)
    task.page.clock.pause_at(1000)


def hide(task: Any, hidden: bool) -> None:
    """Let the page be hidden, or seen again, as a browser tells it."""
    task.page.evaluate(
        """hidden => {
          Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
          document.dispatchEvent(new Event("visibilitychange"));
        }""",
        hidden,
    )


def paste(task: Any, label: str, text: str) -> None:
    """Paste into the field as a person does: the event with the text, and then the text in the field."""
    task.page.get_by_role("textbox", name=label).focus()
    task.page.evaluate(
        """text => {
          const data = new DataTransfer();
          data.setData("text/plain", text);
          document.activeElement.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true }));
          const field = document.activeElement;
          field.value += text;
          field.dispatchEvent(new InputEvent("input", { inputType: "insertFromPaste", bubbles: true }));
        }""",
        text,
    )


def test_typing_is_counted_by_what_is_written_and_no_text_is_in_a_message(
    task: Any, views: Json, recording: Json
) -> None:
    stop_the_clock(task)
    task.open(views["start"], recording)
    age = task.page.get_by_role("textbox", name="Age")
    prompt = task.page.get_by_role("textbox", name=PROMPT)
    task.page.clock.run_for(4_000)
    age.press("4")
    task.page.clock.run_for(500)
    age.press("1")
    prompt.focus()
    prompt.press("s")
    task.page.clock.run_for(1_000)
    prompt.press("e")
    task.page.clock.run_for(3_000)
    prompt.press("x")
    prompt.press("Backspace")
    prompt.press("ArrowLeft")
    hide(task, True)

    found = noted_by(task)
    assert found[1, "about"]["keys"] == 2 and found[1, "about"]["typing_s"] == pytest.approx(0.5, abs=0.01)
    assert found[1, "about"]["open_s"] == pytest.approx(4.5, abs=0.01)
    writing = found[1, "writing"]
    assert (writing["keys"], writing["deletions"], writing["pauses"]) == (4, 1, 1)
    assert writing["typing_s"] == pytest.approx(1, abs=0.01)
    assert writing["focus_s"] == pytest.approx(4, abs=0.01)
    said = {value for message in task.sent("signals") for step in message["steps"] for value in step["values"].values()}
    assert all(isinstance(value, int | float) for value in said)
    assert {name for m in task.sent("signals") for step in m["steps"] for name in step} == {
        "attempt",
        "phase",
        "values",
    }


def test_what_is_pasted_is_counted_and_never_sent(task: Any, views: Json, recording: Json) -> None:
    task.open(views["start"], recording)
    paste(task, PROMPT, "a secret 🐻 from elsewhere")
    hide(task, True)
    writing = noted_by(task)[1, "writing"]
    assert (writing["pastes"], writing["pasted_characters"]) == (1, 25)
    assert "keys" not in writing
    assert "secret" not in json.dumps(task.sent("signals"))


def test_a_hidden_page_is_counted_with_its_time_and_sends_at_once(task: Any, views: Json, recording: Json) -> None:
    stop_the_clock(task)
    task.open(views["scoring"], recording)
    task.page.clock.run_for(2_000)
    hide(task, True)
    before = noted_by(task)[1, "judging"]
    assert (before["hidden"], before.get("hidden_s", 0)) == (1, 0)
    task.page.clock.run_for(7_000)
    hide(task, False)
    task.page.clock.run_for(1_000)
    hide(task, True)
    after = noted_by(task)[1, "judging"]
    assert after["hidden"] == 2
    assert after["hidden_s"] == pytest.approx(7, abs=0.01) and after["open_s"] == pytest.approx(10, abs=0.01)


def test_a_lost_connection_is_counted_with_its_time_and_told_when_it_is_back(
    task: Any, views: Json, recording: Json
) -> None:
    stop_the_clock(task)
    task.open(views["scoring"], recording, health="health")
    task.page.evaluate("model.alive = false; dispatchEvent(new Event('offline'))")
    task.page.clock.run_for(3_000)
    hide(task, True)
    assert task.sent("signals") == []  # nobody is there to take it
    hide(task, False)
    task.page.evaluate("model.alive = true; dispatchEvent(new Event('online'))")
    task.page.wait_for_function("model.sent.some(m => m.kind === 'signals')")
    judging = noted_by(task)[1, "judging"]
    assert judging["lost"] == 1 and judging["lost_s"] == pytest.approx(3, abs=0.01)


def test_each_phase_of_each_attempt_has_totals_of_its_own(task: Any, views: Json, recording: Json) -> None:
    stop_the_clock(task)
    task.open(views["start"], recording)
    for view in ("generating", "scoring"):
        task.page.clock.run_for(2_000)
        task.show(views[view])
    task.page.clock.run_for(2_000)
    task.page.get_by_role("textbox", name="Change the prompt").press("x")
    task.page.clock.run_for(5_000)
    task.page.get_by_role("radio", name="3").check()
    task.page.clock.run_for(1_000)
    task.show(views["generating_next"])

    found = noted_by(task)
    assert list(found) == [(1, "about"), (1, "waiting"), (1, "judging"), (2, "writing"), (2, "waiting")]
    assert found[1, "waiting"]["open_s"] == pytest.approx(2, abs=0.01)
    assert found[1, "judging"]["open_s"] == pytest.approx(3, abs=0.01)  # two stretches
    five = pytest.approx(5, abs=0.01)
    assert found[2, "writing"] == {"open_s": five, "focus_s": five, "keys": 1, "typing_s": 0}
    assert {phase for _, phase in found} <= set(PHASES)


def test_the_totals_of_a_step_go_after_its_command(task: Any, views: Json, recording: Json) -> None:
    task.open(views["scoring"], recording)
    task.page.get_by_role("radio", name="3").check()
    task.page.get_by_role("textbox", name="Change the prompt").fill("Another prompt, long enough to be sent")
    task.page.get_by_role("button", name="Update").click()
    kinds = task.page.evaluate("model.sent.map(m => m.kind).filter(k => k === 'command' || k === 'signals')")
    assert kinds == ["command", "signals"]


def test_a_finished_page_listens_no_more(task: Any, views: Json, recording: Json) -> None:
    task.open(views["scoring"], recording)
    task.show(views["finished"])
    sent = len(task.sent("signals"))
    hide(task, True)
    task.page.evaluate("dispatchEvent(new Event('pagehide'))")
    assert len(task.sent("signals")) == sent >= 1


def test_what_was_noted_when_the_page_was_left_is_sent_by_the_next_page(
    task: Any, views: Json, recording: Json
) -> None:
    task.open(views["start"], recording)
    task.page.get_by_role("textbox", name="Age").press("4")
    task.open(views["start"], recording)
    (earlier, *_) = task.sent("signals")
    (step,) = earlier["steps"]
    assert (step["phase"], step["values"]["keys"]) == ("about", 1) and "hidden" not in step["values"]
    hide(task, True)
    assert task.sent("signals")[-1]["page"] != earlier["page"]


def test_nothing_is_counted_in_a_password_field(task: Any, views: Json, recording: Json) -> None:
    fields = recording["form"]["sections"][0]["fieldsets"][0]["rows"][0]["fields"]
    fields.append({"name": "code", "label": "Code", "type": "password"})
    task.open(views["start"], recording)
    task.page.get_by_label("Code").press_sequentially("hunter2")
    hide(task, True)
    assert not {"keys", "focus_s", "typing_s"} & set(noted_by(task)[1, "about"])


@pytest.mark.parametrize("records", [[], None])
def test_without_the_study_s_wish_nothing_is_listened_to_nothing_is_sent_and_nothing_is_said(
    task: Any, views: Json, form: Json, records: Any
) -> None:
    task.page.add_init_script(LISTENERS)
    task.open(views["start"], form if records is None else {**form, "records": records})
    paste(task, PROMPT, "a text from elsewhere")
    task.page.get_by_role("textbox", name="Age").press("4")
    hide(task, True)
    task.show(views["generating"])
    task.page.evaluate("dispatchEvent(new Event('pagehide'))")
    assert task.sent("signals") == []
    assert not ONLY_FOR_SIGNALS & set(task.page.evaluate("listening"))
    assert not task.page.get_by_text("What this page records").is_visible()


def test_with_it_the_page_listens(task: Any, views: Json, recording: Json) -> None:
    task.page.add_init_script(LISTENERS)
    task.open(views["start"], recording)
    assert set(task.page.evaluate("listening")) >= ONLY_FOR_SIGNALS


@pytest.mark.parametrize("view", ["start", "generating", "finished"])
def test_the_worker_reads_by_keyboard_what_the_page_records(task: Any, views: Json, recording: Json, view: str) -> None:
    task.open(views[view], recording)
    summary = task.page.locator("summary", has_text="What this page records")
    summary.press("Enter")
    for sentence in recorded(True):
        assert task.page.get_by_text(sentence, exact=True).is_visible()
    look_everywhere(task.page, f"records {view}")


def test_every_signal_of_the_table_is_counted_by_the_page() -> None:
    from imgloop_widgets.widgets.bundle import PAGE

    text = (PAGE / "signals.js").read_text()
    assert {name for name in SIGNALS if f'"{name}"' in text} == set(SIGNALS)
