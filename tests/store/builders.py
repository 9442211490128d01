"""Events of legal sessions, for tests: every value has a default, so a test names only what it is about."""

from datetime import UTC, datetime, timedelta
from typing import Any

from imgloop_widgets.events import (
    AttemptScored,
    Event,
    FormSubmitted,
    GenerationFailed,
    ImageGenerated,
    PromptSubmitted,
    Reason,
    SessionFinished,
    SessionOpened,
)

START = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)


def session_id(number: int = 1) -> str:
    """32 hex digits."""
    return f"{number:032x}"


def opened(number: int = 1, *, at: datetime = START, **changes: Any) -> SessionOpened:
    """The opening of session `number`, of worker w<number>."""
    values: dict[str, Any] = {
        "session_id": session_id(number),
        "study": "look_alike",
        "study_hash": "a" * 64,
        "worker_id": f"w{number}",
        "unit_id": "1",
        "arm": "default",
        "target_id": "bear_1",
        "target_sha256": "b" * 64,
        "seed": 7,
        "auto_submit_at": at + timedelta(seconds=1790),
        "deadline": at + timedelta(seconds=1800),
    }
    return SessionOpened(seq=0, at=at, **{**values, **changes})


def prompted(seq: int, *, attempt: int = 1, prompt: str = "a bear in the snow") -> PromptSubmitted:
    """A prompt at this seq."""
    return PromptSubmitted(
        seq=seq, at=_at(seq), attempt=attempt, prompt=prompt, seed=7, idempotency_key=f"{session_id()}-{seq}"
    )


def generated(seq: int, *, attempt: int = 1) -> ImageGenerated:
    """An image at this seq."""
    return ImageGenerated(
        seq=seq,
        at=_at(seq),
        attempt=attempt,
        image_sha256=f"{attempt:064x}",
        width=512,
        height=384,
        wait_s=1.25,
        generator="scenes",
        version="1",
        parameters={"quality": "high"},
    )


def failed(seq: int, *, attempt: int = 1, incident: str | None = "i-1") -> GenerationFailed:
    """A failure at this seq."""
    return GenerationFailed(seq=seq, at=_at(seq), attempt=attempt, failure="transient", wait_s=0.5, incident=incident)


def scored(seq: int, *, attempt: int = 1, score: int = 5) -> AttemptScored:
    """A score at this seq."""
    return AttemptScored(seq=seq, at=_at(seq), attempt=attempt, score=score)


def answered(seq: int = 1, **answers: Any) -> FormSubmitted:
    """The form's other fields."""
    return FormSubmitted(seq=seq, at=_at(seq), answers=answers or {"age": "25-34", "languages": ["de", "en"]})


def finished(seq: int, *, reason: Reason = "attempts_used", **draft: Any) -> SessionFinished:
    """The end."""
    return SessionFinished(seq=seq, at=_at(seq), reason=reason, draft=draft)


def prompts(first: int, count: int) -> list[Event]:
    """`count` events one after the other, from seq `first`; the store does not look at their order in the loop."""
    return [prompted(seq, attempt=seq) for seq in range(first, first + count)]


def played() -> list[Event]:
    """A whole session after its opening, seq 1 to 10: a failure, three attempts' worth of events, and the end."""
    return [
        answered(1),
        prompted(2),
        failed(3),
        prompted(4, prompt="a brown bear, snow, “evening light” 🐻"),
        generated(5),
        scored(6, score=4),
        prompted(7, attempt=2, prompt="a brown bear\nin deep snow"),
        generated(8, attempt=2),
        scored(9, attempt=2, score=10),
        finished(10, reason="perfect", prompt="not sent"),
    ]


def _at(seq: int) -> datetime:
    return START + timedelta(seconds=20 * seq, microseconds=seq)
