"""A database of every version that was ever released opens, and its sessions are what they were."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from types import ModuleType

import pytest

from imgloop_widgets.decisions import By, Wish, decide, stand
from imgloop_widgets.events import ItemsAllotted, SessionOpened
from imgloop_widgets.loop import Phase, best, fold, pending
from imgloop_widgets.plans import Condition, Plan
from imgloop_widgets.signals import Noted
from imgloop_widgets.store import Gate, Grant, Limits, Metric, Payment, Steered, Store, open_store
from imgloop_widgets.store.migrations import MIGRATIONS
from imgloop_widgets.store.told import Ended

DATA = Path(__file__).parent / "data"
FIRST, SECOND = f"{1:032x}", f"{2:032x}"


@pytest.fixture(params=[f"v{m.number}" for m in MIGRATIONS])
def old(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """A copy of an old database (see data/make_v1.py and the others), opened by today's code."""
    shutil.copy(DATA / f"{request.param}.db", tmp_path / "imgloop.db")
    with open_store(tmp_path) as store:
        yield store


def version_of(request: pytest.FixtureRequest) -> int:
    return int(request.node.callspec.params["old"][1:])


def test_a_finished_session_folds_to_what_it_was(old: Store) -> None:
    state = fold(old.read(FIRST))
    assert (state.phase, state.seq) == (Phase.FINISHED, 11)
    assert state.opened is not None and state.opened.worker_id == "w1"
    assert state.opened.deadline == datetime(2026, 3, 1, 10, 0, tzinfo=UTC)
    assert state.answers == {"age": "25-34", "languages": ["de", "en"]}
    assert [(a.number, a.prompt.prompt, a.score) for a in state.attempts] == [
        (1, "a brown bear, snow, “evening light” 🐻", 4),
        (2, "a brown bear\nin deep snow", 10),
    ]
    top = best(state)
    assert top is not None and (top.number, top.image.parameters) == (2, {"quality": "high"})
    assert state.finished is not None
    assert (state.finished.reason, state.finished.draft) == ("perfect", {"prompt": "not sent"})


def test_a_session_goes_on_where_it_was(old: Store, build: ModuleType) -> None:
    session, events = old.open_session(build.opened(7, worker_id="w2"))
    owed = pending(fold(events))
    assert session == SECOND and owed is not None and owed.prompt == "ein Fuchs 🦊"
    assert old.draft(SECOND) == (3, {"prompt": "ein Fuchs im Wald"})
    assert not old.claim(SECOND, 3, "another", datetime(2026, 3, 1, 9, 40, 30, tzinfo=UTC), 60)
    old.append(SECOND, [build.generated(3)])
    assert fold(old.read(SECOND)).phase is Phase.SCORING


def test_everything_else_is_there(old: Store) -> None:
    assert [opened.session_id for opened in old.sessions("look_alike")] == [FIRST, SECOND]
    assert [len(events) for _, events in old.logs("look_alike")] == [11, 3]
    (incident,) = old.incidents()
    assert (incident.incident, incident.session_id, incident.text) == ("i-1", FIRST, "TimeoutError: no answer")


def test_what_came_with_version_2_is_there_or_empty_and_works(old: Store, request: pytest.FixtureRequest) -> None:
    before = old.sheet(SECOND), [(upload.size, upload.type) for upload in old.uploads(SECOND).values()]
    if version_of(request) < 2:
        assert before == (None, [])
    else:
        sheet = {"shown": {"0.1": True}, "added": [["pets", "pet", {"kind": "Fuchs 🦊"}]]}
        assert before == (sheet, [(7, "image/png")])
    old.save_sheet(SECOND, {"shown": {"0.2": True}})
    kept = old.keep_upload(SECOND, b"another")
    assert old.sheet(SECOND) == {"shown": {"0.2": True}}
    assert old.uploads(SECOND)[kept.sha256] == kept


def test_what_came_with_version_3_is_there_or_empty_and_works(old: Store, request: pytest.FixtureRequest) -> None:
    now = datetime(2026, 3, 1, 9, 45, tzinfo=UTC)
    gate, made = old.gate("look_alike", now), old.generation(f"{SECOND}-2")
    if version_of(request) < 3:
        assert (gate, made) == (Gate(), None)
    else:
        assert gate.paused is not None and gate.paused.why == "HTTP 402: the account is empty"
        assert gate.spent == 0.03
        assert made is not None and (made.cost, made.flags) == (0.03, ("maybe",))
        assert old.cached_generation("d" * 64) == made
    old.resume("look_alike")
    limits = Limits(at_once=1, price=0.04)
    assert old.ask_turn("look_alike", "call-2", "w2", limits, now, 60).begun
    assert not old.ask_turn("look_alike", "call-3", "w1", limits, now, 60).begun


