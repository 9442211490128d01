"""One session in the world: commands against the form and the store, and a second page that was faster."""

from typing import Any

import pytest

from imgloop_widgets.errors import Conflict, Refused, StoreError
from imgloop_widgets.events import AttemptScored, ImageGenerated, PromptSubmitted, SessionFinished
from imgloop_widgets.generators.contract import name_of
from imgloop_widgets.loop import PROMPT, SCORE, STALE, Cancel, Exit, Expire, Phase, Score, SubmitPrompt, fold
from imgloop_widgets.part import template_of
from imgloop_widgets.runner import Runner


def stored(runner: Runner) -> tuple[Any, ...]:
    return runner.store.read(runner.session_id)


def refused(game: Any, runner: Runner, kind: Any, **values: Any) -> Refused:
    """Expect a refusal that stores nothing."""
    before = stored(runner)
    with pytest.raises(Refused) as raised:
        game.send(runner, kind, **values)
    assert stored(runner) == before
    return raised.value


def test_a_whole_session_is_stored_step_by_step_and_the_state_is_its_fold(game: Any) -> None:
    runner = game.shown()
    for score, prompt in [(3, "a darker bear"), (6, "a bear at night"), (5, None)]:
        game.send(runner, Score, score=score, prompt=prompt)
        runner.perform_now()
        assert fold(stored(runner)) == runner.state
    assert runner.state.finished.reason == "attempts_used"
    assert [a.prompt.prompt for a in runner.state.attempts] == ["a brown bear", "a darker bear", "a bear at night"]
    for attempt in runner.state.attempts:
        assert runner.store.get_image(attempt.image.image_sha256)[8:12] == b"WEBP"


def test_what_the_page_is_told_of_is_stored_already(game: Any) -> None:
    runner = game.runner()
    seen = []
    runner.changed = lambda: seen.append((fold(stored(runner)) == runner.state, runner.state.phase))
    game.prompt(runner)
    runner.perform_now()
    game.send(runner, Exit)
    assert seen == [(True, Phase.GENERATING), (True, Phase.SCORING), (True, Phase.FINISHED)]


def test_a_reload_goes_on_where_the_page_was(game: Any) -> None:
    first = game.shown()
    game.send(first, Score, score=4, prompt="a darker bear")
    game.clock.move(100)
    second = game.runner()
    assert second.state == first.state
    assert second.state.opened.at == first.state.opened.at
    second.perform_now()
    assert len(second.state.attempts) == 2


def test_two_workers_of_one_unit_share_nothing(game: Any) -> None:
    ana, ben = game.shown(), game.runner(worker="ben")
    assert ben.state.attempts == ()
    game.prompt(ben, "a brown bear")
    ben.perform_now()
    assert len(ben.state.attempts) == len(ana.state.attempts) == 1


def test_the_answers_are_stored_typed_with_the_first_prompt(game: Any) -> None:
    runner = game.runner()
    game.prompt(runner, answers={"age": " 34 ", "tools": {"pen": True}})
    assert runner.state.answers == {"age": "34", "hand": None, "tools": {"pen": True, "brush": False}, "note": ""}
    assert fold(stored(runner)).answers == runner.state.answers


def test_all_fields_that_need_a_change_are_named_at_once(game: Any) -> None:
    error = refused(game, game.runner(), SubmitPrompt, prompt="x", answers={"age": "old", "note": "!"})
    assert set(error.problems) == {"age", "note", PROMPT}
    assert str(error) == "3 answers need another look."


def test_one_field_that_needs_a_change_is_named_in_the_message(game: Any) -> None:
    error = refused(game, game.runner(), SubmitPrompt, prompt="x", answers=game.answers)
    assert error.field == PROMPT
    assert "at least 5 characters" in str(error)


@pytest.mark.parametrize("answers", [None, {}, [], "x", 7, {"age": "34", "other": 1}, {"age": {"a": 1}}])
def test_answers_that_are_none_are_refused(quick_game: Any, answers: Any) -> None:
    refused(quick_game, quick_game.runner(), SubmitPrompt, prompt="a brown bear", answers=answers)


