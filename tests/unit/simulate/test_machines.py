"""Machine workers play as anybody does, are known as machines, and blind ones see nothing."""

import random
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgloop_widgets.analysis.frames import read_frames
from imgloop_widgets.errors import ConfigurationError
from imgloop_widgets.identity import Identity
from imgloop_widgets.loop import State, SubmitPrompt, fold
from imgloop_widgets.opening import OpenStudy
from imgloop_widgets.scorers import Scorer, build
from imgloop_widgets.simulate import First, Machines, first_prompts, play_machines, simulate
from imgloop_widgets.simulate.machines import Blind, Climber, Script
from imgloop_widgets.simulate.policies import Leaving, Seen, Tried
from imgloop_widgets.simulate.rewriting import paraphrase
from imgloop_widgets.simulate.wording import Limits, phrases_of

ANSWERS = {"age": "34", "hand": "r", "tools": {"pen": True, "brush": False}, "note": ""}
FIRST = "A big brown bear near a lake, two trees, night"


@pytest.fixture
def study(small_study: Path) -> OpenStudy:
    """The small study, of five attempts."""
    file = small_study / "study.toml"
    file.write_text(file.read_text().replace("[loop]\n", "[loop]\nmax_answer_loops = 5\n"))
    return OpenStudy.load(small_study)


def states(study: OpenStudy, policy: str) -> list[State]:
    found = [fold(events) for _, events in study.store.logs("small")]
    return [state for state in found if state.opened and state.opened.worker_id.startswith(f"sim-{policy}-")]


def prompts_of(state: State) -> list[str]:
    return [attempt.prompt.prompt for attempt in state.attempts]


def seen(*tried: tuple[str, float], words: tuple[str, ...] = ()) -> Seen:
    made = tuple(Tried(prompt=prompt, score=5, resemblance=value) for prompt, value in tried)
    return Seen(words=words, tried=made, limits=Limits(), lowest=1, highest=10)


def test_a_blind_one_writes_the_first_prompt_and_then_rewrites_of_it(study: OpenStudy) -> None:
    firsts = [First(prompt=FIRST, target_id="cub"), First(prompt="two foxes, a house", target_id="bear")]

    done = play_machines(study, Machines(policy="blind", firsts=firsts), 3, seed=1)

    assert (done.sessions, done.attempts, done.by_reason) == (3, 15, {"attempts_used": 3})
    one, two, three = states(study, "blind")
    assert [state.opened.target_id for state in (one, two, three) if state.opened] == ["cub", "bear", "cub"]
    assert (prompts_of(one)[0], prompts_of(two)[0]) == (FIRST, "two foxes, a house")
    for state in (one, two, three):
        assert len(set(prompts_of(state))) == 5
    assert prompts_of(one)[0] == prompts_of(three)[0] and prompts_of(one)[1:] != prompts_of(three)[1:]


@given(st.lists(st.floats(0, 1), min_size=1, max_size=4), st.lists(st.floats(0, 1), min_size=4, max_size=4))
def test_what_a_blind_one_writes_follows_from_no_image_and_no_target(one: list[float], other: list[float]) -> None:
    policy = Blind(first=FIRST, tries=9)
    before = [FIRST, *(f"{FIRST}, {k}" for k in range(len(one) - 1))]
    looks = [seen(*zip(before, values, strict=False)) for values in (one, other)]
    looks.append(seen(*zip(before, one, strict=True), words=("a castle", "at night")))
    assert len({policy.next_prompt(look, random.Random(1)) for look in looks}) == 1


@given(st.text(max_size=60), st.integers(1, 9), st.integers(0, 99))
def test_a_paraphrase_is_another_wording_and_the_same_again(prompt: str, number: int, seed: int) -> None:
    made = paraphrase(prompt, number, random.Random(seed))
    assert made == paraphrase(prompt, number, random.Random(seed))
    assert made != prompt


def test_paraphrases_of_a_prompt_differ_and_keep_its_things() -> None:
    made = {paraphrase(FIRST, number, random.Random(number)) for number in range(1, 9)}
    assert len(made) >= 7
    assert all("bear" in text.lower() for text in made)


def test_a_rewriter_of_ones_own_is_asked(study: OpenStudy) -> None:
    def shout(prompt: str, number: int, chance: random.Random) -> str:
        return f"{prompt.upper()} {number}"

    machines = Machines(policy="blind", firsts=[First(prompt="a brown bear")], rewrite=shout, tries=3)
    play_machines(study, machines, 1, seed=1)
    (state,) = states(study, "blind")
    assert prompts_of(state) == ["a brown bear", "A BROWN BEAR 1", "A BROWN BEAR 2"]
    assert state.finished is not None and state.finished.reason == "exited"


