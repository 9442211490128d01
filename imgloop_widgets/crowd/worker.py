"""One worker of a crowd, from the link to the end: they look at what the page shows, take their time, and act.

They write and score as a simulated worker does (`simulate.policies`); what they know of the target is its alternative
text. A page whose kernel has ended is loaded anew, as a browser does; what a server's restart costs is what this costs.
"""

import asyncio
import random
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tornado.httpclient import AsyncHTTPClient

from imgloop_widgets.crowd.forms import answers_to
from imgloop_widgets.crowd.measured import Measured
from imgloop_widgets.crowd.page import KernelGone, NoAnswer, Page
from imgloop_widgets.crowd.tab import NotOpened
from imgloop_widgets.errors import ConfigurationError
from imgloop_widgets.generators.scenes import parse, resemblance, words_of
from imgloop_widgets.simulate.files import SmallFile
from imgloop_widgets.simulate.pace import Pace
from imgloop_widgets.simulate.policies import HillClimber, Leaving, Policy, Seen, Tried
from imgloop_widgets.simulate.wording import Limits

IMAGE_S = 300.0
"""Seconds after which nobody waits for an image any more."""

PATIENCE = 4
"""Refusals and failures in a row after which a worker presses Exit."""

AGAIN_S = 2.0
"""Seconds after which a page that did not come is tried again."""