def test_a_sheet_is_kept_for_the_session_and_its_answers_are_checked_by_it(game: Any) -> None:
    runner = game.runner()
    hidden = runner.sheet.set_shown("age", False)
    runner.change_sheet(hidden)
    again = game.runner()
    assert again.sheet == hidden != game.runner(worker="ben").sheet
    game.prompt(again, answers={"hand": "r"})
    assert again.state.answers["age"] is None


def test_a_sheet_that_can_not_be_kept_changes_nothing(game: Any) -> None:
    runner = game.runner()
    before = runner.sheet
    runner.store = Broken(runner.store, "save_sheet")
    with pytest.raises(StoreError):
        runner.change_sheet(before.set_shown("age", False))
    assert runner.sheet == before


def test_another_page_s_answers_are_read_in_its_form(game: Any) -> None:
    first, second = game.runner(), game.runner()
    first.change_sheet(first.sheet.set_shown("note", False))
    assert second.sheet != first.sheet
    game.prompt(first, answers={"age": "34"})
    second.refresh()
    assert second.sheet == first.sheet


def test_the_answers_can_not_be_changed_once_they_are_given(game: Any) -> None:
    runner = game.runner()
    game.prompt(runner)
    game.send(runner, Cancel)
    game.send(runner, SubmitPrompt, prompt="a brown bear", answers={"age": "wrong"})
    assert runner.state.answers == game.answers


@pytest.mark.parametrize("prompt", ["", "bear", "x" * 61, None, 7, ["a brown bear"], "a brown bea\ud83d", "nul\0nul"])
def test_a_prompt_is_held_against_the_form_in_the_kernel(quick_game: Any, prompt: Any) -> None:
    game = quick_game
    assert PROMPT in refused(game, game.runner(), SubmitPrompt, prompt=prompt, answers=game.answers).problems
    assert PROMPT in refused(game, game.shown(worker="ben"), Score, score=3, prompt=prompt).problems


def test_a_wrong_score_and_a_wrong_prompt_are_named_together(game: Any) -> None:
    assert set(refused(game, game.shown(), Score, score=None, prompt="x").problems) == {SCORE, PROMPT}


@pytest.mark.parametrize("prompt", [None, "", "x", "a brown bear", "x" * 100])
def test_the_perfect_score_needs_no_good_prompt(quick_game: Any, prompt: Any) -> None:
    runner = quick_game.shown()
    quick_game.send(runner, Score, score=10, prompt=prompt)
    assert runner.state.finished.reason == "perfect"


def test_exit_needs_no_valid_form(game: Any) -> None:
    runner = game.runner()
    game.send(runner, Exit, draft={"age": "old", PROMPT: "x"})
    assert stored(runner)[-1].draft == {"age": "old", PROMPT: "x"}


def test_late_answers_submit_the_work_so_far_without_being_checked(game: Any) -> None:
    runner = game.runner()
    game.clock.move(1800)
    game.send(runner, SubmitPrompt, prompt=" x", answers={"age": " 34", "other": 1})
    assert runner.state.finished.reason == "expired"
    assert runner.state.finished.draft == {"age": " 34", "other": 1, PROMPT: " x"}


def test_a_prompt_is_held_against_the_very_field_it_was_written_in(game: Any) -> None:
    """The form's fields for a low score, a high score and the start may differ."""
    runner = game.runner()
    game.prompt(runner, "bears")
    runner.perform_now()
    game.send(runner, Score, score=5, prompt="bear 2")
    runner.perform_now()
    assert "at least 8 characters" in str(refused(game, runner, Score, score=1, prompt="bear 3"))
    game.send(runner, Score, score=1, prompt="bear number 3")


def test_a_late_prompt_submits_the_work_so_far_without_being_checked(game: Any) -> None:
    runner = game.shown()
    game.clock.move(1800)
    game.send(runner, Score, score=99, prompt="x")
    assert runner.state.finished.reason == "expired"
    assert runner.state.finished.draft == {SCORE: 99, PROMPT: "x"}


def test_the_second_page_is_told_that_it_was_not_up_to_date_and_is_brought_up_to_date(game: Any) -> None:
    first, second = game.shown(), game.runner()
    game.send(first, Score, score=4, prompt="a darker bear")
    seen: list[Phase] = []
    second.changed = lambda: seen.append(second.state.phase)

    assert str(refused(game, second, Score, score=9, prompt="another bear")) == STALE

    assert second.state == first.state
    assert seen == [Phase.GENERATING]
    assert [a.score for a in second.state.attempts] == [4]


