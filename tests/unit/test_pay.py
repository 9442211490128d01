"""What is owed, counted by hand."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgloop_widgets.decisions import Decision, stand
from imgloop_widgets.events import (
    AttemptScored,
    Event,
    FormSubmitted,
    ImageGenerated,
    PromptSubmitted,
    Reason,
    SessionFinished,
    SessionOpened,
)
from imgloop_widgets.loop import State, fold
from imgloop_widgets.pay import by_worker, most, owed
from imgloop_widgets.study_tables import Bonus, Pay

T0 = datetime(2026, 1, 1, 9, tzinfo=UTC)


def played(worker: str, *scores: int, reason: Reason | None = "attempts_used", unit: str = "1") -> State:
    """A session with an image for each score; reason: None: it goes on."""
    name = f"{worker}-{unit}"
    log: list[Event] = [
        SessionOpened(
            seq=0, at=T0, session_id=name, study="s", study_hash="h", worker_id=worker, unit_id=unit, arm="default",
            target_id="bear", target_sha256="t", seed=1,
        ),
        FormSubmitted(seq=1, at=T0, answers={}),
    ]  # fmt: skip
    for attempt, score in enumerate(scores, 1):
        seq, at = len(log), T0 + timedelta(minutes=attempt)
        log += [
            PromptSubmitted(seq=seq, at=at, attempt=attempt, prompt=f"p{attempt}", seed=1, idempotency_key=f"{seq}"),
            ImageGenerated(
                seq=seq + 1, at=at, attempt=attempt, image_sha256="i", width=1, height=1, wait_s=0, generator="g"
            ),
            AttemptScored(seq=seq + 2, at=at, attempt=attempt, score=score),
        ]
    if reason:
        log.append(SessionFinished(seq=len(log), at=T0 + timedelta(hours=1), reason=reason))
    return fold(log)


def test_a_unit_that_was_played_to_its_end_is_paid_in_full_and_one_without_an_image_not() -> None:
    pay = Pay(base=2.1, incomplete=0.7)
    states = [
        played("ana", 3, 4, 5),
        played("ben", 10, reason="perfect"),
        played("cem", reason="failed"),
        played("dan", 3, reason="exited"),
        played("eve", 3, reason="expired"),
        played("fay", reason="exited"),
        played("gus", 3, reason=None),
        played("sim-0001", 3),
    ]
    assert [(row.worker_id, str(row.total)) for row in owed(pay, states)] == [
        ("ana", "2.1"), ("ben", "2.1"), ("cem", "2.1"), ("dan", "0.7"), ("eve", "0.7"), ("fay", "0"),
    ]  # fmt: skip
    assert owed(Pay(base=2.0), [played("dan", 3, reason="exited")])[0].base == 2


def test_bonuses_add_up_and_say_what_for() -> None:
    best, last = Bonus(amount=0.5, at_least=8), Bonus(amount=0.25, by="last_score", at_least=5)
    (row,) = owed(Pay(base=1.0, bonus=(best, last)), [played("ana", 3, 8, 5)])
    assert (row.bonus, row.why) == (Decimal("0.75"), ("best score of at least 8", "last score of at least 5"))
    (row,) = owed(Pay(base=1.0, bonus=(best, last)), [played("ana", 8, 3, 4)])
    assert row.why == ("best score of at least 8",)


def test_whoever_ties_with_the_last_of_the_best_share_is_paid_too() -> None:
    pay = Pay(base=0.0, bonus=(Bonus(amount=5.0, best_share=0.4),))
    states = [played(name, score) for name, score in zip("abcde", (7, 9, 7, 7, 2), strict=True)]
    assert [row.worker_id for row in owed(pay, states) if row.bonus] == ["a", "b", "c", "d"]
    assert owed(pay, states)[0].why == ("best 40% by best score",)
    assert owed(pay, []) == []
    assert [row.bonus for row in owed(pay, [played("ana", reason="exited")])] == [0]


def test_a_metric_counts_by_its_best_or_its_last_value() -> None:
    states = [played("ana", 3, 4), played("ben", 3), played("cem", 3)]
    metrics = {"ana-1": {"ssim": [0.9, 0.2]}, "ben-1": {"ssim": [0.5]}}
    for by, who in (("best", ["ana", "ben"]), ("last", ["ben"])):
        pay = Pay(base=0.0, bonus=(Bonus(amount=1.0, by=by, metric="ssim", at_least=0.5),))
        assert [row.worker_id for row in owed(pay, states, metrics) if row.bonus] == who


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, 10)), max_size=12), st.floats(0.01, 1))
def test_workers_get_what_their_units_earn_and_the_study_no_more_than_it_knew(
    plays: list[tuple[str, int]], share: float
) -> None:
    pay = Pay(base=1.1, bonus=(Bonus(amount=0.3, at_least=5), Bonus(amount=2.0, best_share=share)))
    rows = owed(pay, [played(worker, score, unit=str(k)) for k, (worker, score) in enumerate(plays, 1)])
    workers = by_worker(rows)
    assert sum(w.total for w in workers) == sum(row.total for row in rows)
    assert sum(w.units for w in workers) == len(plays)
    shared = sum("best" in why and "%" in why for row in rows for why in row.why)
    assert shared >= (len(plays) > 0)
    if len({score for _, score in plays}) == len(plays):  # nobody ties
        assert sum(row.total for row in rows) <= most(pay, len(plays))


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"amount": 1.0}, "either at_least or best_share"),
        ({"amount": 1.0, "at_least": 5.0, "best_share": 0.2}, "either at_least or best_share"),
        ({"amount": 1.001, "at_least": 5.0}, "two decimals"),
        ({"amount": 1.0, "at_least": 5.0, "by": "best"}, "is for a metric"),
        ({"amount": 1.0, "at_least": 5.0, "metric": "ssim"}, "is for a metric"),
    ],
)
def test_a_bonus_that_is_none_is_a_mistake(values: dict[str, float], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Bonus(**values)
    with pytest.raises(ValueError, match="two decimals"):
        Pay(base=0.333)
    with pytest.raises(ValueError, match="three capital letters"):
        Pay(base=1.0, currency="usd")


def test_what_a_reviewer_has_rejected_earns_nothing_and_has_no_part_in_the_best_share() -> None:
    pay = Pay(base=1.0, bonus=(Bonus(amount=5.0, best_share=0.5),))
    states = [played(name, score) for name, score in zip("abc", (9, 7, 5), strict=True)]
    row = Decision(
        session_id="a-1", number=1, study="s", worker_id="a", act="x", at=T0, who="grace", what="reject",
        bonus=Decimal("0.50"),
    )  # fmt: skip
    found = owed(pay, states, standings=stand([row]))
    assert [(one.worker_id, one.base, one.bonus) for one in found] == [
        ("a", 0, Decimal("0.50")), ("b", 1, 5), ("c", 1, 0),
    ]  # fmt: skip
    assert found[0].why == ("0.50 by a reviewer", "rejected by a reviewer")
