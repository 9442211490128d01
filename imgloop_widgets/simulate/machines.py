"""Machine workers: they play the loop as anybody does, through the runner and into the store, in real time.

| policy | writes | is for |
| --- | --- | --- |
| blind | a person's first prompt, then rewrites of it that see nothing | what of a gain is there without looking |
| hill-climb | the prompt that scored best, with a phrase more, less or other | what a search without eyes reaches |
| script | a list of prompts, one after the other | repeating what was written elsewhere |

Their ids begin with `sim-` and the policy's name, so every table and report knows them: `simulated` is true, and they
are left out wherever simulated workers are. What they score is what a scorer says of the image, put on the study's
scale; without one, it is the likeness of what the prompt says to what the target shows. Images are made by the study's
own generator, under its limits, and the clock is the real one.
"""

import random
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import cycle
from pathlib import Path

from imgloop_widgets.errors import ConfigurationError, Problem
from imgloop_widgets.identity import Identity
from imgloop_widgets.loop import Attempt, State, fold
from imgloop_widgets.opening import OpenStudy
from imgloop_widgets.rows import MACHINES, SIMULATED
from imgloop_widgets.runner import Runner
from imgloop_widgets.scorers import Scorer
from imgloop_widgets.simulate.pace import Pace, Present
from imgloop_widgets.simulate.policies import Leaving, Policy, Seen
from imgloop_widgets.simulate.population import OPEN, Summary, vocabulary
from imgloop_widgets.simulate.rewriting import Rewriter, paraphrase
from imgloop_widgets.simulate.session import Player, Worker
from imgloop_widgets.simulate.target import Sight, load_prompts, sight
from imgloop_widgets.simulate.wording import compose, fitted, phrases_of

TRIES = 5
"""Images of a machine worker, where neither a study nor anybody else sets a limit."""

UNLIKE = 20
"""How often another wording is looked for before one is written again."""


def by_measure(seen: Seen, *, perfect: bool) -> int:
    """Return how alike the latest image is, on the scale. perfect: whether the top, which ends a session, is given."""
    top = seen.highest if perfect else seen.highest - 1
    share = min(1.0, max(0.0, seen.tried[-1].resemblance))
    return min(top, seen.lowest + round((seen.highest - seen.lowest) * share))


