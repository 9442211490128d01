"""Whether a server is well; the store and the parent of kernels are stood in for."""

import asyncio

import pytest

from imgloop_widgets.errors import StoreError
from imgloop_widgets.serving import health
from imgloop_widgets.serving.health import Health


class Parts:
    """A store and a parent. wrong: what the parent says. broken: the store can't be read. asked: how often it was."""

    def __init__(self) -> None:
        self.wrong, self.broken, self.asked = "", False, 0

    def store(self) -> None:
        self.asked += 1
        if self.broken:
            raise StoreError("the database at /secret/place can't be read")

    async def parent(self) -> str:
        return self.wrong

    def health(self) -> Health:
        return Health(self.store, self.parent)


@pytest.fixture
def parts(monkeypatch: pytest.MonkeyPatch) -> Parts:
    monkeypatch.setattr(health, "FRESH_S", 0.0)
    return Parts()


def test_a_server_is_well_where_both_answer(parts: Parts) -> None:
    assert asyncio.run(parts.health().wrong()) == ""


def test_what_does_not_answer_is_named_and_no_more_is_told(parts: Parts) -> None:
    parts.broken = True
    assert asyncio.run(parts.health().wrong()) == "store"
    parts.wrong = "kernels"
    assert asyncio.run(parts.health().wrong()) == "store, kernels"


def test_it_is_well_again_when_they_answer_again(parts: Parts) -> None:
    async def both() -> list[str]:
        one, parts.broken = parts.health(), True
        before, parts.broken = await one.wrong(), False
        return [before, await one.wrong()]

    assert asyncio.run(both()) == ["store", ""]


def test_a_thousand_pages_that_ask_are_one_question_to_the_store(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "FRESH_S", 60.0)

    async def crowd() -> None:
        one = parts.health()
        await asyncio.gather(*(one.wrong() for _ in range(1000)))
        await one.wrong()

    asyncio.run(crowd())
    assert parts.asked == 1


def test_a_server_that_is_being_stopped_says_so_whatever_else_answers(parts: Parts) -> None:
    one = parts.health()
    one.stopping = True
    assert asyncio.run(one.wrong()) == "stopping"
    assert not parts.asked


def test_a_server_whose_kernels_would_wait_for_their_parent_is_not_ready(parts: Parts) -> None:
    async def both() -> list[str]:
        one = parts.health()
        one.starting = True
        before, one.starting = await one.wrong(), False
        return [before, await one.wrong()]

    assert asyncio.run(both()) == ["starting", ""]
