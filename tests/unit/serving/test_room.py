"""How many more workers fit."""

from typing import Any

import pytest

from imgloop_widgets.serving import machine, room
from imgloop_widgets.serving.kernels import CULL_EVERY_S, IDLE_S
from imgloop_widgets.serving.machine import KEPT_BYTES, by_memory
from imgloop_widgets.serving.room import Room

GB = 2**30


@pytest.fixture(autouse=True)
def two_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two processors, and more files than anybody needs."""
    monkeypatch.setattr(room, "processors", lambda: 2)
    for module in (room, machine):
        monkeypatch.setattr(module, "limit_of_machine", lambda: 400)


def made(**values: Any) -> Room:
    return Room(**{"sessions": lambda: 0, "preparing": lambda: 0, "available": lambda: 16 * GB, **values})


def test_as_many_fit_as_there_is_memory_for_beside_what_is_kept() -> None:
    each = 50 * 2**20
    assert by_memory(KEPT_BYTES + 3 * each, each) == 3
    assert by_memory(KEPT_BYTES + 3 * each - 1, each) == 2
    assert by_memory(0, each) == 0
    assert made(available=lambda: KEPT_BYTES + 3 * each, each=each).left() == 3


def test_pages_that_are_being_prepared_have_still_to_take_their_memory() -> None:
    each = 50 * 2**20
    there = made(available=lambda: KEPT_BYTES + 5 * each, each=each, sessions=lambda: 9, preparing=lambda: 4)
    assert there.left() == 1


def test_no_more_are_prepared_at_once_than_processors_can_do_in_time() -> None:
    assert made().left() == 50
    assert made(sessions=lambda: 45, preparing=lambda: 45).left() == 5
    assert made(sessions=lambda: 60, preparing=lambda: 60).left() == 0


def test_what_the_researcher_says_goes_before_memory_and_processors() -> None:
    assert made(most=3, sessions=lambda: 1, available=lambda: 0).left() == 2
    assert made(most=3, sessions=lambda: 5).left() == 0


def test_the_kernel_of_a_closed_tab_ends_within_a_minute() -> None:
    assert IDLE_S + CULL_EVERY_S <= 60


def test_a_machine_that_does_not_tell_its_memory_has_the_limit_of_its_processors() -> None:
    assert made(available=lambda: None, sessions=lambda: 390).left() == 10
