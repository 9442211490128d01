"""Score what is in a store: every image of a study's attempts, or of its replays, beside its target.

    images that lack a metric (or have it of another version of the scorer) → engine → values, kept as they come

Whoever is interrupted calls it again: what is there is not computed twice. An image that a scorer can't take has no
value; it is tried again the next time. `SessionScores` does the same for one image at a time, within the loop.
"""

import asyncio
import contextlib
import functools
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean
from typing import Any

from imgloop_widgets.engines import Engine
from imgloop_widgets.engines.contract import chunks
from imgloop_widgets.errors import ImgloopError
from imgloop_widgets.events import Event, GenerationFailed, ImageGenerated, ImagePicked
from imgloop_widgets.library import Library
from imgloop_widgets.loop import Attempt, Phase, State, fold
from imgloop_widgets.scorers import Scorer, as_scorer, build
from imgloop_widgets.scorers.in_loop import InLoop
from imgloop_widgets.store import Metric, ReplayMetric, Store, open_results

CHUNK = 16
"""Images that a worker gets at once."""

Key = tuple[str, int]
"""Of an attempt: session_id and attempt. Of a replay: replay_id and 0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A scorer that is asked for. name, options: as in the study file. call: a function instead."""

    name: str
    options: Mapping[str, Any] = field(default_factory=dict)
    call: Callable[..., float] | None = None

    def scorer(self) -> Scorer:
        """Return the scorer.

        Raises:
            ImgloopError: there is none of this name, or what it needs is missing.
        """
        try:
            return as_scorer(self.call) if self.call else build(self.name, **self.options)
        except ValueError as error:
            raise ImgloopError(str(error)) from None


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """What is to be scored: one image, or several that are judged together, whose value is their mean. target_id: of
    the target. metrics: which are wanted.
    """

    key: Key
    sha256s: tuple[str, ...]
    target_id: str
    metrics: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """What a scorer said. value: None: nothing; `trouble` says why."""

    key: Key
    metric: str
    version: str
    value: float | None
    trouble: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """images: that were looked at, now. values: computed now. before: values that were there. no_image, no_target:
    images whose file, or whose target, is not there. troubles: why there is no value → how often. seconds: in all.
    """

    images: int = 0
    values: int = 0
    before: int = 0
    no_image: int = 0
    no_target: int = 0
    troubles: Mapping[str, int] = field(default_factory=dict)
    seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Scoring:
    """Called, it makes what scores. store: an open one, or the folder of results for processes of their own.

    targets: id → file. scorers: metric → scorer.
    """

    store: Store | Path
    targets: Mapping[str, Path]
    scorers: Mapping[str, Asked]

    def __call__(self) -> Callable[[list[Image]], list[Value]]:
        """Return the work: images → values."""
        store = self.store if isinstance(self.store, Store) else open_results(self.store)
        scorer_of = functools.cache(lambda metric: self.scorers[metric].scorer())
        return lambda images: [value for image in images for value in self._values(image, scorer_of, store)]

    def _values(self, image: Image, scorer_of: Callable[[str], Scorer], store: Store) -> Iterator[Value]:
        data = [store.get_image(sha256) for sha256 in image.sha256s]
        for metric in image.metrics:
            scorer = scorer_of(metric)
            try:
                value, trouble = fmean([scorer(one, self.targets[image.target_id]) for one in data]), ""
            except Exception as error:  # a scorer of the researcher's may raise anything
                value, trouble = None, f"{metric}: {error}"
            yield Value(key=image.key, metric=metric, version=scorer.version, value=value, trouble=trouble)


def score_attempts(
    store: Store,
    study: str,
    scorers: Mapping[str, Asked],
    engine: Engine,
    *,
    library: Library,
    results: Path | None = None,
    progress: Callable[[int, int], None] = lambda done, of: None,
) -> Summary:
    """Score the images of a study's attempts.

    scorers: metric → scorer. library: of the targets. results: the store's folder, which workers in processes of their
    own open; None: the workers are threads of this process. progress: called with images done, and images in all.

    Raises:
        ImgloopError: a scorer can't be built; what was scored is kept.
    """
    shown = [
        ((session_id, attempt.number), _digests(attempt), state.opened.target_id)
        for session_id, events in store.logs(study)
        if (state := fold(events)).opened is not None
        for attempt in state.attempts
    ]
    there = {((m.session_id, m.attempt), m.metric): m.version for m in store.metrics(study) if m.value is not None}

    def keep(values: Iterable[Value]) -> None:
        store.put_metrics(
            Metric(session_id=v.key[0], attempt=v.key[1], metric=v.metric, value=v.value, version=v.version)
            for v in values
        )

    return _score(store, shown, there, scorers, engine, library, results, progress, keep)


def score_replays(
    store: Store,
    study: str,
    scorers: Mapping[str, Asked],
    engine: Engine,
    *,
    library: Library,
    results: Path | None = None,
    progress: Callable[[int, int], None] = lambda done, of: None,
) -> Summary:
    """Score the images of a study's replays; as `score_attempts`."""
    shown = [((r.replay_id, 0), (r.image_sha256,), r.target_id) for r in store.replays(study) if r.image_sha256]
    there = {((m.replay_id, 0), m.metric): m.version for m in store.replay_metrics(study) if m.value is not None}

    def keep(values: Iterable[Value]) -> None:
        store.put_replay_metrics(
            ReplayMetric(replay_id=v.key[0], metric=v.metric, value=v.value, version=v.version) for v in values
        )

    return _score(store, shown, there, scorers, engine, library, results, progress, keep)


