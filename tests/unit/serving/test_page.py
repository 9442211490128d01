"""`open_page`: who opens which page, and what a worker reads where there is none."""

import asyncio
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import ipywidgets
import pytest

from imgloop_widgets.errors import ConfigurationError
from imgloop_widgets.loop import Exit
from imgloop_widgets.serving.page import open_page
from imgloop_widgets.store import open_store
from imgloop_widgets.widgets import LookAlike, Notice

Write = Callable[..., Path]


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    yield
    ipywidgets.Widget.close_all()


@pytest.fixture
def link(monkeypatch: pytest.MonkeyPatch) -> Callable[[str | None], None]:
    """Open the page by this link; None: in JupyterLab, without any."""
    monkeypatch.delenv("IMGLOOP_RESULTS", raising=False)

    def use(query: str | None) -> None:
        if query is None:
            monkeypatch.delenv("QUERY_STRING", raising=False)
        else:
            monkeypatch.setenv("QUERY_STRING", query)

    return use


def test_a_link_opens_the_session_of_its_worker_and_a_reload_the_same(
    quick_game: Any, study_files: Write, link: Any
) -> None:
    folder = study_files()
    link("worker_id=zoe&id=2")
    first = open_page(folder, generate=quick_game.draw)
    assert isinstance(first, LookAlike)
    opened = first.state.opened
    assert opened is not None and (opened.worker_id, opened.unit_id, opened.target_id) == ("zoe", "2", "cub")
    first._runner.dispatch(Exit(seq=1))
    again = open_page(folder, generate=quick_game.draw)
    assert again.state == first.state
    assert len(open_store(folder.parent / "results").sessions()) == 1


def test_a_link_without_a_unit_gives_what_is_due_and_offers_the_next_one(
    quick_game: Any, study_files: Write, link: Any
) -> None:
    folder = study_files(loop='[assignment]\nunits_per_worker = 2\nstratify_by = "hand"\nstrata = ["left"]\n')
    link("worker_id=zoe&hand=left")
    seen = []
    for more in (True, False):
        page = open_page(folder, generate=quick_game.draw)
        assert isinstance(page, LookAlike) and page.state.opened is not None
        seen.append((page.state.opened.target_id, page.state.opened.position, page.state.opened.stratum))
        page._runner.dispatch(Exit(seq=1))
        assert page.view["finished"]["next"] is more
    assert seen == [("bear", 1, "left"), ("cub", 2, "left")]


def test_who_comes_when_all_is_taken_is_told_so_kindly(quick_game: Any, study_files: Write, link: Any) -> None:
    folder = study_files(targets=("bear",))
    link("worker_id=ana")
    open_page(folder, generate=quick_game.draw)
    link("worker_id=late")
    page = open_page(folder, generate=quick_game.draw)
    assert isinstance(page, Notice)
    assert "Every task is taken at the moment" in page.text


@pytest.mark.parametrize(
    "query", ["", "worker_id=zoe&id=0", "worker_id=zoe&id=", "worker_id=zoe&id=99", "id=1", "worker_id=a%20b&id=1"]
)
def test_a_link_that_is_not_complete_is_a_sentence_and_opens_nothing(
    quick_game: Any, study_files: Write, link: Any, query: str
) -> None:
    folder = study_files()
    link(query)
    page = open_page(folder, generate=quick_game.draw)
    assert isinstance(page, Notice)
    assert "link you were given" in page.text
    results = folder.parent / "results"
    assert not results.exists() or open_store(results).sessions() == []


def test_without_a_link_it_is_the_pilot_and_keeps_nothing(quick_game: Any, study_files: Write, link: Any) -> None:
    folder = study_files()
    link(None)
    page = open_page(folder, generate=quick_game.draw)
    assert isinstance(page, LookAlike)
    assert not (folder.parent / "results").exists()


def test_a_mistake_is_told_to_a_researcher_and_not_to_a_worker(
    study_files: Write, link: Any, caplog: pytest.LogCaptureFixture
) -> None:
    folder = study_files(study="zebra = 1")
    link(None)
    with pytest.raises(ConfigurationError, match="zebra"):
        open_page(folder)
    link("worker_id=zoe&id=1")
    with caplog.at_level(logging.ERROR, "imgloop"):
        page = open_page(folder)
    assert isinstance(page, Notice)
    assert "zebra" not in page.text and str(folder) not in page.text
    assert "zebra" in caplog.text
    incident = caplog.records[0].getMessage().split()[1].rstrip(":")
    assert incident in page.text


def test_an_incident_of_a_page_that_does_not_open_is_kept_for_the_researcher(
    study_files: Write, link: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("IMGLOOP_RESULTS", str(tmp_path))
    link("worker_id=zoe&id=1")
    page = open_page(study_files(study="zebra = 1"))
    with open_store(tmp_path) as store:
        (kept,) = store.incidents()
    assert kept.incident in page.text and "zebra" in kept.text


def test_results_that_can_not_be_written_are_a_sentence(
    study_files: Write, link: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = study_files()
    link("worker_id=zoe&id=1")
    monkeypatch.setenv("IMGLOOP_RESULTS", str(folder / "study.toml"))
    page = open_page(folder)
    assert isinstance(page, Notice)
    assert "study.toml" not in page.text


def test_a_page_plays_in_a_kernel_s_event_loop(quick_game: Any, study_files: Write, link: Any) -> None:
    folder = study_files()
    link("worker_id=zoe&id=1")

    async def play() -> None:
        page = open_page(folder, generate=quick_game.draw)
        page._handle_msg(
            {
                "content": {
                    "data": {
                        "method": "custom",
                        "content": {
                            "kind": "command",
                            "name": "submit_prompt",
                            "seq": 1,
                            "prompt": "a brown bear",
                            "answers": {"age": "3"},
                        },
                    }
                }
            }
        )
        await quick_game.until(lambda: page.state.attempts)

    asyncio.run(play())


@pytest.mark.parametrize("query", [None, "worker_id=zoe&id=1"])
def test_the_notebook_s_own_scorer_and_revision_reach_the_page(
    query: str | None, quick_game: Any, study_files: Write, link: Any
) -> None:
    def close(image: Any, target: Any) -> float:
        return 0.25

    close.range = (0, 1)  # type: ignore[attr-defined]
    link(query)
    folder = study_files(arm="show_metric = true")
    page = open_page(folder, generate=quick_game.draw, revise=lambda prompt, context: f"{prompt}!", scorer=close)
    assert isinstance(page, LookAlike)
    quick_game.prompt(page._runner, answers={"age": "3"})
    page._runner.perform_now()
    (attempt,) = page.view["attempts"]
    assert attempt["metric"] == 25
    assert page.state.attempts[0].image.sent_prompt == "a brown bear!"