def test_what_came_with_version_4_is_there_or_empty_and_works(old: Store, request: pytest.FixtureRequest) -> None:
    now = datetime(2026, 3, 1, 9, 50, 30, tzinfo=UTC)
    known = [(m.attempt, m.metric, m.value, m.version) for m in old.metrics("look_alike")]
    replays, measured = old.replays("look_alike"), old.replay_metrics("look_alike")
    if version_of(request) < 4:
        assert (known, replays, measured) == ([], [], [])
    else:
        assert known == [(1, "ssim", 0.25, "1"), (2, "ssim", None, "1")]
        (replay,) = replays
        assert (replay.prompt, replay.model) == ("a brown bear, snow, “evening light” 🐻", "weak=scenes")
        assert (replay.draw, replay.seed, replay.outcome) == (2, 2**31 - 1, "made")
        assert (replay.parameters, replay.image_sha256) == ({"quality": "basic"}, "c" * 64)
        assert [(m.metric, m.value) for m in measured] == [("mse", 0.125)]
        assert old.claim_replays(["f" * 64], "another", now, 60) == ([], ["f" * 64])
        assert old.claim_replays(["e" * 64], "another", now, 60) == ([], [])
    old.put_metrics([Metric(session_id=FIRST, attempt=1, metric="ssim", value=0.5, version="2")])
    assert [(m.value, m.version) for m in old.metrics("look_alike")][:1] == [(0.5, "2")]
    assert old.claim_replays(["a" * 64], "another", now, 60) == (["a" * 64], [])


def test_what_came_with_version_5_is_there_or_empty_and_works(old: Store, request: pytest.FixtureRequest) -> None:
    known = [(t.noted.attempt, t.noted.phase, t.noted.values) for t in old.telemetry("look_alike")]
    if version_of(request) < 5:
        assert known == []
    else:
        typed = {"open_s": 12.5, "keys": 40, "pastes": 1, "pasted_characters": 17}
        assert known == [(1, "judging", {"open_s": 3.0, "hidden": 1, "hidden_s": 0.25}), (1, "writing", typed)]
    page = "123e4567-e89b-42d3-a456-426614174000"
    old.note(FIRST, [Noted(page=page, attempt=1, phase="writing", values={"keys": 41})], datetime.now(UTC))
    assert {"keys": 41} in [t.noted.values for t in old.telemetry("look_alike")]


def test_what_came_with_version_6_is_there_or_empty_and_works(old: Store, request: pytest.FixtureRequest) -> None:
    version = version_of(request)
    assert old.rating_studies("look_alike") == (["look_alike_ratings"] if version >= 6 else [])
    opening = SessionOpened(
        seq=0, at=datetime(2026, 4, 1, tzinfo=UTC), session_id="e" * 32, study="look_alike_ratings", study_hash="",
        worker_id="r1", unit_id="1", arm="", target_id="", target_sha256="", seed=1,
    )  # fmt: skip
    item = {"item": f"{FIRST}:1+2", "right": {}}
    found = old.open_ratings(
        opening,
        lambda given: ItemsAllotted(seq=1, at=opening.at, source="look_alike", questions={}, items=(item,)),
    )
    assert found is not None and len(found[1]) == (3 if version >= 6 else 2)
    assert old.judged("look_alike_ratings").rated == ({1: 1} if version >= 6 else {0: 1})


def test_what_came_with_version_7_is_there_or_empty_and_works(old: Store, request: pytest.FixtureRequest) -> None:
    now = datetime(2026, 3, 1, 9, 56, tzinfo=UTC)
    known = old.standing(FIRST)[0], old.revoked("look_alike"), [sent.values for sent in old.arrivals("look_alike")]
    before = version_of(request) < 7
    assert known == ((None, set(), []) if before else ("a-page", {"d" * 64}, [{"SESSION_ID": "Fuchs 🦊"}]))
    code = "NEW" if before else "ABCDEFGHJK"
    assert old.codes("look_alike", {"completed": "NEW"}) == {"completed": code}
    old.take_seat(FIRST, "another", now)
    assert old.standing(FIRST)[0] == "another"
    assert old.revoke("look_alike", "e" * 64, now)


