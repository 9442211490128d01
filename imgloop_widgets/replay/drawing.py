"""What a worker of an engine does: draw tasks with the generators of a plan, as a session's image is made.

`Generating` keeps the image and what was paid for it before the replay is told of; a task that is drawn again after a
kill finds it there. Limits, money and pause are the study's. Generators are built when the first of their tasks comes,
once in each thread or process.
"""

import functools
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from imgloop_widgets.errors import Failure, GenerationError, ImgloopError
from imgloop_widgets.generators.contract import Context, Generator, name_of, version_of
from imgloop_widgets.generators.generating import Generating
from imgloop_widgets.generators.named import build
from imgloop_widgets.generators.orders import Order, StudyPaused, Terms
from imgloop_widgets.library import Library
from imgloop_widgets.replay.plan import Spec, Task
from imgloop_widgets.store import Replay, Store, open_results

WORKER = "replay"
"""Between whom turns are fair: all replays of a study are one worker, so that people need not wait behind them."""

FINAL: frozenset[Failure] = frozenset({"refused", "invalid_parameters", "bad_output"})
"""Failures that are kept as the outcome of a replay. Any other may be over tomorrow, and is tried again then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """What came of a task. replay: None: nothing that is final. trouble: why nothing was made; empty where it was."""

    replay_id: str
    replay: Replay | None
    trouble: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """Called, it makes what draws. store: an open one, or the folder of results for processes of their own.

    folder: paths among the generators' options are relative to it. terms: limits and times, by the generator's label.
    """

    store: Store | Path
    study: str
    source: str
    library: Library
    folder: Path
    generators: Mapping[str, Spec]
    terms: Mapping[str, Terms] = field(default_factory=dict)

    def __call__(self) -> Callable[[list[Task]], list[Drawn]]:
        """Return the work: tasks → what came of each."""
        store = self.store if isinstance(self.store, Store) else open_results(self.store)
        generator = functools.cache(self._generator)
        return lambda tasks: [self._drawn(task, generator(task.model), store) for task in tasks]

    def _generator(self, model: str) -> Generator:
        return generator_of(self.generators[model], model, self.library, self.folder)

    def _drawn(self, task: Task, generator: Generator, store: Store) -> Drawn:
        order = Order(
            prompt=task.item.prompt,
            context=self._context(task),
            study=self.study,
            worker_id=WORKER,
            session_id=task.item.session_id,
        )
        begun = time.perf_counter()
        try:
            made = Generating(generator, self.terms.get(task.model, Terms()), order, store).run()
        except StudyPaused as error:
            raise ImgloopError(f"{error}; what was drawn before is kept") from None
        except GenerationError as error:
            outcome = error.failure if error.failure in FINAL else None
            replay = self._replay(task, generator, outcome, time.perf_counter() - begun) if outcome else None
            return Drawn(replay_id=task.replay_id, replay=replay, trouble=f"{error.failure}: {error}")
        except ImgloopError:
            raise
        except Exception as error:  # the generator's own mistake with this prompt; others may do
            return Drawn(replay_id=task.replay_id, replay=None, trouble=f"{type(error).__name__}: {error}")
        took_s = made.duration_s if made.duration_s is not None else time.perf_counter() - begun
        shown = {
            "image_sha256": made.image_sha256,
            "width": made.width,
            "height": made.height,
            "parameters": made.parameters,
        }
        return Drawn(replay_id=task.replay_id, replay=self._replay(task, generator, "made", took_s, shown))

    def _context(self, task: Task) -> Context:
        target = next((target for target in self.library.targets if target.id == task.item.target_id), None)
        return Context(
            attempt=task.item.attempt,
            target_id=task.item.target_id,
            category=target.category if target else "",
            seed=task.seed,
            idempotency_key=task.replay_id,
            options=dict(self.generators[task.model].options),
            target=target.file if target else None,
            target_sha256=target.sha256 if target else "",
        )

    def _replay(
        self,
        task: Task,
        generator: Generator,
        outcome: str,
        duration_s: float,
        shown: Mapping[str, object] | None = None,
    ) -> Replay:
        item = task.item
        about = {name: getattr(item, name) for name in ("session_id", "worker_id", "arm", "target_id", "attempt")}
        return Replay(
            replay_id=task.replay_id,
            study=self.study,
            source=self.source,
            prompt=item.prompt,
            model=task.model,
            generator=name_of(generator),
            version=version_of(generator),
            draw=task.draw,
            seed=task.seed,
            outcome=outcome,
            duration_s=round(duration_s, 6),
            at=datetime.now(UTC),
            **about,
            **(shown or {}),  # type: ignore[arg-type]  # by the names of its fields
        )


def generator_of(spec: Spec, label: str, library: Library, folder: Path) -> Generator:
    """Return the generator.

    Raises:
        ImgloopError: there is none of this name, or it does not take these options.
    """
    try:
        return spec.call or build(spec.name, library, folder, **spec.options)
    except ValueError as error:
        raise ImgloopError(f"generator {label!r}: {error}") from None
