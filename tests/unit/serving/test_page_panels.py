"""`open_page` for workers whom a panel sends: what they are given, when it is told, who goes back without a task."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import ipywidgets
import pytest

from imgloop_widgets.access import Entrance
from imgloop_widgets.loop import Exit, Score, SubmitPrompt
from imgloop_widgets.serving.page import open_page
from imgloop_widgets.store import Grant, Store, open_store
from imgloop_widgets.study import load_study
from imgloop_widgets.widgets import Judge, Leaving, LookAlike, Notice

Write = Callable[..., Path]
TWO = "max_answer_loops = 1\n[assignment]\nunits_per_worker = 2\n"
SENT = "https://app.prolific.com/submissions/complete?cc="


@pytest.fixture(autouse=True)
def closed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.delenv("IMGLOOP_RESULTS", raising=False)
    yield
    ipywidgets.Widget.close_all()


@pytest.fixture
def on_prolific(quick_game: Any, study_files: Write, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A small study on Prolific: `come("ana")` opens the page of this participant."""

    class There:
        def __init__(self, access: str = "prolific", **more: Any) -> None:
            self.folder = study_files(**more)
            text = (self.folder / "study.toml").read_text()
            (self.folder / "study.toml").write_text(text.replace('access = "open"', f'access = "{access}"'))
            self.store: Store = open_store(self.folder.parent / "results")
            self.codes = Entrance(study=load_study(self.folder), store=self.store).codes()

        def come(self, worker: str = "ana", session: str = "s1") -> Any:
            monkeypatch.setenv("QUERY_STRING", f"PROLIFIC_PID={worker}&STUDY_ID=st&SESSION_ID={session}")
            return open_page(self.folder, generate=quick_game.draw)

    return There


def complete(page: Any) -> Any:
    """Play the one attempt, and return the last page."""
    runner = page._runner
    runner.dispatch(SubmitPrompt(seq=runner.state.seq, prompt="a brown bear", answers={"age": "34"}))
    runner.perform_now()
    runner.dispatch(Score(seq=runner.state.seq, score=4))
    return page.view["finished"]


def test_who_comes_without_a_unit_is_given_one_and_each_worker_another(on_prolific: Any) -> None:
    there = on_prolific()
    pages = [there.come(worker) for worker in ("ana", "ben", "ana")]
    targets = [page.state.opened.target_id for page in pages]
    assert targets == ["bear", "cub", "bear"]
    assert {one.worker_id for one in there.store.arrivals("small")} == {"ana", "ben"}


def test_the_panel_is_told_after_the_last_task_that_is_due_and_not_before(on_prolific: Any) -> None:
    there = on_prolific(loop=TWO)
    first = complete(there.come())
    assert first["next"] and not first["code"] and first["leave"]["url"] is None
    assert there.codes["completed"] not in str(first)
    second = there.come()
    assert second.state.opened.position == 2
    last = complete(second)
    assert not last["next"] and last["code"] == there.codes["completed"]
    assert (last["leave"]["url"], last["leave"]["now"]) == (SENT + there.codes["completed"], True)
    again = there.come().view["finished"]
    assert (again["code"], again["leave"]["now"], again["next"]) == (last["code"], False, False)


def test_where_the_next_task_was_taken_meanwhile_the_page_comes_back_with_the_code(on_prolific: Any) -> None:
    there = on_prolific(loop=TWO)
    assert complete(there.come("ana"))["next"]
    there.come("ben")
    there.come("cy")  # has the second one now
    page = there.come("ana")
    assert page.state.opened.position == 1 and page.view["finished"]["code"] == there.codes["completed"]


def test_who_finishes_early_goes_back_at_once_and_is_given_nothing_more(on_prolific: Any) -> None:
    there = on_prolific(loop=TWO)
    page = there.come()
    page._runner.dispatch(Exit(seq=page.state.seq))
    left = page.view["finished"]
    assert (left["code"], left["next"], left["leave"]["now"]) == (there.codes["partial"], False, True)
    again = there.come(session="s2")
    assert again.state.opened == page.state.opened and again.view["finished"]["code"] == there.codes["partial"]
    assert len(there.store.sessions()) == 1


def test_for_whom_there_is_nothing_a_way_back_is_there_and_they_may_try_again(on_prolific: Any) -> None:
    there = on_prolific(targets=("bear",))
    there.come("ana")
    page = there.come("late")
    assert isinstance(page, Leaving) and "Every task is taken" in page.text
    assert (page.leave["code"], page.leave["now"]) == (there.codes["failed"], False)
    (away,) = there.store.turned_away("small")
    assert (away.worker_id, away.unit_id, away.why) == ("late", "", "every unit is taken")


