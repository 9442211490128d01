"""A link whose time is over, and the session that it had opened: loaded again until its deadline, and nothing new."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from imgloop_widgets.access import Entrance
from imgloop_widgets.access.keys import keys
from imgloop_widgets.access.tokens import Token, digest, sign
from imgloop_widgets.errors import Refused
from imgloop_widgets.identity import Identity
from imgloop_widgets.loop import Exit
from imgloop_widgets.opening import OpenStudy

Write = Callable[..., Path]
TWO = "[assignment]\nunits_per_worker = 2\n"


class Door:
    """A study with signed links, and its clock."""

    def __init__(self, game: Any, folder: Path) -> None:
        self.game, self.clock = game, game.clock
        self.opened = OpenStudy.load(folder, generate=game.draw, store=game.store)
        self.entrance = Entrance(study=self.opened.study, store=game.store)

    def link(self, worker: str = "ana", unit: int | None = None, minutes: float = 10) -> str:
        expires = (self.clock() + timedelta(minutes=minutes)).replace(microsecond=0)
        token = Token(study=self.opened.study.name, worker_id=worker, unit=unit, expires=expires)
        return f"t={sign(token, [key.secret for key in keys(self.opened.study.results)])}"

    def come(self, query: str) -> Any:
        """Open the link, as a server and its kernel do; return the session."""
        admitted = self.entrance.admit(query, self.clock())
        assert admitted.identity is not None
        return self.opened.enter(admitted.identity, begins=admitted.begins, clock=self.clock)


@pytest.fixture
def door(quick_game: Any, study_files: Write, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Door]:
    monkeypatch.setenv("IMGLOOP_RESULTS", str(tmp_path / "results"))

    def make(**more: Any) -> Door:
        folder = study_files(**more)
        text = (folder / "study.toml").read_text()
        (folder / "study.toml").write_text(text.replace('access = "open"', 'access = "signed"'))
        return Door(quick_game, folder)

    return make


@pytest.mark.parametrize("unit", [None, 2])
def test_who_has_begun_in_time_loads_the_page_again_until_the_deadline(door: Any, unit: int | None) -> None:
    there = door()
    query = there.link(unit=unit)
    begun = there.come(query).session_id
    there.clock.move(60 * 11)
    assert there.come(query).session_id == begun
    there.clock.move(60 * 18)
    assert there.come(query).session_id == begun
    there.clock.move(60 * 1)
    with pytest.raises(Refused, match="its time is over"):
        there.come(query)


def test_who_comes_too_late_opens_nothing(door: Any) -> None:
    there = door()
    query = there.link()
    there.clock.move(60 * 10)
    with pytest.raises(Refused, match="its time is over"):
        there.come(query)
    assert there.game.store.sessions() == []


def test_after_its_time_a_link_gives_no_next_task(door: Any) -> None:
    there = door(loop=TWO)
    query = there.link()
    first = there.come(query)
    first.dispatch(Exit(seq=1))
    there.clock.move(60 * 11)
    again = there.come(query)
    assert again.session_id == first.session_id and again.state.finished, "how it ended, with the code"
    assert len(there.game.store.sessions()) == 1


def test_what_another_link_of_the_worker_has_opened_later_is_not_reached_by_one_that_had_expired(door: Any) -> None:
    there = door()
    early, late = there.link(minutes=10), there.link(minutes=60)
    there.clock.move(60 * 15)
    there.come(late)
    with pytest.raises(Refused, match="its time is over"):
        there.come(early)


def test_a_link_of_another_unit_or_worker_leads_nowhere_after_its_time(door: Any) -> None:
    there = door()
    queries = [there.link(unit=2), there.link("ben")]
    there.come(there.link(unit=1))
    there.clock.move(60 * 11)
    for query in queries:
        with pytest.raises(Refused, match="its time is over"):
            there.come(query)


def test_a_link_that_was_revoked_is_refused_at_once_in_mid_session(door: Any) -> None:
    there = door()
    query = there.link()
    there.come(query)
    there.game.store.revoke(there.opened.study.name, digest(query.removeprefix("t=")), there.clock())
    for minutes in (0, 11):
        there.clock.move(60 * minutes)
        with pytest.raises(Refused, match="Please ask the researcher if you think that this is wrong"):
            there.come(query)


def test_a_session_without_a_deadline_can_be_loaded_again_for_ever(door: Any) -> None:
    there = door(loop="assignment_duration_in_seconds = 0")
    query = there.link()
    begun = there.come(query)
    there.clock.move(86_400 * 30)
    assert there.come(query).session_id == begun.session_id


def test_where_nothing_may_begin_a_session_that_is_gone_is_not_opened_anew(door: Any) -> None:
    there = door()
    for unit in (None, 1):
        with pytest.raises(Refused):
            there.opened.enter(Identity(worker_id="ana", unit=unit), begins=False, clock=there.clock)
    assert there.game.store.sessions() == []
