"""Steps and qualifications of a study: its file, its forms, who is asked what, who may enter."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from imgloop_widgets.errors import ConfigurationError, Refused, TurnedAway
from imgloop_widgets.events import ImageGenerated, PracticeGenerated
from imgloop_widgets.identity import Identity
from imgloop_widgets.loop import Decline, Phase, Score, SubmitPrompt, SubmitStep
from imgloop_widgets.opening import OpenStudy
from imgloop_widgets.qualifying import Requirement, entrance, unmet
from imgloop_widgets.rows import attempt_rows, session_row
from imgloop_widgets.runner import Runner
from imgloop_widgets.store import Store, open_store
from imgloop_widgets.study import load_study
from imgloop_widgets.widgets.view import form_json, view_json

CONSENT = '[[step]]\nkind = "consent"\nform = "text.json"\n'
CHECK = '[[step]]\nkind = "comprehension"\nform = "check.json"\nright = { goal = "alike" }\ntries = 2\n'
PRACTICE = '[[step]]\nkind = "practice"\ntarget = "cub"\n'
ATTENTION = '[[step]]\nkind = "attention"\nform = "check.json"\nright = { goal = "alike" }\n'
END = '[[step]]\nkind = "debriefing"\nform = "text.json"\n'
FORMS: dict[str, Any] = {
    "text.json": {"title": "Text", "instruction": "<p>It takes {{ minutes }} minutes.</p>"},
    "check.json": {
        "title": "Check",
        "fields": [
            {"name": "goal", "type": "radio", "label": "Goal?", "options": ["alike", "pretty"],
             "validators": {"required": True}},
            {"name": "note", "type": "input", "label": "Note"},
        ],
    },
}  # fmt: skip


@pytest.fixture
def stepped(study_files: Callable[..., Path]) -> Callable[..., Path]:
    """Write a study with these tables at its end, and the forms of its steps."""

    def write(*tables: str, study: str = "") -> Path:
        folder = study_files(study=study, arm='generator = "scenes"\noptions = { size = 32 }')
        for name, form in FORMS.items():
            (folder / name).write_text(json.dumps(form))
        file = folder / "study.toml"
        file.write_text("\n".join([file.read_text(), *tables]))
        return folder

    return write


@pytest.fixture
def memory() -> Any:
    """A store in memory."""
    with open_store(":memory:") as store:
        yield store


def ana(unit: int = 1) -> Identity:
    return Identity(worker_id="ana", unit=unit)


def step(runner: Runner, **answers: Any) -> None:
    runner.dispatch(SubmitStep(seq=runner.state.seq, answers=answers))


def play(runner: Runner, score: int, answers: Any = None) -> None:
    runner.dispatch(SubmitPrompt(seq=runner.state.seq, prompt="a brown bear", answers=answers))
    runner.perform_now()
    runner.dispatch(Score(seq=runner.state.seq, score=score))


def view(runner: Runner) -> dict[str, Any]:
    return view_json(runner.part, runner.state, runner.now())


def test_a_study_without_steps_has_a_session_with_nothing_but_the_loop(stepped: Any, memory: Store) -> None:
    runner = OpenStudy.load(stepped(), store=memory).enter(ana())
    assert runner.state.opened is not None and runner.state.opened.steps == ()
    assert (view(runner)["page"], view(runner)["progress"], view(runner)["step"]) == ("loop", None, None)


def test_the_loop_stands_after_what_is_before_it_where_the_file_does_not_say(stepped: Any) -> None:
    study = load_study(stepped(CONSENT, END, CHECK, ATTENTION))
    assert [one.kind for one in study.steps] == ["consent", "debriefing", "comprehension", "task", "attention"]
    study = load_study(stepped(CONSENT, '[[step]]\nkind = "task"\n', END))
    assert [one.kind for one in study.steps] == ["consent", "task", "debriefing"]


def test_a_session_with_all_of_it_and_its_practice_in_no_row(stepped: Any, memory: Store, game: Any) -> None:
    opened = OpenStudy.load(stepped(CONSENT, CHECK, PRACTICE, END), store=memory)
    runner = opened.enter(ana())
    step(runner)
    step(runner, goal="alike", note="")
    assert view(runner)["practice"] and view(runner)["target"]["alt"] == "A cub."
    play(runner, 4)
    assert view(runner)["target"]["alt"] == "A bear."
    play(runner, 10, game.answers)
    step(runner)
    assert runner.state.finished and runner.state.finished.reason == "perfect"
    log = memory.read(runner.session_id)
    assert [sum(isinstance(e, kind) for e in log) for kind in (ImageGenerated, PracticeGenerated)] == [1, 1]
    assert (len(attempt_rows(runner.state)), session_row(runner.state)["attempts"]) == (1, 1)
    assert memory.metrics() == []


def test_writing_is_timed_from_the_beginning_of_the_loop(stepped: Any, memory: Store, game: Any) -> None:
    runner = OpenStudy.load(stepped(CONSENT), store=memory).enter(ana(), clock=game.clock)
    game.clock.now = runner.state.opened.at + timedelta(seconds=100)  # type: ignore[union-attr]
    step(runner)
    game.clock.move(7)
    play(runner, 10, game.answers)
    assert [row["write_s"] for row in attempt_rows(runner.state)] == [7.0]


def test_the_page_is_never_told_what_is_right(stepped: Any, memory: Store) -> None:
    runner = OpenStudy.load(stepped(CHECK), store=memory).enter(ana())
    seen = [form_json(runner.part, runner.state), view(runner)]
    step(runner, goal="pretty", note="mine")
    seen += [form_json(runner.part, runner.state), view(runner)]
    assert '"right"' not in json.dumps(seen)
    assert view(runner)["step"]["draft"] == {"goal": "pretty", "note": "mine"}
    assert list(view(runner)["step"]["problems"]) == ["goal"]


def test_a_step_is_checked_by_its_form_and_nothing_is_recorded_before_it_fits(stepped: Any, memory: Store) -> None:
    runner = OpenStudy.load(stepped(CHECK), store=memory).enter(ana())
    with pytest.raises(Refused) as refused:
        step(runner, note="no goal")
    assert list(refused.value.problems) == ["goal"] and runner.state.seq == 1


def test_another_process_goes_on_at_the_same_step_and_the_first_follows(stepped: Any, memory: Store) -> None:
    opened = OpenStudy.load(stepped(CONSENT, CHECK), store=memory)
    first, second = opened.enter(ana()), opened.enter(ana())
    step(first)
    with pytest.raises(Refused, match="not up to date"):
        step(second)
    assert second.state == first.state and second.sheet.form.title == "Check"
    assert opened.enter(ana()).state.step == ("comprehension", "comprehension")


def test_what_was_passed_once_is_not_asked_again_until_its_version_changes(
    stepped: Any, memory: Store, game: Any
) -> None:
    tables = (CONSENT, CHECK, PRACTICE, END)
    opened = OpenStudy.load(stepped(*tables), store=memory)
    runner = opened.enter(ana())
    step(runner)
    step(runner, goal="alike")
    play(runner, 4)
    assert opened.enter(ana(2)).state.plan == (("task", "task"), ("debriefing", "debriefing"))
    newer = OpenStudy.load(stepped(CONSENT.replace("text.json", 'text.json"\nversion = "2'), *tables[1:]), store=memory)
    memory.grant([])
    assert newer.opening(Identity(worker_id="ana", unit=1), game.clock()).steps[0] == ("consent", "consent")


def test_a_no_is_asked_again_at_another_unit(stepped: Any, memory: Store) -> None:
    opened = OpenStudy.load(stepped(CONSENT), store=memory)
    runner = opened.enter(ana())
    runner.dispatch(Decline(seq=runner.state.seq))
    assert (view(runner)["page"], view(runner)["finished"]["reason"]) == ("end", "no_consent")
    assert opened.enter(ana(2)).state.phase is Phase.ASKING


def test_steps_grant_and_block(stepped: Any, memory: Store) -> None:
    consent = CONSENT + "grants = { consented = 1 }\n"
    opened = OpenStudy.load(stepped(consent, CHECK + 'on_fail = "block"\n'), store=memory)
    runner = opened.enter(ana())
    step(runner)
    assert memory.qualifications("ana") == {"consented": 1}
    step(runner, goal="pretty")
    step(runner, goal="pretty")
    assert runner.state.finished and runner.state.finished.reason == "screened_out"
    assert memory.qualifications("ana") == {"consented": 1, "blocked.small": 1}
    with pytest.raises(TurnedAway) as turned:
        opened.enter(ana(2))
    assert len(turned.value.code) == 8
    assert opened.enter(ana()).state.finished  # the session that was begun still shows its end


def test_strikes_are_counted_over_all_units_and_then_nobody_enters(stepped: Any, memory: Store, game: Any) -> None:
    study = "max_strikes = 2\nunits_per_assignment = 2"
    opened = OpenStudy.load(stepped(ATTENTION, study=study), store=memory)
    for unit in (1, 2):
        runner = opened.enter(ana(unit))
        assert runner.state.phase is Phase.PROMPTING
        play(runner, 10, game.answers)
        step(runner, goal="pretty")
        assert runner.state.finished and runner.state.finished.reason == "perfect"
        assert memory.qualifications("ana") == {"strikes.small": unit}
    with pytest.raises(TurnedAway):
        opened.enter(ana(3))


def test_whoever_is_turned_away_keeps_their_code_and_begins_nothing(stepped: Any, memory: Store) -> None:
    opened = OpenStudy.load(stepped('[[require]]\nname = "trained"\nexists = true\n'), store=memory)
    codes = set()
    for _ in range(2):
        with pytest.raises(TurnedAway) as turned:
            opened.enter(ana())
        codes.add(turned.value.code)
    (refusal,) = memory.turned_away("small")
    assert codes == {refusal.code} and refusal.why == "trained must be there"
    assert memory.sessions() == []


@pytest.mark.parametrize(
    ("test", "value", "has", "holds"),
    [
        ("exists", True, 0, True), ("exists", True, None, False), ("exists", False, None, True),
        ("exists", False, "", False), ("equal", 2, 2, True), ("equal", 2, 2.0, True), ("equal", 2, "2", False),
        ("equal", "de", "de", True), ("equal", 2, None, False), ("at_least", 3, 3, True), ("at_least", 3, 2.9, False),
        ("at_least", 3, "9", False), ("at_least", 3, None, False), ("one_of", (1, "de"), "de", True),
        ("one_of", (1, "de"), "en", False), ("one_of", (1, "de"), None, False), ("below", 2, None, True),
        ("below", 2, 1, True), ("below", 2, 2, False),
    ],
)  # fmt: skip
def test_a_requirement_holds_or_not(test: str, value: Any, has: Any, holds: bool) -> None:
    assert Requirement(name="x", test=test, value=value).holds(has) is holds


def test_the_block_lists_come_first() -> None:
    asked = entrance("s", [Requirement(name="x", test="exists", value=True)], 0)
    missing = unmet(asked, {"blocked.s": 1})
    assert missing is not None and missing.name == "blocked.s"
    assert unmet(asked, {"x": 1, "blocked.other": 1}) is None


@pytest.mark.parametrize(
    ("tables", "says"),
    [
        ('[[step]]\nkind = "consent"\n', "consent needs a form"),
        ('[[step]]\nkind = "lunch"\n', "must be 'consent'"),
        ('[[step]]\nkind = "practice"\n', "practice needs a target"),
        (PRACTICE.replace("cub", "yeti"), "yeti"),
        (CHECK.replace('right = { goal = "alike" }', ""), "needs right answers"),
        (CHECK.replace("alike", "ugly"), "'ugly' is no option of this field; possible: alike, pretty"),
        (CHECK.replace("goal", "gaol"), "the form has no such field; possible: goal, note"),
        (CONSENT + CONSENT, "'consent' is there more than once"),
        ('[[step]]\nkind = "task"\n' + CONSENT, "consent must stand before the task"),
        ('[[step]]\nkind = "task"\n' + CHECK + 'on_fail = "screen_out"\n', "must be go_on after the task"),
        (CONSENT.replace("text.json", "none.json"), "none.json"),
        (CONSENT + "tries = 2\n", "tries and on_fail need right answers"),
        (CONSENT + "colour = 1\n", "is not known"),
        ('[[require]]\nname = "x"\n', "must have one of exists, equal, at_least, one_of; not none"),
        ('[[require]]\nname = "x"\nexists = true\nequal = 1\n', "not exists and equal"),
    ],
)
def test_a_mistake_is_told_with_its_place(stepped: Any, memory: Store, tables: str, says: str) -> None:
    with pytest.raises(ConfigurationError, match=says.replace("(", r"\(")):
        OpenStudy.load(stepped(tables), store=memory)


def test_a_change_of_a_steps_text_changes_the_studys_hash(stepped: Any, memory: Store) -> None:
    folder = stepped(CONSENT)
    before = OpenStudy.load(folder, store=memory).study_hash
    (folder / "text.json").write_text(json.dumps({**FORMS["text.json"], "title": "Other"}))
    assert OpenStudy.load(folder, store=memory).study_hash != before


def test_a_step_that_was_removed_while_somebody_is_at_it_is_a_mistake_with_their_session(
    stepped: Any, memory: Store
) -> None:
    runner = OpenStudy.load(stepped(CONSENT, END), store=memory).enter(ana())
    changed = OpenStudy.load(stepped(CONSENT), store=memory)
    with pytest.raises(ConfigurationError, match=f"'debriefing': is gone, and session {runner.session_id}"):
        changed.enter(ana())
    assert changed.enter(ana(2)).state.plan == (("consent", "consent"), ("task", "task"))


def test_whoever_is_overdue_after_the_loop_keeps_the_reason_of_the_loop(stepped: Any, memory: Store, game: Any) -> None:
    opened = OpenStudy.load(stepped(END), store=memory)
    runner = opened.enter(ana(), clock=game.clock)
    play(runner, 10, game.answers)
    game.clock.move(2000)
    assert opened.expire_overdue(game.clock()) == 1
    assert runner.refresh() and runner.state.finished and runner.state.finished.reason == "perfect"
