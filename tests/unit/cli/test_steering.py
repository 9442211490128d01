"""`imgloop pause`, `resume`, `units` and `monitor`, and how `status` shows what was done."""

import re
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from imgloop_widgets.access import Entrance
from imgloop_widgets.errors import Refused
from imgloop_widgets.identity import Identity
from imgloop_widgets.loop import fold
from imgloop_widgets.opening import OpenStudy
from imgloop_widgets.store import Store, open_store
from imgloop_widgets.study import load_study

Run = Callable[..., Any]


@pytest.fixture
def ana(study: Path) -> str:
    """The code of a unit that somebody is at."""
    return OpenStudy.load(study).enter(Identity(worker_id="ana", unit=1)).session_id[:8].upper()


def store_of(study: Path) -> Store:
    return open_store(study.parent / "results")


def reason(study: Path) -> str | None:
    with store_of(study) as store:
        (opened,) = store.sessions("small")
        finished = fold(store.read(opened.session_id)).finished
    return finished.reason if finished else None


def test_a_study_is_paused_and_resumed_and_status_says_by_whom_and_why(study: Path, ana: str, run: Run) -> None:
    ran = run("pause", study, "--who", "grace", "--why", "a mistake in the form")
    assert (ran.code, ran.out.partition(" `")[0]) == (0, "small is paused.")
    shown = run("status", study).out
    assert re.search(r"paused +since \S+ \S+ UTC by grace: a mistake in the form", shown)
    assert "everybody waits until `imgloop resume" in shown
    assert run("pause", study).err == "The study is paused already; nothing was changed.\n"

    ran = run("resume", study, "--who", "grace")
    assert ran.out.startswith("small goes on. It was paused since ")
    shown = run("status", study).out
    assert "paused " not in shown
    assert re.search(r"done by researchers\n    \S+ \S+  grace  resume\n    \S+ \S+  grace  pause: a mistake", shown)


def test_units_are_listed_with_what_is_needed_to_steer_them(study: Path, ana: str, run: Run) -> None:
    head, line = run("units", "list", study).out.splitlines()
    assert head.split() == ["code", "worker", "unit", "arm", "target", "is", "heard", "of", "left"]
    assert line.split()[:3] == [ana, "ana", "1"]
    assert "running (writes a prompt)" in line
    assert re.search(r" (29|30):\d\d$", line)
    run("units", "close", ana, study, "--yes")
    assert run("units", "list", study).out == "small: no unit goes on.\n"
    assert "done (closed)" in run("units", "list", study, "--all").out


def test_a_unit_has_more_time(study: Path, ana: str, run: Run) -> None:
    with store_of(study) as store:
        before = fold(store.read(store.sessions()[0].session_id)).deadline
    ran = run("units", "extend", ana.lower(), "15m", study, "--who", "grace", "--why", "slow")
    assert (ran.code, ran.out) == (0, f"{ana} of ana: 15m more.\n")
    with store_of(study) as store:
        after = fold(store.read(store.sessions()[0].session_id)).deadline
        (done,) = store.steered("small")
    assert before is not None and after == before + timedelta(minutes=15)
    assert (done.who, done.what, done.why) == ("grace", "extend", "slow")


@pytest.mark.parametrize(("what", "is_now"), [("close", "closed"), ("return", "returned")])
def test_a_unit_is_ended_after_a_question_and_not_without_an_answer(
    what: str, is_now: str, study: Path, ana: str, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    monkeypatch.setattr("typer.confirm", lambda text, abort: asked.append(text))
    ran = run("units", what, ana, study)
    assert ran.out.startswith(f"{ana} of ana: {is_now}")
    assert len(asked) == 1 and f"{ana} of ana" in asked[0]
    assert reason(study) == is_now


def test_nothing_is_ended_where_nobody_can_be_asked(study: Path, ana: str, run: Run) -> None:
    assert run("units", "close", ana, study).code != 0
    assert reason(study) is None


@pytest.mark.parametrize("code", ["", "zz", "0000000000"])
def test_an_unknown_code_is_said_and_nothing_is_done(code: str, study: Path, ana: str, run: Run) -> None:
    ran = run("units", "close", code, study, "--yes")
    assert ran.code == 1
    assert "no unit of small has the code" in ran.err
    assert reason(study) is None


@pytest.mark.parametrize("span", ["0m", "ten", "5"])
def test_a_span_is_a_number_and_a_letter(span: str, study: Path, ana: str, run: Run) -> None:
    assert "must be like 90m, 12h, 7d or 2w" in run("units", "extend", ana, span, study).err


def test_status_counts_the_units_of_each_arm(study: Path, ana: str, run: Run) -> None:
    shown = run("status", study).out
    assert "units: 5 left to give" in shown
    assert re.search(r"arm +due +done +running +returned +failed +extra +gold +images\n +\S+ +6 +0 +1( +0){5}\n", shown)


def test_status_watches_and_shows_what_has_happened_since(
    study: Path, ana: str, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = 0

    def sleep(seconds: float) -> None:
        nonlocal looks
        looks += 1
        if looks == 1:
            OpenStudy.load(study).enter(Identity(worker_id="ben", unit=2))
        else:
            raise KeyboardInterrupt

    monkeypatch.setattr(time, "sleep", sleep)
    ran = run("status", study, "--watch")
    assert ran.code == 0
    assert re.findall(r"sessions +(\d)", ran.out) == ["1", "2"]
    assert re.findall(r"units: (\d) left", ran.out) == ["5", "4"]


def test_a_link_to_the_monitor_opens_it_under_a_name_until_it_is_revoked(study: Path, ana: str, run: Run) -> None:
    ran = run("monitor", study, "--who", "dr. grace", "--expires", "2h", "--base-url", "https://study.example.org/x/")
    link = ran.out.strip()
    assert link.startswith("https://study.example.org/x/monitor?t=")
    with store_of(study) as store:
        entrance = Entrance(study=load_study(study), store=store)
        query, now = link.partition("?")[2], datetime.now(UTC)
        assert entrance.admit_researcher(query, now).who == "dr. grace"
        with pytest.raises(Refused, match="time is over"):
            entrance.admit_researcher(query, now + timedelta(hours=2))
        run("revoke", link, study)
        with pytest.raises(Refused, match="no longer valid"):
            entrance.admit_researcher(query, now)
