"""The gold units of a study: its file, what a worker plays, what counts for and against them, what they are told."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from imgloop_widgets import gold_table
from imgloop_widgets.errors import ConfigurationError, TurnedAway
from imgloop_widgets.giving import DISMISSED
from imgloop_widgets.gold_table import Gold, GoldUnit
from imgloop_widgets.identity import Identity
from imgloop_widgets.loop import Exit, Phase, Score, SubmitPrompt
from imgloop_widgets.opening import OpenStudy, load_files
from imgloop_widgets.pay import owed
from imgloop_widgets.rows import session_row
from imgloop_widgets.runner import Runner
from imgloop_widgets.store import Store, open_store
from imgloop_widgets.study import load_study
from imgloop_widgets.study_tables import Pay
from imgloop_widgets.widgets.view import FAREWELL, view_json

ANA = Identity(worker_id="ana")
ONE = '[[gold.unit]]\ntarget = "gold"\nsays = ["bear"]\n'
TWO = '[[gold.unit]]\ntarget = "other"\nright = { hand = "r" }\n'
SURE = "[gold]\nchance = 0\nleast = 0\n"
Write = Callable[..., Path]


@pytest.fixture
def golden(study_files: Write) -> Write:
    """Write a study with gold units at its end; targets without one that is named are gold and other."""

    def write(*tables: str, study: str = "", more: str = "") -> Path:
        folder = study_files(study=study, arm='generator = "scenes"\noptions = { size = 32 }',
                             loop="max_answer_loops = 1\n", targets=("bear", "cub", "gold", "other"))  # fmt: skip
        file = folder / "study.toml"
        file.write_text("\n".join([file.read_text(), more, *tables]))
        return folder

    return write


@pytest.fixture
def memory() -> Any:
    with open_store(":memory:") as store:
        yield store


def play(runner: Runner, prompt: str, score: int = 4, **answers: Any) -> None:
    values = {"age": "34", "hand": "r", "tools": {"pen": True, "brush": False}, "note": "", **answers}
    runner.dispatch(SubmitPrompt(seq=runner.state.seq, prompt=prompt, answers=values))
    runner.perform_now()
    runner.dispatch(Score(seq=runner.state.seq, score=score))


def mistakes(folder: Path) -> list[str]:
    with pytest.raises(ConfigurationError) as raised:
        load_files(folder)
    return [str(problem) for problem in raised.value.problems]


def test_a_worker_plays_a_gold_first_and_then_what_counts(golden: Write, memory: Store) -> None:
    study = OpenStudy.load(golden(SURE, ONE), store=memory)
    assert [target.id for target in study.targets] == ["bear", "cub", "other"], "all that are no gold"
    gold = study.enter(ANA)
    assert gold.state.opened is not None
    assert (gold.state.opened.unit_id, gold.state.opened.target_id, gold.state.opened.gold) == ("gold-1", "gold", True)
    play(gold, "a brown bear")
    assert memory.qualifications("ana") == {"gold_passed.small": 1}
    assert study.has_next("ana", gold.now()) and not study.dismissed("ana", gold.now())
    unit = study.enter(ANA)
    assert unit.state.opened is not None and not unit.state.opened.gold and unit.state.opened.position == 2
    play(unit, "a brown bear")
    rows = [session_row(runner.state) for runner in (gold, unit)]
    assert [(row["gold"], row["gold_passed"]) for row in rows] == [(True, True), (False, None)]
    assert memory.qualifications("ana") == {"gold_passed.small": 1}


def test_after_too_many_wrong_ones_a_worker_is_told_kindly_and_begins_nothing(golden: Write, memory: Store) -> None:
    study = OpenStudy.load(golden(SURE.replace("\n", "\nstrikes = 2\n", 1), ONE, TWO), store=memory)
    for number in (1, 2):
        gold = study.enter(ANA)
        play(gold, "a cat", hand="l")
        assert memory.qualifications("ana") == {"gold_failed.small": number}
        assert study.has_next("ana", gold.now()) is (number == 1)
        assert bool(study.dismissed("ana", gold.now())) is (number == 2)
    told = study.dismissed("ana", gold.now())
    assert told == DISMISSED
    end = view_json(gold.part, gold.state, gold.now(), farewell=told)["finished"]
    assert (end["title"], end["message"], end["next"]) == (FAREWELL, told, False)
    assert len(end["code"]) == 8
    assert study.enter(ANA).session_id == gold.session_id, "the same link shows how it ended, with the code"
    with pytest.raises(TurnedAway, match="Your work is saved") as turned:
        study.enter(Identity(worker_id="ana", unit=1))
    assert len(turned.value.code) == 8
    (grant,) = memory.all_qualifications()
    assert gold.session_id in grant.why and "wrong: " in grant.why
    assert len(memory.sessions("small")) == 2


def test_what_a_worker_is_told_may_be_the_researcher_s_own_and_who_is_forgiven_goes_on(
    golden: Write, memory: Store
) -> None:
    study = OpenStudy.load(golden('[gold]\nstrikes = 1\nsay = "Write to us."\n', ONE), store=memory)
    gold = study.enter(ANA)
    play(gold, "a cat")
    assert study.dismissed("ana", gold.now()) == "Write to us."
    (grant,) = memory.all_qualifications()
    memory.grant([type(grant)(worker_id="ana", name=grant.name, value=None, at=gold.now(), why="a mistake")])
    assert study.has_next("ana", gold.now())
    assert study.enter(ANA).state.phase is Phase.PROMPTING


def test_a_gold_may_show_an_image_whose_score_is_known(golden: Write, memory: Store) -> None:
    shows = '[[gold.unit]]\ntarget = "gold"\nshows = "gold"\nfirst_score = [8, 10]\n'
    study = OpenStudy.load(golden(SURE, shows), store=memory)
    gold = study.enter(ANA)
    play(gold, "whatever", score=3)
    image = gold.state.attempts[0].image
    assert (image.generator, image.parameters) == ("shown", {"target": "gold"})
    assert (image.width, image.height) == (40, 30), "the target's own"
    assert gold.state.finished is not None and gold.state.finished.wrong == ("first_score",)


def test_a_gold_whose_page_is_closed_when_the_time_is_over_counts_for_nothing(golden: Write, memory: Store) -> None:
    study = OpenStudy.load(golden(SURE, ONE), store=memory)
    gold = study.enter(ANA)
    later = gold.now() + timedelta(hours=1)
    assert study.expire_overdue(later) == 1
    gold.refresh()
    assert session_row(gold.state)["gold_passed"] is None
    assert memory.qualifications("ana") == {}
    assert not study.enter(ANA, clock=lambda: later).state.opened.gold  # type: ignore[union-attr]


def test_a_gold_is_paid_as_any_other_unit(golden: Write, memory: Store) -> None:
    study = OpenStudy.load(golden(SURE, ONE), store=memory)
    gold, pay = study.enter(ANA), Pay(base=2.0)
    play(gold, "a cat")
    (row,) = owed(pay, [gold.state])
    assert (row.unit_id, float(row.total)) == ("gold-1", 2.0)


def test_nothing_on_the_page_tells_a_gold_from_another_unit(golden: Write, memory: Store) -> None:
    study = OpenStudy.load(golden(SURE, ONE.replace('"gold"', '"other"')), store=memory)
    runners = [study.enter(ANA)]
    runners[0].dispatch(Exit(seq=runners[0].state.seq))
    runners.append(study.enter(ANA))
    pages = [view_json(runner.part, runner.state, runner.now()) for runner in runners]
    assert pages[0].keys() == pages[1].keys()
    assert "gold" not in json.dumps(pages).replace("A gold.", "")


WRONG = {
    "no unit": ("[gold]\nfirst = 1\n", ["study.toml: gold.unit: is missing; it is required"]),
    "nothing known": (
        '[[gold.unit]]\ntarget = "gold"\n',
        ["study.toml: gold.unit[0]: nothing is known of it; add right, says, first_score, last_score, best_score"],
    ),
    "no word": (
        '[[gold.unit]]\ntarget = "gold"\nsays = ["…"]\n',
        ["study.toml: gold.unit[0]: says must be words, or lists of words; not an empty one"],
    ),
    "a number": (
        '[[gold.unit]]\ntarget = "gold"\nsays = ["bear", 3]\n',
        ["study.toml: gold.unit[0].says[1][0]: must be a text in quotes; not 3"],
    ),
    "range": (
        '[[gold.unit]]\ntarget = "gold"\nbest_score = [7, 3]\n',
        ["study.toml: gold.unit[0]: best_score must rise, from and to; not 7 and 3"],
    ),
    "twice": (
        ONE + ONE,
        ["study.toml: gold: 'gold' is a gold more than once; a worker sees each target once"],
    ),
    "too many": (
        "[gold]\nfirst = 3\nmost = 3\nstrikes = 1\n" + ONE,
        [
            "study.toml: gold: most must be at most the number of gold units, 1; not 3",
        ],
    ),
    "strikes": (
        "[gold]\nstrikes = 2\nleast = 0.5\n" + ONE,
        [
            "study.toml: gold: strikes must be at most what a worker can get, 1; not 2",
            "study.toml: gold: least must be at most the chance, 0.2; not 0.5",
        ],
    ),
    "typing": (
        "[gold]\nstrike = 2\n" + ONE,
        ["study.toml: gold.strike: is not known; did you mean 'strikes'?"],
    ),
    "target": (
        SURE + '[[gold.unit]]\ntarget = "golb"\nsays = ["bear"]\nshows = "cup"\n',
        ["study.toml: gold.unit[0].target: ", "study.toml: gold.unit[0].shows: "],
    ),
    "field": (
        SURE + '[[gold.unit]]\ntarget = "gold"\nright = { hands = "r", hand = "right" }\n',
        [
            "study.toml: gold.unit[0].right.hands: the form has no such field; possible: ",
            "study.toml: gold.unit[0].right.hand: 'right' is no option of this field; possible: ",
        ],
    ),
    "scale": (
        SURE + '[[gold.unit]]\ntarget = "gold"\nfirst_score = [0, 11]\n',
        ["study.toml: gold.unit[0].first_score: must be within the scale, 1 to 10; not 0 to 11"],
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_mistakes_are_told_with_their_place(golden: Write, case: str) -> None:
    table, told = WRONG[case]
    found = mistakes(golden(table))
    assert len(found) == len(told), found
    assert all(line.startswith(begin) for line, begin in zip(found, told, strict=True)), found


def test_a_gold_that_is_a_target_of_the_study_too_is_a_mistake(golden: Write) -> None:
    assert mistakes(golden(SURE, ONE, study='targets = ["bear", "gold"]')) == [
        "study.toml: gold.unit[0].target: 'gold' is a target of the study too; leave it out of study.targets, or "
        "choose another"
    ]


def test_a_worker_can_not_be_due_more_units_than_there_are_targets_that_are_no_gold(golden: Write) -> None:
    folder = golden(SURE, ONE, TWO, more="[assignment]\nunits_per_worker = 3\n")
    assert mistakes(folder) == [
        "study.toml: assignment.units_per_worker: must be at most the number of targets, 2; not 3"
    ]


def test_left_out_most_is_each_gold_once(golden: Write) -> None:
    folder = golden(SURE, ONE, TWO)
    plan = load_files(folder).plan
    assert plan.gold is not None and (plan.gold.most, plan.gold.strikes) == (2, 2)
    assert load_study(folder).gold is not None


@pytest.mark.parametrize("setting", [*Gold.model_fields, *GoldUnit.model_fields])
def test_every_setting_is_described_where_a_researcher_looks(setting: str) -> None:
    text = gold_table.__doc__ or ""
    assert f"{setting} = " in text or f"[[gold.{setting}]]" in text or f" {setting}," in text or f", {setting}" in text
