"""Sessions that never happened: logs as the loop writes them, with scores and times that a test chooses."""

import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from random import Random

from PIL import Image, ImageDraw

from imgloop_widgets.events import (
    AttemptScored,
    Event,
    ImageGenerated,
    PromptSubmitted,
    Reason,
    SessionFinished,
    SessionOpened,
)
from imgloop_widgets.signals import Noted
from imgloop_widgets.store import Store

BEGIN = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
Log = tuple[str, tuple[Event, ...]]


def session(
    number: int = 1,
    *,
    worker: str = "",
    scores: Sequence[int | None] = (),
    prompts: Sequence[str] = (),
    reason: Reason | None = "attempts_used",
    write_s: float = 30.0,
    wait_s: float = 2.0,
    judge_s: float = 10.0,
    target: str = "bear-01",
    target_sha256: str = "0" * 64,
    opened_at: datetime | None = None,
    image: Callable[[int, int], str] = lambda session, attempt: f"{session:032x}{attempt:032x}",
) -> Log:
    """Return a session's log: an image for each score (None: not given), then its end (reason None: still open)."""
    at = opened_at or BEGIN + timedelta(minutes=number)
    session_id = f"{number:032x}"
    log: list[Event] = []
    log.append(
        SessionOpened(
            seq=0,
            at=at,
            session_id=session_id,
            study="made_up",
            study_hash="ab" * 32,
            worker_id=worker or f"w{number}",
            unit_id=str(number),
            arm="default",
            target_id=target,
            target_sha256=target_sha256,
            seed=number,
        )
    )
    shown = at
    for attempt, score in enumerate(scores, 1):
        at = max(at, shown + timedelta(seconds=write_s))
        prompt = prompts[attempt - 1] if attempt <= len(prompts) else f"prompt {attempt} of session {number}"
        log.append(
            PromptSubmitted(
                seq=len(log), at=at, attempt=attempt, prompt=prompt, seed=number, idempotency_key=f"{number}-{attempt}"
            )
        )
        shown = at = at + timedelta(seconds=wait_s)
        log.append(
            ImageGenerated(
                seq=len(log),
                at=at,
                attempt=attempt,
                image_sha256=image(number, attempt),
                width=64,
                height=64,
                wait_s=wait_s,
                generator="made",
            )
        )
        if score is not None:
            at += timedelta(seconds=judge_s)
            log.append(AttemptScored(seq=len(log), at=at, attempt=attempt, score=score))
    if reason is not None:
        log.append(SessionFinished(seq=len(log), at=at + timedelta(seconds=1), reason=reason))
    return session_id, tuple(log)


PROMPTS = (
    "a brown bear in a green forest",
    "a big brown bear to the left of two pine trees, snow on the ground, low evening sun, flat colours",
    "דוב חום גדול ביער ירוק ליד נהר, ציור בצבעי מים",
    "دب بني كبير في غابة خضراء (watercolour style) بجانب نهر",
    "🐻🌲✨ cosy bear, soft light ✨ — 4k!!",
    "棕熊站在雪山前的森林里\uff0c黄昏\uff0c水彩画风格",
    "a bear " + "very " * 200 + "big",
    "https://example.org/" + "averylongwordwithoutanyspaces" * 12,
    '<b>bold</b> & "quoted" $x^2$ \\frac{1}{2} {{ token }}',
)


def picture(session: int, attempt: int, size: tuple[int, int] = (256, 256)) -> bytes:
    """Return a WebP of its own, for each session and attempt."""
    chance = Random(session * 100 + attempt)
    image = Image.new("RGB", size, tuple(chance.randrange(40, 220) for _ in range(3)))
    draw = ImageDraw.Draw(image)
    for _ in range(12):
        x, y, r = chance.randrange(size[0]), chance.randrange(size[1]), chance.randrange(10, 60)
        draw.ellipse([x - r, y - r, x + r, y + r], fill=tuple(chance.randrange(256) for _ in range(3)))
    data = io.BytesIO()
    image.save(data, "WEBP", quality=80)
    return data.getvalue()


def crowd(
    size: int, *, seed: int = 1, put: Callable[[bytes], str] | None = None, target_sha256: str = "0" * 64
) -> Iterator[Log]:
    """Sessions of all kinds: perfect, used up, left early, never started, still open."""
    chance = Random(seed)
    reasons: tuple[Reason | None, ...] = ("attempts_used", "attempts_used", "exited", "expired", None)

    def image(number: int, attempt: int) -> str:
        return put(picture(number, attempt)) if put else f"{number:032x}{attempt:032x}"

    for number in range(1, size + 1):
        reason = chance.choice(reasons)
        count = 3 if reason == "attempts_used" else chance.randrange(0, 4)
        level = chance.uniform(2, 6)
        scores: list[int | None] = [max(1, min(10, round(level + a + chance.gauss(0, 1)))) for a in range(count)]
        if 10 in scores:
            scores, reason = scores[: scores.index(10) + 1], "perfect"
        elif reason in ("expired", None) and scores:
            scores[-1] = None
        yield session(
            number,
            worker=f"w{chance.randrange(1, size + 1)}",
            scores=scores,
            prompts=[PROMPTS[(number + a) % len(PROMPTS)] for a in range(count)],
            reason=reason,
            write_s=chance.lognormvariate(3, 0.6),
            wait_s=chance.lognormvariate(0.7, 0.3),
            judge_s=chance.lognormvariate(2.2, 0.5),
            target_sha256=target_sha256,
            image=image,
        )


TARGETS = """[[target]]
id = "bear-01"
category = "bears"
file = "targets/bear-01.webp"
sha256 = "{digest}"
source = "made up"
licence = "CC0-1.0"
alt = "Coloured circles on olive green."
"""
STUDY = """[study]
name = "made_up"
title = "Made up"
form = "form"
images = "images"
results = "results"

[[arm]]
generator = "scenes"
"""


def study_folder(root: Path) -> str:
    """Write a study with one target below root; its results folder is not there yet. Return the target's sha256."""
    target = picture(0, 0, (512, 384))
    digest = sha256(target).hexdigest()
    for folder in ("images/targets", "images/library/bears"):
        (root / folder).mkdir(parents=True)
    (root / "images/targets/bear-01.webp").write_bytes(target)
    (root / "images/library/bears/1.webp").write_bytes(picture(0, 1))
    (root / "images/targets.toml").write_text(TARGETS.format(digest=digest))
    (root / "study.toml").write_text(STUDY)
    return digest


def fill(store: Store, logs: Iterable[Log]) -> None:
    """Write the logs into the store; each gets the session id that the store gives it."""
    for _, log in logs:
        assert isinstance(log[0], SessionOpened)
        session_id, _ = store.open_session(log[0])
        store.append(session_id, log[1:])


def note(store: Store) -> None:
    """Let the pages of all sessions in the store note something."""
    for number, opened in enumerate(store.sessions()):
        typed = {"open_s": 10.5 + number, "typing_s": 4.0, "keys": 20 + number, "pasted_characters": number}
        away = {"open_s": 8.0, "hidden": 1, "hidden_s": 0.5 * (number % 3)}
        values = {"writing": typed, "waiting": away}
        notes = [Noted(page="p", attempt=1, phase=phase, values=value) for phase, value in values.items()]
        store.note(opened.session_id, notes, opened.at)