def test_once_all_is_done_a_late_participant_is_sent_back(on_prolific: Any) -> None:
    there = on_prolific(loop="max_answer_loops = 1", targets=("bear",))
    complete(there.come("ana"))
    page = there.come("late")
    assert isinstance(page, Leaving) and "All tasks of this study are done" in page.text
    assert (page.leave["code"], page.leave["now"]) == (there.codes["failed"], True)


def test_who_lacks_a_qualification_goes_back_with_another_code(on_prolific: Any, quick_game: Any) -> None:
    there = on_prolific()
    there.store.grant([Grant(worker_id="ana", name="blocked", value=1, at=quick_game.clock(), why="a test")])
    page = there.come("ana")
    assert isinstance(page, Leaving) and page.leave["code"] == there.codes["screened_out"]
    assert there.store.sessions() == []


def test_without_a_panel_who_finds_nothing_reads_a_code_of_their_own(
    quick_game: Any, study_files: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = study_files(targets=("bear",))
    for worker in ("ana", "late", "late"):
        monkeypatch.setenv("QUERY_STRING", f"worker_id={worker}")
        page = open_page(folder, generate=quick_game.draw)
    assert isinstance(page, Notice) and "Every task is taken" in page.text
    with open_store(folder.parent / "results") as store:
        assert page.code == store.turned_away("small")[0].code


def test_who_was_blocked_after_a_task_still_reads_how_it_ended(
    quick_game: Any, study_files: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = study_files(loop=TWO)
    monkeypatch.setenv("QUERY_STRING", "worker_id=ana")
    page = open_page(folder, generate=quick_game.draw)
    assert complete(page)["next"]
    with open_store(folder.parent / "results") as store:
        store.grant([Grant(worker_id="ana", name="blocked.small", value=1, at=quick_game.clock(), why="a test")])
    again = open_page(folder, generate=quick_game.draw)
    assert isinstance(again, LookAlike) and again.state.opened == page.state.opened


@pytest.fixture
def rated(opened: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A rating study on Prolific; `rated("ana")` opens the page of this rater."""
    study = opened(sessions=4, ratings="raters_per_item = 1\nchecks_per_block = 0", study='access = "prolific"')

    def come(worker: str) -> Any:
        monkeypatch.setenv("IMGLOOP_RESULTS", str(tmp_path / "results"))
        monkeypatch.setenv("QUERY_STRING", f"PROLIFIC_PID={worker}&STUDY_ID=st&SESSION_ID=se-{worker}")
        return open_page(study.study.path)

    come.study = study  # type: ignore[attr-defined]
    return come


def codes_of(rated: Any) -> Any:
    return Entrance(study=rated.study.study, store=rated.study.store).codes()


def test_a_rater_from_a_panel_ends_with_its_code_and_its_address(rated: Any) -> None:
    page = rated("ana")
    assert isinstance(page, Judge)
    while not page.state.finished:
        assert page.view["finished"] is None and codes_of(rated)["completed"] not in str(page.view)
        page._obey({"seq": page.state.seq, "name": "rate", "place": page.state.place, "values": {"closer": "A"}})
    end = page.view["finished"]
    assert end["code"] == codes_of(rated)["completed"]
    assert (end["leave"]["url"], end["leave"]["now"]) == (SENT + end["code"], True)
    again = rated("ana").view["finished"]
    assert (again["code"], again["leave"]["now"]) == (end["code"], False)
    (sent,) = rated.study.store.arrivals("judged")
    assert (sent.worker_id, dict(sent.values)) == ("ana", {"STUDY_ID": "st", "SESSION_ID": "se-ana"})


def test_a_rater_who_stops_early_has_another_code_and_one_without_an_image_to_rate_goes_back(rated: Any) -> None:
    assert isinstance(rated("ana"), Judge)
    nothing = rated("ben")  # all of it is with the first one
    assert isinstance(nothing, Leaving) and "nothing to rate at the moment" in nothing.text
    assert (nothing.leave["code"], nothing.leave["now"]) == (codes_of(rated)["failed"], False)
    page = rated("ana")
    page._obey({"seq": page.state.seq, "name": "leave", "draft": {}})
    assert page.view["finished"]["code"] == codes_of(rated)["partial"]


def test_a_rater_who_is_blocked_is_told_so_and_begins_nothing(rated: Any, quick_game: Any) -> None:
    rated.study.store.grant([Grant(worker_id="ana", name="blocked", value=1, at=quick_game.clock(), why="a test")])
    page = rated("ana")
    assert isinstance(page, Leaving) and page.leave["code"] == codes_of(rated)["screened_out"]
    assert rated.study.store.sessions("judged") == []
