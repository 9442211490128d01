"""A first study to judge: its sessions, straight into a store, and the file of a rating study."""

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from imgloop_widgets.events import (
    AttemptScored,
    Event,
    ImageGenerated,
    PromptSubmitted,
    SessionFinished,
    SessionOpened,
)
from imgloop_widgets.judging import OpenRatings
from imgloop_widgets.library import Library, Target
from imgloop_widgets.store import Store, open_store

T0 = datetime(2026, 4, 1, 9, tzinfo=UTC)
CLOSER = """
[[question]]
name = "closer"
text = "Which is closer?"
kind = "closer"
"""
SCALE = """
[[question]]
name = "alike"
text = "How alike?"
kind = "scale"
low = 1
high = 10
alike = 10
"""
RANKING = """
[[question]]
name = "order"
text = "Which is best?"
kind = "ranking"
"""
OF = {"pair": CLOSER, "single": SCALE, "ranking": RANKING}


def study_text(*, images: Path, item: str = "pair", ratings: str = "", question: str = "", study: str = "") -> str:
    """A rating study's file. ratings, study: further lines of these tables. question: tables, else one that fits."""
    return f"""
[study]
name = "judged"
images = "{images}"
results = "results"
{study if "access" in study else 'access = "open"' + chr(10) + study}
[ratings]
source = "first"
item = "{item}"
{ratings}
{question or OF[item]}
"""


def picture(number: int) -> bytes:
    """A small image of a colour of its own."""
    made = io.BytesIO()
    Image.new("RGB", (12, 8), (number % 256, number // 256 % 256, 90)).save(made, "WEBP", lossless=True)
    return made.getvalue()


def first_study(store: Store, library: Library, sessions: int, attempts: int, *, prefix: str = "w") -> None:
    """Add finished sessions, a worker each, who got better with every attempt."""
    targets = library.targets
    store.add_sessions(
        session(store, targets[n % len(targets)], n, attempts, worker_id=f"{prefix}{n}") for n in range(sessions)
    )


def session(store: Store, target: Target, number: int, attempts: int, **changes: Any) -> list[Event]:
    """The log of a finished session."""
    at = T0 - timedelta(days=1, seconds=-number)
    opening: dict[str, Any] = {
        "session_id": f"{number:032x}",
        "study": "first",
        "study_hash": "a" * 64,
        "worker_id": f"w{number}",
        "unit_id": str(number + 1),
        "arm": "ab"[number % 2],
        "target_id": target.id,
        "target_sha256": target.sha256,
        "seed": 7,
    }
    log: list[Event] = [SessionOpened(seq=0, at=at, **{**opening, **changes})]
    for k in range(1, attempts + 1):
        seq = len(log)
        image = store.put_image(picture(100 * number + k))
        log += [
            PromptSubmitted(seq=seq, at=at, attempt=k, prompt=f"prompt {k}", seed=7, idempotency_key=f"{number}-{k}"),
            ImageGenerated(
                seq=seq + 1, at=at, attempt=k, image_sha256=image, width=12, height=8, wait_s=1, generator="test"
            ),
            AttemptScored(seq=seq + 2, at=at, attempt=k, score=min(10, 2 * k)),
        ]
    log.append(SessionFinished(seq=len(log), at=at, reason="attempts_used"))
    return log


@pytest.fixture
def rating_file(tmp_path: Path, study_files: Callable[..., Path]) -> Callable[..., Path]:
    """Write a rating study beside a small study: `rating_file(ratings="raters_per_item = 2", item="single", …)`."""

    def write(**parts: str) -> Path:
        images = study_files().parent / "images"
        folder = tmp_path / "ratings"
        folder.mkdir(exist_ok=True)
        (folder / "study.toml").write_text(study_text(images=images, **parts))
        return folder

    return write


@pytest.fixture
def opened(rating_file: Callable[..., Path], tmp_path: Path) -> Callable[..., OpenRatings]:
    """Open a rating study over sessions of a first one: `opened(sessions=3, attempts=4, item="pair", …)`."""

    def make(sessions: int = 4, attempts: int = 3, **parts: str) -> OpenRatings:
        folder = rating_file(**parts)
        store = open_store(tmp_path / "results")
        made = OpenRatings.load(folder, store=store)
        first_study(store, made.library, sessions, attempts)
        return replace(made, first=store)

    return make


@pytest.fixture
def at() -> Callable[[float], Any]:
    """A clock that stands so many seconds after the start: `at(60)`."""
    return lambda seconds: lambda: T0 + timedelta(seconds=seconds)