MOST_LOADS = 20
DROP_S = (0.5, 4.0)
"""Seconds that a network is gone, from and to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """think_s: the median of a worker's times between two acts, seconds. drops: the share of acts at which the network
    goes, 0 to 1. stay_until: as `time.perf_counter`: nobody leaves before and all leave then, and no score is the best
    one, so that nobody is done early; None: each leaves when they are done. policy: how they write and score.
    """

    think_s: float = 20.0
    drops: float = 0.0
    stay_until: float | None = None
    policy: Policy = field(default_factory=HillClimber)


class _Over(Exception):
    """The time is up."""


class Worker:
    """Plays one link. chance: all that they do follows from it, but for times."""

    def __init__(
        self, link: str, plan: Plan, client: AsyncHTTPClient, measured: Measured, chance: random.Random
    ) -> None:
        self._link, self._plan, self._client, self._measured, self._chance = link, plan, client, measured, chance
        self._setbacks = 0
        self._counted = False

    async def play(self) -> None:
        """Play until the session is over, or the time is up. Whatever goes wrong is counted."""
        kind = "usable"
        for _ in range(MOST_LOADS):
            page = Page(self._client, self._measured)
            try:
                await page.open(self._link, kind)
                self._count()
                if not await self._session(page):
                    break
                kind = "reopened"
            except KernelGone:
                kind = "reopened"
            except (NotOpened, NoAnswer) as error:
                self._measured.error(getattr(error, "kind", "no answer"), str(error))
                await asyncio.sleep(AGAIN_S)
                if isinstance(error, NotOpened) and error.kind in ("HTTP 403", "no task"):
                    break
            except _Over:
                self._measured.reasons["time up"] += 1
                break
            except ConfigurationError as error:
                self._measured.error("form", str(error))
                break
            except Exception as error:
                self._measured.error(type(error).__name__, str(error))
                break
            finally:
                await page.close()
            if self._left() <= 0:
                break
        if self._counted:
            self._measured.at_once -= 1

    def _count(self) -> None:
        if self._counted:
            return
        self._counted = True
        self._measured.sessions += 1
        self._measured.at_once += 1
        self._measured.most_at_once = max(self._measured.most_at_once, self._measured.at_once)

    def _left(self) -> float:
        """Seconds until all leave."""
        return float("inf") if self._plan.stay_until is None else self._plan.stay_until - time.perf_counter()

    async def _session(self, page: Page) -> bool:
        """Play what the page shows; True: its link gives another task now."""
        while not page.view["finished"]:
            if page.view["away"]:
                self._measured.error("away", "another page has the session")
                return False
            if page.view["phase"] == "generating":  # since before this page
                await page.until(lambda: page.view["phase"] != "generating", IMAGE_S, "an image")
                continue
            if self._setbacks >= PATIENCE:
                self._measured.error("gave up", f"{PATIENCE} refusals or failures in a row")
                await self._do(page, "exit", draft={})
            elif page.view["step"]:
                await self._answer(page)
            elif not await self._act(page):
                self._measured.reasons["walked away"] += 1
                return False
        self._measured.reasons[page.view["finished"]["reason"]] += 1
        if self._plan.stay_until is not None and not page.view["finished"]["next"]:
            await asyncio.sleep(max(0.0, self._left()))
        return bool(page.view["finished"]["next"])

    async def _answer(self, page: Page) -> None:
        """Answer a step before or after the loop."""
        values = await self._fill(page)
        await self._think()
        await self._do(page, "submit_step", values=values)

    async def _act(self, page: Page) -> bool:
        """Do what comes next in the loop; False: the worker has walked away."""
        view, data = page.view, page.state["form"]
        seen, score = self._look(view, data), None
        last = view["last"]
        if view["phase"] == "scoring":
            score = self._score(seen, view)
            seen = Seen(
                words=seen.words,
                tried=(*seen.tried[:-1], Tried(prompt=seen.tried[-1].prompt, score=score, resemblance=0.0)),
                limits=seen.limits,
                lowest=seen.lowest,
                highest=seen.highest,
            )
        if last or score == view["scale"]["perfect"]:
            await self._think()
            await self._do(page, "score", score=score)
            return True
        prompt = self._plan.policy.next_prompt(seen, self._chance)
        if isinstance(prompt, Leaving):
            await self._think()
            if prompt is Leaving.WALK_AWAY:
                return False
            await self._do(page, "exit", draft={})
            return True
        controls = {field["name"].partition(":")[2]: field["value"] for field in data.get("controls", ())}
        payload: dict[str, Any] = {"prompt": prompt, "controls": controls}
        if score is not None:
            payload["score"] = score
        elif view["answers"] is None:
            payload["answers"] = await self._fill(page)
        await self._think()
        await self._order(page, "score" if score is not None else "submit_prompt", payload)
        return True

    async def _order(self, page: Page, name: str, payload: Mapping[str, Any]) -> None:
        """Send a prompt and wait for its image."""
        begun, before = time.perf_counter(), len(page.view["attempts"])
        drops = self._measured.drops
        if not await self._do(page, name, **payload):
            return
        await page.until(lambda: page.view["phase"] != "generating", IMAGE_S, "an image")
        attempts = page.view["attempts"]
        if len(attempts) == before:
            if page.view["failure"]:
                self._setbacks += 1
                self._measured.error("no image", str(page.view["failure"]).partition(" (Incident")[0])
            return
        name = attempts[-1]["image"]["image"]
        came = await page.image(name, IMAGE_S)
        self._setbacks = 0
        if drops == self._measured.drops or self._plan.drops == 0:
            self._measured.images.append((name, came - begun))

    async def _do(self, page: Page, name: str, **payload: Any) -> bool:
        """Send a command; False: it was refused."""
        drop = self._chance.uniform(*DROP_S) if self._chance.random() < self._plan.drops else None
        refusal = await page.command(name, drop_s=drop, **payload)
        if refusal is not None:
            self._setbacks += 1
            self._measured.error("refused", refusal)
        return refusal is None

    async def _fill(self, page: Page) -> dict[str, Any]:
        files: list[SmallFile] = []
        values = answers_to(page.state["form"], self._chance, files.append)
        for file in files:
            for name, value in values.items():
                if value == file.answer and (refusal := await page.upload(name, file)) is not None:
                    self._measured.error("refused", refusal)
        return values

    async def _think(self) -> None:
        """Take the worker's time. Raises: _Over: all leave meanwhile."""
        seconds, left = Pace().of(self._plan.think_s, self._chance) if self._plan.think_s else 0.0, self._left()
        await asyncio.sleep(max(0.0, min(seconds, left)))
        if seconds >= left:
            raise _Over

    def _look(self, view: Mapping[str, Any], data: Mapping[str, Any]) -> Seen:
        limits = data.get("prompt_limits") or {}
        scene = parse(view["target"]["alt"])
        words = tuple(words_of(scene)) or ("a picture like the target",)
        shown = [attempt for attempt in view["attempts"] if "prompt" in attempt]
        return Seen(
            words=words,
            tried=tuple(
                Tried(prompt=a["prompt"], score=a["score"], resemblance=resemblance(parse(a["prompt"]), scene))
                for a in shown
            ),
            limits=Limits(shortest=limits.get("min") or 0, longest=limits.get("max") or 10_000),
            lowest=view["scale"]["min"],
            highest=view["scale"]["max"],
        )

    def _score(self, seen: Seen, view: Mapping[str, Any]) -> int:
        score = self._plan.policy.score(seen, self._chance)
        if self._plan.stay_until is not None and score == view["scale"]["perfect"]:
            return score - 1 if score > seen.lowest else score + 1
        return score
