"""Which items there are, how one is shown, and what its answers mean. No store, no clock."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from judged import T0

from imgloop_widgets.events import AttemptScored, ImageGenerated, PromptSubmitted, SessionFinished, SessionOpened
from imgloop_widgets.loop import State, fold
from imgloop_widgets.ratings import (
    SAME,
    TARGET,
    Item,
    Picture,
    Ratings,
    Shown,
    block,
    coded,
    is_right,
    items_of,
    present,
    uncoded,
)
from imgloop_widgets.ratings.questions import right_answers
from imgloop_widgets.ratings.tables import Question


def played(worker: str = "w", attempts: int = 3, scores: tuple[int, ...] = (), **changes: Any) -> State:
    opening: dict[str, Any] = {"session_id": worker.ljust(32, "0"), "study": "first", "study_hash": "", "unit_id": "1"}
    opening |= {"worker_id": worker, "arm": "a", "target_id": "t", "target_sha256": "s", "seed": 1}
    events: list[Any] = [SessionOpened(seq=0, at=T0, **{**opening, **changes})]
    for k in range(1, attempts + 1):
        seq, image = len(events), {"image_sha256": f"{worker}{k}", "width": 4, "height": 3, "wait_s": 0}
        events.append(PromptSubmitted(seq=seq, at=T0, attempt=k, prompt="p", seed=1, idempotency_key="k"))
        events.append(ImageGenerated(seq=seq + 1, at=T0, attempt=k, generator="g", **image))
        score = scores[k - 1] if scores else k
        events.append(AttemptScored(seq=seq + 2, at=T0, attempt=k, score=score))
    return fold([*events, SessionFinished(seq=len(events), at=T0, reason="exited")])


def wanted(item: Any = "pair", **values: Any) -> Ratings:
    return Ratings(source="first", item=item, **values)


def numbers(items: tuple[Item, ...]) -> list[list[int]]:
    return [[picture.attempt for picture in item.pictures] for item in items]


@pytest.mark.parametrize(
    ("how", "found"),
    [
        (wanted(), [[1, 4]]),
        (wanted(attempts=("first", "best")), [[1, 2]]),
        (wanted(attempts=(2, 3)), [[2, 3]]),
        (wanted(attempts=(2, 9)), []),
        (wanted("single"), [[1], [2], [3], [4]]),
        (wanted("single", attempts=("last",)), [[4]]),
        (wanted("single", attempts=("last", 4, "best")), [[2], [4]]),
        (wanted("ranking"), [[1, 2, 3, 4]]),
        (wanted(arms=("b",)), []),
        (wanted(targets=("t",)), [[1, 4]]),
    ],
)
def test_items_follow_from_the_sessions(how: Ratings, found: list[list[int]]) -> None:
    assert numbers(items_of(how, [played(attempts=4, scores=(3, 9, 5, 9))])) == found


def test_a_session_with_one_attempt_is_no_pair_and_one_that_goes_on_waits() -> None:
    state = played(attempts=2)
    open_ = replace(state, finished=None)
    assert items_of(wanted(), [played(attempts=1), open_]) == ()
    assert len(items_of(wanted(finished_only=False), [open_])) == 1


def test_sessions_of_programs_are_judged_only_where_there_is_no_other() -> None:
    machine, person = played("sim-1"), played("ana")
    assert [item.author for item in items_of(wanted(), [machine, person])] == ["ana"]
    assert [item.author for item in items_of(wanted(), [machine])] == ["sim-1"]


ITEMS = items_of(wanted(), [played(f"w{n:02}") for n in range(12)])
TARGETS = {"t": Picture(attempt=TARGET, sha256="s", width=4, height=3)}
CLOSER = Question(name="closer", text="?", kind="closer", tie="the same")
ALIKE = Question(name="alike", text="?", kind="scale", low=1, high=10, alike=10, alike_within=1)
ORDER = Question(name="order", text="?", kind="ranking")
BOTH = (CLOSER, ALIKE)


def joined(blocks: list[list[str]]) -> list[str]:
    return [item for own in blocks for item in own]


def blocks(raters: int, **values: Any) -> list[list[str]]:
    """Items of raters who come one after the other, and judge all that they are given."""
    how, live, given = wanted(items_per_rater=5, **values), dict[str, int](), []
    for n in range(raters):
        own = block(ITEMS, live=live, before=(), worker_id=f"r{n}", wanted=how, seed=3)
        live |= {item.id: live.get(item.id, 0) + 1 for item in own}
        given.append([item.id for item in own])
    return given


def test_all_items_are_judged_once_before_one_is_judged_twice() -> None:
    given = blocks(3)
    assert [len(own) for own in given] == [5, 5, 5]
    assert len(set(joined(given)[:12])) == 12


def test_each_round_has_an_order_of_its_own() -> None:
    order = joined(blocks(8))
    assert order[:12] != order[12:24] and sorted(order[:12]) == sorted(order[12:24])


def test_an_item_gets_no_more_raters_than_are_asked_for_and_nobody_gets_their_own() -> None:
    given = joined(blocks(20, raters_per_item=2))
    assert sorted(given) == sorted([item.id for item in ITEMS] * 2)
    own = block(ITEMS, live={}, before=(), worker_id="w03", wanted=wanted(items_per_rater=100), seed=1)
    assert len(own) == 11 and "w03" not in {item.author for item in own}


@given(st.integers(0, 2**31 - 1))
def test_checks_stand_among_the_items_never_first_and_look_like_them(seed: int) -> None:
    shown = present(ITEMS[:6], wanted=wanted(checks_per_block=3), questions=BOTH, targets=TARGETS, seed=seed)
    checks = [one for one in shown if one.is_check]
    assert len(shown) == 9 and len(checks) == 3 and not shown[0].is_check
    assert {one.item for one in shown if not one.is_check} == {item.id for item in ITEMS[:6]}
    for one in checks:
        assert TARGET in [picture.attempt for picture in one.pictures] and len(one.pictures) == 2
        assert one.right == {"closer": (TARGET,), "alike": (9, 10)}
    again = present(ITEMS[:6], wanted=wanted(checks_per_block=3), questions=BOTH, targets=TARGETS, seed=seed)
    assert again == shown


def test_the_order_of_two_images_is_drawn_for_each_item() -> None:
    first = [present(ITEMS, wanted=wanted(), questions=BOTH, targets=TARGETS, seed=s)[0].pictures[0] for s in range(40)]
    assert 8 < sum(picture.attempt == 1 for picture in first) < 32


def test_a_block_of_one_item_has_one_check() -> None:
    shown = present(ITEMS[:1], wanted=wanted(), questions=BOTH, targets=TARGETS, seed=1)
    assert [one.is_check for one in shown] == [False, True]


@given(st.integers(0, 99), st.sampled_from(["target", "same"]))
def test_what_is_shown_survives_the_log(seed: int, check: Any) -> None:
    shown = present(ITEMS[:4], wanted=wanted(check=check), questions=BOTH, targets=TARGETS, seed=seed)
    assert tuple(Shown.from_record(one.to_record()) for one in shown) == shown


def shown(*attempts: int) -> Shown:
    pictures = tuple(Picture(attempt=a, sha256=f"{a}", width=1, height=1) for a in attempts)
    return Shown(item="i", session_id="s", arm="a", target_id="t", target_sha256="x", pictures=pictures)


def test_answers_are_kept_in_words_that_do_not_depend_on_the_order_shown() -> None:
    assert coded(BOTH, shown(5, 1), {"closer": "A", "alike": 7}) == {"closer": 5, "alike": 7}
    assert coded(BOTH, shown(1, 5), {"closer": "B", "alike": 7}) == {"closer": 5, "alike": 7}
    assert coded(BOTH, shown(1, 5), {"closer": SAME, "alike": 7}) == {"closer": SAME, "alike": 7}
    assert coded((ORDER,), shown(3, 1, 2), {"order": ["C", "A", "B"]}) == {"order": [2, 3, 1]}


@given(st.permutations([1, 2, 3, 4]), st.sampled_from(["A", "B", SAME]), st.permutations(["A", "B", "C", "D"]))
def test_what_was_answered_can_be_shown_again(attempts: list[int], closer: str, order: list[str]) -> None:
    questions = (CLOSER, ALIKE, ORDER)
    answers = {"closer": closer, "alike": 3, "order": order}
    one = shown(*attempts)
    assert uncoded(questions, one, coded(questions, one, answers)) == answers


def test_what_is_right_in_a_check_follows_from_the_questions() -> None:
    assert right_answers((ORDER,), "target") == {"order": (TARGET,)}
    assert right_answers(BOTH, "same") == {"closer": (SAME,)}
    assert is_right([0, 3, 1], (TARGET,)) and not is_right([3, 0], (TARGET,))
    assert is_right(9, (9, 10)) and not is_right(8, (9, 10))
