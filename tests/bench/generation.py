"""What stands around a call costs: milliseconds for each generation, beside a bare call of the same generator.

    python -m tests.bench.generation          (--rounds 200 for a quick look)

Method. One generator that returns a picture of `Scenes`, one store in a folder, one thread. In each round the same
prompt is made in every way, in turn, so that noise falls on all of them: bare (the generator alone), checked (called
and encoded as WebP: what any harness has to do), generating (with the store: cache and pause looked up, image and
generation kept), limited (with turns, a rate and a spending cap too), and a whole attempt of a session (its prompt, its
image and its score as events). Medians with the 5th and 95th percentile; overhead is less the bare call of its round.
"""

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from PIL import Image

from imgloop_widgets.events import SessionOpened
from imgloop_widgets.forms import load_form, loop_parts
from imgloop_widgets.generators.contract import Context
from imgloop_widgets.generators.generating import Generating
from imgloop_widgets.generators.making import Making
from imgloop_widgets.generators.orders import Order, Terms
from imgloop_widgets.generators.scenes import Scenes
from imgloop_widgets.library import Target
from imgloop_widgets.loop import Rules, Score, SubmitPrompt
from imgloop_widgets.part import Part
from imgloop_widgets.runner import Runner, utc_now
from imgloop_widgets.store import Limits, Store, open_store

FORM = Path(__file__).parents[1] / "unit" / "data" / "task_data.json"
LIMITS = Limits(at_once=4, per_minute=1_000_000, max_cost=1e6, price=0.04)
PICTURE: list[Image.Image] = []


def draw(prompt: str, context: Context) -> Image.Image:
    """The generator: a picture that is there already, so that nothing but the harness is measured."""
    return PICTURE[0]


def context(key: str) -> Context:
    """What a generator is told of the attempt with this idempotency key."""
    return Context(attempt=1, target_id="bear", category="bears", seed=7, idempotency_key=key)


class Ways:
    """The same prompt, made in every way. Each call is a new attempt."""

    def __init__(self, store: Store, runner: Runner) -> None:
        self._store, self._runner, self._count = store, runner, 0

    def bare(self) -> None:
        draw("a bear", context(self._key()))

    def checked(self) -> None:
        Making(draw, "a bear", context(self._key())).run()

    def generating(self) -> None:
        self._run(Terms())

    def limited(self) -> None:
        self._run(Terms(limits=LIMITS))

    def session(self) -> None:
        runner, prompt = self._runner, f"a bear, number {self._count}"
        if runner.state.attempts:
            runner.dispatch(Score(seq=runner.state.seq, score=5, prompt=prompt))
        else:
            runner.dispatch(SubmitPrompt(seq=runner.state.seq, prompt=prompt, answers={"age": "34"}))
        runner.perform_now()
        self._count += 1

    def _run(self, terms: Terms) -> None:
        order = Order(prompt="a bear", context=context(self._key()), study="bench", worker_id="ana")
        Generating(draw, terms, order, self._store).run()

    def _key(self) -> str:
        self._count += 1
        return f"key-{self._count}"


def session(store: Store) -> Runner:
    """A session of the unit tests' small study without a limit of attempts."""
    form = load_form(FORM).versions[0].form({"target_image": "bear"})
    target = Target(
        id="bear", category="bears", file=FORM, sha256="0" * 64, source="", licence="CC0-1.0", alt="A bear."
    )
    rules = Rules(max_answer_loops=None, bands=((1, "low"), (5, "high")))
    opening = SessionOpened(
        seq=0,
        at=utc_now(),
        session_id="5" * 32,
        study="bench",
        study_hash="h",
        worker_id="ana",
        unit_id="1",
        arm="default",
        target_id="bear",
        target_sha256="0" * 64,
        seed=7,
    )
    session_id, events = store.open_session(opening)
    part = Part(rules=rules, form=form, parts=loop_parts(form), target=target, generator=draw)
    return Runner(part, store, session_id, events)


def measure(ways: dict[str, Callable[[], None]], rounds: int) -> dict[str, list[float]]:
    """Return the milliseconds of each way in each round, by its name."""
    times: dict[str, list[float]] = {name: [] for name in ways}
    for turn in range(rounds + 5):
        for name, way in ways.items():
            begun = time.perf_counter()
            way()
            if turn >= 5:  # the first ones open files and import modules
                times[name].append(1000 * (time.perf_counter() - begun))
    return times


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=500)
    rounds = parser.parse_args().rounds
    drawn = Scenes(size=512)("a red house on a green hill under a blue sky, two trees", context("picture")).image
    assert isinstance(drawn, Image.Image)
    PICTURE.append(drawn)
    with tempfile.TemporaryDirectory() as folder, open_store(Path(folder)) as store:
        ways = Ways(store, session(store))
        named = {name: getattr(ways, name) for name in ("bare", "checked", "generating", "limited", "session")}
        times = measure(named, rounds)
    print(f"milliseconds for one image of {drawn.width} x {drawn.height}, {rounds} rounds: median (5 % to 95 %)")
    for name, found in times.items():
        over = [one - bare for one, bare in zip(found, times["bare"], strict=True)]
        low, *_, high = statistics.quantiles(over, n=20)
        median, overhead = statistics.median(found), statistics.median(over)
        print(f"  {name:<12}{median:8.2f}   overhead {overhead:8.2f} ({low:.2f} to {high:.2f})")


if __name__ == "__main__":
    sys.exit(main())