def _digests(attempt: Attempt) -> tuple[str, ...]:
    """The images that an attempt is judged by: the one that was picked, or all of them."""
    return tuple(image.image_sha256 for image in attempt.judged)


def _score(
    store: Store,
    shown: Sequence[tuple[Key, tuple[str, ...], str]],
    there: Mapping[tuple[Key, str], str],
    scorers: Mapping[str, Asked],
    engine: Engine,
    library: Library,
    results: Path | None,
    progress: Callable[[int, int], None],
    keep: Callable[[list[Value]], None],
) -> Summary:
    begun = time.perf_counter()
    versions = {metric: asked.scorer().version for metric, asked in scorers.items()}  # and whether they can be built
    targets = {target.id: target.file for target in library.targets}
    counts: Counter[str] = Counter()
    todo: list[Image] = []
    for key, sha256s, target_id in sorted(shown, key=lambda row: row[2]):  # by target, which scorers remember
        wanted = tuple(metric for metric, version in versions.items() if there.get((key, metric)) != version)
        counts["before"] += len(versions) - len(wanted)
        if not wanted:
            continue
        if target_id not in targets:
            counts["no_target"] += 1
        elif not all(map(store.has_image, sha256s)):
            counts["no_image"] += 1
        else:
            todo.append(Image(key=key, sha256s=sha256s, target_id=target_id, metrics=wanted))
    troubles: Counter[str] = Counter()
    if todo:
        scoring = Scoring(store=results or store, targets=targets, scorers=scorers)
        for values in engine.run(scoring, chunks(todo, CHUNK)):
            keep(values)
            troubles.update(value.trouble for value in values if value.trouble)
            counts["values"] += sum(value.value is not None for value in values)
            counts["images"] += len({value.key for value in values})
            progress(counts["images"], len(todo))
    return Summary(**counts, troubles=dict(troubles.most_common()), seconds=time.perf_counter() - begun)


class SessionScores:
    """What the arm's scorer says of the images of one session, as they come. scorer: None: nothing is measured.

    record: takes an error and makes an incident of it: a score that can't be computed costs nothing but itself. picked:
    whether the worker picks one of several images, which alone is measured then. tell: called on the event loop when a
    score that the worker is to see has come late.
    """

    def __init__(
        self,
        scorer: InLoop | None,
        store: Store,
        session_id: str,
        target: Path,
        record: Callable[[BaseException], object],
        *,
        picked: bool = False,
        tell: Callable[[], None] = lambda: None,
    ) -> None:
        self._picked, self._tell = picked, tell
        self._scorer, self._store, self._session_id, self._target = scorer, store, session_id, target
        self._record = record

    @property
    def shown(self) -> bool:
        """Whether the worker sees the scores, so that they must be there before the image."""
        return self._scorer is not None and self._scorer.shown

    def percents(self) -> dict[int, int]:
        """Return what the worker sees, 0 to 100, by attempt; none where it is hidden."""
        if self._scorer is None or not self._scorer.shown:
            return {}
        found = [m for m in self._store.session_metrics(self._session_id) if m.metric == self._scorer.name]
        return {m.attempt: self._scorer.percent(m.value) for m in found if m.value is not None}

    def follow(self, state: State, events: Iterable[Event], *, wait: bool) -> None:
        """Measure what is judged from now on: an image that was picked, or all that a prompt has given.

        One image that is measured for the worker to see was measured before it was shown. events: that led to the
        state. wait: until it is scored.
        """
        if state.practice is not None:
            return
        for event in events:
            if isinstance(event, ImagePicked):
                self._measure_later(state.attempts[event.attempt - 1], wait)
            elif isinstance(event, ImageGenerated | GenerationFailed) and state.phase is Phase.SCORING:
                last = state.attempts[-1]
                if not self._picked and (last.prompt.images > 1 or not self.shown):
                    self._measure_later(last, wait)

    def measure(self, images: Sequence[str], attempt: int) -> None:
        """Score what an attempt is judged by and keep the value. images: sha256 of each. attempt: 1-based."""
        if self._scorer is None:
            return
        try:
            value = fmean([self._scorer.of(self._store.get_image(sha256), self._target) for sha256 in images])
            made = Metric(
                session_id=self._session_id,
                attempt=attempt,
                metric=self._scorer.name,
                value=value,
                version=self._scorer.scorer().version,
            )
            self._store.put_metrics([made])
        except Exception as error:
            self._record(error)

    def _measure_later(self, attempt: Attempt, wait: bool) -> None:
        """Score what is shown already. What the end of this process cuts off is filled in by `imgloop score`."""
        if self._scorer is None:
            return
        try:
            loop = asyncio.get_running_loop() if self.shown else None
        except RuntimeError:  # a script: nobody looks
            loop = None

        def measured() -> None:
            self.measure(_digests(attempt), attempt.number)
            with contextlib.suppress(RuntimeError):  # the loop is closed: the kernel has ended
                if loop is not None:
                    loop.call_soon_threadsafe(self._tell)

        work = threading.Thread(target=measured, name="imgloop-scorer", daemon=True)
        work.start()
        if wait:
            work.join()
