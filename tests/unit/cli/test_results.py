"""The commands that make and read results: `imgloop simulate`, `status` and `report`."""

import os
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from imgloop_widgets.analysis.notebooks import ORDER
from imgloop_widgets.cli.arguments import RESULTS, short
from imgloop_widgets.cli.watched import gate_rows as generations
from imgloop_widgets.events import SessionFinished
from imgloop_widgets.identity import Identity
from imgloop_widgets.opening import OpenStudy
from imgloop_widgets.store import Gate, Pause, open_store

Run = Callable[..., Any]


def test_status_of_a_study_that_nobody_entered_says_so_and_makes_no_folder(study: Path, run: Run) -> None:
    ran = run("status", study)

    assert ran.code == 0
    assert "no session yet" in ran.out
    assert not (study.parent / "results").exists()


def test_status_lists_the_latest_incidents_each_with_its_cause(study: Path, run: Run) -> None:
    OpenStudy.load(study).enter(Identity(worker_id="ana", unit=1))
    traceback = (
        "Traceback (most recent call last):\n  File ...\nimgloop_widgets.errors.StoreError: results: it is full\n"
    )
    with open_store(study.parent / "results") as store:
        for day in range(1, 8):
            store.record_incident(f"0000000{day}", datetime(2026, 1, day, 9, 30, tzinfo=UTC), None, traceback)

    ran = run("status", study)

    lines = re.findall(r"^    (\d{8})  (\S+ \S+)  (.*)$", ran.out, re.M)
    assert lines[0] == ("00000007", "2026-01-07 09:30", "StoreError: results: it is full")
    assert len(lines) == 5


def test_status_leaves_out_the_incidents_of_other_studies_in_the_same_folder(study: Path, run: Run) -> None:
    own = OpenStudy.load(study).enter(Identity(worker_id="ana", unit=1)).session_id
    with open_store(study.parent / "results") as store:
        for n in range(40):
            store.record_incident(f"{n:08}", datetime(2026, 2, 1, tzinfo=UTC), "another study's", "Other: x")
        store.record_incident("aaaaaaaa", datetime(2026, 1, 1, tzinfo=UTC), own, "Own: x")
        store.record_incident("bbbbbbbb", datetime(2026, 1, 2, tzinfo=UTC), None, "None: x")

    ran = run("status", study)

    assert re.findall(r"^    (\w{8})  ", ran.out, re.M) == ["bbbbbbbb", "aaaaaaaa"]


def test_all_that_status_says_stands_in_one_column(study: Path, run: Run) -> None:
    OpenStudy.load(study).enter(Identity(worker_id="ana", unit=1))

    lines = run("status", study).out.partition("\n  units")[0].splitlines()[1:]

    assert "results" in lines[-1]
    assert all(re.match(r"  (?=.{10}  \S)\w", line) for line in lines), lines


def test_hints_name_the_study_and_the_results(
    study: Path, run: Run, tmp_path: Path, served: list[dict[str, Any]]
) -> None:
    folder = tmp_path / "my results"
    simulated = run("simulate", study, "--workers", 1, "--size", 32, "--results", folder)
    serving = run("serve", study, "--port", 0, "--results", folder)

    assert f"`imgloop report {short(study)} --results '{short(folder)}'` shows them." in simulated.out
    assert f"`imgloop status {short(study)} --results '{short(folder)}'` shows who is there." in serving.out


@pytest.mark.parametrize(
    ("old", "said"),
    [
        ('generator = "scenes"\noptions = { size = 32 }', "by Scenes, because the study's own generator lives in its"),
        ('generator = "scenes"', "by Scenes\n"),
    ],
)
def test_simulate_says_who_makes_the_pictures(old: str, said: str, study: Path, run: Run) -> None:
    file = study / "study.toml"
    new = "" if "options" in old else old
    file.write_text(file.read_text().replace(old, new))

    ran = run("simulate", study, "--workers", 1, "--size", 32)

    assert f"pictures  {said}" in ran.out


def test_status_shows_a_pause_the_money_and_the_command_to_go_on_and_resume_goes_on(study: Path, run: Run) -> None:
    OpenStudy.load(study).enter(Identity(worker_id="ana", unit=1))
    with open_store(study.parent / "results") as store:
        store.pause("small", datetime(2026, 1, 7, 9, 30, tzinfo=UTC), "HTTP 402: the account is empty")

    shown = run("status", study).out
    assert "paused      since 2026-01-07 09:30 UTC: HTTP 402: the account is empty" in shown
    assert f"then `imgloop resume {short(study)}`" in shown

    ran = run("resume", study)
    assert ran.code == 0
    assert ran.out == "small goes on. It was paused since 2026-01-07 09:30 UTC: HTTP 402: the account is empty\n"
    assert "paused" not in run("status", study).out
    assert run("resume", study).out == "small is not paused.\n"


