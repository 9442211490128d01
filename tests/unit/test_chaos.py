"""50 workers at once and a service that does everything wrong: no attempt is lost or counted wrongly, nobody is stuck.

The service refuses, stalls, drops the connection, asks to come back later, lies about sizes, and returns HTML, half an
image, black, a bomb of 60 megapixels, nothing, and now and then an image. It is played in this process and on one
machine's clock; the limits, the cap and the events are the store's own. Over HTTP the same is done to the backends.
"""

import asyncio
import io
import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from imgloop_widgets.errors import GenerationError, Refused
from imgloop_widgets.events import GenerationFailed, ImageGenerated, PromptSubmitted
from imgloop_widgets.generators.contract import Generated, Preview
from imgloop_widgets.identity import Identity
from imgloop_widgets.loop import Cancel, Exit, Phase, Score, SubmitPrompt, fold
from imgloop_widgets.opening import OpenStudy
from imgloop_widgets.runner import Runner, utc_now

WORKERS = 50
PRICE, CAP = 0.04, 1000.0
AT_ONCE = 8
Write = Callable[..., Path]


def png(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


WHOLE = png(Image.effect_noise((64, 64), 90))
BOMB = png(Image.new("1", (10_000, 6_000)))


def broken_size(data: bytes) -> bytes:
    """A PNG that says it is 60,000 pixels wide."""
    return data[:16] + (60_000).to_bytes(4, "big") + data[20:]


class Service:
    """Fails in every way, by chance. made: images that it gave; at_once: the most calls that were under way."""

    name, version, price = "chaos", "1", PRICE

    def __init__(self, seed: int) -> None:
        self._chance, self._lock = random.Random(seed), threading.Lock()
        self.under_way = self.at_once = self.calls = self.made = 0
        self.ways: Counter[str] = Counter()

    async def __call__(self, prompt: str, context: Any) -> Any:
        with self._lock:
            self.calls += 1
            self.under_way += 1
            self.at_once = max(self.at_once, self.under_way)
            way = self._chance.choice(WAYS)
            self.ways[way.__name__] += 1
        try:
            await asyncio.sleep(0.001)
            returned = await way(self, context)
            self.made += way is image or way is with_a_flag
            return returned
        finally:
            with self._lock:
                self.under_way -= 1


async def image(service: Service, context: Any) -> Any:
    return Generated(image=WHOLE, cost=0.03, request_id="q")


async def with_a_flag(service: Service, context: Any) -> Any:
    return Generated(image=WHOLE, flags=("maybe",))


async def refuses(service: Service, context: Any) -> Any:
    raise GenerationError("content_policy_violation", failure="refused")


async def asks_to_come_back(service: Service, context: Any) -> Any:
    raise GenerationError("HTTP 429", failure="rate_limited", retry_after_s=0.5)


async def stalls(service: Service, context: Any) -> Any:
    context.progress(0.1, "begun")
    await asyncio.sleep(60)


async def drops(service: Service, context: Any) -> Any:
    raise ConnectionResetError("connection reset by peer")


async def wrong_request(service: Service, context: Any) -> Any:
    raise GenerationError("HTTP 422", failure="invalid_parameters")


async def html(service: Service, context: Any) -> Any:
    return b"<!doctype html><h1>502 Bad Gateway</h1>"


async def half(service: Service, context: Any) -> Any:
    return WHOLE[: len(WHOLE) // 2]


async def black(service: Service, context: Any) -> Any:
    return Image.new("RGB", (64, 64))


async def black_with_a_flag(service: Service, context: Any) -> Any:
    return Generated(image=Image.new("RGB", (64, 64)), flags=("nsfw",))


async def bomb(service: Service, context: Any) -> Any:
    return BOMB


async def lies_about_its_size(service: Service, context: Any) -> Any:
    return broken_size(WHOLE)


async def nothing(service: Service, context: Any) -> Any:
    return None


async def only_previews(service: Service, context: Any) -> Any:
    return iter([Preview(share=0.5, image=WHOLE)])


async def is_mistaken(service: Service, context: Any) -> Any:
    raise KeyError("data")


WAYS = (
    *[image] * 8,
    *(with_a_flag, refuses, asks_to_come_back, stalls, drops, wrong_request, html, half, black, black_with_a_flag),
    *(bomb, lies_about_its_size, nothing, only_previews, is_mistaken),
)


def play(study: OpenStudy, number: int) -> Runner:
    """One worker who never gives up: the same words after a failure, others after a refusal, sometimes a cancel."""
    chance = random.Random(number)
    who = Identity(worker_id=f"w{number}", unit=1)
    runner = study.enter(who, pause=lambda seconds: time.sleep(min(seconds, 0.01)))

    def send(kind: Any, **values: Any) -> None:
        runner.dispatch(kind(seq=runner.state.seq, **values))

    async def act() -> None:
        for turn in range(400):
            state = runner.state
            if state.finished:
                return
            if state.phase is Phase.GENERATING:
                making = asyncio.create_task(runner.perform())
                if chance.random() < 0.05:
                    await asyncio.sleep(0.005)
                    if runner.state.phase is Phase.GENERATING:
                        send(Cancel)
                await making
            elif state.phase is Phase.SCORING:
                send(Score, score=chance.randint(1, 9), prompt=f"the next bear of {number}, {turn}")
            else:
                again = state.prompt and state.failure and state.failure.failure != "refused"
                words = state.prompt.prompt if again and state.prompt else f"other words of {number}, {turn}"
                send(SubmitPrompt, prompt=words, answers=None if state.answers else {"age": "34"})
        send(Exit)

    asyncio.run(act())
    return runner


@pytest.mark.parametrize("seed", [1])
def test_50_workers_and_a_service_that_does_everything_wrong(
    seed: int, study_files: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("IMGLOOP_RESULTS", raising=False)
    loop = "max_answer_loops = 3\ngeneration_timeout_in_seconds = 0.3\n"
    limits = f"[generation]\nat_once = {AT_ONCE}\nmax_cost = {CAP}\nmax_refusals = 6\n"
    folder, service = study_files(loop=loop + limits, study="units_per_assignment = 50"), Service(seed)
    study = OpenStudy.load(folder, generate=service)
    runners: list[Runner] = []
    threads = [threading.Thread(target=lambda n=n: runners.append(play(study, n)), daemon=True) for n in range(WORKERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(240)

    assert len(runners) == WORKERS, "a session is stuck"
    assert set(service.ways) == {way.__name__ for way in WAYS}, "a way to fail was not tried"
    shown = 0
    incidents = {incident.incident for incident in study.store.incidents(5000)}
    harmless = {"refused", "cancelled", "rate_limited"}
    reasons: Counter[str] = Counter()
    for runner in runners:
        log = runner.store.read(runner.session_id)
        state = fold(log)  # which raises where an attempt is counted wrongly
        assert state == runner.state
        assert state.finished is not None
        reasons[state.finished.reason] += 1
        prompts = [event for event in log if isinstance(event, PromptSubmitted)]
        images = [event for event in log if isinstance(event, ImageGenerated)]
        failures = [event for event in log if isinstance(event, GenerationFailed)]
        assert len(prompts) == len(images) + len(failures), "every prompt has come to an end, and to one"
        assert [attempt.number for attempt in state.attempts] == list(range(1, len(images) + 1))
        if state.finished.reason == "attempts_used":
            assert len(images) == 3 and all(attempt.score for attempt in state.attempts)
        else:
            assert state.finished.reason == "failed" and state.refusals == 6
        for event in images:
            data = study.store.get_image(event.image_sha256)
            assert Image.open(io.BytesIO(data)).size == (64, 64)
            assert (event.generator, event.request_id) in {("chaos", "q"), ("chaos", None)}
            assert study.store.generation(prompts[[p.seq for p in prompts].index(event.seq - 1)].idempotency_key)
        assert all((event.incident in incidents) == (event.failure not in harmless) for event in failures)
        shown += len(images)

    assert reasons["attempts_used"] > WORKERS / 2
    assert shown <= service.made
    assert 1 <= service.at_once <= AT_ONCE
    gate = study.store.gate("small", utc_now() + timedelta(seconds=1))
    assert (gate.active, gate.waiting, gate.paused) == (0, 0, None)
    assert shown * 0.03 <= gate.spent + 1e-6 <= service.calls * PRICE + 1e-5


def test_when_the_money_runs_out_everybody_is_thanked_and_nothing_is_overspent(
    study_files: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("IMGLOOP_RESULTS", raising=False)

    class Honest(Service):
        async def __call__(self, prompt: str, context: Any) -> Any:
            self.calls += 1
            await asyncio.sleep(0.002)
            return Generated(image=WHOLE, cost=PRICE)

    service = Honest(1)
    folder = study_files(loop="[generation]\nmax_cost = 1.0\n", study="units_per_assignment = 50")
    study = OpenStudy.load(folder, generate=service)
    runners: list[Runner] = []

    def enter(number: int) -> None:
        try:
            runners.append(play(study, number))
        except Refused as refused:  # who comes after the pause is told so
            assert "paused" in str(refused)

    threads = [threading.Thread(target=enter, args=(n,), daemon=True) for n in range(WORKERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(240)
    assert not any(thread.is_alive() for thread in threads)
    assert all(runner.state.finished for runner in runners)
    assert service.calls == 25
    assert sum(len(runner.state.attempts) for runner in runners) <= 25, "what was cancelled was paid, too"
    assert study.store.gate("small", utc_now()).spent == pytest.approx(1.0)
    assert study.store.paused("small") is not None
