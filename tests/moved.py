"""Stores in which something was done of everything there is, for tests of what moves."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from hashlib import sha256

from imgloop_widgets.assignment import Comer, Given
from imgloop_widgets.decisions import By, Wish, decide
from imgloop_widgets.events import (
    AttemptScored,
    Event,
    Generation,
    ImageGenerated,
    ItemsAllotted,
    PromptSubmitted,
    SessionFinished,
    SessionOpened,
)
from imgloop_widgets.plans import Condition, Plan
from imgloop_widgets.signals import Noted
from imgloop_widgets.store import Grant, Limits, Metric, Payment, Replay, ReplayMetric, Steered, Store, TurnedAway
from imgloop_widgets.store.told import Ended

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
PAGE = "123e4567-e89b-42d3-a456-426614174000"


@dataclass(frozen=True)
class Played:
    """A session that somebody played. attempts: (prompt, score); finished: the reason, None: it goes on."""

    worker: str = "ana"
    attempts: Sequence[tuple[str, int | None]] = (("a bear", 4), ("a brown bear 🐻", 9))
    finished: str | None = "attempts_used"
    answers: dict[str, str] = field(default_factory=dict)


def session_id(study: str, worker: str, unit: str = "1") -> str:
    """The id of their session."""
    return sha256(f"{study}/{worker}/{unit}".encode()).hexdigest()[:32]


def opening(study: str, worker: str, unit: str = "1", at: datetime = START) -> SessionOpened:
    """How it begins."""
    return SessionOpened(
        seq=0, at=at, session_id=session_id(study, worker, unit), study=study, study_hash="a" * 64, worker_id=worker,
        unit_id=unit, arm="default", target_id="bear", target_sha256="b" * 64, seed=7,
        deadline=at + timedelta(minutes=30),
    )  # fmt: skip


def play(store: Store, study: str, played: Played, unit: str = "1") -> str:
    """Play a session, image by image; return its id."""
    name, events = store.open_session(opening(study, played.worker, unit))
    seq, new = len(events), list[Event]()
    for number, (prompt, score) in enumerate(played.attempts, start=1):
        at, key = START + timedelta(seconds=20 * number), f"{name}-{number}"
        image = store.put_image(f"image of {prompt} {number}".encode())
        new.append(PromptSubmitted(seq=seq, at=at, attempt=number, prompt=prompt, seed=7, idempotency_key=key))
        shown = {"image_sha256": image, "width": 4, "height": 3, "wait_s": 1.5, "generator": "scenes", "version": "1"}
        new.append(ImageGenerated(seq=seq + 1, at=at, attempt=number, parameters={"q": 0.5}, **shown))
        seq += 2
        if score is not None:
            new.append(AttemptScored(seq=seq, at=at, attempt=number, score=score))
            seq += 1
    if played.finished:
        new.append(SessionFinished(seq=seq, at=START + timedelta(minutes=9), reason=played.finished, draft={}))
    store.append(name, new)
    return name


def fill(store: Store, study: str = "small", played: Sequence[Played] = (Played(), Played(worker="ben"))) -> list[str]:
    """Do something of everything in a study; return the sessions."""
    ids = []
    for number, one in enumerate(played):
        at, name = START + timedelta(seconds=number), play(store, study, one)
        ids.append(name)
        store.save_draft(name, number, {"prompt": "not sent 🐻"})
        store.save_sheet(name, {"shown": {"0": True}})
        store.keep_upload(name, f"upload {one.worker}".encode(), "text/plain")
        store.put_metrics([Metric(session_id=name, attempt=1, metric="ssim", value=0.25, version="1")])
        store.put_metrics([Metric(session_id=name, attempt=1, metric="none", value=None, version="1")])
        store.note(name, [Noted(page=PAGE, attempt=1, phase="writing", values={"keys": 4, "open_s": 1.5})], at)
        store.note_arrival(name, {"SESSION_ID": f"submission-{one.worker}"}, at)
        store.record_incident(f"i-{number}", at, name, "TimeoutError: “no” answer")
        made = Generation(
            image_sha256=store.put_image(f"made for {one.worker}".encode()), width=4, height=3, generator="scenes",
            version="1", parameters={"q": 1}, cost=0.02, flags=("maybe",),
        )  # fmt: skip
        store.keep_generation(f"{name}-key", "r" * 64, name, at, made)
        store.take_seat(name, "a-page", at)
        store.claim(name, 2, "a-page", at, 60)
        store.grant([Grant(worker_id=one.worker, name="trained", value=1, at=at, why="test", adds=True)])
    limits = Limits(at_once=2, price=0.04)
    store.ask_turn(study, f"call-{study}", "ana", limits, START, 60)
    store.codes(study, {"completed": "ABCDEFGHJK"})
    store.revoke(study, "d" * 64, START)
    refused = TurnedAway(study=study, worker_id="zoe", unit_id="1", code="1A2B3C4D", at=START, why="trained is missing")
    store.turn_away(refused)
    replay = Replay(
        replay_id=sha256(study.encode()).hexdigest(), study=study, source=study, session_id=ids[0] if ids else "none",
        worker_id="ana", arm="default", target_id="bear", attempt=1, prompt="a bear", model="m", generator="scenes",
        version="1", draw=1, seed=2**31 + 5, outcome="made", image_sha256=store.put_image(b"drawn anew"), width=4,
        height=3, parameters={"q": 1}, duration_s=0.1, at=START,
    )  # fmt: skip
    store.finish_replays([replay])
    store.put_replay_metrics([ReplayMetric(replay_id=replay.replay_id, metric="mse", value=0.125, version="1")])
    paid = [
        Payment(
            session_id=name, paid_by="approval", study=study, worker_id=one.worker, amount=Decimal("1.50"),
            currency="USD", batch="20260302-120000", at=START,
        )
        for name, one in zip(ids, played, strict=True)
    ]  # fmt: skip
    store.pay(study, lambda before: paid)
    for name, one in zip(ids, played, strict=True):
        by = By(who="grace 🐻", at=START, act=f"act-{name}")
        wish = Wish(verdict="soft_reject", note="„knapp“", bonus=Decimal("0.25"))
        decided = partial(decide, wish, {name: 0}, one.worker, study)
        store.review(study, lambda standings, has, decided=decided, by=by: decided(standings, {}, by))
    done = Ended(worker_id="ana", session_id=ids[0] if ids else "none", reason="perfect", values={})
    store.claim_call(study, done, "completed", "e" * 64, START, START + timedelta(minutes=1))
    store.hold(Steered(study=study, at=START, who="grace", what="pause", why="„Pause“"), lambda events, draft: ())
    _rate(store, study, ids)
    _allot(store, study)
    return ids


def _rate(store: Store, study: str, ids: Sequence[str]) -> None:
    if ids:
        item = {"item": f"{ids[0]}:1", "right": {}}
        rating = opening(f"{study}_ratings", "rater")
        allotted = ItemsAllotted(seq=1, at=START, source=study, questions={}, items=(item,))
        store.open_ratings(rating, lambda given: allotted)


def _allot(store: Store, study: str) -> None:
    plan = Plan(study=study, seed=1, targets=("bear", "cub"), arms=(Condition(name="default"),), units_per_assignment=3)

    def begin(given: Given) -> SessionOpened:
        return opening(study, "uma", str(given.slot.unit))

    store.allot(plan, Comer(worker_id="uma"), START, begin)
