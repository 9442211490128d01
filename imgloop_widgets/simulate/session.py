"""One simulated worker from the link to the end, through the same runner as a real one.

    look (Seen) → policy → command → runner.dispatch → runner.perform_now → look …

The clock moves only between these steps. Every decision has its own chance, from the seed, the worker and `seq`: a
worker who was interrupted goes on and does what they would have done.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from imgloop_widgets.errors import Refused
from imgloop_widgets.forms import prompt_limits
from imgloop_widgets.loop import (
    PICK,
    SCORE,
    Attempt,
    Command,
    Exit,
    Expire,
    Phase,
    Score,
    State,
    SubmitPrompt,
    ends_with,
    is_enough,
    pending,
    seconds_left,
    writes,
)
from imgloop_widgets.runner import Runner
from imgloop_widgets.simulate import golding
from imgloop_widgets.simulate.answers import fill
from imgloop_widgets.simulate.files import SmallFile
from imgloop_widgets.simulate.pace import Clock, Pace
from imgloop_widgets.simulate.picking import at_first_sight, pick
from imgloop_widgets.simulate.policies import Leaving, Policy, Seen, Tried
from imgloop_widgets.simulate.setting import settings
from imgloop_widgets.simulate.stepping import answer_step
from imgloop_widgets.simulate.target import Sight
from imgloop_widgets.simulate.wording import Limits
from imgloop_widgets.stage import playing

CONTENT = 0.25
"""The probability that a worker who may finish whenever they want does so, at each attempt."""

PATIENCE = 4
"""Failures and refusals in a row after which a worker presses Exit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """seed: text; all the worker's chance comes from it. until: nothing happens later (UTC). judge: says how alike an
    attempt's image is to the target, 0 to 1; None: as `eyes` do. eyes: how alike it is by its
    words, which images of one prompt have in common; None: as `sight` sees the prompt.
    """

    policy: Policy
    sight: Sight
    seed: str
    pace: Pace
    until: datetime
    judge: Callable[[Attempt], float] | None = None
    eyes: Callable[[Attempt], float] | None = None


