"""The images of a prompt that are being made: what is ordered of the generator for each, and what came of it.

prompt, places that are owed  →  `orders_of`  →  place → Order  →  Generating (one for each, at the same time)
                                                 └── `Work`: they together, until each has a `Report`
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from imgloop_widgets.background import settle
from imgloop_widgets.events import PromptSubmitted
from imgloop_widgets.generators.contract import Context
from imgloop_widgets.generators.generating import Generating
from imgloop_widgets.generators.orders import Order
from imgloop_widgets.loop import ReportFailure, ReportImage, State, image_key, image_seed, owed
from imgloop_widgets.loop.controls import SEED
from imgloop_widgets.part import Part
from imgloop_widgets.stage import playing
from imgloop_widgets.store import Store

Report = ReportImage | ReportFailure
"""What came of an image; its `seq` is set when it is told."""

Watch = Callable[[float | None, str, bytes | None], None]
"""Takes how far an image is (0 to 1; None: unknown), a short text, and how it looks so far (None: not shown)."""


@dataclass(slots=True)
class Work:
    """The images of a prompt that are being made. making: place → what makes it. share: place → how far it is.

    reports: what came of each, for who waits on the event loop. results: the same, for who lingers.
    """

    prompt: PromptSubmitted
    making: dict[int, Generating] = field(default_factory=dict)
    share: dict[int, float] = field(default_factory=dict)
    reports: "dict[int, asyncio.Future[Report]]" = field(default_factory=dict)
    results: dict[int, Report] = field(default_factory=dict)

    def take(self, place: int, report: Report) -> None:
        """Keep what came of an image."""
        self.results[place] = report
        self.share[place] = 1.0

    def abandon(self, place: int) -> None:
        """Wait for an image no longer, also where the generator does not listen (it then ends in its own thread)."""
        self.making[place].cancel()
        if place in self.reports:
            settle(self.reports[place], ReportFailure(seq=0, failure="cancelled", place=place), None)

    def abandon_all(self) -> None:
        """Wait for none of them."""
        for place in self.making:
            self.abandon(place)

    @property
    def calling(self) -> bool:
        """Whether a call is under way of which nothing has come yet."""
        return any(one.calling for place, one in self.making.items() if place not in self.results)

    @property
    def is_done(self) -> bool:
        """Whether something came of each of them."""
        return len(self.results) == len(self.making)

    def watcher(self, place: int, tell: Watch) -> Watch:
        """Return what is told of one image; `tell` is told of all of them. There is no preview of several."""

        def watch(share: float | None, text: str, preview: bytes | None) -> None:
            if self.prompt.images == 1:
                tell(share, text, preview)
            elif share is None:
                tell(None, text, None)
            else:
                self.share[place] = share
                before = self.prompt.images - len(self.making)  # came, or failed, in an earlier process
                tell((before + sum(self.share.values())) / self.prompt.images, "", None)

        return watch


def orders_of(part: Part, state: State, prompt: PromptSubmitted, store: Store) -> dict[int, Order]:
    """Return what is to be made for each place that is owed. part, state: of the session, its practice with it.

    Raises:
        StoreError: the image whose variations are owed can't be read.
    """
    part, state = playing(part, state)
    opened = state.opened
    assert opened is not None
    base, base_seed = _varied(state, prompt, store)
    return {
        place: Order(
            prompt=prompt.prompt,
            context=Context(
                attempt=prompt.attempt,
                target_id=part.target.id,
                category=part.target.category,
                seed=image_seed(prompt.seed, place),
                idempotency_key=image_key(prompt.idempotency_key, place),
                deadline=state.auto_submit_at,
                options={**part.options, **{k: v for k, v in prompt.controls.items() if k != SEED}},
                place=place,
                images=prompt.images,
                variation_of=base,
                variation_seed=base_seed,
                target=part.target.file,
                target_sha256=part.target.sha256,
            ),
            study=opened.study,
            worker_id=opened.worker_id,
            session_id=opened.session_id,
        )
        for place in owed(state)
    }


def _varied(state: State, prompt: PromptSubmitted, store: Store) -> tuple[bytes | None, int | None]:
    """Return the image that was picked, whose variations are owed, and its seed; None: words were written."""
    if prompt.variation_of is None:
        return None, None
    last = state.attempts[-1]
    seed = image_seed(last.prompt.seed, last.image.place) if last.image.seed is None else last.image.seed
    return store.get_image(prompt.variation_of), seed
