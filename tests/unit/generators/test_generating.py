"""One image with all that stands around a call: cache, pause, turns, money, retries, previews, and giving up."""

import io
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from PIL import Image

from imgloop_widgets.errors import FAILURES, Failure, GenerationError, StoreError
from imgloop_widgets.events import Generation
from imgloop_widgets.generators import generating
from imgloop_widgets.generators.contract import Context, Generated, Preview
from imgloop_widgets.generators.generating import Generating
from imgloop_widgets.generators.orders import Order, StudyPaused, Terms, recipe_of
from imgloop_widgets.store import Limits, Store, open_store

T0 = datetime(2026, 1, 1, 9, tzinfo=UTC)
PRICED = Limits(price=0.25, max_cost=1.0)


def picture(colour: str = "teal") -> Image.Image:
    return Image.new("RGB", (24, 16), colour)


@dataclass
class Script:
    """A generator that does what stands in its script: raise an error, call a function, or return a thing."""

    script: list[Any]
    name: str = "script"
    version: str = "1"
    calls: list[tuple[str, Context]] = field(default_factory=list)

    def __call__(self, prompt: str, context: Context) -> Any:
        self.calls.append((prompt, context))
        step = self.script.pop(0) if self.script else picture()
        if isinstance(step, BaseException):
            raise step
        return step(prompt, context) if callable(step) else step