def test_a_climber_changes_one_phrase_of_what_scored_best(study: OpenStudy) -> None:
    policy = Climber(vocabulary=("red fox", "blue house", "night"), tries=9)
    look = seen(("a, b, c", 0.4), ("a, b, d", 0.9), ("a, x", 0.2))
    for seed in range(50):
        prompt = policy.next_prompt(look, random.Random(seed))
        assert isinstance(prompt, str)
        phrases = phrases_of(prompt)
        assert len({"a", "b", "d"} - set(phrases)) <= 1
        assert abs(len(phrases) - 3) <= 1
        assert prompt not in {tried.prompt for tried in look.tried}


def test_a_climber_gets_closer_by_a_scorer_than_chance_does(study: OpenStudy) -> None:
    scorer = build("colours")
    climbers = Machines(policy="hill-climb", scorer=scorer)

    play_machines(study, climbers, 4, seed=2)

    def quality(state: State, place: int) -> float:
        target = study.library.target(state.opened.target_id).file if state.opened else Path()
        return scorer(study.store.get_image(state.attempts[place].image.image_sha256), target)

    played = states(study, "hill-climb")
    best = [max(quality(state, k) for k in range(len(state.attempts))) for state in played]
    assert sum(best) > sum(quality(state, 0) for state in played)
    for state in played:
        for place, attempt in enumerate(state.attempts):
            assert attempt.score == min(10, 1 + round(9 * quality(state, place)))


def test_a_script_is_written_line_by_line_and_ends_with_exit(study: OpenStudy) -> None:
    machines = Machines(policy="script", script=("a bear", "a brown bear", "a brown bear at night"))
    done = play_machines(study, machines, 2, seed=1)
    assert done.by_reason == {"exited": 2}
    assert [prompts_of(state) for state in states(study, "script")] == [list(machines.script)] * 2
    assert Script(prompts=("a",)).next_prompt(seen(("a", 0.1)), random.Random(1)) is Leaving.EXIT


def test_they_are_known_as_machines_and_are_left_out_once_people_have_played(study: OpenStudy) -> None:
    play_machines(study, Machines(policy="script", script=("a bear",)), 1, seed=1)
    assert read_frames(study.store.logs("small")).attempts["simulated"].tolist() == [True]
    person(study)
    assert read_frames(study.store.logs("small"), simulated=None).attempts["worker_id"].tolist() == ["ana"]


def person(study: OpenStudy) -> None:
    runner = study.enter(Identity(worker_id="ana", unit=2))
    runner.dispatch(SubmitPrompt(seq=1, prompt=FIRST, answers=ANSWERS))
    runner.perform_now()


def test_first_prompts_are_those_of_people_and_while_there_is_nobody_those_of_simulated_workers(
    study: OpenStudy,
) -> None:
    play_machines(study, Machines(policy="script", script=("a bear",)), 1, seed=1)
    assert first_prompts(study) == []
    simulate(study, 1, 1, size=16, failure_rate=0, mix={"hill_climber": 1})
    (first,) = first_prompts(study)
    assert (first.target_id, first.arm) == ("bear", "default")
    person(study)
    assert first_prompts(study) == [First(prompt=FIRST, target_id="cub", arm="default")]


def test_whoever_has_finished_is_left_alone_and_more_can_follow(study: OpenStudy) -> None:
    machines = Machines(policy="script", script=("a bear",))
    play_machines(study, machines, 2, seed=1)
    done = play_machines(study, machines, 3, seed=1)
    assert (done.sessions, done.skipped) == (1, 2)


def test_the_clock_is_the_real_one(study: OpenStudy) -> None:
    play_machines(study, Machines(policy="script", script=("a bear", "a fox", "a boat")), 1, seed=1)
    (state,) = states(study, "script")
    assert state.opened is not None and state.finished is not None
    assert 0 <= (state.finished.at - state.opened.at).total_seconds() < 60
    assert all(0 <= attempt.image.wait_s < 60 for attempt in state.attempts)


@pytest.mark.parametrize(
    ("machines", "said"),
    [
        (Machines(policy="blnd"), "must be one of blind, hill-climb, script; not 'blnd'"),
        (Machines(policy="blind"), "policy blind: needs first prompts of people"),
        (Machines(policy="blind", firsts=[First(prompt="x", target_id="gone")]), "needs first prompts of people"),
        (Machines(policy="script"), "policy script: needs prompts"),
        (
            Machines(policy="hill-climb", scorer=Scorer(name="odd", version="1", measure=lambda a, b: 1.0)),
            "'odd' has no range, so its values can't be put on a scale; choose another one",
        ),
    ],
)
def test_what_a_policy_lacks_is_told_before_anybody_plays(
    machines: Machines, said: str, study: OpenStudy, opened: Callable[..., OpenStudy]
) -> None:
    with pytest.raises(ConfigurationError, match=said):
        play_machines(study, machines, 1, seed=1)
    assert study.store.sessions("small") == []