def test_a_study_that_nobody_entered_is_not_paused(study: Path, run: Run) -> None:
    ran = run("resume", study)
    assert (ran.code, ran.out) == (0, "small is not paused; it has not begun.\n")
    assert not (study.parent / "results").exists()


def test_what_status_says_of_generations() -> None:
    at = datetime(2026, 1, 7, tzinfo=UTC)
    assert generations(Gate(), None, "x") == []
    assert generations(Gate(), 5.0, "x") == [("spent", "$0.00 of $5.00")]
    rows = generations(Gate(spent=0.0042, active=2, waiting=3, paused=Pause(at=at, why="no key")), None, "`go`")
    assert [row[1] for row in rows] == [
        "since 2026-01-07 00:00 UTC: no key",
        "nobody gets an image; mend the cause, then `go`",
        "$0.0042",
        "2 being made, 3 waiting",
    ]


def test_status_tells_open_from_overdue(study: Path, run: Run) -> None:
    opened = OpenStudy.load(study)
    opened.enter(Identity(worker_id="ana", unit=1))
    opened.enter(Identity(worker_id="bo", unit=2), clock=lambda: datetime(2026, 1, 1, tzinfo=UTC))

    ran = run("status", study)

    assert "sessions    2\n" in ran.out
    assert "2 (1 active, 1 overdue)" in ran.out
    assert "last event  " in ran.out


def test_simulate_fills_the_store_and_status_tells_of_it(study: Path, run: Run, tmp_path: Path) -> None:
    simulated = run("simulate", study, "--workers", 30, "--size", 32, "--results", tmp_path / "other")
    status = run("status", study, "--results", tmp_path / "other")

    assert (simulated.code, simulated.err) == (0, "")  # no progress bar in a pipe, no incidents on the screen
    sessions = re.search(r"sessions +30 \((.*)\)", simulated.out)
    assert sessions
    assert "30, 30 simulated" in status.out
    with open_store(tmp_path / "other") as store:
        assert len(store.sessions("small")) == 30
    assert not (study.parent / "results").exists()


def test_simulate_again_adds_nothing_and_says_what_to_do(study: Path, run: Run) -> None:
    run("simulate", study, "--workers", 3, "--size", 32)
    with open_store(study.parent / "results") as store:
        before = [events for _, events in store.logs()]

    ran = run("simulate", study, "--workers", 3, "--size", 32)

    with open_store(study.parent / "results") as store:
        after = [events for _, events in store.logs()]
    assert ran.code == 0
    assert "--workers" in ran.out
    assert "--results" in ran.out
    assert all(old == new[: len(old)] for old, new in zip(before, after, strict=True))


@dataclass
class Asked:
    """What `imgloop report` has asked to be made. stopped: what it is told could not be."""

    chosen: list[str] = field(default_factory=list)
    study: Path | None = None
    out: Path | None = None
    files: Path | None = None
    parameters: dict[str, Any] = field(default_factory=dict)
    results: str = ""
    stopped: dict[str, str] = field(default_factory=dict)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Asked:
    """No kernel is started: what is asked for is kept here."""
    from imgloop_widgets.analysis import reports

    kept = Asked()

    def run_reports(
        chosen: list[str], study: Path | None, out: Path | None, *, files: Path | None, parameters: dict[str, Any],
        progress: Callable[[str], None],
    ) -> reports.Made:  # fmt: skip
        kept.chosen, kept.study, kept.out, kept.files, kept.parameters = list(chosen), study, out, files, parameters
        kept.results = os.environ.get(RESULTS, "")
        pages = {name: Path(f"reports/{name}/index.html") for name in chosen if name not in kept.stopped}
        return reports.Made(index=Path("reports/index.html"), pages=pages, stopped=kept.stopped)

    monkeypatch.setattr(reports, "run_reports", run_reports)
    return kept


def test_report_says_where_its_files_are(study: Path, run: Run, asked: Asked) -> None:
    ran = run("report", study, "--out", "reports")

    assert ran.code == 0
    assert "reports/sessions/index.html" in ran.out
    assert (asked.study, asked.out, asked.results) == (
        study / "study.toml",
        Path("reports"),
        str(study.parent / "results"),
    )
    assert (asked.chosen, asked.files, asked.parameters) == (["sessions"], None, {})