def test_what_came_with_version_8_is_there_or_empty_and_works(old: Store, request: pytest.FixtureRequest) -> None:
    now = datetime(2026, 4, 2, 9, tzinfo=UTC)
    turned = [(one.worker_id, one.code) for one in old.turned_away("look_alike")]
    if version_of(request) >= 8:
        assert old.qualifications("w1") == {"language": "Deutsch 🐻", "trained": 2.5}
        assert [one.name for one in old.all_qualifications(revoked=True) if one.value is None] == ["blocked"]
        assert turned == [("w9", "1A2B3C4D")]
    else:
        assert (old.qualifications("w1"), turned) == ({}, [])
    old.grant([Grant(worker_id="w1", name="trained", value=1, at=now, why="test", adds=True)])
    assert old.qualifications("w1")["trained"] in (1, 3.5)


def test_what_came_with_version_9_is_there_or_empty_and_works(old: Store, request: pytest.FixtureRequest) -> None:
    now = datetime(2026, 3, 1, 9, 56, tzinfo=UTC)
    arms = (Condition(name="a"), Condition(name="b", versions=2))
    plan = Plan(study="units", seed=1, targets=("bear", "cub"), arms=arms)
    units = old.units(plan, now)
    if version_of(request) >= 9:
        (unit,) = units
        assert (unit.worker_id, unit.stratum, unit.position, unit.place, unit.state) == ("ana", "left", 1, 0, "running")
        assert unit.seen_at == datetime(2026, 3, 1, 9, 55, 30, tzinfo=UTC)
        assert plan.slot(unit.unit).assignment == unit.assignment
    before = old.units(replace(plan, study="look_alike"), now)
    assert {unit.worker_id for unit in before} == {opened.worker_id for opened in old.sessions("look_alike")}


def test_what_came_with_version_10_is_there_or_empty_and_works(old: Store, request: pytest.FixtureRequest) -> None:
    now = datetime(2026, 3, 1, 10, 6, tzinfo=UTC)
    known = [(one.who, one.what, one.why) for one in old.steered("units")]
    before = version_of(request) < 10
    assert known == ([] if before else [("Grace 🦊", "pause", "„Pause“")])
    pause = old.paused("units")
    assert (pause.by if pause else None) == (None if before else "Grace 🦊")
    by = Steered(study="units", at=now, who="Grace 🦊", what="resume")
    assert old.go_on(by, lambda events, draft: ()) == pause
    assert not old.paused("units")


def test_what_came_with_version_11_is_there_or_empty_and_works(old: Store, request: pytest.FixtureRequest) -> None:
    known = [(one.worker_id, one.amount, one.currency) for one in old.payments("look_alike")]
    assert known == ([("w1", Decimal("2.00"), "USD")] if version_of(request) >= 11 else [])
    paid = Payment(
        session_id=FIRST, paid_by="bonus", study="look_alike", worker_id="w1", amount=Decimal("0.50"),
        currency="USD", batch="b", at=datetime(2026, 4, 4, 9, tzinfo=UTC),
    )  # fmt: skip
    old.pay("look_alike", lambda before: [paid])
    assert old.payments("look_alike")[-1] == paid


def test_what_came_with_version_12_is_there_or_empty_and_works(old: Store, request: pytest.FixtureRequest) -> None:
    known = [(one.worker_id, one.tries, one.accepted, one.said) for one in old.told("look_alike")]
    before = version_of(request) < 12
    assert known == ([] if before else [("w1", 1, False, "HTTP 503 „später“")])
    done = Ended(worker_id="w1", session_id=FIRST, reason="perfect", values={})
    now = datetime(2026, 4, 5, 9, tzinfo=UTC)
    tries = old.claim_call("look_alike", done, "completed", "d" * 64, now, now + timedelta(minutes=1))
    assert tries == (1 if before else 2)


def test_what_came_with_version_13_is_there_or_empty_and_works(old: Store, request: pytest.FixtureRequest) -> None:
    known = [(one.who, one.what, one.note, one.bonus) for one in old.reviews("look_alike")]
    before = version_of(request) < 13
    assert known == ([] if before else [("Grace 🦊", "soft_reject", "„zu schnell“ 🦊", Decimal("0.50"))])
    by = By(who="Grace 🦊", at=datetime(2026, 4, 6, 9, tzinfo=UTC), act="b" * 16)
    seen = {FIRST: 0 if before else 1}
    old.review(
        "look_alike",
        lambda standings, has: decide(Wish(verdict="approve"), seen, "w1", "look_alike", standings, has("w1"), by),
    )
    assert stand(old.reviews("look_alike"))[FIRST].verdict == "approve"


def test_every_version_that_was_released_has_its_database() -> None:
    assert {file.stem for file in DATA.glob("v*.db")} == {f"v{m.number}" for m in MIGRATIONS}


def test_migrations_are_numbered_without_a_gap() -> None:
    assert [migration.number for migration in MIGRATIONS] == list(range(1, len(MIGRATIONS) + 1))
