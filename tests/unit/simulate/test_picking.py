"""Simulated workers choose one of several images better than by chance, and not always the closest one."""

import io
import random
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from PIL import Image

from imgloop_widgets.events import ImageGenerated, PromptSubmitted
from imgloop_widgets.loop import Attempt, fold
from imgloop_widgets.opening import OpenStudy
from imgloop_widgets.simulate import simulate
from imgloop_widgets.simulate.picking import at_first_sight, pick
from imgloop_widgets.store import open_store

AT = datetime(2026, 1, 1, tzinfo=UTC)
ABOUT: dict[str, Any] = {"at": AT, "attempt": 1}
PROMPT = PromptSubmitted(seq=1, prompt="a bear", seed=1, idempotency_key="k", images=4, **ABOUT)
SET = Attempt(
    prompt=PROMPT,
    images=tuple(
        ImageGenerated(seq=1 + k, image_sha256=f"i{k}", width=8, height=8, wait_s=0.0, generator="g", place=k, **ABOUT)
        for k in (1, 2, 3, 4)
    ),
)


def test_the_closest_image_is_picked_most_often_and_each_of_them_at_times() -> None:
    closeness = {"i1": 0.2, "i2": 0.1, "i3": 0.9, "i4": 0.4}
    chance = random.Random(7)
    picked = [pick(SET, lambda one: closeness[one.image.image_sha256], chance) for _ in range(400)]
    assert set(picked) == {1, 2, 3, 4}
    assert 0.65 < picked.count(3) / len(picked) < 0.9


def test_simulated_workers_play_an_arm_in_which_they_steer_by_picking(small_study: Path) -> None:
    file = small_study / "study.toml"
    more = 'images_per_prompt = 3\npick = true\nsteer = "pick"\nloop = { self_rating = false }\n'
    file.write_text(file.read_text() + more)
    study = OpenStudy.load(small_study, store=open_store(":memory:"))
    simulate(study, 6, 1, size=16)
    attempts = [attempt for _, events in study.store.logs() for attempt in fold(events).attempts]
    assert len(attempts) > 6 and any(attempt.prompt.variation_of for attempt in attempts)
    assert all(len(attempt.images) == 3 and attempt.score is None for attempt in attempts)
    assert {attempt.picked.place for attempt in attempts if attempt.picked} == {1, 2, 3}


def test_at_first_sight_the_same_picture_is_closest_whatever_its_size(tmp_path: Path) -> None:
    target = tmp_path / "target.webp"
    Image.new("RGB", (40, 30), "sienna").save(target)

    def seen(colour: str) -> float:
        data = io.BytesIO()
        Image.new("RGB", (64, 64), colour).save(data, "WEBP", lossless=True)
        return at_first_sight(data.getvalue(), target)

    assert seen("sienna") > 0.98 > seen("brown") > seen("white") >= 0
