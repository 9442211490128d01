"""The runner with several images of a prompt: each made once, whatever becomes of the page and of the others."""

import asyncio
from typing import Any

from imgloop_widgets.errors import GenerationError
from imgloop_widgets.loop import Cancel, Phase, Score, image_key, image_seed, owed


class Some:
    """A generator whose images of some places fail. It notes the context of each call."""

    def __init__(self, draw: Any, *fails: int) -> None:
        self.draw, self.fails, self.calls = draw, set(fails), list[Any]()
        self.version = "1"

    def __call__(self, prompt: str, context: Any) -> Any:
        self.calls.append(context)
        if context.place in self.fails:
            raise GenerationError("no", failure="invalid_parameters")
        return self.draw(f"{prompt} {context.seed}", context)


def test_each_image_of_a_set_is_one_call_with_a_seed_and_a_key_of_its_own(quick_game: Any) -> None:
    made = Some(quick_game.draw)
    runner = quick_game.with_rules(images=3).shown(made)
    prompt = runner.state.attempts[0].prompt
    assert [(c.place, c.images) for c in made.calls] == [(1, 3), (2, 3), (3, 3)]
    assert [c.seed for c in made.calls] == [image_seed(prompt.seed, k) for k in (1, 2, 3)]
    assert [c.idempotency_key for c in made.calls] == [image_key(prompt.idempotency_key, k) for k in (1, 2, 3)]
    assert len({image.image_sha256 for image in runner.state.attempts[0].images}) == 3


def test_they_are_made_at_the_same_time_and_come_one_after_the_other(quick_game: Any) -> None:
    hold = quick_game.Counting(hold=True)
    runner = quick_game.with_rules(images=3).runner(hold)
    quick_game.prompt(runner)
    came: list[int] = []
    runner.changed = lambda: came.append(len(runner.state.came))

    async def play() -> None:
        performing = asyncio.create_task(runner.perform())
        await quick_game.until(lambda: len(hold.calls) == 3)
        hold.go.set()
        await performing

    asyncio.run(play())
    assert came == [1, 2, 0]
    assert runner.state.phase is Phase.SCORING and len(runner.state.attempts[0].images) == 3


def test_who_reloads_in_the_middle_pays_for_no_image_twice(game: Any) -> None:
    game.with_rules(images=3)
    runner = game.runner(Some(game.draw))
    game.prompt(runner)
    dying = runner._work = runner._prepare(runner.state.prompt, in_thread=False)
    runner._report(dying.prompt, runner._make(dying, 2))  # one image came, and then the process is killed
    assert owed(runner.state) == (1, 3)
    runner._make(dying, 3)  # another one was made, and kept, but not told
    again = Some(game.draw)
    other = game.runner(again)
    assert (other.state.phase, owed(other.state)) == (Phase.GENERATING, (1, 3))
    other.perform_now()
    assert [context.place for context in again.calls] == [1]
    assert [image.place for image in other.state.attempts[0].images] == [1, 2, 3]


def test_a_set_that_partly_failed_is_shown_with_what_came(quick_game: Any) -> None:
    runner = quick_game.with_rules(images=3, pick=True).shown(Some(quick_game.draw, 1, 3))
    assert [image.place for image in runner.state.attempts[0].images] == [2]
    quick_game.send(runner, Score, score=3, prompt="a brown bear in a river")
    assert runner.state.attempts[0].picked.place == 2


def test_to_go_on_with_what_is_there_cancels_the_others(quick_game: Any) -> None:
    runner = quick_game.with_rules(images=2).runner(Slow(quick_game.draw))
    quick_game.prompt(runner)

    async def play() -> None:
        performing = asyncio.create_task(runner.perform())
        await quick_game.until(lambda: len(runner.state.came) == 1)
        quick_game.send(runner, Cancel)
        await performing

    asyncio.run(play())
    assert runner.state.phase is Phase.SCORING and [i.place for i in runner.state.attempts[0].images] == [1]


class Slow:
    """Its second image takes for ever, and listens when it is cancelled."""

    def __init__(self, draw: Any) -> None:
        self.draw = draw

    async def __call__(self, prompt: str, context: Any) -> Any:
        if context.place == 2:
            await asyncio.sleep(60)
        return self.draw(prompt, context)


def test_a_variation_is_asked_for_with_the_image_that_was_picked_and_its_seed(quick_game: Any) -> None:
    made = Some(quick_game.draw)
    runner = quick_game.with_rules(images=2, pick=True, steer="pick", self_rating=False, perfect_score=None).shown(made)
    quick_game.send(runner, Score, pick=2)
    runner.perform_now()
    first = runner.state.attempts[0]
    assert [context.variation_of for context in made.calls[:2]] == [None, None]
    assert {context.variation_of for context in made.calls[2:]} == {runner.store.get_image(first.image.image_sha256)}
    assert {context.variation_seed for context in made.calls[2:]} == {image_seed(first.prompt.seed, 2)}
    assert runner.state.attempts[1].prompt.prompt == first.prompt.prompt
