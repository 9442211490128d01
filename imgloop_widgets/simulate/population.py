"""Many simulated workers: who they are, when they come, and what became of them.

Worker n is `sim-000n` and plays what is given to them, as many units as the study has for each worker; arms and targets
come as for people, but never run out. All that they do follows from the seed and n, so the first 50 of 200 are the same
as 50 alone; only session ids and incident numbers are random, as in real life. They see what their arm draws: where
that is `Scenes`, a better quality of it gives better images, and a prompt that was revised gives those of the revision.
Where the study records signals, what their pages would have noted is made up, too (`noting`).
"""

import random
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from imgloop_widgets.forms import Sheet
from imgloop_widgets.forms.slots import TARGET_TOKEN
from imgloop_widgets.generators.contract import Generator
from imgloop_widgets.generators.orders import Terms
from imgloop_widgets.generators.scenes import Scenes
from imgloop_widgets.generators.scenes.colours import NAMED
from imgloop_widgets.generators.scenes.vocabulary import KINDS
from imgloop_widgets.identity import Identity
from imgloop_widgets.loop import Attempt, State
from imgloop_widgets.opening import OpenStudy
from imgloop_widgets.rows import SIMULATED
from imgloop_widgets.runner import Runner, utc_now
from imgloop_widgets.simulate.answers import fill
from imgloop_widgets.simulate.noting import notes
from imgloop_widgets.simulate.pace import Clock, Pace
from imgloop_widgets.simulate.policies import MIX, policies
from imgloop_widgets.simulate.service import Service
from imgloop_widgets.simulate.session import Player, Worker
from imgloop_widgets.simulate.target import Sight, load_prompts, sight

OPEN = "open"
"""Stands for the reason of a session that is not finished."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What became of a population.

    sessions: played now. skipped: finished by an earlier run. by_reason: reason, or `OPEN` → sessions played now.
    attempts: images shown in them. failures: images that did not come. seconds: that all of it took, real time.
    """

    sessions: int
    skipped: int
    by_reason: Mapping[str, int]
    attempts: int
    failures: int
    seconds: float


def simulate(
    open_study: OpenStudy,
    workers: int,
    seed: int,
    *,
    now: datetime | None = None,
    days: float = 3.0,
    size: int = 160,
    generator: Generator | None = None,
    failure_rate: float = 0.03,
    mix: Mapping[str, float] = MIX,
    pace: Pace | None = None,
    progress: Callable[[int], None] = lambda done: None,
) -> Summary:
    """Let workers play the study, into its store; whoever has finished in an earlier run is left alone.

    workers: how many, ≥ 0. now: UTC, the latest moment of any event; None: the present. days: before `now`, over which
    they come. size: pixels, the width of their images. generator: makes their images in every arm; None: `Scenes` at
    this size, of the quality that the arm's own has.
    failure_rate: of the generator, 0 to 1. mix: policy → weight. progress: called with the number of workers done.

    Raises:
        ConfigurationError: the form asks for something that nobody here has an answer to.
        StoreError: a session can't be written.
    """
    begun, until = time.perf_counter(), now or utc_now()
    ways = policies(vocabulary())
    prompts = load_prompts(open_study.study.file(open_study.study.about.images))
    for arm in open_study.arms.values():
        for version in arm.form_file.versions:
            sheet = Sheet(form=version.form({TARGET_TOKEN: "target"}))
            fill(sheet, random.Random(seed))  # before anybody enters: can it be answered?
    makers = {name: generator or maker_of(arm.generator, size) for name, arm in open_study.arms.items()}
    steps = pace or Pace()
    states: list[State] = []
    failures = skipped = 0
    open_study = _for_all(open_study, workers)
    for number in range(1, workers + 1):
        chance = random.Random(f"{seed}/{number}")
        clock = Clock(until - timedelta(days=days * chance.random()))
        way = ways[chance.choices(list(mix), list(mix.values()))[0]]
        services = {name: Service(made, clock, rate=failure_rate, pace=steps) for name, made in makers.items()}
        who, served = Identity(worker_id=f"{SIMULATED}{number:04d}"), _served_by(services, open_study)
        golds = open_study.plan.gold.most if open_study.plan.gold else 0
        for turn in range(open_study.plan.units_per_worker + golds):
            runner = served.enter(who, clock=clock, pause=clock.advance)
            if runner.state.finished:
                skipped += turn == 0
                break
            _catch_up(clock, runner)
            seen = sight(runner.part.target, prompts)
            seed_of = f"{seed}/{number}" + (f"/{turn}" if turn else "")
            eyes = eyes_of(seen, makers[runner.state.opened.arm]) if runner.state.opened else None
            worker = Worker(policy=way, sight=seen, seed=seed_of, pace=steps, until=until, eyes=eyes)
            Player(worker, runner, clock).play()
            if runner.part.signals:
                noted = notes(runner.state, random.Random(f"{seed_of}/signals"))
                runner.store.note(runner.session_id, noted, clock())
            states.append(runner.state)
            if not runner.state.finished:  # they have left
                break
        failures += sum(service.failures for service in services.values())
        progress(number)
    return Summary(
        sessions=len(states),
        skipped=skipped,
        by_reason=Counter(state.finished.reason if state.finished else OPEN for state in states),
        attempts=sum(len(state.attempts) for state in states),
        failures=failures,
        seconds=time.perf_counter() - begun,
    )


def vocabulary() -> tuple[str, ...]:
    """Return phrases that say something to `Scenes`: every thing in several colours."""
    return tuple(f"{colour} {kind}" for kind in KINDS for colour in NAMED)


def _for_all(study: OpenStudy, workers: int) -> OpenStudy:
    """Return the study with units for all of them at once, however few it has for people."""
    most = max(study.plan.units_per_assignment, workers)
    return replace(study, plan=replace(study.plan, units_per_assignment=most, concurrent_units=None))


def maker_of(generator: Generator, size: int) -> Scenes:
    """Return what draws in place of an arm's generator: `Scenes` of its quality, if it is one. size: pixels."""
    return Scenes(quality=generator.quality if isinstance(generator, Scenes) else "full", size=size)


def eyes_of(seen: Sight, maker: Generator) -> Callable[[Attempt], float]:
    """Return what says how alike an image is, 0 to 1: by the prompt that was sent, as its maker understands it."""
    quality = maker.quality if isinstance(maker, Scenes) else "full"
    return lambda attempt: seen.resemblance(attempt.image.sent_prompt or attempt.prompt.prompt, quality)


def _served_by(services: Mapping[str, Service], study: OpenStudy) -> OpenStudy:
    """Return the study with these generators, by arm, without limits, which are for the real clock."""
    arms = {
        name: replace(arm, generator=services[name], terms=Terms(timeout_s=arm.terms.timeout_s))
        for name, arm in study.arms.items()
    }
    return replace(study, arms=arms)


def _catch_up(clock: Clock, runner: Runner) -> None:
    """Set the clock of a worker who goes on to where an earlier run left them."""
    last = runner.store.read(runner.session_id, since=runner.state.seq - 1)[-1].at
    clock.set(last)