class Player:
    """Plays one session. Made for each; `play` is called once."""

    def __init__(self, worker: Worker, runner: Runner, clock: Clock) -> None:
        self._worker, self._runner, self._clock = worker, runner, clock
        self._limits = limits_of(runner)
        self._known = golding.known_to(runner, worker.seed)
        self._setbacks = 0

    def play(self) -> None:
        """Act until the session is finished, the worker has walked away, or `until` has come."""
        while not self._runner.state.finished and self._clock() < self._worker.until:
            state = self._runner.state
            if state.phase is Phase.ASKING:
                if not self._answer(state):
                    break
            elif pending(state):
                self._runner.perform_now()
                if self._runner.state.seq == state.seq:  # the time was over, or another process makes it
                    break
                if self._loop.phase is Phase.SCORING:
                    self._setbacks = 0
            elif not self._act(self._loop):
                break
        self._sweep()

    @property
    def _loop(self) -> State:
        """The loop that is played: the real one, or the practice's."""
        return playing(self._runner.part, self._runner.state)[1]

    def _answer(self, state: State) -> bool:
        """Answer a step before or after the loop; False: the worker gives up."""
        chance = random.Random(f"{self._worker.seed}/{state.seq}/{self._setbacks}")
        command = answer_step(self._runner, state, chance, self._upload)
        self._take(self._worker.pace.judge, chance)
        return self._dispatch(command)

    def _act(self, state: State) -> bool:
        """Do what comes next in the loop; False: the worker has walked away."""
        chance = random.Random(f"{self._worker.seed}/{state.seq}/{self._setbacks}")
        seen = self._look(state)
        rules = playing(self._runner.part, self._runner.state)[0].rules
        score, choice = None, None
        if state.phase is Phase.SCORING:
            score = self._worker.policy.score(seen, chance) if rules.self_rating else None
            if score is not None and self._known:
                score = golding.within(self._known, score)
            choice = self._pick(state.attempts[-1], chance) if rules.pick else None
            if ends_with(rules, state, score):
                self._take(self._worker.pace.judge, chance)
                return self._dispatch(Score(seq=state.seq, score=score, pick=choice))
            seen = replace(seen, tried=(*seen.tried[:-1], replace(seen.tried[-1], score=score)))
        prompt = self._prompt(state, seen, chance)
        if is_enough(rules, state) and chance.random() < CONTENT:
            prompt = Leaving.EXIT
        if isinstance(prompt, Leaving):
            return self._leave(state, prompt, score, choice, chance)
        controls = settings(rules.controls, state.prompt.controls if state.prompt else {}, chance)
        if state.phase is Phase.SCORING:
            self._take(self._worker.pace.update if writes(rules, state) else self._worker.pace.judge, chance)
            return self._dispatch(Score(seq=state.seq, score=score, prompt=prompt, pick=choice, controls=controls))
        answers = fill(self._runner.sheet, chance, self._upload) if state.answers is None else None
        if self._known and not state.attempts:
            prompt = golding.named(self._known, prompt, self._limits.longest)
            answers = None if answers is None else {**answers, **golding.right_answers(self._known, self._runner)}
        self._take(self._worker.pace.update if state.answers else self._worker.pace.write, chance)
        return self._dispatch(SubmitPrompt(seq=state.seq, prompt=prompt, answers=answers, controls=controls))

    def _pick(self, attempt: Attempt, chance: random.Random) -> int:
        """Choose one of the images."""
        store, target = self._runner.store, self._runner.part.target.file
        seen = self._worker.judge or (lambda one: at_first_sight(store.get_image(one.image.image_sha256), target))
        return pick(attempt, seen, chance)

    def _prompt(self, state: State, seen: Seen, chance: random.Random) -> str | Leaving:
        if self._setbacks >= PATIENCE:
            return Leaving.EXIT
        failed = state.failure if state.phase is Phase.PROMPTING else None
        if failed and failed.failure != "refused" and state.prompt:
            self._setbacks += 1
            return state.prompt.prompt  # the page has kept it
        return self._worker.policy.next_prompt(seen, chance)

    def _dispatch(self, command: Command) -> bool:
        seq = self._runner.state.seq
        try:
            self._runner.dispatch(command, makes=True)
        except Refused:
            if self._runner.state.seq == seq:
                self._setbacks += 1
                return self._setbacks <= PATIENCE
        return True

    def _upload(self, file: SmallFile) -> None:
        self._runner.store.keep_upload(self._runner.session_id, file.data, file.type)

    def _leave(self, state: State, how: Leaving, score: int | None, choice: int | None, chance: random.Random) -> bool:
        self._take(self._worker.pace.leave, chance)
        draft = {} if score is None or chance.random() < 0.3 else {SCORE: score}
        if choice is not None:
            draft[PICK] = choice
        if how is Leaving.EXIT:
            return self._dispatch(Exit(seq=state.seq, draft=draft))
        self._runner.store.save_draft(self._runner.session_id, state.seq, draft)
        return False

    def _sweep(self) -> None:
        """Let the server submit what a worker left behind, as it does some seconds after the time is over."""
        left = self._left()
        if self._runner.state.finished or left is None:
            return
        self._clock.advance(left + random.Random(f"{self._worker.seed}/sweep").uniform(0, 5))
        if self._clock() >= self._worker.until or self._left():  # the real clock can't be moved
            return
        draft = self._runner.store.draft(self._runner.session_id)
        values = draft[1] if draft and draft[0] >= self._runner.state.since else {}
        self._dispatch(Expire(seq=self._runner.state.seq, draft=values))

    def _take(self, median_s: float, chance: random.Random) -> None:
        """Let the worker take their time; at the end of it, the page submits what is there."""
        seconds, left = self._worker.pace.of(median_s, chance), self._left()
        self._clock.advance(seconds if left is None else min(seconds, left))

    def _left(self) -> float | None:
        """Seconds until the work so far is submitted, ≥ 0; None: no limit."""
        return seconds_left(self._runner.state, self._clock())

    def _look(self, state: State) -> Seen:
        rules, sight = self._runner.part.rules, self._worker.sight
        judge = self._worker.judge or self._worker.eyes or (lambda attempt: sight.resemblance(attempt.prompt.prompt))
        tried = tuple(Tried(prompt=a.prompt.prompt, score=a.score, resemblance=judge(a)) for a in state.attempts)
        limits, lowest, highest = self._limits, rules.score_min, rules.score_max
        return Seen(words=sight.words, tried=tried, limits=limits, lowest=lowest, highest=highest)


def limits_of(runner: Runner) -> Limits:
    """Return the bounds that the form sets for the loop's prompts, the narrowest of its fields."""
    form, parts = runner.part.form, runner.part.parts
    names = [parts.start.prompt, *(template.prompt for template in parts.templates.values())]
    bounds = [prompt_limits(form, name) for name in names]
    longest = min(b["max"] or runner.part.rules.prompt_max_characters for b in bounds)
    return Limits(shortest=max(b["min"] or 0 for b in bounds), longest=longest)
