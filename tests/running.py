"""What the tests of a runner do with it."""

import asyncio
from typing import Any

from imgloop_widgets.runner import Runner


def stored(runner: Runner, kind: type) -> list[Any]:
    return [event for event in runner.store.read(runner.session_id) if isinstance(event, kind)]


def asked(game: Any, generate: Any, **values: Any) -> Runner:
    """Return a runner that owes an image."""
    runner = game.runner(generate, **values)
    game.prompt(runner)
    return runner


def both_ways(runner: Runner, how: str) -> None:
    if how == "now":
        runner.perform_now()
    else:
        asyncio.run(runner.perform())
