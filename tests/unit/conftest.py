"""A small study to play with: its files, a clock that is moved by hand, and sessions on a real store.

`study_files` writes a whole study into a folder; `game` plays its form on a store without any file.
"""

import asyncio
import hashlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest
from PIL import Image

from imgloop_widgets.errors import StoreError
from imgloop_widgets.events import SessionOpened
from imgloop_widgets.forms import FormModel, load_form, loop_parts
from imgloop_widgets.generators.orders import Terms
from imgloop_widgets.library import Target
from imgloop_widgets.loop import Command, Rules, SubmitPrompt
from imgloop_widgets.part import Part
from imgloop_widgets.runner import Runner
from imgloop_widgets.store import Limits, Store, open_store

T0 = datetime(2026, 1, 1, 9, tzinfo=UTC)
FORM: list[dict[str, Any]] = json.loads((Path(__file__).parent / "data" / "task_data.json").read_text())
ANSWERS = {"age": "34", "hand": "r", "tools": {"pen": True, "brush": False}, "note": ""}


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self, now: datetime = T0) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def move(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


def draw(prompt: str, context: Any) -> Image.Image:
    """A generator: a plain picture in a colour of its own for each prompt."""
    return Image.new("RGB", (24, 16), tuple(hashlib.sha256(prompt.encode()).digest()[:3]))


class Counting:
    """A generator that notes who asked for what, and lets a test hold it."""

    def __init__(self, *, hold: bool = False) -> None:
        self.calls: list[Any] = []
        self.begun, self.go = threading.Event(), threading.Event()
        if not hold:
            self.go.set()

    def __call__(self, prompt: str, context: Any) -> Image.Image:
        self.calls.append(context)
        self.begun.set()
        assert self.go.wait(20)
        return draw(prompt, context)


async def until(true: Any, seconds: float = 5.0) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not come true in time"
        await asyncio.sleep(0.005)


class Flaky:
    """A store whose disk is full at times. full: the methods that fail now."""

    def __init__(self, store: Any) -> None:
        self._store, self.full = store, set[str]()

    def __getattr__(self, name: str) -> Any:
        def call(*args: Any, **more: Any) -> Any:
            if name in self.full:
                raise StoreError("the disk is full")
            return getattr(self._store, name)(*args, **more)

        return call


@dataclass
class Game:
    """Sessions of one small study on one store. runner() opens or resumes one, as another page would.

    answers: to the form's fields outside the loop, all right. draw: a generator. Further helpers stand here because
    tests can't import this file.
    """

    answers: ClassVar[dict[str, Any]] = ANSWERS
    draw: ClassVar[Any] = staticmethod(draw)
    Counting: ClassVar[type[Counting]] = Counting
    Flaky: ClassVar[type[Flaky]] = Flaky
    until: ClassVar[Any] = staticmethod(until)

    store: Store
    form: FormModel
    target: Target
    clock: Clock = field(default_factory=Clock)
    rules: Rules = field(default_factory=lambda: Rules(bands=((1, "low"), (5, "high"))))
    limit_s: float | None = 1800
    timeout_s: float = 30.0
    limits: Limits = field(default_factory=Limits)
    cache: bool = False
    revise: Any = None

    def part(self, generate: Any = draw) -> Part:
        return Part(
            rules=self.rules,
            form=self.form,
            parts=loop_parts(self.form),
            target=self.target,
            generator=generate,
            terms=Terms(timeout_s=self.timeout_s, limits=self.limits, cache=self.cache),
            revise=self.revise,
        )

    def runner(self, generate: Any = draw, *, worker: str = "ana", unit: str = "1", store: Any = None) -> Runner:
        over = self.clock.now + timedelta(seconds=self.limit_s) if self.limit_s is not None else None
        opening = SessionOpened(
            seq=0,
            at=self.clock.now,
            session_id=hashlib.sha256(f"{worker}/{unit}".encode()).hexdigest()[:32],
            study="s",
            study_hash="h",
            worker_id=worker,
            unit_id=unit,
            arm="the-secret-arm",
            target_id=self.target.id,
            target_sha256=self.target.sha256,
            seed=271828182,
            auto_submit_at=over,
            deadline=over,
        )
        session_id, events = self.store.open_session(opening)
        return Runner(self.part(generate), store or self.store, session_id, events, clock=self.clock, pause=self.pause)

    def pause(self, seconds: float) -> None:
        """Let no real time pass before a call is tried again."""
        self.clock.move(seconds)

    def send(self, runner: Runner, kind: type[Command], **values: Any) -> None:
        """Dispatch a command for the state as this runner knows it."""
        runner.dispatch(kind(seq=values.pop("seq", runner.state.seq), **values))

    def prompt(self, runner: Runner, text: str = "a brown bear", **values: Any) -> None:
        """Submit a prompt, with the answers where they are still to be given."""
        values = {"answers": self.answers, **values} if runner.state.answers is None else values
        self.send(runner, SubmitPrompt, prompt=text, **values)

    def shown(self, generate: Any = draw, **values: Any) -> Runner:
        """Return a runner whose first image is there."""
        runner = self.runner(generate, **values)
        self.prompt(runner)
        runner.perform_now()
        assert runner.state.attempts
        return runner

    def with_rules(self, **changes: Any) -> "Game":
        self.rules = replace(self.rules, **changes)
        return self


@pytest.fixture(scope="session")
def form() -> FormModel:
    """The form of the small study."""
    return load_form(Path(__file__).parent / "data" / "task_data.json").versions[0].form({"target_image": "bear"})


@pytest.fixture(scope="session")
def target(tmp_path_factory: pytest.TempPathFactory) -> Target:
    """The target of the small study; its file's name and licence are not for workers."""
    file = tmp_path_factory.mktemp("targets") / "secret-file-name.webp"
    Image.new("RGB", (40, 30), "sienna").save(file)
    return Target(
        id="bear",
        category="bears",
        file=file,
        sha256=hashlib.sha256(file.read_bytes()).hexdigest(),
        source="secret source",
        licence="CC0-1.0",
        alt="A bear.",
    )


@pytest.fixture(params=["memory", "folder"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """A real store, in memory and in a folder."""
    with open_store(":memory:" if request.param == "memory" else tmp_path / "results") as store:
        yield store


@pytest.fixture
def game(store: Store, form: FormModel, target: Target) -> Game:
    """The small study on each kind of store."""
    return Game(store=store, form=form, target=target)


@pytest.fixture
def quick_game(form: FormModel, target: Target) -> Iterator[Game]:
    """The small study in memory alone."""
    with open_store(":memory:") as store:
        yield Game(store=store, form=form, target=target)


@pytest.fixture
def study_files(tmp_path: Path) -> Callable[..., Path]:
    """Write a study's files and return its folder. form, study: other contents; targets: their ids."""

    def write(
        *, study: str = "", loop: str = "", form: Any = None, arm: str = "", targets: tuple[str, ...] = ("bear", "cub")
    ) -> Path:
        folder, images = tmp_path / "study", tmp_path / "images"
        for made in (folder, images / "targets", images / "library" / "bears"):
            made.mkdir(parents=True, exist_ok=True)
        rows = []
        for k, name in enumerate(targets):
            file = images / "targets" / f"{name}.webp"
            Image.new("RGB", (40, 30), (90 + k, 60, 30)).save(file)
            Image.new("RGB", (40, 30), (30, 60, 90 + k)).save(images / "library" / "bears" / f"{k}.webp")
            rows.append(
                f'[[target]]\nid = "{name}"\ncategory = "bears"\nfile = "targets/{name}.webp"\n'
                f'sha256 = "{hashlib.sha256(file.read_bytes()).hexdigest()}"\nsource = "drawn"\nlicence = "CC0-1.0"\n'
                f'alt = "A {name}."\n'
            )
        (images / "targets.toml").write_text("\n".join(rows))
        (folder / "form.json").write_text(json.dumps(FORM if form is None else form))
        (folder / "study.toml").write_text(
            f'[study]\nname = "small"\nform = "form.json"\nimages = "../images"\nresults = "../results"\n{study}\n'
            f"[loop]\n{loop}\n[[arm]]\n{arm}\n"
        )
        return folder

    return write