@dataclass(frozen=True, slots=True, kw_only=True)
class Blind:
    """first: a person's first prompt. tries: images at most. It goes on to the end, however alike an image is."""

    first: str
    tries: int
    rewrite: Rewriter = paraphrase
    name: str = "blind"

    def next_prompt(self, seen: Seen, chance: random.Random) -> str | Leaving:
        """Write the first prompt, then another wording of it."""
        if len(seen.tried) >= self.tries:
            return Leaving.EXIT
        if not seen.tried:
            return fitted(self.first, seen.limits)
        before = {tried.prompt for tried in seen.tried}
        for _ in range(UNLIKE):
            prompt = fitted(self.rewrite(self.first, len(seen.tried), chance), seen.limits)
            if prompt not in before:
                break
        return prompt

    def score(self, seen: Seen, chance: random.Random) -> int:
        """Say what was measured; it changes nothing of what comes next."""
        return by_measure(seen, perfect=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Climber:
    """first: where it begins; None: with a few phrases by chance. vocabulary: phrases to add. tries: images at most."""

    vocabulary: tuple[str, ...]
    tries: int
    first: str | None = None
    name: str = "hill-climb"

    def next_prompt(self, seen: Seen, chance: random.Random) -> str | Leaving:
        """Change one phrase of what has come closest so far."""
        if len(seen.tried) >= self.tries:
            return Leaving.EXIT
        if not seen.tried:
            begin = chance.sample(self.vocabulary, 3)
            return fitted(self.first, seen.limits) if self.first else compose(begin, seen.limits)
        best = max(seen.tried, key=lambda tried: tried.resemblance).prompt
        before = {tried.prompt for tried in seen.tried}
        for _ in range(UNLIKE):
            prompt = compose(self._changed(list(phrases_of(best)), chance), seen.limits)
            if prompt not in before:
                break
        return prompt

    def _changed(self, phrases: list[str], chance: random.Random) -> list[str]:
        place, new = chance.randrange(len(phrases) + 1), chance.choice(self.vocabulary)
        step = chance.choice(("add", "add", "drop", "swap"))
        if step == "add" or len(phrases) < 2:
            return [*phrases[:place], new, *phrases[place:]]
        place = min(place, len(phrases) - 1)
        return [*phrases[:place], *([new] if step == "swap" else []), *phrases[place + 1 :]]

    def score(self, seen: Seen, chance: random.Random) -> int:
        """Say what was measured; the top of the scale ends the search."""
        return by_measure(seen, perfect=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """prompts: what it writes, in this order; then it presses Exit."""

    prompts: tuple[str, ...]
    name: str = "script"

    def next_prompt(self, seen: Seen, chance: random.Random) -> str | Leaving:
        """Write the next one."""
        return self.prompts[len(seen.tried)] if len(seen.tried) < len(self.prompts) else Leaving.EXIT

    def score(self, seen: Seen, chance: random.Random) -> int:
        """Say what was measured."""
        return by_measure(seen, perfect=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class First:
    """A person's first prompt. target_id, arm: for which target, in which arm; "": for any."""

    prompt: str
    target_id: str = ""
    arm: str = ""


POLICIES = MACHINES


@dataclass(frozen=True, slots=True, kw_only=True)
class Machines:
    """Who plays. policy: of `POLICIES`. scorer: how alike an image is; None: the words' likeness to the target.

    firsts: of people; `blind` needs some, `hill-climb` begins with them. script: prompts, for `script`. tries: images
    at most. rewrite: for `blind`.
    """

    policy: str
    scorer: Scorer | None = None
    firsts: Sequence[First] = ()
    script: tuple[str, ...] = ()
    tries: int | None = None
    rewrite: Rewriter = paraphrase


def first_prompts(open_study: OpenStudy) -> list[First]:
    """Return the first prompt of every session of a person in the study's store, the earliest first.

    While nobody has played, those of simulated workers stand for people's.
    """
    found: dict[bool, list[First]] = {False: [], True: []}
    for _, events in open_study.store.logs(open_study.study.name):
        state = fold(events)
        if not state.opened or not state.attempts or _is_machine(state.opened.worker_id):
            continue
        first = First(prompt=state.attempts[0].prompt.prompt, target_id=state.opened.target_id, arm=state.opened.arm)
        found[state.opened.worker_id.startswith(SIMULATED)].append(first)
    return found[False] or found[True]


def _is_machine(worker_id: str) -> bool:
    return any(worker_id.startswith(f"{SIMULATED}{policy}-") for policy in POLICIES)


def play_machines(
    open_study: OpenStudy,
    machines: Machines,
    number: int,
    seed: int,
    *,
    progress: Callable[[int], None] = lambda done: None,
) -> Summary:
    """Let machine workers play the study, into its store; who has finished in an earlier run is left alone.

    number: how many, ≥ 0: machine n has the n-th first prompt and its target, again from the first after the last; or
    unit n. progress: called with the number of machines done.

    Raises:
        ConfigurationError: the policy lacks what it needs; or the study brings no generator.
        StoreError: a session can't be written.
    """
    begun = time.perf_counter()
    firsts = _checked(open_study, machines)
    words, prompts = vocabulary(), load_prompts(open_study.study.file(open_study.study.about.images))
    states: list[State] = []
    skipped = 0
    for n, unit in zip(range(1, number + 1), _units(open_study, firsts), strict=False):
        first = firsts[(n - 1) % len(firsts)] if firsts else None
        who = Identity(worker_id=f"{SIMULATED}{machines.policy}-{n:04d}", unit=unit)
        runner = open_study.enter(who)
        if runner.state.finished:
            skipped += 1
        else:
            policy = _policy(machines, first, words, _tries(machines, runner))
            sees = sight(runner.part.target, prompts)
            worker = Worker(
                policy=policy,
                sight=sees,
                seed=f"{seed}/{machines.policy}/{n}",
                pace=Pace(),
                until=datetime.max.replace(tzinfo=UTC),
                judge=_judge(machines.scorer, runner, sees),
            )
            Player(worker, runner, Present()).play()
            states.append(runner.state)
        progress(n)
    return Summary(
        sessions=len(states),
        skipped=skipped,
        by_reason=Counter(state.finished.reason if state.finished else OPEN for state in states),
        attempts=sum(len(state.attempts) for state in states),
        failures=sum(state.failure is not None for state in states),
        seconds=time.perf_counter() - begun,
    )


def _checked(open_study: OpenStudy, machines: Machines) -> list[First]:
    """Return the first prompts that there is a target for. Raises: ConfigurationError."""
    if machines.policy not in POLICIES:
        raise ConfigurationError([Problem("policy", f"must be one of {', '.join(POLICIES)}; not {machines.policy!r}")])
    if machines.scorer is not None:
        try:
            machines.scorer.quality(0.0)
        except ValueError as error:
            raise ConfigurationError([Problem("scorer", f"{error}; choose another one, such as ssim")]) from None
    units = _units_by_kind(open_study, machines.firsts)
    firsts = [first for first in machines.firsts if units[first.target_id, first.arm]]
    if machines.policy == "blind" and not firsts:
        what = "needs first prompts of people for this study's targets: let somebody play first, or name a file of them"
        raise ConfigurationError([Problem("policy blind", what)])
    if machines.policy == "script" and not machines.script:
        raise ConfigurationError([Problem("policy script", "needs prompts; name a file with one in each line")])
    return firsts if machines.policy != "script" else []


def _units(open_study: OpenStudy, firsts: Sequence[First]) -> Iterator[int]:
    """Yield the unit of each machine: one of the target and arm of its first prompt, each time the next of these."""
    who = firsts or [First(prompt="")]
    units = {kind: cycle(of_kind) for kind, of_kind in _units_by_kind(open_study, who).items()}
    for first in cycle(who):
        yield next(units[first.target_id, first.arm])


def _units_by_kind(open_study: OpenStudy, firsts: Sequence[First]) -> dict[tuple[str, str], list[int]]:
    """Return target and arm of first prompts ("": any) → the units that such a prompt is for, in their order."""
    slots = [open_study.plan.slot(unit) for unit in range(1, open_study.units + 1)]
    return {
        (target, arm): [slot.unit for slot in slots if target in ("", slot.target_id) and arm in ("", slot.arm)]
        for target, arm in {(first.target_id, first.arm) for first in firsts}
    }


def _tries(machines: Machines, runner: Runner) -> int:
    return machines.tries or runner.part.rules.max_answer_loops or TRIES


def _policy(machines: Machines, first: First | None, words: tuple[str, ...], tries: int) -> Policy:
    if machines.policy == "script":
        return Script(prompts=machines.script)
    if machines.policy == "blind":
        assert first is not None
        return Blind(first=first.prompt, tries=tries, rewrite=machines.rewrite)
    return Climber(vocabulary=words, tries=tries, first=first.prompt if first else None)


def _judge(scorer: Scorer | None, runner: Runner, sees: Sight) -> Callable[[Attempt], float]:
    """Return what says how alike an attempt's image is, 0 to 1; each image is looked at once."""
    if scorer is None:
        return lambda attempt: sees.resemblance(attempt.prompt.prompt)
    known: dict[str, float] = {}
    target: Path = runner.part.target.file

    def judged(attempt: Attempt) -> float:
        name = attempt.image.image_sha256
        if name not in known:
            known[name] = scorer.quality(scorer(runner.store.get_image(name), target))
        return known[name]

    return judged