@dataclass
class Bench:
    """A store, a clock that moves by waiting alone, and what the worker was told."""

    store: Store
    now: datetime = T0
    told: list[Any] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    previews: list[bytes] = field(default_factory=list)
    limit_s: float | None = 600

    def wait(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += timedelta(seconds=seconds)

    def watch(self, share: float | None, text: str, preview: bytes | None) -> None:
        self.told.append((share, text))
        if preview is not None:
            self.previews.append(preview)

    def order(
        self, *, prompt: str = "a bear", key: str = "k1", worker: str = "ana", seed: int = 7, **more: Any
    ) -> Order:
        context = Context(
            attempt=1,
            target_id="bear",
            category="bears",
            seed=seed,
            idempotency_key=key,
            deadline=None if self.limit_s is None else T0 + timedelta(seconds=self.limit_s),
            **more,
        )
        return Order(prompt=prompt, context=context, study="s", worker_id=worker, session_id="session")

    def job(
        self, generator: Any, terms: Terms | None = None, *, revise: Any = None, store: Any = None, **order: Any
    ) -> Generating:
        return Generating(
            generator,
            terms or Terms(),
            self.order(**order),
            store or self.store,
            revise=revise,
            watch=self.watch,
            clock=lambda: self.now,
            pause=self.wait,
        )

    def run(self, generator: Any, terms: Terms | None = None, **more: Any) -> Generation:
        return self.job(generator, terms, **more).run()

    def fails(self, generator: Any, terms: Terms | None = None, **more: Any) -> GenerationError:
        with pytest.raises(GenerationError) as raised:
            self.run(generator, terms, **more)
        return raised.value

    @property
    def gate(self) -> Any:
        return self.store.gate("s", self.now)


@pytest.fixture
def bench() -> Iterator[Bench]:
    with open_store(":memory:") as store:
        yield Bench(store)


def failure(kind: Failure, **more: Any) -> GenerationError:
    return GenerationError(f"it said {kind}", failure=kind, **more)


def test_an_image_is_kept_with_all_that_is_needed_to_make_it_again(bench: Bench) -> None:
    returned = Generated(
        image=picture(),
        parameters={"steps": 3},
        model="m@1",
        seed=5,
        revised_prompt="a very fine bear",
        request_id="q-1",
        cost=0.03,
        flags=("maybe",),
    )

    def slowly(prompt: str, context: Context) -> Generated:
        bench.wait(2.5)
        return returned

    made = bench.run(Script([slowly]))
    assert (made.generator, made.version, made.model, made.seed) == ("script", "1", "m@1", 5)
    assert (made.sent_prompt, made.revised_prompt, made.request_id) == (None, "a very fine bear", "q-1")
    assert (made.duration_s, made.cost, made.flags, made.calls) == (2.5, 0.03, ("maybe",), 1)
    assert (made.width, made.height, made.parameters) == (24, 16, {"steps": 3})
    assert bench.store.get_image(made.image_sha256)[8:12] == b"WEBP"
    assert bench.store.generation("k1") == made


def test_a_generation_that_was_made_under_this_key_is_found_again_and_not_paid_twice(bench: Bench) -> None:
    """A kernel that was killed after its call and before its event leaves just this behind."""
    script = Script([])
    made = bench.run(script, Terms(limits=PRICED))
    assert bench.run(script, Terms(limits=PRICED)) == made
    assert len(script.calls) == 1
    assert bench.gate.spent == 0.25


def test_without_a_cache_the_same_words_are_drawn_anew(bench: Bench) -> None:
    script = Script([])
    bench.run(script, key="k1")
    bench.run(script, key="k2")
    assert len(script.calls) == 2


def test_with_a_cache_the_same_recipe_is_made_once_for_all_workers(bench: Bench) -> None:
    script, terms = Script([Generated(image=picture(), model="m", cost=0.2)]), Terms(cache=True, limits=PRICED)
    first = bench.run(script, terms, key="k1")
    second = bench.run(script, terms, key="k2", worker="ben")
    assert len(script.calls) == 1
    assert (second.image_sha256, second.model) == (first.image_sha256, "m")
    assert (second.calls, second.cost) == (0, None)
    assert bench.gate.spent == pytest.approx(0.2)
    assert bench.store.generation("k2") == second


def test_of_two_who_want_the_same_recipe_at_once_one_makes_it_and_the_other_waits(bench: Bench) -> None:
    begun, go = threading.Event(), threading.Event()

    def held(prompt: str, context: Context) -> Any:
        begun.set()
        assert go.wait(20)
        return picture()

    script, terms, made = Script([held]), Terms(cache=True), []
    first = threading.Thread(target=lambda: made.append(bench.run(script, terms, key="k1")))
    first.start()
    assert begun.wait(20)
    second = Bench(bench.store)

    def wait(seconds: float) -> None:
        go.set()
        first.join(20)

    second.wait = wait  # type: ignore[method-assign]
    made.append(second.run(script, terms, key="k2", worker="ben"))
    assert len(script.calls) == 1
    assert [generation.calls for generation in made] == [1, 0]


def test_whoever_waits_for_a_recipe_makes_it_where_the_other_fails_or_dies(bench: Bench) -> None:
    script, terms = Script([failure("refused")]), Terms(cache=True)
    bench.fails(script, terms, key="k1")
    assert bench.run(script, terms, key="k2").calls == 1
    recipe = recipe_of(script, bench.order(prompt="a fox").context, "a fox")
    assert bench.store.claim(recipe, 0, "a process that has died", bench.now, 5.0)
    assert bench.run(script, terms, key="k3", prompt="a fox").calls == 1
    assert sum(bench.waits) == pytest.approx(5.0, abs=0.3)


@pytest.mark.parametrize(
    "other",
    [
        {"prompt": "a Bear"},
        {"seed": 8},
        {"options": {"guidance": 3}},
        {"generator": Script([], version="2")},
        {"generator": Script([], name="another")},
    ],
)
def test_another_prompt_seed_option_version_or_generator_is_another_recipe(bench: Bench, other: Any) -> None:
    bench.run(Script([]), Terms(cache=True))
    script = other.pop("generator", None) or Script([])
    bench.run(script, Terms(cache=True), key="k2", **other)
    assert len(script.calls) == 1


def test_an_image_whose_file_is_gone_is_made_anew(bench: Bench) -> None:
    script = Script([])
    made = bench.run(script, Terms(cache=True))
    bench.store._kept("images").remove(made.image_sha256)
    bench.run(script, Terms(cache=True), key="k2")
    assert len(script.calls) == 2


def test_a_prompt_is_revised_before_it_is_sent_and_both_are_kept(bench: Bench) -> None:
    script = Script([])
    made = bench.run(script, revise=lambda prompt, context: f"{prompt}, in soft light")
    assert [prompt for prompt, _ in script.calls] == ["a bear, in soft light"]
    assert made.sent_prompt == "a bear, in soft light"


def test_a_revision_that_changes_nothing_is_none(bench: Bench) -> None:
    assert bench.run(Script([]), revise=lambda prompt, context: prompt).sent_prompt is None


def test_a_prompt_is_revised_once_however_often_the_call_is_tried(bench: Bench) -> None:
    asked = []

    def revise(prompt: str, context: Context) -> str:
        asked.append(prompt)
        return f"{prompt} {len(asked)}"

    script = Script([failure("transient"), failure("timeout")])
    assert bench.run(script, revise=revise).sent_prompt == "a bear 1"
    assert [prompt for prompt, _ in script.calls] == ["a bear 1"] * 3


def test_a_reviser_is_tried_again_as_a_generator_is(bench: Bench) -> None:
    script = Script([ConnectionResetError("gone"), lambda prompt, context: "a revised bear"])
    assert bench.run(Script([]), revise=script).sent_prompt == "a revised bear"
    assert bench.fails(Script([]), revise=Script([failure("refused")]), key="k2").failure == "refused"


def test_a_failure_that_passes_costs_nothing_but_time(bench: Bench) -> None:
    made = bench.run(Script([failure("transient"), failure("rate_limited", retry_after_s=8)]))
    assert made.calls == 3
    assert sum(bench.waits) >= 8
    texts = [text for _, text in bench.told]
    assert "Busy; next try in 8 s" in texts and "Busy; next try in 1 s" in texts


@pytest.mark.parametrize("kind", FAILURES)
def test_a_failure_that_stays_is_raised_with_a_note_of_the_calls_before(bench: Bench, kind: Failure) -> None:
    script = Script([failure(kind) for _ in range(20)])
    error = bench.fails(script)
    assert error.failure == kind
    noted = getattr(error, "__notes__", [])
    assert noted == (
        [f"after {len(script.calls)} calls: {', '.join([kind] * len(script.calls))}"] if len(script.calls) > 1 else []
    )


@pytest.mark.parametrize(
    ("raised", "kind", "calls"), [(TimeoutError(), "timeout", 2), (ConnectionRefusedError("no"), "transient", 4)]
)
def test_python_s_own_errors_of_a_network_are_failures_of_their_kind(
    bench: Bench, raised: Exception, kind: str, calls: int
) -> None:
    script = Script([raised] * 9)
    assert bench.fails(script).failure == kind
    assert len(script.calls) == calls


def test_a_mistake_in_the_generator_is_not_tried_again(bench: Bench) -> None:
    script = Script([ZeroDivisionError("a mistake")])
    with pytest.raises(ZeroDivisionError):
        bench.run(script)
    assert len(script.calls) == 1


def test_nothing_is_tried_beyond_the_worker_s_time(bench: Bench) -> None:
    bench.limit_s = 5
    script = Script([failure("rate_limited", retry_after_s=8)])
    assert bench.fails(script).failure == "rate_limited"
    assert bench.now == T0


def test_each_call_is_told_how_long_it_may_take(bench: Bench) -> None:
    bench.limit_s = 100

    def slowly(prompt: str, context: Context) -> Any:
        bench.wait(70)
        raise failure("timeout")

    script = Script([slowly])
    bench.run(script, Terms(timeout_s=80))
    assert [context.timeout_s for _, context in script.calls] == [80, 30]


def test_no_call_is_begun_once_the_time_is_over(bench: Bench) -> None:
    script = Script([])
    bench.now += timedelta(seconds=600)
    assert bench.fails(script, Terms(limits=PRICED)).failure == "cancelled"
    assert script.calls == []
    assert bench.gate.spent == 0


def test_a_used_up_quota_pauses_the_study_for_everybody(bench: Bench) -> None:
    assert bench.fails(Script([failure("quota")])).failure == "quota"
    assert bench.store.paused("s").why == "it said quota"  # type: ignore[union-attr]
    script = Script([])
    error = bench.fails(script, key="k2", worker="ben")
    assert isinstance(error, StudyPaused) and "it said quota" in str(error)
    assert script.calls == []
    bench.store.resume("s")
    bench.run(script, key="k2", worker="ben")


@pytest.mark.parametrize("kind", FAILURES)
def test_what_may_have_been_paid_counts_against_the_cap_and_what_was_not_does_not(bench: Bench, kind: Failure) -> None:
    script = Script([failure(kind) for _ in range(20)])
    bench.fails(script, Terms(limits=Limits(price=0.25)))
    free = kind in {"refused", "rate_limited", "quota", "invalid_parameters"}
    assert bench.gate.spent == (0 if free else 0.25 * len(script.calls))
    assert bench.gate.active == 0


def test_a_study_never_spends_more_than_its_cap_and_is_paused_when_it_is_reached(bench: Bench) -> None:
    script = Script([])
    terms = Terms(limits=Limits(price=0.3, max_cost=1.0))
    for number in range(3):
        bench.run(script, terms, key=f"k{number}")
    error = bench.fails(script, terms, key="k3")
    assert isinstance(error, StudyPaused)
    assert "the spending cap is reached: $0.90 of $1.00" in bench.gate.paused.why
    assert (len(script.calls), bench.gate.spent) == (3, pytest.approx(0.9))


def test_what_a_call_did_cost_takes_the_place_of_its_price(bench: Bench) -> None:
    terms = Terms(limits=Limits(price=0.3, max_cost=1.0))
    script = Script([Generated(image=picture(), cost=0.1) for _ in range(8)])
    for number in range(8):
        bench.run(script, terms, key=f"k{number}")
    assert bench.gate.spent == pytest.approx(0.8)
    assert isinstance(bench.fails(script, terms, key="k8"), StudyPaused)


def test_a_bad_image_is_asked_for_again_once(bench: Bench) -> None:
    script = Script([b"<html>502</html>", picture()])
    assert bench.run(script).calls == 2
    assert (None, "The image came back broken; trying again") in bench.told
    assert bench.fails(Script([picture("black"), b"half"]), key="k2").failure == "bad_output"


def test_progress_and_previews_reach_the_watcher_as_small_pictures(bench: Bench) -> None:
    def drawing(prompt: str, context: Context) -> Any:
        yield Preview(share=0.5, text="half", image=Image.new("RGB", (2000, 1000), "navy"))
        yield Preview(share=0.6, image=picture())  # too soon after the other
        context.progress(0.7, "nearly")
        yield picture()

    bench.run(drawing)
    assert bench.told == [(0.5, "half"), (0.6, ""), (0.7, "nearly")]
    (small,) = bench.previews
    assert Image.open(io.BytesIO(small)).size == (512, 256)


def test_a_preview_that_is_no_image_is_left_out(bench: Bench) -> None:
    bench.run(Script([lambda prompt, context: (context.progress(0.5, "half", b"garbage"), picture())[1]]))
    assert (bench.told, bench.previews) == ([(0.5, "half")], [])


def busy(bench: Bench, count: int, limits: Limits) -> list[str]:
    """Let so many calls of others begin, and return their ids."""
    ids = [f"other-{number}" for number in range(count)]
    for number, call_id in enumerate(ids):
        assert bench.store.ask_turn("s", call_id, f"w{number}", limits, bench.now, 600).begun
    return ids


def test_a_call_waits_for_its_turn_and_the_worker_sees_the_place(bench: Bench) -> None:
    limits = Limits(at_once=1)
    (other,) = busy(bench, 1, limits)
    assert not bench.store.ask_turn("s", "before", "ben", limits, bench.now, 600).begun
    bench.now += timedelta(seconds=1)
    steps: list[Callable[[], object]] = [
        lambda: None,
        lambda: bench.store.end_turn("s", other, reserved=0, cost=0),
        lambda: bench.store.leave_queue("before"),
    ]
    waited = bench.wait

    def wait(seconds: float) -> None:
        waited(seconds)
        steps.pop(0)()

    bench.wait = wait  # type: ignore[method-assign]
    bench.run(Script([]), Terms(limits=limits))
    assert [text for _, text in bench.told] == ["Waiting for a free place: 1 before you"]
    assert steps == []


def test_whoever_is_next_reads_so(bench: Bench) -> None:
    limits = Limits(at_once=1)
    (other,) = busy(bench, 1, limits)
    waited = bench.wait

    def wait(seconds: float) -> None:
        waited(seconds)
        bench.store.end_turn("s", other, reserved=0, cost=0)

    bench.wait = wait  # type: ignore[method-assign]
    bench.run(Script([]), Terms(limits=limits))
    assert bench.told == [(None, "You are next")]


def test_a_call_that_no_turn_comes_for_ends_with_the_worker_s_time_and_leaves_the_queue(bench: Bench) -> None:
    limits = Limits(at_once=1)
    busy(bench, 1, limits)
    script = Script([])
    bench.limit_s = 30
    assert bench.fails(script, Terms(limits=limits)).failure == "cancelled"
    assert script.calls == []
    assert (bench.gate.waiting, bench.gate.active) == (0, 1)


def test_a_place_is_free_again_after_every_end(bench: Bench) -> None:
    terms = Terms(limits=Limits(at_once=1))
    for number, step in enumerate([picture(), failure("refused"), b"broken", ZeroDivisionError("x"), failure("quota")]):
        with pytest.raises(Exception) if number else pytest.MonkeyPatch.context():
            bench.run(Script([step] * 9), terms, key=f"k{number}")
        assert (bench.gate.active, bench.gate.waiting) == (0, 0)
        bench.store.resume("s")


def test_a_call_that_takes_too_long_is_given_up_and_keeps_its_place_until_it_ends(bench: Bench) -> None:
    go, ended = threading.Event(), threading.Event()

    def deaf(prompt: str, context: Context) -> Any:
        assert go.wait(20)
        return picture()

    class Watched:
        """The store, which says when a turn has ended."""

        def __getattr__(self, name: str) -> Any:
            if name == "end_turn":
                return lambda *args, **more: (bench.store.end_turn(*args, **more), ended.set())
            return getattr(bench.store, name)

    terms = Terms(timeout_s=0.05, limits=Limits(at_once=3, price=0.25))
    error = bench.fails(Script([deaf, deaf]), terms, store=Watched())
    assert error.failure == "timeout"
    assert bench.gate.active == 2, "the service is still at it"
    go.set()
    assert ended.wait(20)
    assert bench.gate.spent == 0.5


def test_cancelling_ends_the_waiting_for_a_call_that_does_not_listen(bench: Bench) -> None:
    begun, go = threading.Event(), threading.Event()

    def deaf(prompt: str, context: Context) -> Any:
        begun.set()
        go.wait(20)
        assert context.cancelled()
        return picture()

    job = bench.job(deaf)
    threading.Thread(target=lambda: (begun.wait(20), job.cancel()), daemon=True).start()
    with pytest.raises(GenerationError) as raised:
        job.run()
    go.set()
    assert raised.value.failure == "cancelled"
    assert bench.store.generation("k1") is None


def test_cancelling_ends_the_waiting_for_the_next_try(bench: Bench) -> None:
    job = Generating(
        Script([failure("rate_limited", retry_after_s=60)]),
        Terms(),
        bench.order(),
        bench.store,
        watch=lambda share, text, preview: job.cancel(),
        clock=lambda: T0,
    )
    with pytest.raises(GenerationError) as raised:
        job.run()
    assert raised.value.failure == "cancelled"


def test_one_that_was_cancelled_before_asks_for_nothing(bench: Bench) -> None:
    script = Script([])
    job = bench.job(script, Terms(limits=PRICED))
    job.cancel()
    with pytest.raises(GenerationError):
        job.run()
    assert (script.calls, bench.gate.spent, bench.gate.active) == ([], 0, 0)


class Failing:
    """A store of which some methods fail."""

    def __init__(self, store: Store, *methods: str) -> None:
        self._store, self._methods = store, methods

    def __getattr__(self, name: str) -> Any:
        def fail(*args: Any, **more: Any) -> Any:
            raise StoreError("the disk is full")

        return fail if name in self._methods else getattr(self._store, name)


@pytest.mark.parametrize("method", ["keep_generation", "end_turn", "renew_turn"])
def test_an_image_that_is_there_is_not_lost_by_what_can_not_be_noted_of_it(bench: Bench, method: str) -> None:
    made = bench.run(Script([]), Terms(limits=PRICED), store=Failing(bench.store, method))
    assert bench.store.get_image(made.image_sha256)


@pytest.mark.parametrize("method", ["generation", "paused", "ask_turn", "put_image"])
def test_what_the_store_refuses_before_there_is_an_image_is_its_own_error(bench: Bench, method: str) -> None:
    with pytest.raises(StoreError, match="the disk is full"):
        bench.run(Script([]), Terms(limits=PRICED), store=Failing(bench.store, method))


def test_a_call_says_that_it_lives(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generating, "LEASE_S", 0.06)
    renewed = threading.Event()

    class Watched:
        def __getattr__(self, name: str) -> Any:
            if name == "renew_turn":
                return lambda *args: renewed.set()
            return getattr(bench.store, name)

    def patient(prompt: str, context: Context) -> Any:
        assert renewed.wait(20)
        return picture()

    bench.run(patient, Terms(limits=Limits(at_once=1)), store=Watched())