def test_all_reports_are_every_one_wherever_the_word_stands(study: Path, run: Run, asked: Asked) -> None:
    for words in (["all", study], [study, "all"], [study, "learning", "all"]):
        ran = run("report", *words)
        assert (ran.code, asked.chosen, asked.study) == (0, list(ORDER), study / "study.toml")
        assert f"{len(ORDER)} reports: reports/index.html is their index." in ran.out
    run("report", "learning", study, "flow")
    assert asked.chosen == ["learning", "flow"]


def test_without_a_study_report_takes_that_of_the_folder(
    study: Path, run: Run, asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(study)
    run("report", "learning")
    assert (asked.chosen, asked.study) == (["learning"], Path("study.toml").absolute())


def test_report_reads_files_without_a_study(run: Run, asked: Asked, tmp_path: Path) -> None:
    ran = run("report", "learning", "--files", tmp_path)
    assert (ran.code, asked.study, asked.files) == (0, None, tmp_path)


def test_parameters_of_a_report_have_their_types(study: Path, run: Run, asked: Asked) -> None:
    run("report", study, "--where", "attempts > 1", "--threshold", "8", "--seed", 4, "--no-simulated",
        "--exclude", "too fast=duration_s < 20", "--exclude", "late = status=='expired'",
        "--set", "max_strips=3", "--set", "scale=[1, 5]", "--set", "baseline=a = b", "--set", "value=None")  # fmt: skip
    assert asked.parameters == {
        "where": "attempts > 1",
        "threshold": 8,
        "seed": 4,
        "simulated": False,
        "exclude": {"too fast": "duration_s < 20", "late": "status=='expired'"},
        "max_strips": 3,
        "scale": [1, 5],
        "baseline": "a = b",
        "value": None,
    }
    assert isinstance(asked.parameters["threshold"], int)


def test_a_mistyped_report_is_no_study(study: Path, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(study)
    for words in (["learnin"], [study, "learnin"]):
        ran = run("report", *words)
        assert ran.code == 1 and "no report 'learnin'" in ran.err and "did you mean 'learning'?" in ran.err
    ran = run("report", study, tmp_path)
    assert ran.code == 1 and "are two studies" in ran.err
    ran = run("report", study, "--set", "max_strips")
    assert ran.code == 1 and "must be written NAME=VALUE; not 'max_strips'" in ran.err
    ran = run("report", study, "--set", "max_strip=3")
    assert ran.code == 1 and "did you mean 'max_strips'?" in ran.err


def test_what_could_not_be_made_is_said_and_the_command_has_failed(study: Path, run: Run, asked: Asked) -> None:
    asked.stopped = {"flow": "the report 'flow' stopped: the moon is missing"}
    ran = run("report", study, "flow", "learning")
    assert (ran.code, ran.err) == (1, "the report 'flow' stopped: the moon is missing\n")
    assert "reports/learning/index.html" in ran.out


def test_status_shows_of_each_assignment_what_is_due_and_done(study: Path, run: Run) -> None:
    empty = run("status", study, "--assignments")
    assert "6 units left to give" in empty.out
    opened = OpenStudy.load(study)
    opened.enter(Identity(worker_id="ana"))
    gone = opened.enter(Identity(worker_id="gone"), clock=lambda: datetime(2026, 1, 1, tzinfo=UTC))
    ran = run("status", study, "--assignments")
    assert (ran.code, gone.part.target.id) == (0, "cub")
    assert [line.split() for line in ran.out.splitlines()[-5:]] == [
        ["assignments:", "5", "units", "left", "to", "give"],
        ["target", "version", "arm", "due", "running", "done", "returned", "extra"],
        ["bear", "1", "default", "3", "1", "0", "0", "0"],
        ["cub", "1", "default", "3", "0", "0", "1", "0"],
        ["all", "6", "1", "0", "1", "0"],
    ]


def test_status_shows_the_golds_apart_and_who_had_too_many_wrong(study: Path, run: Run) -> None:
    file = study / "study.toml"
    told = file.read_text().replace("[loop]", 'targets = ["bear"]\n[loop]', 1)
    file.write_text(f'{told}\n[[gold.unit]]\ntarget = "cub"\nsays = ["bear"]\n')
    opened = OpenStudy.load(study)
    runner = opened.enter(Identity(worker_id="ana"))
    end = SessionFinished(seq=1, at=runner.now(), reason="attempts_used", wrong=("says.bear",))
    opened.store.append(runner.session_id, [end])
    opened.enter(Identity(worker_id="ben"))
    lines = [line.split() for line in run("status", study, "--assignments").out.splitlines()]
    assert lines[-4:] == [
        ["all", "3", "0", "0", "0", "0"],
        ["golds:", "1", "wrong", "one", "ends", "it;", "1", "worker", "so", "far:", "ana"],
        ["gold", "running", "passed", "failed", "returned"],
        ["cub", "1", "0", "1", "0"],
    ]