def test_a_double_click_is_one_prompt(game: Any) -> None:
    runner = game.runner()
    seq = runner.state.seq
    game.prompt(runner, seq=seq)
    assert str(refused(game, runner, SubmitPrompt, prompt="a brown bear", seq=seq)) == STALE
    assert sum(isinstance(event, PromptSubmitted) for event in stored(runner)) == 1


def test_two_pages_that_end_the_session_end_it_once(game: Any) -> None:
    first, second = game.runner(), game.runner()
    game.send(first, Exit, draft={"age": "1"})
    refused(game, second, Exit, draft={"age": "2"})
    assert second.state.finished.draft == {"age": "1"}
    assert sum(isinstance(event, SessionFinished) for event in stored(first)) == 1


def test_refresh_takes_over_what_others_did_and_says_what_it_was(game: Any) -> None:
    first, second = game.shown(), game.runner()
    assert second.refresh() == ()
    game.send(first, Score, score=4, prompt="a darker bear")
    assert [type(event) for event in second.refresh()] == [AttemptScored, PromptSubmitted]
    assert second.state == first.state


def test_nothing_is_shown_where_nothing_could_be_stored(game: Any) -> None:
    runner = game.runner()
    before = runner.state
    runner.store = Broken(runner.store, "append")
    runner.changed = lambda: pytest.fail("the page was changed")
    with pytest.raises(StoreError, match="the disk is full"):
        game.prompt(runner)
    assert runner.state is before


class Broken:
    """A store of which some methods fail."""

    def __init__(self, store: Any, *methods: str, error: Exception | None = None) -> None:
        self._store, self.methods = store, set(methods)
        self._error = error or StoreError("the disk is full")

    def __getattr__(self, name: str) -> Any:
        if name in self.methods:

            def fail(*args: Any, **more: Any) -> Any:
                raise self._error

            return fail
        return getattr(self._store, name)


def test_a_conflict_that_another_process_causes_is_stale(game: Any) -> None:
    runner = game.runner()
    runner.store = Broken(runner.store, "append", error=Conflict("another was first"))
    with pytest.raises(Refused, match="not up to date"):
        game.prompt(runner)


def test_time_is_over_at_the_same_moment_for_every_page(game: Any) -> None:
    first = game.runner()
    game.clock.move(900)
    second = game.runner()
    game.clock.move(899)
    refused(game, second, Expire)
    game.clock.move(1)
    game.send(second, Expire)
    refused(game, first, Expire)
    assert second.state.finished.reason == first.state.finished.reason == "expired"


def test_an_error_is_recorded_under_a_number_with_its_cause(game: Any) -> None:
    runner = game.runner()
    incident = runner.record(ValueError("the cause \ud83d"))
    (found,) = runner.store.incidents()
    assert found.incident == incident
    assert found.session_id == runner.session_id
    assert "ValueError: the cause" in found.text
    assert incident != runner.record(ValueError("another"))


def test_an_error_that_can_not_be_recorded_still_has_a_number(game: Any) -> None:
    runner = game.runner()
    runner.store = Broken(runner.store, "record_incident")
    assert len(runner.record(ValueError("x"))) == 8


def test_the_template_follows_from_the_score_before(game: Any) -> None:
    runner = game.shown()
    game.send(runner, Score, score=5, prompt="a darker bear")
    runner.perform_now()
    game.send(runner, Score, score=4, prompt="a bear at night")
    runner.perform_now()
    assert [template_of(runner.part, runner.state, k) for k in (1, 2, 3)] == ["low", "high", "low"]


def test_without_bands_the_first_template_is_shown(game: Any) -> None:
    runner = game.with_rules(bands=()).shown()
    assert template_of(runner.part, runner.state, 1) == "low"


def test_images_are_stored_under_the_name_of_their_generator(game: Any) -> None:
    class Model:
        def __call__(self, prompt: str, context: Any) -> Any:
            return game.draw(prompt, context)

    class Named(Model):
        name, version = "my model", 2

    assert [name_of(g) for g in (game.draw, Model(), Named())] == ["draw", "Model", "my model"]
    image = next(event for event in stored(game.shown(Named())) if isinstance(event, ImageGenerated))
    assert (image.generator, image.version) == ("my model", "2")
